// What can be made to go wrong. Each switch counts: so many times, and then all is well again.

const KNOWN = {
  // A settlement finds that its lock has just ended: refused with message-lock-lost, and the message comes again.
  "lock-lost": "settlement",
  // A settlement is done as another outcome, `as`, and answered so.
  "wrong-echo": "settlement",
  // A settlement is done, and answered with the outcome `as`.
  "false-echo": "settlement",
  // A settlement is neither done nor answered.
  "no-reply": "settlement",
  // A settlement is done, but not answered.
  "no-answer": "settlement",
  // A renewal finds that the lock has just ended: status 410, and the message comes again.
  "renewal-lost": "renewal",
  // A renewal is refused for the time being: status 503.
  "renewal-busy": "renewal",
  // A delivery has a tag of 4 bytes, which names no lock.
  "short-tag": "delivery",
  // A delivery is followed by a detach: somebody else has taken the link.
  stolen: "delivery",
};

export class Switches {
  #set = new Map();

  // Turns one on, for so many times; 0 turns it off.
  turn(name, times = 1, as) {
    if (!(name in KNOWN)) {
      throw new Error(`no switch: ${name}; there are ${Object.keys(KNOWN).join(", ")}`);
    }
    this.#set.set(name, { times, as });
  }

  // Whether this one is on, this time; gives what it was turned on with.
  take(name) {
    const set = this.#set.get(name);
    if (!set || set.times <= 0) {
      return undefined;
    }
    set.times -= 1;
    return set;
  }
}
