//! Two users of one connection: fe2o3-amqp, and our own receiving sessions.
//!
//! fe2o3-amqp does not tell what the peer answers to a settlement, and decodes messages without a bound on depth. So
//! receiving sessions are ours, frame by frame, on channels that it does not use: taken from the top, while it takes from
//! the bottom. All else (opening, heartbeats, `$cbs`, `$management`, senders, closing) stays with it, over a pipe in
//! memory. This task joins the two at the borders of frames, and looks at no frame that is not ours, but for those that
//! open and close.

use std::{
    io,
    sync::{Arc, OnceLock},
    task,
    time::Duration,
};

use bytes::BytesMut;
use foldhash::{HashMap, HashMapExt as _};
use tokio::{
    io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, split},
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Error, ErrorKind,
    error::Told,
    receiver::{Link, Next, Setup},
    socket::Stream,
    wire::{EMPTY, Frame, FrameError, Performative, code, first_unit},
};

/// The largest frame that we let the peer send, in bytes.
pub(super) const MAX_FRAME: u32 = 65_536;

/// The highest channel that we offer.
pub(super) const CHANNEL_MAX: u16 = 255;

/// How much may wait in one direction before the other side is read no more.
const PENT_UP: usize = 1 << 20;

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// How long fe2o3-amqp hears nothing of our own traffic, which would otherwise look to it like silence.
const SILENCE: Duration = Duration::from_secs(1);

/// Opens sessions on the connection.
#[derive(Clone, Debug)]
pub(super) struct Mux {
    wakes: mpsc::UnboundedSender<Wake>,
    failure: Arc<OnceLock<Error>>,
}

/// Tells the connection's task that a link has something to say.
struct Bell {
    number: u64,
    wakes: mpsc::UnboundedSender<Wake>,
}

#[derive(Debug)]
enum Wake {
    Open(u64, Arc<Link>),
    /// At most one a link is on its way.
    Write(u64),
}

impl Mux {
    /// Begins a session with a receiving link. Nothing is wrong yet if it fails: the link tells.
    pub(super) fn open(&self, setup: Setup) -> Arc<Link> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let bell = Bell {
            number,
            wakes: self.wakes.clone(),
        };
        let link = Arc::new(Link::new(setup, Arc::new(bell).into()));
        if self.wakes.send(Wake::Open(number, link.clone())).is_err() {
            link.fail(Error::new(ErrorKind::ConnectionLost, ""));
        }
        link
    }

    /// What was wrong with the stream itself, which fe2o3-amqp only sees the end of.
    pub(super) fn failure(&self) -> Option<Error> {
        self.failure.get().cloned()
    }
}

impl task::Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Without a connection the link has failed already, or is about to.
        let _ = self.wakes.send(Wake::Write(self.number));
    }
}

/// Puts the task between a stream and what fe2o3-amqp is to have for one. Cancelled, it cuts both.
pub(super) fn start(stream: impl Stream, cut: CancellationToken) -> (Mux, DuplexStream) {
    let (pipe, theirs) = tokio::io::duplex(CHUNK);
    let (wakes, mut woken) = mpsc::unbounded_channel();
    let failure = Arc::new(OnceLock::new());
    let tell = failure.clone();
    tokio::spawn(async move {
        let mut pump = Pump::new();
        let error = tokio::select! {
            () = cut.cancelled() => Error::new(ErrorKind::ConnectionLost, ""),
            error = pump.run(stream, pipe, &mut woken, &tell) => error,
        };
        woken.close();
        while let Ok(wake) = woken.try_recv() {
            if let Wake::Open(_, link) = wake {
                link.fail(error.clone());
            }
        }
        pump.fail(&error);
    });
    (Mux { wakes, failure }, theirs)
}

