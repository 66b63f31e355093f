// What the management node of a queue answers.
//
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response

import rhea from "rhea";

import { delivered } from "./messages.js";
import { fromUuid, toUuid } from "./tags.js";

const { message: amqp, types } = rhea;
const LONG = 0x81;
const TIMESTAMP = 0x83;

const LOST = { status: 410, condition: "com.microsoft:message-lock-lost", description: "The lock is not there." };
const BUSY = { status: 503, condition: "com.microsoft:server-busy", description: "Busy." };
const STATUSES = { completed: "accepted", abandoned: "abandoned", defered: "deferred", suspended: "rejected" };

const OPERATIONS = {
  "renew-lock"(queue, switches, body) {
    if (switches.take("renewal-busy")) {
      return BUSY;
    }
    const tokens = body["lock-tokens"].map(fromUuid);
    if (switches.take("renewal-lost")) {
      tokens.forEach((token) => queue.lose(token));
    }
    const ends = tokens.map((token) => queue.renew(token));
    if (ends.some((end) => end === undefined)) {
      return LOST;
    }
    return { status: 200, body: { expirations: types.wrap_array(ends, TIMESTAMP) } };
  },

  "update-disposition"(queue, _switches, body) {
    const settlement = {
      outcome: STATUSES[body["disposition-status"]],
      properties: body["properties-to-modify"] ?? {},
      reason: body["deadletter-reason"] ?? null,
      description: body["deadletter-description"] ?? null,
    };
    const taken = body["lock-tokens"].map((token) => queue.settle(fromUuid(token), settlement, "management"));
    return taken.every(Boolean) ? { status: 200 } : LOST;
  },

  "peek-message"(queue, _switches, body) {
    const found = queue.peek(body["from-sequence-number"], body["message-count"]);
    const messages = found.map((entry) => ({ message: amqp.encode(delivered(entry)) }));
    return messages.length ? { status: 200, body: { messages } } : { status: 204 };
  },

  "receive-by-sequence-number"(queue, _switches, body) {
    const taken = body["sequence-numbers"].map((sequence) => queue.takeDeferred(sequence)).filter(Boolean);
    if (!taken.length) {
      return { status: 404, condition: "com.microsoft:message-not-found", description: "No such message." };
    }
    const messages = taken.map(({ entry, token, until }) => ({
      message: amqp.encode(delivered(entry, until)),
      "lock-token": types.wrap_uuid(toUuid(token)),
    }));
    return { status: 200, body: { messages } };
  },

  "schedule-message"(queue, _switches, body) {
    const numbers = body.messages.map(({ message }) => {
      const scheduled = amqp.decode(message);
      return queue.enqueue(scheduled, scheduled.message_annotations?.["x-opt-scheduled-enqueue-time"]?.getTime());
    });
    return { status: 200, body: { "sequence-numbers": types.wrap_array(numbers, LONG) } };
  },

  "cancel-scheduled-message"(queue, _switches, body) {
    const cancelled = body["sequence-numbers"].map((sequence) => queue.cancel(sequence));
    return cancelled.every(Boolean) ? { status: 200 } : { ...LOST, status: 404, condition: "com.microsoft:message-not-found" };
  },
};

export function answer(queue, switches, { operation, body }) {
  const name = String(operation).replace(/^com\.microsoft:/, "");
  if (!Object.hasOwn(OPERATIONS, name)) {
    return { status: 400, condition: "amqp:not-implemented", description: `No operation ${operation}.` };
  }
  return OPERATIONS[name](queue, switches, body);
}
