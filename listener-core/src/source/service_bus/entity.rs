use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinHandle},
};
use tokio_util::sync::CancellationToken;

use super::{
    DeferredMessage, Handle, Mode, Options, Sessions,
    bring::{Again, bring},
    came::Came,
    convert::{self, Unfit},
    defer::OnDefer,
    desk::{Desk, Held},
    hub::{Hub, Running},
    reach::Reach,
    sessions::advised,
};
use crate::{
    BoxError, LockKeeper, Result, Settler,
    amqp::{
        ConnectionString, ConnectionStringError, Delivery, Namespace, ReceiverOptions, Standing,
        SteadyReceiver,
    },
    source::{Capabilities, Closed, Received, Settings, Source, SourceError},
};

/// How long a drain, or the answers to what is given back in one, may take.
const DRAIN: Duration = Duration::from_secs(5);

/// A queue, or its dead letters, as a source.
#[derive(Debug)]
pub struct Queue(Entity);

/// A subscription of a topic, or its dead letters, as a source.
#[derive(Debug)]
pub struct Subscription(Entity);

impl Queue {
    /// A queue of the namespace of this connection string.
    ///
    /// # Errors
    /// If the string is none.
    pub fn from_string(string: &str, name: &str) -> Result<Self, ConnectionStringError> {
        Ok(Self::new(
            Namespace::new(&string.parse::<ConnectionString>()?),
            name,
        ))
    }

    /// A queue of this namespace.
    pub fn new(namespace: Namespace, name: &str) -> Self {
        Self(Entity::new(namespace, name.to_owned()))
    }

    /// Its dead letters in place of its messages.
    #[must_use]
    pub fn dead_letters(self) -> Self {
        Self(self.0.dead_letters())
    }

