// What an entity does by itself: time to live, duplicates, forwarding, topics.

import { bodies, equal, none, one, pause, several } from "./bus.js";
import { check } from "./registry.js";

const DEAD = { subQueueType: "deadLetter" };

check("time-to-live", {}, async function an_expired_message_is_gone(bus, queue) {
  await bus.send(queue, { body: "short", timeToLive: 800 }, "long");
  await pause(1_100);
  const receiver = bus.receiver(queue);
  equal((await one(receiver)).body, "long", "body");
  await none(receiver);
});

check(
  "time-to-live",
  { queue: { DefaultMessageTimeToLive: "PT1S" } },
  async function a_queue_gives_its_messages_a_time_to_live(bus, queue) {
    await bus.send(queue, "one", { body: "two", timeToLive: 3_600_000 });
    await pause(1_300);
    await none(bus.receiver(queue));
  },
);

check(
  "dead-letter-on-expiration",
  { queue: { DeadLetteringOnMessageExpiration: true } },
  async function an_expired_message_is_dead_lettered(bus, queue) {
    await bus.send(queue, { body: "short", timeToLive: 800 });
    await pause(1_100);
    await none(bus.receiver(queue));
    equal((await one(bus.receiver(queue, DEAD))).deadLetterReason, "TTLExpiredException", "reason");
  },
);

check(
  "duplicate-detection",
  { queue: { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: "PT1M" } },
  async function a_duplicate_is_dropped(bus, queue) {
    const message = (body, messageId) => ({ body, messageId });
    await bus.send(queue, message("m1", "a"), message("m2", "b"), message("m3", "a"));
    const receiver = bus.receiver(queue);
    equal(bodies(await several(receiver, 2)), ["m1", "m2"], "bodies");
    await none(receiver);
  },
);

check(
  "forward-to",
  { queue: { ForwardTo: "forwarding_moves_the_message.target" }, target: {} },
  async function forwarding_moves_the_message(bus, queue) {
    await bus.send(queue, "one");
    equal((await one(bus.receiver(`${queue}.target`))).body, "one", "body");
  },
);

check(
  "forward-dead-letters",
  { queue: { ForwardDeadLetteredMessagesTo: "forwarding_moves_dead_letters.target" }, target: {} },
  async function forwarding_moves_dead_letters(bus, queue) {
    await bus.send(queue, "one");
    const receiver = bus.receiver(queue);
    await receiver.deadLetterMessage(await one(receiver), { deadLetterReason: "no use" });
    const dead = await one(bus.receiver(`${queue}.target`));
    equal([dead.body, dead.deadLetterReason, dead.deadLetterSource], ["one", "no use", queue], "body, reason, source");
  },
);

check(
  "topics",
  { subscriptions: { first: {}, second: {} } },
  async function every_subscription_gets_a_copy(bus, topic) {
    await bus.send(topic, "one");
    const first = bus.subscription(topic, "first");
    await first.completeMessage(await one(first));
    equal((await one(bus.subscription(topic, "second"))).body, "one", "body of the other copy");
  },
);

check("topics", { subscriptions: { sub: {} } }, async function a_subscription_has_a_dead_letter_queue(bus, topic) {
  await bus.send(topic, "one");
  const receiver = bus.subscription(topic, "sub");
  await receiver.deadLetterMessage(await one(receiver), { deadLetterReason: "no use" });
  equal((await one(bus.subscription(topic, "sub", DEAD))).deadLetterReason, "no use", "reason");
});

check(
  "topics",
  { subscriptions: { sub: { Properties: { RequiresSession: true } } } },
  async function a_subscription_has_sessions(bus, topic) {
    await bus.send(topic, { body: "one", sessionId: "red" });
    const receiver = await bus.client.acceptSession(topic, "sub", "red", { maxAutoLockRenewalDurationInMs: 0 });
    equal((await one(receiver)).body, "one", "body");
  },
);
