use std::{fmt, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinHandle},
};

use super::{
    Dialect, Handle, Options, Sessions,
    books::Books,
    bring::{Again, bring},
    came::Came,
    defer::OnDefer,
    desk::Desk,
    held::Held,
    hub::{Hub, Running},
    intake,
    reach::Reach,
    sessions::advised,
    settle,
    shelf::{self, Shelf},
};
use crate::{
    BoxError,
    amqp::{Delivery, Namespace, Standing, SteadyReceiver},
    source::{Capabilities, Closed, Received, Settings, SourceError},
};

/// How long the answers to what is given back in a drain may take.
const DRAIN: Duration = Duration::from_secs(5);

/// What a queue and a subscription have in common.
pub(in crate::source) struct Entity {
    dialect: Dialect,
    namespace: Namespace,
    address: Arc<str>,
    options: Options,
    on_defer: Option<OnDefer>,
    hub: Arc<Hub>,
    at_work: Option<AtWork>,
}

/// A source that has started.
struct AtWork {
    shelf: Arc<Shelf>,
    receiving: JoinHandle<SteadyReceiver>,
    desk: Arc<Desk>,
    work: AbortHandle,
    bringing: AbortHandle,
    hub: Arc<Hub>,
}

impl Entity {
    pub(in crate::source) fn new(namespace: Namespace, address: String) -> Self {
        let address: Arc<str> = address.into();
        Self {
            dialect: Dialect::ServiceBus,
            hub: Hub::new(namespace.clone(), address.clone()),
            namespace,
            address,
            options: Options::default(),
            on_defer: None,
            at_work: None,
        }
    }

    pub(in crate::source) fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    pub(in crate::source) fn name(&self) -> &str {
        &self.address
    }

    pub(super) fn dead_letters(mut self) -> Self {
        self.address = format!("{}/$DeadLetterQueue", self.address).into();
        self.hub = Hub::new(self.namespace.clone(), self.address.clone());
        self
    }

    pub(super) fn sessions(self) -> Sessions {
        Sessions::new(self.address, self.options, self.on_defer, self.hub)
    }

    pub(super) fn on_defer(mut self, on_defer: OnDefer) -> Self {
        self.on_defer = Some(on_defer);
        self
    }

    pub(super) fn handle(&self) -> Handle {
        Handle::new(self.hub.clone())
    }

    pub(in crate::source) fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    pub(in crate::source) fn capabilities(&self) -> Capabilities {
        let able = self.dialect.capabilities(self.options.mode);
        able.reject(able.reject && !settle::is_dead_letters(&self.address))
    }

    pub(in crate::source) async fn start(&mut self, settings: Settings) -> Result<(), SourceError> {
        let most = settings.concurrency + settings.buffer + self.options.prefetch as usize;
        let attach = self.dialect.attach(self.options.mode, most);
        let receiver = SteadyReceiver::open(self.namespace.clone(), &self.address, attach)
            .await
            .map_err(|error| advised(error, "listen with `sessions()`"))?;
        let shelf = Arc::new(Shelf::default());
        let (name, options) = (self.address.clone(), self.options.clone());
        let reach = Reach::Beside(receiver.watch());
        let books = Books::new(settings.concurrency);
        let (desk, work) = Desk::new(
            name,
            self.dialect,
            options,
            reach.clone(),
            None,
            books,
            shelf.clone(),
        );
        let (ask, mut asked) = mpsc::unbounded_channel();
        self.hub.run(Running::Entity(ask, reach));
        let (brought, onto) = (desk.clone(), shelf.clone());
        let again = Again::new(self.hub.clone(), None);
        let bringing = async move {
            let give = |came| intake::shelve(&brought, came, None, &onto);
            bring(&brought, &mut asked, &again, give).await;
        };
        let receiving = receive(receiver, desk.clone(), most, shelf.clone());
        self.at_work = Some(AtWork {
            shelf,
            receiving: tokio::spawn(receiving),
            desk,
            work: tokio::spawn(work).abort_handle(),
            bringing: tokio::spawn(bringing).abort_handle(),
            hub: self.hub.clone(),
        });
        Ok(())
    }

    pub(in crate::source) async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        let at_work = self.at_work.as_mut().ok_or_else(not_started)?;
        let (shelf, books) = (&at_work.shelf, &at_work.desk.books);
        while let Some((delivery, held)) = shelf.next(books).await {
            if books.any_pauses() {
                let record = shelf::record(&delivery);
                if books.is_behind(held.place(record)) {
                    held.join(record);
                    continue;
                }
            }
            let taken = (delivery, held);
            return Ok(Some(intake::with_settler(taken, self.on_defer.clone())));
        }
        Ok(None)
    }

    pub(in crate::source) fn stop(&mut self) {
        if let Some(at_work) = &mut self.at_work {
            at_work.bring_no_more();
            at_work.desk.stop.cancel();
            // At once, and not when the last listener has ended: others can have them meanwhile.
            at_work.shelf.close().into_iter().for_each(Held::release);
        }
    }

    pub(in crate::source) async fn close(mut self) -> Closed {
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
    shelf: Arc<Shelf>,
) -> SteadyReceiver {
    loop {
        let free = most.saturating_sub(desk.held());
        receiver.keep_buffered(u32::try_from(free).unwrap_or(u32::MAX));
        tokio::select! {
            biased;
            () = desk.stop.cancelled() => break,
            (delivery, attached) = receiver.recv() => {
                let link = desk.on_link(&attached);
                intake::shelve(&desk, Came::OnLink { delivery, _link: attached }, link, &shelf);
            }
            // There is room for more.
            () = desk.freed.notified() => {}
        }
    }
    let unseen = stop_coming(&receiver, desk.dialect).await;
    // What went back sooner would come again, to us.
    desk.hurry.cancel();
    give_back(unseen, &desk).await;
    receiver
}

/// Ends the credit, and takes what had come.
async fn stop_coming(receiver: &SteadyReceiver, dialect: Dialect) -> Vec<Delivery> {
    let Standing::Up(attached) = receiver.standing() else {
        return Vec::new();
    };
    let receiver = attached.receiver();
    dialect.stop_coming(receiver).await;
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
        self.desk.stop.cancel();
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

/// Makes a source of what wraps an entity.
macro_rules! entity_source {
    ($source:ident) => {
        impl $crate::source::Source for $source {
            type Reply = ();

            fn name(&self) -> &str {
                self.0.name()
            }

            fn capabilities(&self) -> $crate::source::Capabilities {
                self.0.capabilities()
            }

            fn start(
                &mut self,
                settings: &$crate::source::Settings,
            ) -> impl Future<Output = Result<(), $crate::source::SourceError>> + Send {
                self.0.start(*settings)
            }

            fn next(
                &mut self,
            ) -> impl Future<
                Output = Result<Option<$crate::source::Received<()>>, $crate::source::SourceError>,
            > + Send {
                self.0.next()
            }

            fn stop(&mut self) {
                self.0.stop();
            }

            fn close(self) -> impl Future<Output = $crate::source::Closed> + Send {
                self.0.close()
            }
        }
    };
}

pub(in crate::source) use entity_source;