    /// How it is listened on.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Self(self.0.options(options))
    }

    /// Tells of each message that a listener defers, before it is deferred: note the number, for it alone brings the
    /// message back. If that fails, or takes longer than [`Options::answer_timeout`], the message is released instead;
    /// if the process dies in between, the message comes again by itself, with the same number.
    #[must_use]
    pub fn on_defer<F>(self, tell: impl Fn(DeferredMessage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result> + Send + 'static,
    {
        Self(self.0.on_defer(OnDefer::new(tell)))
    }

    /// Its sessions as a source, for an entity that requires them.
    #[must_use]
    pub fn sessions(self) -> Sessions {
        self.0.sessions()
    }

    /// What peeks at its messages and has deferred ones received, also once a host has it.
    pub fn handle(&self) -> Handle {
        Handle::new(self.0.hub.clone())
    }
}

impl Subscription {
    /// A subscription of the namespace of this connection string.
    ///
    /// # Errors
    /// If the string is none.
    pub fn from_string(
        string: &str,
        topic: &str,
        name: &str,
    ) -> Result<Self, ConnectionStringError> {
        let namespace = Namespace::new(&string.parse::<ConnectionString>()?);
        Ok(Self::new(namespace, topic, name))
    }

    /// A subscription of this namespace.
    pub fn new(namespace: Namespace, topic: &str, name: &str) -> Self {
        Self(Entity::new(
            namespace,
            format!("{topic}/Subscriptions/{name}"),
        ))
    }

    /// Its dead letters in place of its messages.
    #[must_use]
    pub fn dead_letters(self) -> Self {
        Self(self.0.dead_letters())
    }

    /// How it is listened on.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Self(self.0.options(options))
    }

    /// Tells of each message that a listener defers, before it is deferred: note the number, for it alone brings the
    /// message back. If that fails, or takes longer than [`Options::answer_timeout`], the message is released instead;
    /// if the process dies in between, the message comes again by itself, with the same number.
    #[must_use]
    pub fn on_defer<F>(self, tell: impl Fn(DeferredMessage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result> + Send + 'static,
    {
        Self(self.0.on_defer(OnDefer::new(tell)))
    }

    /// Its sessions as a source, for an entity that requires them.
    #[must_use]
    pub fn sessions(self) -> Sessions {
        self.0.sessions()
    }

    /// What peeks at its messages and has deferred ones received, also once a host has it.
    pub fn handle(&self) -> Handle {
        Handle::new(self.0.hub.clone())
    }
}

macro_rules! delegate {
    ($source:ty) => {
        impl Source for $source {
            type Reply = ();

            fn name(&self) -> &str {
                &self.0.address
            }

            fn capabilities(&self) -> Capabilities {
                self.0.capabilities()
            }

            fn start(
                &mut self,
                settings: &Settings,
            ) -> impl Future<Output = Result<(), SourceError>> + Send {
                self.0.start(*settings)
            }

            fn next(
                &mut self,
            ) -> impl Future<Output = Result<Option<Received<()>>, SourceError>> + Send {
                self.0.next()
            }

            fn stop(&mut self) {
                self.0.stop();
            }

            fn close(self) -> impl Future<Output = Closed> + Send {
                self.0.close()
            }
        }
    };
}

delegate!(Queue);
delegate!(Subscription);

struct Entity {
    namespace: Namespace,
    address: Arc<str>,
    options: Options,
    on_defer: Option<OnDefer>,
    hub: Arc<Hub>,
    at_work: Option<AtWork>,
}

/// A source that has started.
struct AtWork {
    /// What has been taken and not been given out.
    taken: mpsc::UnboundedReceiver<Taken>,
    receiving: JoinHandle<SteadyReceiver>,
    stop: CancellationToken,
    desk: Arc<Desk>,
    work: AbortHandle,
    bringing: AbortHandle,
    hub: Arc<Hub>,
}

pub(super) type Taken = (crate::Delivery, Held);

impl Entity {
    fn new(namespace: Namespace, address: String) -> Self {
        let address: Arc<str> = address.into();
        Self {
            hub: Hub::new(namespace.clone(), address.clone()),
            namespace,
            address,
            options: Options::default(),
            on_defer: None,
            at_work: None,
        }
    }

    fn dead_letters(mut self) -> Self {
        self.address = format!("{}/$DeadLetterQueue", self.address).into();
        self.hub = Hub::new(self.namespace.clone(), self.address.clone());
        self
    }

    fn sessions(self) -> Sessions {
        Sessions::new(self.address, self.options, self.on_defer, self.hub)
    }

    fn on_defer(mut self, on_defer: OnDefer) -> Self {
        self.on_defer = Some(on_defer);
        self
    }

    fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    fn capabilities(&self) -> Capabilities {
        match self.options.mode {
            Mode::PeekLock => Capabilities::ALL,
            Mode::ReceiveAndDelete => Capabilities::NONE,
        }
    }

    async fn start(&mut self, settings: Settings) -> Result<(), SourceError> {
        let attach = match self.options.mode {
            Mode::PeekLock => ReceiverOptions::peek_lock(),
            Mode::ReceiveAndDelete => ReceiverOptions::receive_and_delete(),
        };
        let receiver = SteadyReceiver::open(self.namespace.clone(), &self.address, attach)
            .await
            .map_err(|error| advised(error, "listen with `sessions()`"))?;
        let reach = Reach::Beside(receiver.watch());
        let (desk, work) = Desk::new(
            self.address.clone(),
            self.options.clone(),
            reach.clone(),
            None,
        );
        let most = settings.concurrency + settings.buffer + self.options.prefetch as usize;
        let (give, taken) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let (ask, mut asked) = mpsc::unbounded_channel();
        self.hub.run(Running::Entity(ask, reach));
        let (brought, into) = (desk.clone(), give.clone());
        let again = Again::new(self.hub.clone(), None);
        let bringing = async move {
            let give = |came| hand_over(&brought, came, &into);
            bring(&brought, &mut asked, &again, give).await;
        };
        let receiving = receive(receiver, desk.clone(), most, give, stop.clone());
        self.at_work = Some(AtWork {
            taken,
            receiving: tokio::spawn(receiving),
            stop,
            desk,
            work: tokio::spawn(work).abort_handle(),
            bringing: tokio::spawn(bringing).abort_handle(),
            hub: self.hub.clone(),
        });
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        let at_work = self.at_work.as_mut().ok_or_else(not_started)?;
        let taken = at_work.taken.recv().await;
        Ok(taken.map(|taken| with_settler(taken, self.on_defer.clone())))
    }

    fn stop(&mut self) {
        if let Some(at_work) = &mut self.at_work {
            at_work.bring_no_more();
            at_work.stop.cancel();
            // At once, and not when the last listener has ended: others can have them meanwhile.
            at_work.taken.close();
            while let Ok((_, held)) = at_work.taken.try_recv() {
                held.release();
            }
        }
    }

    async fn close(mut self) -> Closed {
        self.stop();
        let Some(mut at_work) = self.at_work.take() else {
            return Closed::default();
        };
        // Kept until all is settled: what came on its link is settled there.
        let receiver = (&mut at_work.receiving).await;
        at_work.desk.empty().await;
        drop(receiver);
        Closed {
            refused: at_work.desk.refused(),
        }
    }
}

/// Takes what comes, as long as there is room, and holds its locks from then on.
async fn receive(
    mut receiver: SteadyReceiver,
    desk: Arc<Desk>,
    most: usize,
    give: mpsc::UnboundedSender<Taken>,
    stop: CancellationToken,
) -> SteadyReceiver {
    loop {
        let free = most.saturating_sub(desk.held());
        receiver.keep_buffered(u32::try_from(free).unwrap_or(u32::MAX));
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            (delivery, attached) = receiver.recv() => {
                let _link = attached;
                hand_over(&desk, Came::OnLink { delivery, _link }, &give);
            }
            // There is room for more.
            () = desk.freed.notified() => {}
        }
    }
    let unseen = stop_coming(&receiver).await;
    // What went back sooner would come again, to us.
    desk.hurry.cancel();
    give_back(unseen, &desk).await;
    receiver
}

/// Ends the credit, and takes what had come.
async fn stop_coming(receiver: &SteadyReceiver) -> Vec<Delivery> {
    let Standing::Up(attached) = receiver.standing() else {
        return Vec::new();
    };
    let receiver = attached.receiver();
    // A link that breaks meanwhile brings nothing more either.
    let _ = receiver.drain(DRAIN).await;
    std::iter::from_fn(|| receiver.try_recv()).collect()
}

/// Gives back what nobody has seen, without its delivery being counted.
async fn give_back(unseen: Vec<Delivery>, desk: &Desk) {
    let released: Vec<_> = unseen.iter().map(Delivery::release).collect();
    for answer in released {
        if let Err(error) = answer.within(DRAIN).await {
            let source = &*desk.name;
            tracing::debug!(source, %error, "A message could not be given back; it comes again when its lock ends.");
        }
    }
}

/// What the host gets.
pub(super) fn with_settler((delivery, held): Taken, on_defer: Option<OnDefer>) -> Received<()> {
    let shown = delivery.clone();
    let settler = Settler::new(move |outcome| held.conclude(outcome, &shown, on_defer));
    (delivery, settler)
}

fn hand_over(desk: &Arc<Desk>, came: Came, give: &mpsc::UnboundedSender<Taken>) {
    if let Some(taken) = take(desk, came)
        && let Err(mpsc::error::SendError((_, held))) = give.send(taken)
    {
        held.release();
    }
}

/// Makes a delivery of what came; what is fit for no listener is settled here.
pub(super) fn take(desk: &Arc<Desk>, came: Came) -> Option<Taken> {
    let options = &desk.options;
    let received = came.received();
    let mut attempt = 1;
    let built = match came.message() {
        Ok(message) => {
            attempt = message.delivery_count().saturating_add(1);
            convert::delivery(message, options.foreign)
        }
        Err(error) => Err(Unfit {
            reason: "Undecodable",
            description: error.to_string(),
        }),
    };
    let token = came.token().filter(|_| options.mode == Mode::PeekLock);
    let lock = token.map(|token| match &desk.session {
        Some(session) => (token, None, session.keeper()),
        None => {
            let at_most = came
                .message()
                .ok()
                .and_then(|message| message.lock_at_most());
            let length = desk.locks.length(options.lock_duration, at_most);
            let keeper = LockKeeper::new(Some(received + length));
            let until = received + options.max_lock_renewal;
            let held = desk
                .locks
                .hold(token, keeper.clone(), received, length, until);
            (token, Some(held), keeper)
        }
    });
    desk.hold();
    let shown = lock.as_ref().map(|(.., keeper)| keeper.lock());
    let held = Held {
        desk: desk.clone(),
        came,
        lock,
        attempt,
    };
    match built {
        Ok(builder) => {
            let builder = builder.source(&*desk.name);
            let builder = match shown {
                Some(lock) => builder.lock(lock),
                None => builder,
            };
            let builder = match &desk.session {
                Some(session) => builder.session(session.shown()),
                None => builder,
            };
            Some((builder.build(), held))
        }
        Err(Unfit {
            reason,
            description,
        }) => {
            let source = &*desk.name;
            tracing::warn!(
                source,
                reason,
                description,
                "Dead-lettered: fit for no listener."
            );
            held.dead_letter(reason, &description);
            None
        }
    }
}

fn not_started() -> SourceError {
    SourceError::failed(BoxError::from("the source was not started"))
}

impl AtWork {
    fn bring_no_more(&self) {
        self.hub.run(Running::Not);
        self.bringing.abort();
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.stop.cancel();
        self.work.abort();
        self.bring_no_more();
    }
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entity")
            .field("address", &self.address)
            .field("options", &self.options)
            .field("started", &self.at_work.is_some())
            .finish_non_exhaustive()
    }
}
