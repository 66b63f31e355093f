// How long a lock holds.

import assert from "node:assert/strict";

import { equal, none, one, pause, raises } from "./bus.js";
import { check } from "./registry.js";

const SHORT = { queue: { LockDuration: "PT1S" } };
const LONGER = { queue: { LockDuration: "PT2S" } };

check("lock-renewal", LONGER, async function renewal_keeps_the_lock(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  const message = await one(receiver);
  const first = message.lockedUntilUtc;
  await pause(1_200);
  const until = await receiver.renewMessageLock(message);
  assert.ok(until > first, `expected a later end of the lock, found ${until} after ${first}`);
  await pause(1_200);
  // By now the first lock is over.
  await receiver.completeMessage(message);
  equal(await receiver.peekMessages(10), [], "messages left");
});

check("lock-expiry", SHORT, async function a_message_comes_back_when_its_lock_ends(bus, queue) {
  await bus.send(queue, "one");
  const first = await one(bus.receiver(queue));
  const again = bus.receiver(queue);
  await none(again, 300);
  const second = await one(again);
  equal(second.sequenceNumber.toString(), first.sequenceNumber.toString(), "sequence number");
  equal(second.deliveryCount, 1, "delivery count");
  assert.notEqual(second.lockToken, first.lockToken, "expected a lock token of its own, found the one before");
});

check("lock-loss", SHORT, async function a_lost_lock_completes_nothing(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  const message = await one(receiver);
  await pause(1_300);
  await raises("MessageLockLost", receiver.completeMessage(message));
  equal((await one(receiver)).body, "one", "body");
});

check("lock-loss", SHORT, async function a_lost_lock_is_not_renewed(bus, queue) {
  await bus.send(queue, "one");
  const receiver = bus.receiver(queue);
  const message = await one(receiver);
  await pause(1_300);
  await raises("MessageLockLost", receiver.renewMessageLock(message));
});

check("close-keeps-locks", LONGER, async function closing_does_not_give_back_before_the_lock_ends(bus, queue) {
  await bus.send(queue, "one");
  const client = bus.anotherClient();
  const first = await one(client.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0 }));
  await client.close();
  const again = bus.receiver(queue);
  await none(again, 800);
  equal((await one(again)).sequenceNumber.toString(), first.sequenceNumber.toString(), "sequence number");
});

check("update-disposition", {}, async function a_message_is_completed_after_its_receiver_is_closed(bus, queue) {
  await bus.send(queue, "one");
  const closed = bus.receiver(queue);
  const message = await one(closed);
  await closed.close();
  const receiver = bus.receiver(queue);
  await receiver.completeMessage(message);
  equal(await receiver.peekMessages(10), [], "messages left");
});