struct Pump {
    /// By our number.
    links: HashMap<u64, (u16, Arc<Link>)>,
    /// By the peer's channel: our number.
    incoming: HashMap<u16, u64>,
    /// By our channel: our number. Kept until the peer has ended the session, too.
    channels: HashMap<u16, u64>,
    channel_max: u16,
    max_frame: usize,
    closed: Option<Error>,
    from_peer: BytesMut,
    to_peer: BytesMut,
    from_pipe: BytesMut,
    to_pipe: BytesMut,
    heard: Option<Instant>,
}

impl Pump {
    fn new() -> Self {
        Self {
            links: HashMap::new(),
            incoming: HashMap::new(),
            channels: HashMap::new(),
            channel_max: 0,
            max_frame: MAX_FRAME as usize,
            closed: None,
            from_peer: BytesMut::new(),
            to_peer: BytesMut::new(),
            from_pipe: BytesMut::new(),
            to_pipe: BytesMut::new(),
            heard: None,
        }
    }

    /// Carries bytes until an end is gone, and tells why.
    async fn run(
        &mut self,
        stream: impl Stream,
        pipe: DuplexStream,
        woken: &mut mpsc::UnboundedReceiver<Wake>,
        failure: &OnceLock<Error>,
    ) -> Error {
        let (mut peer_in, mut peer_out) = split(stream);
        let (mut pipe_in, mut pipe_out) = split(pipe);
        let mut unflushed = false;
        let mut open = true;
        let mut wanted = true;
        let ended = loop {
            if !open && self.to_peer.is_empty() && !unflushed {
                // fe2o3-amqp has closed, and its last word is out.
                break Ok(());
            }
            tokio::select! {
                wake = woken.recv(), if wanted => match wake {
                    Some(wake) => {
                        self.wake(wake);
                        while let Ok(wake) = woken.try_recv() {
                            self.wake(wake);
                        }
                    }
                    None => wanted = false,
                },
                read = peer_in.read_buf(reserved(&mut self.from_peer)), if self.to_pipe.len() < PENT_UP => {
                    match read {
                        Ok(0) => break Err(Error::new(ErrorKind::ConnectionLost, "").with_detail("the peer cut it")),
                        Ok(_) => if let Err(error) = self.demultiplex() {
                            break Err(Error::new(ErrorKind::Protocol, "").with_detail(&error.to_string()));
                        },
                        Err(error) => break Err(error.told("")),
                    }
                }
                read = pipe_in.read_buf(reserved(&mut self.from_pipe)), if open && self.to_peer.len() < PENT_UP => {
                    match read {
                        Ok(0) | Err(_) => open = false,
                        Ok(_) => self.multiplex(),
                    }
                }
                sent = send(&mut peer_out, &mut self.to_peer), if unflushed || !self.to_peer.is_empty() => {
                    match sent {
                        Ok(flushed) => unflushed = !flushed,
                        Err(error) => break Err(error.told("")),
                    }
                }
                written = pipe_out.write_buf(&mut self.to_pipe), if open && !self.to_pipe.is_empty() => {
                    if !matches!(written, Ok(1..)) {
                        self.to_pipe.clear();
                    }
                }
            }
        };
        if ended.is_ok() {
            let _ = peer_out.shutdown().await;
        }
        if let Err(error) = &ended {
            // The peer's last words come before its end does, and the reason before both. One that closed has told its own.
            if self.closed.is_none() {
                let _ = failure.set(error.clone());
            }
            let _ = timeout(SILENCE, pipe_out.write_all_buf(&mut self.to_pipe)).await;
        }
        let lost = || Error::new(ErrorKind::ConnectionLost, "");
        self.closed
            .take()
            .unwrap_or_else(|| ended.err().unwrap_or_else(lost))
    }

