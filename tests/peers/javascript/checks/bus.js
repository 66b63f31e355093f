// A Service Bus to judge, and the few steps that many checks take.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import { ServiceBusClient } from "@azure/service-bus";
import WebSocket from "ws";

export { pause };

// How long a check waits for what has to come, in milliseconds.
export const PATIENCE = 5_000;
// How long a check looks for what must not come, in milliseconds.
export const GLANCE = 500;

export class Bus {
  #opened = [];
  #client;

  constructor(place) {
    this.place = place;
  }

  // The check's client; what it opens is closed behind the check.
  get client() {
    this.#client ??= this.anotherClient();
    return this.#client;
  }

  // One more client, which knows nothing of the first.
  anotherClient(connectionString = this.place.connection_string, options = {}) {
    const retryOptions = { maxRetries: 0, timeoutInMs: PATIENCE, retryDelayInMs: 100 };
    const client = new ServiceBusClient(connectionString, { retryOptions, ...options });
    this.#opened.push(client);
    return client;
  }

  // A client over TLS, which trusts the root that NODE_EXTRA_CA_CERTS names.
  overTls(options = {}) {
    const { tls_port, key_name, key } = this.place;
    const text = `Endpoint=sb://localhost:${tls_port};SharedAccessKeyName=${key_name};SharedAccessKey=${key}`;
    return this.anotherClient(text, options);
  }

  overWebSockets() {
    return this.overTls({ webSocketOptions: { webSocket: WebSocket } });
  }

  // A receiver in peek-lock unless told otherwise. Locks are never renewed behind a check's back.
  receiver(name, options = {}) {
    return this.client.createReceiver(name, { maxAutoLockRenewalDurationInMs: 0, ...options });
  }

  subscription(topic, name, options = {}) {
    return this.client.createReceiver(topic, name, { maxAutoLockRenewalDurationInMs: 0, ...options });
  }

  sender(name) {
    return this.client.createSender(name);
  }

  session(name, session, options = {}) {
    return this.client.acceptSession(name, session, { maxAutoLockRenewalDurationInMs: 0, ...options });
  }

  nextSession(name, options = {}, client = this.client) {
    return client.acceptNextSession(name, { maxAutoLockRenewalDurationInMs: 0, ...options });
  }

  // Sends bodies or messages, one after the other.
  async send(name, ...messages) {
    const sender = this.sender(name);
    for (const message of messages)
      await sender.sendMessages(typeof message === "string" ? { body: message } : message);
    await sender.close();
  }

  // What a check had to say it has said: nobody listens to errors of closing.
  async close() {
    await Promise.allSettled(this.#opened.map((client) => client.close()));
  }
}

// The next message, which has to come.
export async function one(receiver, wait = PATIENCE) {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: wait });
  assert.ok(message, `expected a message within ${wait} ms, found none`);
  return message;
}

// So many messages, which have to come; a call of the library may end before all are there.
export async function several(receiver, count, wait = PATIENCE) {
  const end = Date.now() + wait;
  const messages = [];
  while (messages.length < count) {
    const left = end - Date.now();
    assert.ok(left > 0, `expected ${count} messages within ${wait} ms, found ${messages.length}`);
    messages.push(...(await receiver.receiveMessages(count - messages.length, { maxWaitTimeInMs: left })));
  }
  return messages;
}

// Nothing may come for a while.
export async function none(receiver, wait = GLANCE) {
  const messages = await receiver.receiveMessages(1, { maxWaitTimeInMs: wait });
  assert.equal(messages.length, 0, `expected no message within ${wait} ms, found one`);
}

export function equal(found, expected, what) {
  if (!same(found, expected)) assert.fail(`${what}: expected ${text(expected)}, found ${text(found)}`);
}

// What the library has to raise, and nothing else: a code, or the name that stands before the text of a GeneralError.
export async function raises(code, promise) {
  let error;
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error, `expected ${code}, found no error`);
  const found = error.code === "GeneralError" ? error.message.split(":")[0] : (error.code ?? error.name);
  assert.ok(found === code, `expected ${code}, found ${found}: ${error.message}`);
}

export const bodies = (messages) => messages.map((message) => message.body);

function same(left, right) {
  try {
    assert.deepStrictEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

function text(value) {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}n` : inner));
}
