// Queues with peek-lock, as Service Bus has them. No AMQP here: links and requests are elsewhere.

import { randomBytes } from "node:crypto";

const LOCK_MS = 30_000;
const MAX_DELIVERIES = 10;
const DEAD_LETTERS = "/$deadletterqueue";

export class Namespace {
  #queues = new Map();

  // `tell` is called with what happens.
  constructor(tell) {
    this.tell = tell;
  }

  // The queue of an address; names are compared without case.
  queue(address) {
    const name = address.toLowerCase();
    if (!this.#queues.has(name)) {
      this.#queues.set(name, new Queue(this, name));
    }
    return this.#queues.get(name);
  }

  get queues() {
    return [...this.#queues.values()];
  }
}

class Queue {
  #sequence = 0;
  #ready = [];
  #locked = new Map();
  // What each lock was for, also when it has ended: for what is told.
  #tokens = new Map();
  #deferred = new Map();
  #scheduled = new Map();
  #waiting = new Set();

  constructor(namespace, name) {
    this.namespace = namespace;
    this.name = name;
    this.lockMs = LOCK_MS;
    this.maxDeliveries = MAX_DELIVERIES;
  }

  get counts() {
    const dead = this.isDeadLetters ? 0 : this.namespace.queue(this.name + DEAD_LETTERS).#ready.length;
    return {
      ready: this.#ready.length,
      locked: this.#locked.size,
      deferred: this.#deferred.size,
      scheduled: this.#scheduled.size,
      dead,
    };
  }

  get isDeadLetters() {
    return this.name.endsWith(DEAD_LETTERS);
  }

  // Takes a message in; gives its sequence number.
  enqueue(message, at) {
    this.#sequence += 1;
    const entry = { sequence: this.#sequence, message, deliveries: 0, enqueued: new Date(), state: 0 };
    entry.message.message_id ??= randomBytes(16).toString("hex");
    const wait = (at ?? 0) - Date.now();
    if (wait > 0) {
      entry.state = 2;
      const timer = setTimeout(() => {
        this.#scheduled.delete(entry.sequence);
        entry.enqueued = new Date();
        this.#offer(entry);
      }, wait);
      this.#scheduled.set(entry.sequence, { entry, timer });
    } else {
      this.#offer(entry);
    }
    return entry.sequence;
  }

  cancel(sequence) {
    const scheduled = this.#scheduled.get(sequence);
    clearTimeout(scheduled?.timer);
    return this.#scheduled.delete(sequence);
  }

  // Calls back whenever there may be something to take; gives what ends that.
  wait(look) {
    this.#waiting.add(look);
    return () => this.#waiting.delete(look);
  }

  get hasReady() {
    return this.#ready.length > 0;
  }

  // The next message, locked; or gone, for who deletes what it receives.
  take(deletes = false) {
    const entry = this.#ready.shift();
    if (entry && deletes) {
      this.#tell("delivered", entry);
      return { entry };
    }
    return entry && this.#lock(entry);
  }

  takeDeferred(sequence) {
    const entry = this.#deferred.get(sequence);
    this.#deferred.delete(sequence);
    return entry && this.#lock(entry);
  }

  // All that is there, in the order of their numbers, without a lock.
  peek(from, count) {
    const locked = [...this.#locked.values()].map((lock) => lock.entry);
    const scheduled = [...this.#scheduled.values()].map((one) => one.entry);
    return [...this.#ready, ...locked, ...this.#deferred.values(), ...scheduled]
      .filter((entry) => entry.sequence >= from)
      .sort((one, other) => one.sequence - other.sequence)
      .slice(0, count);
  }

  // When the lock ends from now on; nothing if there is none.
  renew(token) {
    const lock = this.#locked.get(token);
    if (!lock) {
      return undefined;
    }
    clearTimeout(lock.timer);
    this.#arm(lock, token);
    this.#tell("renewed", lock.entry);
    return lock.until;
  }

  // Ends a lock before its time.
  lose(token) {
    const lock = this.#unlock(token);
    if (lock) {
      this.#return(lock.entry);
    }
  }

  // Does what was asked for, if the lock is still there; gives whether it was.
  settle(token, { outcome, properties = {}, reason = null, description = null }, by) {
    const lock = this.#unlock(token);
    const entry = this.#tokens.get(token);
    this.#tell("outcome", entry, { outcome, by, taken: Boolean(lock), properties, reason, description });
    if (!lock) {
      return false;
    }
    Object.assign((entry.message.application_properties ??= {}), properties);
    switch (outcome) {
      case "accepted":
        break;
      case "released":
        entry.deliveries -= 1;
        this.#offer(entry);
        break;
      case "abandoned":
        this.#return(entry);
        break;
      case "deferred":
        entry.state = 1;
        this.#deferred.set(entry.sequence, entry);
        break;
      case "rejected":
        this.#bury(entry, reason, description);
        break;
      default:
        throw new Error(`no outcome: ${outcome}`);
    }
    return true;
  }

  // A settlement that is not done, whatever it is.
  ignore(token, settlement, by) {
    this.#tell("outcome", this.#tokens.get(token), { ...settlement, by, taken: false });
  }

  #lock(entry) {
    entry.deliveries += 1;
    const token = randomBytes(16).toString("hex");
    const lock = { entry };
    this.#arm(lock, token);
    this.#locked.set(token, lock);
    this.#tokens.set(token, entry);
    this.#tell("delivered", entry);
    return { entry, token, until: lock.until };
  }

  #arm(lock, token) {
    lock.until = new Date(Date.now() + this.lockMs);
    lock.timer = setTimeout(() => {
      this.#tell("expired", lock.entry);
      this.lose(token);
    }, this.lockMs);
  }

  #unlock(token) {
    const lock = this.#locked.get(token);
    clearTimeout(lock?.timer);
    this.#locked.delete(token);
    return lock;
  }

  // Back to its place, unless it was there too often.
  #return(entry) {
    if (entry.deliveries >= this.maxDeliveries && !this.isDeadLetters) {
      const often = `It was delivered ${entry.deliveries} times without being completed.`;
      this.#bury(entry, "MaxDeliveryCountExceeded", often);
    } else {
      this.#offer(entry);
    }
  }

  #bury(entry, reason, description) {
    const said = { DeadLetterReason: reason, DeadLetterErrorDescription: description };
    for (const [name, text] of Object.entries(said)) {
      if (text !== null) {
        (entry.message.application_properties ??= {})[name] = text;
      }
    }
    this.namespace.queue(this.name + DEAD_LETTERS).enqueue(entry.message);
  }

  #offer(entry) {
    entry.state = 0;
    const at = this.#ready.findIndex((other) => other.sequence > entry.sequence);
    this.#ready.splice(at < 0 ? this.#ready.length : at, 0, entry);
    for (const look of this.#waiting) {
      look();
    }
  }

  #tell(event, entry, more = {}) {
    const { sequence = null, message, deliveries = null } = entry ?? {};
    const message_id = message?.message_id ?? null;
    this.namespace.tell({ event, queue: this.name, sequence, message_id, deliveries, ...more });
  }
}
