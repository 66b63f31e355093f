// Links that carry a queue's messages.

import rhea from "rhea";

import { arrived, delivered } from "./messages.js";

const { message: amqp } = rhea;

// The states that answer, without the peer's own words.
const STATES = {
  accepted: () => amqp.accepted().described(),
  released: () => amqp.released().described(),
  rejected: () => amqp.rejected().described(),
  abandoned: () => amqp.modified({ delivery_failed: true }).described(),
  deferred: () => amqp.modified({ delivery_failed: true, undeliverable_here: true }).described(),
  lost: () => amqp.rejected({ error: LOST }).described(),
};
const LOST = { condition: "com.microsoft:message-lock-lost", description: "The lock supplied is invalid.", info: {} };

// Messages on their way to a receiver, and what it says of them.
export class OutgoingLink {
  #tokens = new Map();
  #tags = 0;
  #pumping = false;

  constructor(container, queue, sender, switches) {
    this.queue = queue;
    this.sender = sender;
    this.switches = switches;
    this.speech = container.speech;
    this.deletes = sender.snd_settle_mode === 1;
    sender.local.attach.snd_settle_mode = sender.snd_settle_mode ?? 0;
    sender.local.attach.rcv_settle_mode = sender.rcv_settle_mode ?? 1;
    const pump = () => this.#pump();
    const stop = queue.wait(pump);
    const end = () => {
      stop();
      if (container.links.delete(this)) {
        queue.namespace.tell({ event: "detached", queue: queue.name });
      }
    };
    sender.on("sendable", pump);
    sender.on("sender_draining", () => this.#drain());
    sender.on("sender_close", end);
    sender.session.once("session_close", end);
    sender.connection.socket.once("close", end);
    for (const outcome of ["accepted", "released", "rejected", "modified"]) {
      sender.on(outcome, ({ delivery }) => this.#settled(delivery, delivery.remote_state, outcome));
    }
    container.links.add(this);
    queue.namespace.tell({ event: "attached", queue: queue.name });
  }

  detach(condition, description) {
    this.sender.close({ condition, description });
  }

  // Sends as much as there is credit for, once rhea has counted what was sent before.
  #pump() {
    if (this.#pumping) {
      return;
    }
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#send();
    });
  }

  #send() {
    const { outgoing } = this.sender.session;
    const pending = outgoing.next_delivery_id - outgoing.next_pending_delivery;
    for (let room = this.sender.credit - pending; room > 0 && this.sender.is_open() && this.queue.hasReady; room -= 1) {
      const { entry, token, until } = this.queue.take(this.deletes);
      const delivery = this.sender.send(delivered(entry, until), this.#tag(token));
      if (token) {
        this.#tokens.set(delivery.id, token);
      }
      if (this.switches.take("stolen")) {
        setImmediate(() => this.detach("amqp:link:stolen", "another receiver has taken the link"));
      }
    }
  }

  // The tag is the lock's token, unless it is short.
  #tag(token) {
    this.#tags += 1;
    if (token && !this.switches.take("short-tag")) {
      return Buffer.from(token, "hex");
    }
    const tag = Buffer.alloc(4);
    tag.writeUInt32BE(this.#tags);
    return tag;
  }

  // What there is goes out first; the rest of the credit is used up.
  #drain() {
    this.#send();
    this.sender.set_drained(true);
    this.sender.connection._register();
  }

  #settled(delivery, state, outcome) {
    const token = this.#tokens.get(delivery.id);
    if (!token || delivery.settled) {
      return;
    }
    const asked = settlement(outcome, state);
    const { switches, queue } = this;
    if (switches.take("no-reply")) {
      queue.ignore(token, asked, "link");
      return;
    }
    this.#tokens.delete(delivery.id);
    if (switches.take("lock-lost")) {
      queue.lose(token);
    }
    const wrong = switches.take("wrong-echo");
    const done = wrong ? { outcome: wrong.as } : asked;
    const taken = queue.settle(token, done, "link");
    if (switches.take("no-answer")) {
      return;
    }
    const said = taken ? (switches.take("false-echo")?.as ?? done.outcome) : "lost";
    this.sender.session.answers.add(delivery, STATES[said](), said);
  }
}

// Messages from a sender.
export function receive(queue, receiver) {
  receiver.on("message", (context) => {
    for (const message of arrived(context)) {
      queue.enqueue(message, message.message_annotations?.["x-opt-scheduled-enqueue-time"]?.getTime());
    }
  });
}

// What the peer's state asks of a queue.
function settlement(outcome, state) {
  if (outcome === "modified") {
    const properties = state.message_annotations ?? {};
    return { outcome: state.undeliverable_here ? "deferred" : "abandoned", properties };
  }
  if (outcome === "rejected") {
    const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = state.error?.info ?? {};
    return { outcome, properties, reason: DeadLetterReason ?? null, description: DeadLetterErrorDescription ?? null };
  }
  return { outcome };
}
