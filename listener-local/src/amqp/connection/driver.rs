//! One task a connection: reads, lets the machine work, writes, and looks at the clock.

use super::{
    clock::{Clock, Due, Waiting},
    fault::error,
    handshake::{Handshake, Step},
    info::{Command, ConnectionInfo, Counters},
    machine::{Machine, Shared},
    outbox::Outbox,
    ready::ReadySet,
};
use crate::amqp::{
    codec::{Body, FrameDecoder},
    limits::Limits,
    service::Service,
    types::{
        definitions::{AmqpError, ConnectionError, Error, ErrorCondition, MIN_MAX_FRAME_SIZE},
        performatives::{Close, Open},
    },
};
use bytes::BytesMut;
use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, Sleep, sleep_until},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Bytes asked of the stream at a time.
const READ: usize = 64 * 1024;
/// Rounds before the task gives the others a turn.
const ROUNDS: usize = 16;
/// No peer is sent more than ten empty frames a second.
const SHORTEST_IDLE: Duration = Duration::from_millis(200);

/// What a connection is made of, beside its stream.
pub(crate) struct Setup {
    pub(crate) id: u64,
    pub(crate) container_id: String,
    pub(crate) service: Arc<dyn Service>,
    pub(crate) limits: Limits,
    pub(crate) counters: Arc<Counters>,
    pub(crate) shutdown: CancellationToken,
}

/// Serves one connection until it is over.
pub(crate) async fn drive<S>(stream: S, setup: Setup)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut driver = Driver::new(stream, setup);
    poll_fn(|cx| driver.poll(cx)).await;
    let close = driver.setup.limits.close_timeout;
    let Driver {
        mut stream, phase, ..
    } = driver;
    drop(phase);
    // A stream that is dropped with bytes unread is reset, and the peer may lose our last frame by that.
    let farewell = async {
        poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await?;
        let mut unread = [0; 1024];
        while stream.read(&mut unread).await? > 0 {}
        std::io::Result::Ok(())
    };
    let _ = tokio::time::timeout(close, farewell).await;
}

enum Phase {
    Handshake(Handshake),
    Running(Box<Machine>),
    /// Nothing that comes in counts any more; what is written still goes out.
    Finishing,
}

/// The connection is over.
struct Over;

