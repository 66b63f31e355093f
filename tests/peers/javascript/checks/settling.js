// What becomes of a message that is locked.

import { equal, none, one, raises } from "./bus.js";
import { check } from "./registry.js";

const DEAD = { subQueueType: "deadLetter" };

check("complete", { queue: { LockDuration: "PT1S" } }, async function complete_removes_the_message(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  await receiver.completeMessage(await one(receiver));
  // Longer than its lock.
  await none(receiver, 1_600);
});

check("abandon", {}, async function abandon_gives_the_message_back(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  await receiver.abandonMessage(await one(receiver));
  equal((await one(receiver)).body, "one", "body");
});

check("delivery-count", {}, async function abandon_raises_the_delivery_count(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  const counts = [];
  for (let time = 0; time < 3; time += 1) {
    const message = await one(receiver);
    counts.push(message.deliveryCount);
    await receiver.abandonMessage(message);
  }
  equal(counts, [0, 1, 2], "delivery counts");
});

check("properties-to-modify", {}, async function abandon_sets_properties(bus, queue) {
  await bus.send(queue, { body: "one", applicationProperties: { kept: "yes", changed: "no" } });
  const receiver = bus.receiver(queue);
  await receiver.abandonMessage(await one(receiver), { changed: "yes", added: 3 });
  const { applicationProperties } = await one(receiver);
  equal(applicationProperties, { kept: "yes", changed: "yes", added: 3 }, "properties");
});

check("defer", {}, async function defer_sets_the_message_aside(bus, queue) {
  await bus.send(queue, "aside", "next");
  const receiver = bus.receiver(queue);
  await receiver.deferMessage(await one(receiver));
  equal((await one(receiver)).body, "next", "body");
  await none(receiver);
});

check("properties-to-modify", {}, async function defer_sets_properties(bus, queue) {
  await bus.send(queue, "aside");
  const receiver = bus.receiver(queue);
  const message = await one(receiver);
  await receiver.deferMessage(message, { step: 2 });
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  equal(deferred.applicationProperties.step, 2, "property");
});

check("receive-deferred", {}, async function a_deferred_message_is_received_by_its_number(bus, queue) {
  await bus.send(queue, "aside");
  const receiver = bus.receiver(queue);
  const message = await one(receiver);
  await receiver.deferMessage(message);
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  equal(deferred.body, "aside", "body");
  equal(deferred.sequenceNumber.toString(), message.sequenceNumber.toString(), "sequence number");
});

check("receive-deferred", {}, async function an_unknown_deferred_number_is_not_found(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  const [{ sequenceNumber }] = await receiver.peekMessages(1);
  await raises("MessageNotFound", receiver.receiveDeferredMessages(sequenceNumber));
});

async function deferred(bus, queue) {
  await bus.send(queue, "aside");
  const receiver = bus.receiver(queue);
  const message = await one(receiver);
  await receiver.deferMessage(message);
  const [again] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  return { receiver, message: again };
}

check("update-disposition", {}, async function a_deferred_message_is_completed(bus, queue) {
  const { receiver, message } = await deferred(bus, queue);
  await receiver.completeMessage(message);
  equal(await bus.receiver(queue).peekMessages(10), [], "messages left");
});

check("update-disposition", {}, async function a_deferred_message_is_abandoned_and_stays_deferred(bus, queue) {
  const { receiver, message } = await deferred(bus, queue);
  await receiver.abandonMessage(message);
  await none(receiver);
  const [again] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  equal(again.body, "aside", "body");
});

check("update-disposition", {}, async function a_deferred_message_is_dead_lettered(bus, queue) {
  const { receiver, message } = await deferred(bus, queue);
  await receiver.deadLetterMessage(message, { deadLetterReason: "late", deadLetterErrorDescription: "by a day" });
  const dead = await one(bus.receiver(queue, DEAD));
  equal([dead.deadLetterReason, dead.deadLetterErrorDescription], ["late", "by a day"], "reason and description");
});

check("dead-letter", {}, async function dead_letter_moves_the_message(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  await receiver.deadLetterMessage(await one(receiver));
  await none(receiver);
  equal((await one(bus.receiver(queue, DEAD))).body, "one", "body");
});

check("dead-letter-reason", {}, async function dead_letter_tells_reason_and_description(bus, queue) {
  await bus.send(queue, { body: "one", applicationProperties: { kept: "yes" } });
  const receiver = bus.receiver(queue);
  const reasons = { deadLetterReason: "no use", deadLetterErrorDescription: "nobody wants it" };
  await receiver.deadLetterMessage(await one(receiver), reasons);
  const dead = await one(bus.receiver(queue, DEAD));
  equal(dead.deadLetterReason, "no use", "reason");
  equal(dead.deadLetterErrorDescription, "nobody wants it", "description");
  equal(dead.applicationProperties.kept, "yes", "property of the sender");
});

check("dead-letter-reason", {}, async function dead_letter_sets_properties(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  await receiver.deadLetterMessage(await one(receiver), { deadLetterReason: "no use", step: 4 });
  const dead = await one(bus.receiver(queue, DEAD));
  equal(dead.applicationProperties.step, 4, "property");
});

check("dead-letter-queue", {}, async function a_dead_lettered_message_is_completed(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  await receiver.deadLetterMessage(await one(receiver));
  const dead = bus.receiver(queue, DEAD);
  await dead.completeMessage(await one(dead));
  equal(await dead.peekMessages(10), [], "messages left");
  await none(receiver);
});

check(
  "max-delivery-count",
  { queue: { MaxDeliveryCount: 2 } },
  async function too_many_deliveries_dead_letter(bus, queue) {
    await bus.send(queue, "one");
    const receiver = bus.receiver(queue);
    for (let time = 0; time < 2; time += 1) await receiver.abandonMessage(await one(receiver));
    const dead = await one(bus.receiver(queue, DEAD));
    equal(dead.deadLetterReason, "MaxDeliveryCountExceeded", "reason");
    await none(receiver);
  },
);
