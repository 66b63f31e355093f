// Messages that belong together.

import assert from "node:assert/strict";

import { bodies, equal, none, one, pause, raises, several } from "./bus.js";
import { check } from "./registry.js";

const SESSIONS = { queue: { RequiresSession: true } };
const SHORT = { queue: { RequiresSession: true, LockDuration: "PT1S" } };
const RENEWED = { queue: { RequiresSession: true, LockDuration: "PT2S" } };

const of = (sessionId, ...texts) => texts.map((body) => ({ body, sessionId }));

check("sessions", SESSIONS, async function a_session_is_received_by_its_name(bus, queue) {
  await bus.send(queue, ...of("red", "r1"), ...of("blue", "b1"), ...of("red", "r2"));
  const receiver = await bus.session(queue, "red");
  equal(receiver.sessionId, "red", "session");
  const messages = await several(receiver, 2);
  equal(bodies(messages), ["r1", "r2"], "bodies");
  for (const message of messages) await receiver.completeMessage(message);
  await none(receiver);
});

check("sessions", SESSIONS, async function a_session_keeps_its_order_over_an_abandon(bus, queue) {
  await bus.send(queue, ...of("red", "m1", "m2", "m3"));
  const receiver = await bus.session(queue, "red");
  await receiver.abandonMessage(await one(receiver));
  equal(bodies(await several(receiver, 3)), ["m1", "m2", "m3"], "bodies");
});

check("sessions", SESSIONS, async function a_queue_with_sessions_refuses_a_receiver_without(bus, queue) {
  await raises("InvalidOperationError", bus.receiver(queue).receiveMessages(1, { maxWaitTimeInMs: 500 }));
});

check("sessions", SESSIONS, async function a_queue_with_sessions_refuses_a_message_without(bus, queue) {
  await raises("InvalidOperationError", bus.send(queue, "homeless"));
  await bus.send(queue, ...of("red", "home"));
});

check("next-session", SESSIONS, async function the_next_session_is_one_that_nobody_has(bus, queue) {
  await bus.send(queue, ...of("red", "r1"), ...of("blue", "b1"));
  const receivers = [await bus.nextSession(queue), await bus.nextSession(queue)];
  equal(receivers.map(({ sessionId }) => sessionId).sort(), ["blue", "red"], "sessions");
  for (const receiver of receivers)
    equal((await one(receiver)).sessionId, receiver.sessionId, "session of the message");
});

check("session-timeout", SESSIONS, async function no_session_within_the_wait_is_a_timeout(bus, queue) {
  const client = bus.anotherClient(undefined, { retryOptions: { maxRetries: 0, timeoutInMs: 2_000 } });
  await raises("ServiceTimeout", bus.nextSession(queue, {}, client));
});

check("session-lock", SESSIONS, async function a_session_has_one_receiver_at_a_time(bus, queue) {
  await bus.send(queue, ...of("red", "r1"));
  await bus.session(queue, "red");
  await raises("SessionCannotBeLocked", bus.session(queue, "red"));
});

check("session-release", SESSIONS, async function closing_frees_the_session(bus, queue) {
  await bus.send(queue, ...of("red", "r1"));
  await (await bus.session(queue, "red")).close();
  equal((await one(await bus.session(queue, "red"))).body, "r1", "body");
});

check("session-state", SESSIONS, async function the_state_of_a_session_outlives_its_receiver(bus, queue) {
  await bus.send(queue, ...of("red", "r1"));
  const first = await bus.session(queue, "red");
  equal(await first.getSessionState(), null, "state at first");
  await first.setSessionState({ step: "half way" });
  await first.close();
  const second = await bus.session(queue, "red");
  equal(await second.getSessionState(), { step: "half way" }, "state");
});

check("session-lock-renewal", RENEWED, async function renewal_keeps_the_session(bus, queue) {
  await bus.send(queue, ...of("red", "r1"));
  const receiver = await bus.session(queue, "red");
  const message = await one(receiver);
  const first = receiver.sessionLockedUntilUtc;
  await pause(1_200);
  const until = await receiver.renewSessionLock();
  assert.ok(until > first, `expected a later end of the lock, found ${until} after ${first}`);
  await pause(1_200);
  // By now the first lock is over.
  await receiver.completeMessage(message);
  equal(await receiver.peekMessages(10), [], "messages left");
});

check("session-lock-loss", SHORT, async function a_lost_session_settles_nothing(bus, queue) {
  await bus.send(queue, ...of("red", "r1"));
  const receiver = await bus.session(queue, "red");
  const message = await one(receiver);
  await pause(1_300);
  await raises("SessionLockLost", receiver.completeMessage(message));
  equal((await one(await bus.session(queue, "red"))).body, "r1", "body");
});

check("sessions", SESSIONS, async function peek_shows_one_session(bus, queue) {
  await bus.send(queue, ...of("red", "r1"), ...of("blue", "b1"));
  const receiver = await bus.session(queue, "blue");
  equal(bodies(await receiver.peekMessages(10)), ["b1"], "bodies");
});

check("sessions", SESSIONS, async function a_message_of_a_session_is_deferred_and_received(bus, queue) {
  await bus.send(queue, ...of("red", "r1", "r2"));
  const receiver = await bus.session(queue, "red");
  const message = await one(receiver);
  await receiver.deferMessage(message);
  equal((await one(receiver)).body, "r2", "body");
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  equal(deferred.body, "r1", "body of the deferred message");
  await receiver.completeMessage(deferred);
  await none(receiver);
});
