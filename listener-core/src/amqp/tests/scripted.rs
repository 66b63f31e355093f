//! A peer that speaks frame by frame, and says what a test wants said, right or wrong.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::peer::{SOON, string};
use crate::amqp::{
    Connection, Connector, Receiver, ReceiverOptions, Value,
    wire::{Frame, Reader, code, described, descriptor, first_unit, frame, symbol},
};

pub(crate) struct Scripted {
    stream: DuplexStream,
    buffer: BytesMut,
    /// Our channel, for what goes to the receiver's session.
    pub(crate) channel: u16,
}

/// Our handle of the receiver's link.
const HANDLE: u32 = 5;

/// What a frame says: its channel, its performative's code, and the fields.
pub(crate) type Said = (u16, u64, Vec<Value>);

impl Scripted {
    /// Both ends of an open connection.
    pub(crate) async fn pair() -> (Connection, Self) {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let connector = Connector::new(&string(1));
        let (connection, peer) = tokio::join!(connector.open(ours), Self::accept(theirs));
        (connection.unwrap(), peer)
    }

    /// Both ends of a receiver.
    pub(crate) async fn receiving(options: ReceiverOptions) -> (Connection, Receiver, Self) {
        let (connection, mut peer) = Self::pair().await;
        let (receiver, ()) = tokio::join!(connection.receiver("crm", options, SOON), peer.attach());
        (connection, receiver.unwrap(), peer)
    }

    pub(crate) async fn accept(stream: DuplexStream) -> Self {
        let mut peer = Self {
            stream,
            buffer: BytesMut::new(),
            channel: 3,
        };
        peer.unit().await;
        peer.write(b"AMQP\x03\x01\x00\x00").await;
        peer.sasl(0x40, &[Value::Array(vec![symbol("ANONYMOUS")])])
            .await;
        peer.unit().await;
        peer.sasl(0x44, &[Value::Ubyte(0)]).await;
        peer.unit().await;
        peer.write(b"AMQP\x00\x01\x00\x00").await;
        peer.expect(code::OPEN).await;
        let open = [
            "peer".into(),
            Value::Null,
            Value::Uint(65_536),
            Value::Ushort(9),
        ];
        peer.say(0, code::OPEN, &open).await;
        peer
    }

    /// Begins the receiver's session and attaches its link.
    pub(crate) async fn attach(&mut self) {
        let source = self.begin().await;
        let mut fields = vec!["link".into(), Value::Uint(HANDLE), Value::Bool(false)];
        fields.extend([Value::Ubyte(0), Value::Ubyte(1), source]);
        self.say(self.channel, code::ATTACH, &fields).await;
    }

    /// Begins the receiver's session, and gives the source that it asks for.
    pub(crate) async fn begin(&mut self) -> Value {
        let (channel, ..) = self.expect(code::BEGIN).await;
        let begin = [
            Value::Ushort(channel),
            Value::Uint(7),
            Value::Uint(99),
            Value::Uint(99),
        ];
        self.say(self.channel, code::BEGIN, &begin).await;
        let (_, _, mut attach) = self.expect(code::ATTACH).await;
        attach.swap_remove(5)
    }

    pub(crate) async fn say(&mut self, channel: u16, code: u64, fields: &[Value]) {
        self.say_with(channel, code, fields, b"").await;
    }

    pub(crate) async fn say_with(
        &mut self,
        channel: u16,
        code: u64,
        fields: &[Value],
        payload: &[u8],
    ) {
        let mut bytes = BytesMut::new();
        frame(&mut bytes, channel, code, fields);
        bytes.extend_from_slice(payload);
        let size = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        bytes[..4].copy_from_slice(&size);
        self.write(&bytes).await;
    }

    /// A delivery as soon as there is credit for it.
    pub(crate) async fn deliver_once_asked(&mut self, payload: &[u8]) {
        self.expect(code::FLOW).await;
        self.deliver(0, &[0; 16], payload).await;
    }

    /// A delivery in one transfer.
    pub(crate) async fn deliver(&mut self, id: u32, tag: &[u8], payload: &[u8]) {
        self.transfer(id, tag, payload, false).await;
    }

    pub(crate) async fn transfer(&mut self, id: u32, tag: &[u8], payload: &[u8], more: bool) {
        let fields = [
            Value::Uint(HANDLE),
            Value::Uint(id),
            Value::Binary(Bytes::copy_from_slice(tag)),
            Value::Uint(0),
            Value::Bool(false),
            Value::Bool(more),
        ];
        self.say_with(self.channel, code::TRANSFER, &fields, payload)
            .await;
    }

    /// Settles deliveries with this state.
    pub(crate) async fn settle(&mut self, first: u32, last: u32, state: Value) {
        let fields = [
            Value::Bool(false),
            Value::Uint(first),
            Value::Uint(last),
            Value::Bool(true),
            state,
        ];
        self.say(self.channel, code::DISPOSITION, &fields).await;
    }

    /// A flow that tells how many were delivered, and what credit is left.
    pub(crate) async fn flow(&mut self, delivered: u32, credit: u32) {
        let mut fields = vec![
            Value::Uint(0),
            Value::Uint(99),
            Value::Uint(7),
            Value::Uint(99),
        ];
        fields.extend([
            Value::Uint(HANDLE),
            Value::Uint(delivered),
            Value::Uint(credit),
        ]);
        self.say(self.channel, code::FLOW, &fields).await;
    }

    pub(crate) async fn detach(&mut self, condition: &str) {
        let fields = [Value::Uint(HANDLE), Value::Bool(true), error(condition)];
        self.say(self.channel, code::DETACH, &fields).await;
    }

    /// The next frame that says something, which must be this.
    pub(crate) async fn expect(&mut self, code: u64) -> Said {
        let said = self.next().await;
        assert_eq!(said.1, code, "{said:x?}");
        said
    }

    pub(crate) async fn next(&mut self) -> Said {
        loop {
            let unit = self.unit().await;
            let Some((channel, Some(_))) = Frame::peek(&unit) else {
                continue;
            };
            let mut reader = Reader::new(unit.freeze().slice(8..));
            let code = reader.descriptor().unwrap();
            let fields = reader.value().unwrap().items().unwrap().to_vec();
            return (channel, code, fields);
        }
    }

    async fn sasl(&mut self, code: u64, fields: &[Value]) {
        let mut bytes = BytesMut::new();
        frame(&mut bytes, 0, code, fields);
        bytes[5] = 1;
        self.write(&bytes).await;
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    async fn unit(&mut self) -> BytesMut {
        loop {
            if let Some(size) = first_unit(&self.buffer, 1 << 20).unwrap() {
                return self.buffer.split_to(size);
            }
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert_ne!(read, 0, "the client hung up");
        }
    }
}

pub(crate) fn error(condition: &str) -> Value {
    let fields = vec![symbol(condition), "as scripted".into()];
    described(descriptor::ERROR, Value::List(fields))
}

pub(crate) fn state(code: u64) -> Value {
    described(code, Value::List(Vec::new()))
}

pub(crate) fn rejected(condition: &str) -> Value {
    described(descriptor::REJECTED, Value::List(vec![error(condition)]))
}

/// A message of sections.
pub(crate) fn message(sections: &[(u64, Value)]) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    for (code, value) in sections {
        crate::amqp::wire::value(&mut bytes, &described(*code, value.clone()));
    }
    bytes.to_vec()
}

pub(crate) fn data(text: &'static str) -> (u64, Value) {
    (
        descriptor::DATA,
        Value::Binary(Bytes::from_static(text.as_bytes())),
    )
}
