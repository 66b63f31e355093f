// What a message holds comes back as it was.

import assert from "node:assert/strict";

import { equal, one } from "./bus.js";
import { check } from "./registry.js";

check("contents", {}, async function application_properties_come_back(bus, queue) {
  const applicationProperties = {
    text: "ü",
    whole: 7,
    large: 2 ** 40,
    half: 0.5,
    yes: true,
    no: false,
    nothing: null,
    when: new Date(1_000),
  };
  await bus.send(queue, { body: "one", applicationProperties });
  const found = (await one(bus.receiver(queue, { skipConvertingDate: true }))).applicationProperties;
  equal({ ...found }, applicationProperties, "properties");
});

check("contents", {}, async function the_properties_of_the_message_come_back(bus, queue) {
  const sent = {
    messageId: "id",
    sessionId: "session",
    contentType: "text/plain",
    correlationId: "correlation",
    subject: "subject",
    to: "to",
    replyTo: "reply",
    replyToSessionId: "reply session",
    partitionKey: "session",
    timeToLive: 300_000,
  };
  await bus.send(queue, { body: "one", ...sent });
  const message = await one(bus.receiver(queue));
  const found = Object.fromEntries(Object.keys(sent).map((name) => [name, message[name]]));
  equal(found, sent, "properties");
});

check("contents", {}, async function the_senders_annotations_come_back(bus, queue) {
  const messageAnnotations = { "x-opt-mine": "kept", "x-opt-number": 5 };
  await bus.sender(queue).sendMessages({ body: "one", bodyType: "data", messageAnnotations });
  const found = (await one(bus.receiver(queue)))._rawAmqpMessage.messageAnnotations;
  equal([found["x-opt-mine"], found["x-opt-number"]], ["kept", 5], "annotations");
});

check("service-annotations", {}, async function the_service_tells_number_time_and_lock(bus, queue) {
  await bus.send(queue, "one", "two");
  const receiver = bus.receiver(queue);
  const [first, second] = [await one(receiver), await one(receiver)];
  equal(second.sequenceNumber.subtract(first.sequenceNumber).toNumber(), 1, "step of the sequence numbers");
  const age = Date.now() - first.enqueuedTimeUtc;
  assert.ok(age > -2_000 && age < 30_000, `expected the time of the sending, found ${age} ms ago`);
  const left = first.lockedUntilUtc - Date.now();
  assert.ok(left > 30_000 && left <= 61_000, `expected a lock of a minute, found ${left} ms`);
  assert.ok(first.lockToken, "expected a lock token, found none");
  assert.ok(first.messageId, "expected a message id that the service gave, found none");
});

async function comesBack(bus, queue, bodyType, body) {
  await bus.sender(queue).sendMessages({ body, bodyType });
  const message = await one(bus.receiver(queue, { skipParsingBodyAsJson: true }));
  equal(message._rawAmqpMessage.bodyType, bodyType, "kind of body");
  equal(message.body, body, "body");
}

check("contents", {}, async function a_body_of_data_comes_back(bus, queue) {
  await comesBack(bus, queue, "data", Buffer.from([0, 1, 254, 255]));
});

check("contents", {}, async function a_body_that_is_a_value_comes_back(bus, queue) {
  await comesBack(bus, queue, "value", { text: "ü", numbers: [1, -2, 0.5], nothing: null, yes: true });
});

check("contents", {}, async function a_body_that_is_a_sequence_comes_back(bus, queue) {
  await comesBack(bus, queue, "sequence", [1, "two", null, false]);
});
