// From commands to messages of rhea, and from entries of a queue to what goes over a link.

import rhea from "rhea";

const { message: amqp, types } = rhea;

// How an AMQP type is named in a command: {"type": "long", "value": 7}.
const TYPED = {
  boolean: types.wrap_boolean,
  ubyte: types.wrap_ubyte,
  ushort: types.wrap_ushort,
  uint: types.wrap_uint,
  ulong: types.wrap_ulong,
  byte: types.wrap_byte,
  short: types.wrap_short,
  int: types.wrap_int,
  long: types.wrap_long,
  float: types.wrap_float,
  double: types.wrap_double,
  char: (text) => types.wrap_char(text.codePointAt(0)),
  timestamp: types.wrap_timestamp,
  uuid: (text) => types.wrap_uuid(Buffer.from(text.replaceAll("-", ""), "hex")),
  binary: (text) => types.wrap_binary(Buffer.from(text, "hex")),
  symbol: types.wrap_symbol,
};

// A body is bytes in hexadecimal, and `as` says what they are put in.
const BODIES = {
  data: (bytes) => amqp.data_section(bytes),
  // In pieces, for AMQP allows any number of data sections.
  pieces: (bytes) => {
    const half = bytes.length >> 1;
    return amqp.data_sections([bytes.subarray(0, half), Buffer.alloc(0), bytes.subarray(half)]);
  },
  binary: (bytes) => types.wrap_binary(bytes),
  text: (bytes) => types.wrap_string(bytes.toString("utf8")),
  sequence: (bytes) => amqp.sequence_section([bytes.toString("utf8")]),
  number: () => types.wrap_long(7),
};

// A message from {body, as, message_id, correlation_id, content_type, subject, properties, footer}.
export function annotated({ body = "", as = "data", properties, ...fields }) {
  const values = Object.entries(properties ?? {});
  return {
    ...fields,
    body: BODIES[as](Buffer.from(body, "hex")),
    application_properties: Object.fromEntries(values.map(([name, value]) => [name, typed(value)])),
  };
}

// A message as it is delivered: with how often it was before, and what the service says about it.
export function delivered({ message, sequence, deliveries, enqueued, state }, until) {
  const annotations = {
    ...message.message_annotations,
    "x-opt-enqueued-time": types.wrap_timestamp(enqueued),
    "x-opt-sequence-number": types.wrap_long(sequence),
    "x-opt-enqueue-sequence-number": types.wrap_long(sequence),
    "x-opt-message-state": types.wrap_int(state),
  };
  if (until) {
    annotations["x-opt-locked-until"] = types.wrap_timestamp(until);
  }
  return { ...message, delivery_count: Math.max(deliveries - 1, 0), message_annotations: annotations };
}

// The messages that came: one, or those of a batch, each in a data section of its envelope.
export function arrived({ message, format }) {
  if (!format) {
    return [message];
  }
  const { content, multiple } = amqp.decode(message).body;
  return (multiple ? content : [content]).map((bytes) => amqp.decode(bytes));
}

function typed(value) {
  return value?.type ? TYPED[value.type](value.value) : value;
}
