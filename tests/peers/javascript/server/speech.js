// Makes rhea speak as no other server here does: what AMQP leaves free, in another way.

const CHANNELS = 7;
const HANDLES = 3;

// Other channels than the peer's own.
export function otherChannels(connection) {
  const idle = { _process() {}, _disconnect() {} };
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    connection.local_channel_map[channel] = idle;
  }
}

// Other handles than the peer's own, and messages in frames as small as wanted.
export function otherHandles(session, speech) {
  for (let handle = 0; handle < HANDLES; handle += 1) {
    session.local.handles[handle] = "taken";
  }
  const { outgoing } = session;
  const most = outgoing.compute_max_payload.bind(outgoing);
  outgoing.compute_max_payload = (tag) => speech.frame || most(tag);
}

// Answers settlements of a session, together with those that come while it waits.
export class Answers {
  #waiting = [];

  constructor(speech) {
    this.speech = speech;
  }

  add(delivery, state, outcome) {
    this.#waiting.push({ delivery, state, outcome });
    if (this.#waiting.length === 1) {
      setTimeout(() => this.#flush(), this.speech.wait_ms);
    }
  }

  // Those in a row that are accepted go in one turn, for rhea says what has the same outcome in one disposition. Any other
  // goes alone: rhea joins the first two of a turn whatever their outcomes are, and nothing behind a gap.
  async #flush() {
    const waiting = this.#waiting.splice(0).sort((one, other) => one.delivery.id - other.delivery.id);
    while (waiting.length) {
      const [{ delivery, outcome }] = waiting;
      const ends = waiting.findIndex(
        (one, at) => at > 0 && (one.delivery.id !== delivery.id + at || outcome !== "accepted" || one.outcome !== outcome),
      );
      const turn = waiting.splice(0, ends < 0 ? waiting.length : ends);
      turn.forEach((one) => one.delivery.update(true, one.state));
      await new Promise(setImmediate);
    }
  }
}