struct Driver<S> {
    stream: S,
    setup: Setup,
    phase: Phase,
    buffer: BytesMut,
    out: Outbox,
    decoder: FrameDecoder,
    commands: UnboundedReceiver<Command>,
    sender: UnboundedSender<Command>,
    shutdown: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    ready: Arc<ReadySet>,
    clock: Clock,
    sleep: Pin<Box<Sleep>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    fn new(stream: S, setup: Setup) -> Self {
        let frame = setup.limits.max_frame_size as usize;
        let (sender, commands) = unbounded_channel();
        Self {
            stream,
            phase: Phase::Handshake(Handshake::new(frame)),
            buffer: BytesMut::new(),
            out: Outbox::default(),
            decoder: FrameDecoder::amqp(frame),
            commands,
            sender,
            shutdown: Some(Box::pin(setup.shutdown.clone().cancelled_owned())),
            ready: Arc::default(),
            clock: Clock::new(),
            sleep: Box::pin(sleep_until(Instant::now() + setup.limits.open_timeout)),
            setup,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..ROUNDS {
            match self.round(cx) {
                Err(Over) => return Poll::Ready(()),
                Ok(true) => {}
                Ok(false) if self.ready.rest(cx.waker()) => {
                    if self.wait(cx) {
                        return Poll::Pending;
                    }
                }
                Ok(false) => {}
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Does what can be done now; `true` if there may be more.
    fn round(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        self.look_at_the_clock()?;
        self.listen(cx)?;
        let read = self.read(cx)?;
        if let Phase::Running(machine) = &mut self.phase {
            machine.poll(&mut self.out);
            machine.settle(&mut self.out);
        }
        let written = self.write(cx)?;
        match &self.phase {
            Phase::Running(machine) if machine.is_closed() && self.out.is_done() => {
                return Err(Over);
            }
            Phase::Finishing if self.out.is_done() => return Err(Over),
            Phase::Running(machine) if machine.is_closing() => self.start_ending(),
            Phase::Finishing => self.start_ending(),
            Phase::Running(_) | Phase::Handshake(_) => {}
        }
        Ok(read || written)
    }

    /// Hears what is asked from outside.
    fn listen(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        if self
            .shutdown
            .as_mut()
            .is_some_and(|shutdown| shutdown.as_mut().poll(cx).is_ready())
        {
            self.shutdown = None;
            let error = error(
                ConnectionError::ConnectionForced,
                "the server is shutting down",
            );
            match &mut self.phase {
                Phase::Running(machine) => machine.close(Some(*error), &mut self.out),
                Phase::Handshake(_) => return Err(Over),
                Phase::Finishing => {}
            }
        }
        // We hold a sender ourselves, so the channel never ends.
        while let Poll::Ready(Some(command)) = self.commands.poll_recv(cx) {
            let Phase::Running(machine) = &mut self.phase else {
                continue;
            };
            match command {
                Command::Abort => return Err(Over),
                Command::Close(error) => machine.close(error, &mut self.out),
                Command::Detach {
                    channel,
                    handle,
                    generation,
                    error,
                } => {
                    machine.detach(channel, handle, generation, error, &mut self.out);
                }
            }
        }
        Ok(())
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        if self.out.is_full() {
            return Ok(false);
        }
        // What was left when the outbox was full goes first.
        if self.take_frames() {
            return Ok(true);
        }
        if self.buffer.capacity() - self.buffer.len() < READ / 4 {
            self.buffer.reserve(READ);
        }
        match pin!(self.stream.read_buf(&mut self.buffer)).poll(cx) {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(0) | Err(_)) => Err(Over),
            Poll::Ready(Ok(_)) => {
                self.clock.read = Instant::now();
                self.take_frames();
                Ok(true)
            }
        }
    }

    /// Works through the buffer as long as there is room for answers; `true` if it stopped for want of room.
    fn take_frames(&mut self) -> bool {
        loop {
            if self.out.is_full() {
                return true;
            }
            match &mut self.phase {
                Phase::Finishing => self.buffer.clear(),
                Phase::Handshake(handshake) => {
                    let step = handshake.read(&mut self.buffer, &mut self.out);
                    if self.take_step(step) {
                        continue;
                    }
                }
                Phase::Running(machine) => match self.decoder.decode(&mut self.buffer) {
                    Ok(Some(frame)) => {
                        if let Body::Performative(performative, payload) = frame.body {
                            machine.frame(frame.channel, *performative, &payload, &mut self.out);
                        }
                        continue;
                    }
                    Ok(None) => {}
                    Err(fault) => {
                        let condition: ErrorCondition = if fault.is_body() {
                            AmqpError::DecodeError.into()
                        } else {
                            ConnectionError::FramingError.into()
                        };
                        machine.close(
                            Some(Error::new(condition, fault.to_string(), None)),
                            &mut self.out,
                        );
                        // The stream cannot be read on, so the peer's close will not be seen.
                        self.phase = Phase::Finishing;
                        continue;
                    }
                },
            }
            return false;
        }
    }

    /// Goes on after a step of the handshake; `true` if the buffer may hold more.
    fn take_step(&mut self, step: Step) -> bool {
        match step {
            Step::More => return false,
            Step::Open(open, mechanism) => self.open(*open, mechanism),
            Step::Refused => self.phase = Phase::Finishing,
            Step::Wrong(fault) => {
                self.refuse(*error(ConnectionError::FramingError, fault.to_string()));
            }
            Step::Unexpected => self.refuse(*error(
                AmqpError::IllegalState,
                "expected an open, but another frame was found",
            )),
        }
        true
    }

    fn write_open(&mut self) {
        let limits = &self.setup.limits;
        let half = u32::try_from(limits.idle_timeout.as_millis() / 2).unwrap_or(u32::MAX);
        let open = Open {
            container_id: self.setup.container_id.clone(),
            hostname: None,
            max_frame_size: limits.max_frame_size.into(),
            channel_max: limits.sessions.saturating_sub(1).into(),
            idle_time_out: (half > 0).then_some(half),
            outgoing_locales: None,
            incoming_locales: None,
            offered_capabilities: None,
            desired_capabilities: None,
            properties: None,
        };
        // Plain fields only, which always can be encoded.
        let _ = self.out.frame(0, &open);
    }

    /// Opens only to close with an error, as there is no other way to tell it (AMQP 1.0, 2.4.3).
    fn refuse(&mut self, error: Error) {
        if matches!(&self.phase, Phase::Handshake(handshake) if !handshake.speaks_amqp()) {
            self.phase = Phase::Finishing;
            return;
        }
        self.write_open();
        if self.out.frame(0, &Close { error: Some(error) }).is_err() {
            let _ = self.out.frame(0, &Close { error: None });
        }
        self.phase = Phase::Finishing;
    }

    fn open(&mut self, open: Open, mechanism: Option<String>) {
        let frame = open.max_frame_size.0;
        if (frame as usize) < MIN_MAX_FRAME_SIZE {
            let text = format!(
                "expected a max-frame-size of at least {MIN_MAX_FRAME_SIZE} bytes, but it is {frame}"
            );
            return self.refuse(*error(AmqpError::InvalidField, text));
        }
        let idle = open
            .idle_time_out
            .filter(|idle| *idle > 0)
            .map(|idle| Duration::from_millis(idle.into()));
        if idle.is_some_and(|idle| idle < SHORTEST_IDLE) {
            let text = format!("expected an idle-time-out of at least {SHORTEST_IDLE:?}");
            return self.refuse(*error(AmqpError::NotAllowed, text));
        }
        let info = Arc::new(ConnectionInfo::new(
            self.setup.id,
            open,
            mechanism,
            self.sender.clone(),
        ));
        if let Err(error) = self.setup.service.opened(&info) {
            return self.refuse(error);
        }
        self.write_open();
        self.clock.keep_alive = idle.map(|idle| idle / 2);
        self.phase = Phase::Running(Box::new(Machine::new(Shared {
            service: Arc::clone(&self.setup.service),
            limits: self.setup.limits.clone(),
            counters: Arc::clone(&self.setup.counters),
            info,
            commands: self.sender.clone(),
            ready: Arc::clone(&self.ready),
            reassembly: Arc::default(),
            max_frame_size: frame.min(self.setup.limits.max_frame_size) as usize,
        })));
    }

    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        let full = self.out.is_full();
        let mut moved = false;
        while !self.out.is_done() {
            match self.out.poll_write(cx, Pin::new(&mut self.stream)) {
                Poll::Ready(Ok(written)) => {
                    self.clock.stuck = None;
                    if written > 0 {
                        moved = true;
                        self.clock.write = Instant::now();
                    }
                }
                Poll::Ready(Err(_)) => return Err(Over),
                Poll::Pending => {
                    self.clock.stuck.get_or_insert_with(Instant::now);
                    break;
                }
            }
        }
        if let Phase::Running(machine) = &mut self.phase
            && full
            && !self.out.is_full()
        {
            machine.unblock();
        }
        Ok(moved)
    }

    fn start_ending(&mut self) {
        self.clock.ending.get_or_insert_with(Instant::now);
    }

    fn waiting(&self) -> Waiting {
        match &self.phase {
            Phase::Handshake(_) => Waiting::Open,
            Phase::Running(machine) if !machine.is_closing() => Waiting::Frames {
                reading: !self.out.is_full(),
                idle: self.out.is_empty(),
            },
            Phase::Running(_) | Phase::Finishing => Waiting::End,
        }
    }

    fn look_at_the_clock(&mut self) -> Result<(), Over> {
        let limits = &self.setup.limits;
        match (self.clock.due(limits, self.waiting()), &mut self.phase) {
            (Some(Due::HangUp), _) => return Err(Over),
            (Some(Due::Silence), Phase::Running(machine)) => {
                let text = format!("nothing was received for {:?}", limits.idle_timeout);
                machine.close(
                    Some(*error(AmqpError::ResourceLimitExceeded, text)),
                    &mut self.out,
                );
            }
            (Some(Due::KeepAlive), _) => self.out.empty_frame(),
            _ => {}
        }
        Ok(())
    }

    /// Sets the alarm for the next deadline; `false` if it is there already.
    fn wait(&mut self, cx: &mut Context<'_>) -> bool {
        let due = self.clock.next(&self.setup.limits, self.waiting());
        // An alarm that goes off too early only costs a look at the clock, so it is rarely set anew.
        if self.sleep.is_elapsed() || due < self.sleep.deadline() {
            self.sleep.as_mut().reset(due);
        }
        self.sleep.as_mut().poll(cx).is_pending()
    }
}
