// Looking at messages, and sending them for later.

import assert from "node:assert/strict";

import Long from "long";

import { bodies, equal, none, one, PATIENCE } from "./bus.js";
import { check } from "./registry.js";

const START = { fromSequenceNumber: Long.ONE };
const inSeconds = (seconds) => new Date(Date.now() + seconds * 1_000);

check("peek", {}, async function peek_shows_messages_and_leaves_them(bus, queue) {
  await bus.send(queue, "one", "two");
  const receiver = bus.receiver(queue);
  for (let time = 0; time < 2; time += 1)
    equal(bodies(await receiver.peekMessages(10, START)), ["one", "two"], "bodies");
  const message = await one(receiver);
  equal([message.body, message.deliveryCount], ["one", 0], "body and delivery count");
});

check("peek", {}, async function peek_begins_at_a_number_and_ends_at_a_count(bus, queue) {
  await bus.send(queue, "one", "two", "three", "four");
  const receiver = bus.receiver(queue);
  const all = await receiver.peekMessages(10);
  const seen = await receiver.peekMessages(2, { fromSequenceNumber: all[1].sequenceNumber });
  equal(bodies(seen), ["two", "three"], "bodies");
});

check("peek", {}, async function peek_goes_on_where_it_was(bus, queue) {
  await bus.send(queue, "one", "two", "three");
  const receiver = bus.receiver(queue);
  equal(bodies(await receiver.peekMessages(2)), ["one", "two"], "bodies");
  equal(bodies(await receiver.peekMessages(2)), ["three"], "bodies");
});

check("peek", {}, async function peek_of_an_empty_queue_is_empty(bus, queue) {
  const receiver = bus.receiver(queue);
  equal(await receiver.peekMessages(10), [], "messages");
  await bus.send(queue, "one");
  equal((await receiver.peekMessages(10)).length, 1, "messages");
});

check("peek", {}, async function peek_shows_locked_messages_too(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  await one(receiver);
  equal(bodies(await receiver.peekMessages(10, START)), ["one"], "bodies");
});

check("message-state", {}, async function peek_tells_the_state(bus, queue) {
  await bus.send(queue, "deferred", "active");
  const receiver = bus.receiver(queue);
  await receiver.deferMessage(await one(receiver));
  await bus.sender(queue).scheduleMessages({ body: "scheduled" }, inSeconds(600));
  const seen = await receiver.peekMessages(10, START);
  const states = Object.fromEntries(seen.map(({ body, state }) => [body, state]));
  equal(states, { deferred: "deferred", active: "active", scheduled: "scheduled" }, "states");
});

check("schedule", {}, async function a_scheduled_message_waits_for_its_time(bus, queue) {
  const receiver = bus.receiver(queue);
  const begin = Date.now();
  const [number] = await bus.sender(queue).scheduleMessages({ body: "later" }, inSeconds(1));
  assert.ok(number.greaterThan(0), `expected a sequence number, found ${number}`);
  const message = await one(receiver);
  const waited = Date.now() - begin;
  equal(message.body, "later", "body");
  assert.ok(waited >= 900 && waited <= PATIENCE, `expected to wait 1 s, found ${waited} ms`);
});

check("schedule", {}, async function a_message_that_names_its_time_waits_for_it(bus, queue) {
  const receiver = bus.receiver(queue);
  await bus.send(queue, { body: "later", scheduledEnqueueTimeUtc: inSeconds(600) }, "now");
  equal((await one(receiver)).body, "now", "body");
  await none(receiver);
  const seen = (await receiver.peekMessages(10, START)).filter(({ body }) => body === "later");
  equal(
    seen.map(({ state }) => state),
    ["scheduled"],
    "state",
  );
});

check("cancel", {}, async function a_cancelled_message_does_not_come(bus, queue) {
  const receiver = bus.receiver(queue);
  const sender = bus.sender(queue);
  const numbers = await sender.scheduleMessages([{ body: "one" }, { body: "two" }], inSeconds(1));
  equal(numbers.length, 2, "sequence numbers");
  await sender.cancelScheduledMessages(numbers);
  equal(await receiver.peekMessages(10), [], "messages");
  await none(receiver, 1_400);
});
