//! A peer that writes frames as a test wants them.

use crate::amqp::{
    Server,
    codec::{Body, FrameDecoder, Write},
    types::{
        definitions::{Error, Handle, ReceiverSettleMode, Role, SenderSettleMode},
        messaging::{Source, Target, TargetArchetype},
        performatives::*,
    },
};
use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};

pub(crate) struct Peer {
    pub(crate) io: DuplexStream,
    buffer: BytesMut,
    decoder: FrameDecoder,
}

impl Peer {
    /// Connects without a word.
    pub(crate) fn connect(server: &Server) -> Self {
        Self::connect_through(server, |far| far)
    }

    /// Connects without a word, and the server's end goes through this.
    pub(crate) fn connect_through<S>(
        server: &Server,
        through: impl FnOnce(DuplexStream) -> S,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (near, far) = duplex(64 * 1024);
        tokio::spawn(server.connection(through(far)));
        Self {
            io: near,
            buffer: BytesMut::new(),
            decoder: FrameDecoder::amqp(1 << 20),
        }
    }

    /// Connects and opens, without the security layer.
    pub(crate) async fn open(server: &Server) -> Self {
        Self::open_with(server, open()).await
    }

    pub(crate) async fn open_with(server: &Server, open: Open) -> Self {
        Self::connect(server).opened(open).await
    }

    /// Goes on with the opens.
    pub(crate) async fn opened(mut self, open: Open) -> Self {
        self.io.write_all(b"AMQP\x00\x01\x00\x00").await.unwrap();
        self.send(0, &open).await;
        assert_eq!(self.bytes(8).await, b"AMQP\x00\x01\x00\x00");
        assert!(matches!(self.receive().await, Performative::Open(_)));
        self
    }

    /// Connects, opens and begins a session on channel 0.
    pub(crate) async fn begin(server: &Server) -> Self {
        Self::open(server).await.begun().await
    }

    /// Goes on with a session on channel 0.
    pub(crate) async fn begun(mut self) -> Self {
        self.send(0, &begin()).await;
        assert!(matches!(self.receive().await, Performative::Begin(_)));
        self
    }

    /// Goes on with a link of handle 0.
    pub(crate) async fn attach(server: &Server, role: Role, address: &str) -> Self {
        Self::begin(server).await.attached(role, address).await
    }

    /// Goes on with a link of handle 0.
    pub(crate) async fn attached(mut self, role: Role, address: &str) -> Self {
        self.send(0, &attach(0, role, address)).await;
        assert!(matches!(self.receive().await, Performative::Attach(_)));
        self
    }

    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.io.read_exact(&mut bytes).await.unwrap();
        bytes
    }

    pub(crate) async fn send(&mut self, channel: u16, performative: &impl Write) {
        let mut body = BytesMut::new();
        performative.write(&mut body).unwrap();
        self.send_body(channel, &body).await;
    }

    pub(crate) async fn send_body(&mut self, channel: u16, body: &[u8]) {
        let mut frame = BytesMut::new();
        frame.put_u32(u32::try_from(body.len() + 8).unwrap());
        frame.put_slice(&[2, 0]);
        frame.put_u16(channel);
        frame.put_slice(body);
        self.io.write_all(&frame).await.unwrap();
    }

    pub(crate) async fn transfer(&mut self, transfer: Transfer, payload: &[u8]) {
        let mut body = serde_amqp::to_vec(&transfer).unwrap();
        body.extend_from_slice(payload);
        self.send_body(0, &body).await;
    }

    /// The next frame; `None` if the server has hung up.
    pub(crate) async fn next(&mut self) -> Option<Body> {
        loop {
            if let Some(frame) = self.decoder.decode(&mut self.buffer).unwrap() {
                return Some(frame.body);
            }
            if self.io.read_buf(&mut self.buffer).await.unwrap() == 0 {
                return None;
            }
        }
    }

    /// The next performative.
    pub(crate) async fn receive(&mut self) -> Performative {
        self.receive_with().await.0
    }

    pub(crate) async fn receive_with(&mut self) -> (Performative, Bytes) {
        loop {
            match self.next().await.expect("the server hung up") {
                Body::Performative(performative, payload) => return (*performative, payload),
                Body::Empty => {}
                Body::Sasl(_) => panic!("a frame of the security layer"),
            }
        }
    }

    /// Asks for a flow: what came before has been worked on then.
    pub(crate) async fn echo(&mut self) {
        let echo = Flow {
            echo: true,
            ..flow(None, 0)
        };
        self.send(0, &echo).await;
        assert!(matches!(self.receive().await, Performative::Flow(_)));
    }

    /// Passes flows until the connection is closed, and says why.
    pub(crate) async fn closed(&mut self) -> Error {
        loop {
            match self.receive().await {
                Performative::Close(close) => return close.error.unwrap(),
                Performative::Flow(_) => {}
                other => panic!("expected a close, but {other:?}"),
            }
        }
    }

    pub(crate) async fn ended(&mut self) -> Error {
        loop {
            match self.receive().await {
                Performative::End(end) => return end.error.unwrap(),
                Performative::Flow(_) => {}
                other => panic!("expected an end, but {other:?}"),
            }
        }
    }

    pub(crate) async fn detached(&mut self) -> Error {
        loop {
            match self.receive().await {
                Performative::Detach(detach) => {
                    assert!(detach.closed);
                    return detach.error.unwrap();
                }
                Performative::Flow(_) => {}
                other => panic!("expected a detach, but {other:?}"),
            }
        }
    }
}

