// What the service refuses, and the ways in.

import assert from "node:assert/strict";

import { equal, one, raises } from "./bus.js";
import { check } from "./registry.js";

check("size-limit", {}, async function a_message_above_the_limit_is_refused(bus, queue) {
  await raises("MessageSizeExceeded", bus.send(queue, "x".repeat(3 * 1024 * 1024)));
  await bus.send(queue, "small");
  equal((await one(bus.receiver(queue))).body, "small", "body");
});

check("size-limit", {}, async function a_batch_ends_at_the_limit(bus, queue) {
  const { maxSizeInBytes } = await bus.sender(queue).createMessageBatch();
  const sensible = maxSizeInBytes >= 200_000 && maxSizeInBytes <= 1024 * 1024;
  assert.ok(sensible, `expected a limit of 256 KB to 1 MB, found ${maxSizeInBytes}`);
});

check("not-found", {}, async function a_sender_to_nowhere_is_told(bus, queue) {
  await raises("MessagingEntityNotFound", bus.send(`${queue}.nowhere`, "one"));
});

check("not-found", {}, async function a_receiver_from_nowhere_is_told(bus, queue) {
  await raises(
    "MessagingEntityNotFound",
    bus.receiver(`${queue}.nowhere`).receiveMessages(1, { maxWaitTimeInMs: 500 }),
  );
});

check("authorization", {}, async function a_wrong_key_is_refused(bus, queue) {
  await bus.send(queue, "with the key");
  const { connection_string, key } = bus.place;
  const client = bus.anotherClient(connection_string.replace(key, "b3RoZXIga2V5"));
  await raises("UnauthorizedAccess", client.createSender(queue).sendMessages({ body: "with another" }));
});

async function thereAndBack(client, queue) {
  await client.createSender(queue).sendMessages({ body: "one" });
  const receiver = client.createReceiver(queue);
  const message = await one(receiver);
  equal(message.body, "one", "body");
  await receiver.completeMessage(message);
}

check("tls", {}, async function tls_is_trusted_by_its_root(bus, queue) {
  await thereAndBack(bus.overTls(), queue);
});

check("websockets", {}, async function messages_go_over_websockets(bus, queue) {
  await thereAndBack(bus.overWebSockets(), queue);
});
