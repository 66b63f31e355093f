// @azure/service-bus at work on one Service Bus, as others tell it.
//
//     hand.js CONNECTION_STRING
//
// Commands and answers are those of `hand.py`, where they are described. Properties have the types that JavaScript has: text,
// numbers, booleans, null, and {"type": "TIMESTAMP", "value": milliseconds}.

import { createInterface } from "node:readline";

import { ServiceBusClient } from "@azure/service-bus";
import Long from "long";

// How long a message may take to come, in milliseconds.
const PATIENCE = 15_000;

const client = new ServiceBusClient(process.argv[2]);

const BODIES = {
  data: (bytes) => ({ bodyType: "data", body: bytes }),
  value: (bytes) => ({ bodyType: "value", body: bytes.toString("utf8") }),
  bytes: (bytes) => ({ bodyType: "value", body: bytes }),
  sequence: (bytes) => ({ bodyType: "sequence", body: [bytes.toString("utf8")] }),
};

// A message with a body of any kind.
function annotated({ body, kind = "data", message_id, content_type, properties = {} }) {
  const values = Object.entries(properties);
  return {
    ...BODIES[kind](Buffer.from(body, "hex")),
    properties: { messageId: message_id, contentType: content_type },
    applicationProperties: Object.fromEntries(values.map(([name, given]) => [name, value(given)])),
  };
}

// A message as most applications make one.
function plain({ body, message_id, content_type, properties = {} }) {
  const fields = { messageId: message_id, contentType: content_type, applicationProperties: properties };
  return { body: Buffer.from(body, "hex"), ...fields };
}

const value = (given) => (given?.type === "TIMESTAMP" ? new Date(given.value) : given);

// What there is to say of a message.
function told(message) {
  const properties = Object.entries(message.applicationProperties ?? {});
  return {
    body: Buffer.isBuffer(message.body) ? message.body.toString("hex") : null,
    properties: Object.fromEntries(properties.map(([name, inner]) => [name, String(inner)])),
    message_id: message.messageId,
    content_type: message.contentType,
    delivery_count: message.deliveryCount,
    sequence: message.sequenceNumber.toNumber(),
    state: message.state,
    reason: message.deadLetterReason,
    description: message.deadLetterErrorDescription,
  };
}

function receiver(queue, dead) {
  const options = { skipParsingBodyAsJson: true, maxAutoLockRenewalDurationInMs: 0 };
  return client.createReceiver(queue, dead ? { ...options, subQueueType: "deadLetter" } : options);
}

// From the first on: the library goes on where it has peeked last, even with another receiver.
const peeked = (from) => from.peekMessages(100, { fromSequenceNumber: Long.ZERO });

// Runs something with what is closed behind it.
async function using(opened, run) {
  try {
    return await run(opened);
  } finally {
    await opened.close();
  }
}

const COMMANDS = {
  send: ({ queue, messages, how = "single" }) =>
    using(client.createSender(queue), async (sender) => {
      if (how === "batch") {
        const batch = await sender.createMessageBatch();
        messages.forEach((message) => batch.tryAddMessage(plain(message)));
        await sender.sendMessages(batch);
      } else if (how === "list") {
        await sender.sendMessages(messages.map(plain));
      } else {
        for (const message of messages) await sender.sendMessages(annotated(message));
      }
    }),

  schedule: ({ queue, messages, after_ms }) =>
    using(client.createSender(queue), async (sender) => {
      const when = new Date(Date.now() + after_ms);
      const numbers = await sender.scheduleMessages(messages.map(plain), when);
      return numbers.map((number) => number.toNumber());
    }),

  receive: ({ queue, then = "complete", dead = false, reason, description }) =>
    using(receiver(queue, dead), async (from) => {
      const [message] = await from.receiveMessages(1, { maxWaitTimeInMs: PATIENCE });
      if (!message) throw new Error("no message came");
      if (then === "dead_letter") {
        const why = { deadLetterReason: reason, deadLetterErrorDescription: description };
        await from.deadLetterMessage(message, why);
      } else {
        await from[`${then}Message`](message);
      }
      return told(message);
    }),

  deferred: ({ queue }) =>
    using(receiver(queue), async (from) => {
      const seen = (await peeked(from)).filter(({ state }) => state === "deferred");
      const messages = await from.receiveDeferredMessages(seen.map(({ sequenceNumber }) => sequenceNumber));
      for (const message of messages) await from.completeMessage(message);
      return messages.map(told);
    }),

  peek: ({ queue }) => using(receiver(queue), async (from) => (await peeked(from)).map(told)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: command, ...given } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ ok: (await COMMANDS[command](given)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.code ?? error.name}: ${error.message}` }));
  }
}
process.exit();
