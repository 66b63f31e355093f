//! Values and frames into bytes.

use bytes::{BufMut, BytesMut};

use crate::amqp::Value;

/// A value under a numeric descriptor.
pub(in crate::amqp) fn described(code: u64, value: Value) -> Value {
    Value::Described(Box::new((Value::Ulong(code), value)))
}

pub(in crate::amqp) fn symbol(text: impl Into<String>) -> Value {
    Value::Symbol(text.into())
}

/// Appends a frame that holds a performative (AMQP 1.0, transport, 2.3 and 2.7).
pub(in crate::amqp) fn frame(out: &mut BytesMut, channel: u16, code: u64, fields: &[Value]) {
    let start = out.len();
    out.put_u32(0);
    // Where the body begins, in words of four bytes, and the type: AMQP.
    out.put_slice(&[2, 0]);
    out.put_u16(channel);
    out.put_u8(0);
    value(out, &Value::Ulong(code));
    compound(out, 0xd0, fields.len(), |out| {
        for field in fields {
            value(out, field);
        }
    });
    patch(out, start, 0);
}

/// Appends a value.
pub(in crate::amqp) fn value(out: &mut BytesMut, of: &Value) {
    match of {
        Value::Null | Value::Other => out.put_u8(0x40),
        Value::Bool(true) => out.put_u8(0x41),
        Value::Bool(false) => out.put_u8(0x42),
        Value::Ubyte(number) => out.put_slice(&[0x50, *number]),
        Value::Ushort(number) => coded(out, 0x60, &number.to_be_bytes()),
        Value::Uint(0) => out.put_u8(0x43),
        Value::Uint(number) => match u8::try_from(*number) {
            Ok(small) => out.put_slice(&[0x52, small]),
            Err(_) => coded(out, 0x70, &number.to_be_bytes()),
        },
        Value::Ulong(0) => out.put_u8(0x44),
        Value::Ulong(number) => match u8::try_from(*number) {
            Ok(small) => out.put_slice(&[0x53, small]),
            Err(_) => coded(out, 0x80, &number.to_be_bytes()),
        },
        Value::Byte(number) => coded(out, 0x51, &number.to_be_bytes()),
        Value::Short(number) => coded(out, 0x61, &number.to_be_bytes()),
        Value::Int(number) => coded(out, 0x71, &number.to_be_bytes()),
        Value::Long(number) => coded(out, 0x81, &number.to_be_bytes()),
        Value::Float(number) => coded(out, 0x72, &number.to_be_bytes()),
        Value::Double(number) => coded(out, 0x82, &number.to_be_bytes()),
        Value::Char(char) => coded(out, 0x73, &u32::from(*char).to_be_bytes()),
        Value::Timestamp(time) => coded(out, 0x83, &time.to_be_bytes()),
        Value::Uuid(id) => coded(out, 0x98, id.as_bytes()),
        Value::Binary(bytes) => variable(out, 0xa0, bytes),
        Value::String(text) => variable(out, 0xa1, text.as_bytes()),
        Value::Symbol(text) => variable(out, 0xa3, text.as_bytes()),
        Value::List(items) if items.is_empty() => out.put_u8(0x45),
        Value::List(items) => compound(out, 0xd0, items.len(), |out| {
            for item in items {
                value(out, item);
            }
        }),
        Value::Map(entries) => compound(out, 0xd1, entries.len() * 2, |out| {
            for (key, item) in entries {
                value(out, key);
                value(out, item);
            }
        }),
        Value::Array(items) => array(out, items),
        Value::Described(described) => {
            out.put_u8(0);
            value(out, &described.0);
            value(out, &described.1);
        }
    }
}

/// An array of what we send in arrays: symbols, uuids and numbers. Of other kinds, and of mixed ones, it is null.
fn array(out: &mut BytesMut, items: &[Value]) {
    let start = out.len();
    let code = match items.first() {
        Some(Value::Symbol(_)) | None => 0xb3,
        Some(Value::Uuid(_)) => 0x98,
        Some(Value::Long(_)) => 0x81,
        Some(Value::Int(_)) => 0x71,
        Some(_) => return out.put_u8(0x40),
    };
    let mut uniform = true;
    compound(out, 0xf0, items.len(), |out| {
        out.put_u8(code);
        for item in items {
            match (code, item) {
                (0xb3, Value::Symbol(text)) => {
                    out.put_u32(length(text.len()));
                    out.put_slice(text.as_bytes());
                }
                (0x98, Value::Uuid(id)) => out.put_slice(id.as_bytes()),
                (0x81, Value::Long(number)) => out.put_i64(*number),
                (0x71, Value::Int(number)) => out.put_i32(*number),
                _ => uniform = false,
            }
        }
    });
    if !uniform {
        out.truncate(start);
        out.put_u8(0x40);
    }
}

fn coded(out: &mut BytesMut, code: u8, bytes: &[u8]) {
    out.put_u8(code);
    out.put_slice(bytes);
}

fn variable(out: &mut BytesMut, code: u8, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(small) => out.put_slice(&[code, small]),
        Err(_) => {
            out.put_u8(code | 0x10);
            out.put_u32(length(bytes.len()));
        }
    }
    out.put_slice(bytes);
}

fn compound(out: &mut BytesMut, code: u8, count: usize, items: impl FnOnce(&mut BytesMut)) {
    out.put_u8(code);
    let start = out.len();
    out.put_u32(0);
    out.put_u32(length(count));
    items(out);
    patch(out, start, 4);
}

/// Writes the size of what follows from `start` on, less `not_counted` bytes, at `start`.
fn patch(out: &mut BytesMut, start: usize, not_counted: usize) {
    let size = length(out.len() - start - not_counted);
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

fn length(length: usize) -> u32 {
    u32::try_from(length).expect("nothing of four gigabytes is given to the encoder")
}