    /// Takes the peer's whole frames: ours to their links, all others on.
    fn demultiplex(&mut self) -> Result<(), FrameError> {
        while let Some(size) = first_unit(&self.from_peer, MAX_FRAME as usize)? {
            let unit = self.from_peer.split_to(size);
            let Some((channel, performative)) = Frame::peek(&unit) else {
                self.pass_on(&unit);
                continue;
            };
            if let Some(number) = self.incoming.get(&channel).copied() {
                self.take(number, channel, Frame::of(unit)?);
                continue;
            }
            match performative.map(u64::from) {
                Some(code::OPEN) => {
                    if let Ok(Performative::Open(open)) = read(&unit)? {
                        self.channel_max = open.channel_max.min(CHANNEL_MAX);
                        self.max_frame = open.max_frame_size as usize;
                    }
                }
                Some(code::BEGIN) => {
                    if let Ok(Performative::Begin(begin)) = read(&unit)?
                        && let Some(ours) = begin.remote_channel
                        && let Some(number) = self.channels.get(&ours).copied()
                    {
                        self.incoming.insert(channel, number);
                        self.take(number, channel, Frame::of(unit)?);
                        continue;
                    }
                }
                Some(code::CLOSE) => {
                    if let Ok(Performative::Close(error)) = read(&unit)? {
                        let lost = || Error::new(ErrorKind::ConnectionLost, "");
                        self.closed = Some(error.map_or_else(lost, |error| error.told("")));
                    }
                }
                _ => {}
            }
            self.pass_on(&unit);
        }
        Ok(())
    }

    fn pass_on(&mut self, unit: &[u8]) {
        self.to_pipe.extend_from_slice(unit);
        self.heard = Some(Instant::now());
    }

    /// Gives a frame to a link of ours.
    fn take(&mut self, number: u64, channel: u16, frame: Frame) {
        if self.heard.is_none_or(|heard| heard.elapsed() >= SILENCE) {
            self.pass_on(&EMPTY);
        }
        let Some((ours, link)) = self.links.get(&number) else {
            return;
        };
        let next = link.on(Performative::read(frame.body), &mut self.to_peer);
        if next == Next::Gone {
            self.channels.remove(ours);
            self.incoming.remove(&channel);
            self.links.remove(&number);
        }
    }

    /// Takes fe2o3-amqp's whole frames.
    fn multiplex(&mut self) {
        // Its frames keep to what the peer takes, which we do not know better.
        while let Ok(Some(size)) = first_unit(&self.from_pipe, usize::MAX) {
            let unit = self.from_pipe.split_to(size);
            self.to_peer.extend_from_slice(&unit);
        }
    }

    fn wake(&mut self, wake: Wake) {
        match wake {
            Wake::Open(number, link) => {
                let channel = (0..=self.channel_max)
                    .rev()
                    .find(|channel| !self.channels.contains_key(channel));
                let Some(channel) = channel else {
                    let error = Error::new(ErrorKind::QuotaExceeded, "");
                    link.fail(error.with_detail("the peer takes no more sessions on a connection"));
                    return;
                };
                link.begin(channel, self.max_frame, &mut self.to_peer);
                self.channels.insert(channel, number);
                self.links.insert(number, (channel, link));
            }
            Wake::Write(number) => {
                if let Some((_, link)) = self.links.get(&number) {
                    link.write(&mut self.to_peer);
                }
            }
        }
    }

    fn fail(&mut self, error: &Error) {
        for (_, (_, link)) in self.links.drain() {
            link.fail(error.clone());
        }
    }
}

/// Writes what there is, or else flushes; whether it flushed. It is safe to drop while it waits.
async fn send(out: &mut (impl AsyncWrite + Unpin), bytes: &mut BytesMut) -> io::Result<bool> {
    if bytes.is_empty() {
        return out.flush().await.map(|()| true);
    }
    match out.write_buf(bytes).await? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        _ => Ok(false),
    }
}

/// A performative of a unit that is passed on, whatever it is.
fn read(unit: &BytesMut) -> Result<Result<Performative, super::wire::ReadError>, FrameError> {
    let frame = Frame::of(unit.clone())?;
    Ok(Performative::read(frame.body))
}

/// Room for the next read, so that few frames have to be moved.
fn reserved(buffer: &mut BytesMut) -> &mut BytesMut {
    if buffer.capacity() - buffer.len() < CHUNK / 4 {
        buffer.reserve(CHUNK);
    }
    buffer
}