pub(crate) fn open() -> Open {
    Open {
        container_id: "peer".into(),
        hostname: None,
        max_frame_size: 65_536.into(),
        channel_max: 100.into(),
        idle_time_out: None,
        outgoing_locales: None,
        incoming_locales: None,
        offered_capabilities: None,
        desired_capabilities: None,
        properties: None,
    }
}

pub(crate) fn begin() -> Begin {
    Begin {
        remote_channel: None,
        next_outgoing_id: 0,
        incoming_window: 1000,
        outgoing_window: 1000,
        handle_max: Handle(100),
        offered_capabilities: None,
        desired_capabilities: None,
        properties: None,
    }
}

pub(crate) fn attach(handle: u32, role: Role, address: &str) -> Attach {
    Attach {
        name: format!("link-{handle}"),
        handle: Handle(handle),
        initial_delivery_count: (role == Role::Sender).then_some(0),
        role,
        snd_settle_mode: SenderSettleMode::Mixed,
        rcv_settle_mode: ReceiverSettleMode::First,
        source: Some(Box::new(Source {
            address: Some(address.into()),
            ..Source::default()
        })),
        target: Some(Box::new(TargetArchetype::Target(Target {
            address: Some(address.into()),
            ..Target::default()
        }))),
        unsettled: None,
        incomplete_unsettled: false,
        max_message_size: None,
        offered_capabilities: None,
        desired_capabilities: None,
        properties: None,
    }
}

pub(crate) fn detach(handle: u32) -> Detach {
    Detach {
        handle: Handle(handle),
        closed: true,
        error: None,
    }
}

pub(crate) fn flow(handle: Option<u32>, credit: u32) -> Flow {
    Flow {
        next_incoming_id: Some(1),
        incoming_window: 1000,
        next_outgoing_id: 0,
        outgoing_window: 1000,
        handle: handle.map(Handle),
        delivery_count: handle.map(|_| 0),
        link_credit: handle.map(|_| credit),
        available: None,
        drain: false,
        echo: false,
        properties: None,
    }
}

pub(crate) fn transfer(id: u32) -> Transfer {
    Transfer {
        handle: Handle(0),
        delivery_id: Some(id),
        delivery_tag: Some(id.to_be_bytes().to_vec().into()),
        message_format: Some(0),
        settled: Some(false),
        more: false,
        rcv_settle_mode: None,
        state: None,
        resume: false,
        aborted: false,
        batchable: false,
    }
}
