//! The listener under judgement: our queue, host and router, with a handler that does what each message says.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use listener_core::{
    Attempt, Binding, Delivery, Error, Host, HostError, Lock, Outcome, Reason, Report, Result,
    Router, State,
    router::RouterService,
    source::service_bus::{Options, Queue},
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tracing::subscriber::DefaultGuard;

use crate::{
    bus::{Bus, PATIENCE},
    wrong::{Spoilt, Wrong},
};
use tests::log::Log;

/// What the handler told.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) what: What,
    pub(crate) attempt: u32,
    pub(crate) delivery: Delivery,
    pub(crate) at: Instant,
}

impl Told {
    /// An application property.
    pub(crate) fn property(&self, name: &str) -> Option<&str> {
        self.delivery.properties().get(name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Began,
    Ended,
    LockLost,
}

/// How a listener is set up.
pub(crate) struct Setup {
    pub(crate) options: Options,
    pub(crate) concurrency: usize,
    pub(crate) wrong: Wrong,
    pub(crate) dead_letters: bool,
}

impl Default for Setup {
    fn default() -> Self {
        let mut options = Options::default();
        options.first_pause = Duration::from_millis(100);
        Self {
            options,
            concurrency: 16,
            wrong: Wrong::Nothing,
            dead_letters: false,
        }
    }
}

impl From<Wrong> for Setup {
    fn from(wrong: Wrong) -> Self {
        let mut setup = Self::default();
        if matches!(wrong, Wrong::NeverRenews) {
            setup.options.max_lock_renewal = Duration::ZERO;
        }
        setup.wrong = wrong;
        setup
    }
}

/// A listener at work on the queue `crm`.
pub(crate) struct Listener {
    told: mpsc::UnboundedReceiver<Told>,
    /// What is told, and was not asked for yet.
    before: Vec<Told>,
    pub(crate) gate: Arc<Semaphore>,
    stop: oneshot::Sender<()>,
    host: JoinHandle<std::result::Result<Report, HostError>>,
    pub(crate) log: Log,
    _logging: DefaultGuard,
}

impl Listener {
    /// Starts it on the server on rhea, and waits until its link is attached.
    pub(crate) async fn on(bus: &mut Bus, setup: impl Into<Setup>) -> Self {
        let setup = setup.into();
        let name = if setup.dead_letters {
            "crm/$deadletterqueue"
        } else {
            "crm"
        };
        let this = Self::start(bus.connection_string(), setup);
        bus.attached(name).await.expect("a link of the listener");
        this
    }

    /// Starts it.
    pub(crate) fn start(connection_string: &str, setup: impl Into<Setup>) -> Self {
        let setup = setup.into();
        let (log, logging) = Log::of_this_thread();
        let mut queue = Queue::from_string(connection_string, "crm").expect("a string");
        if setup.dead_letters {
            queue = queue.dead_letters();
        }
        let source = Spoilt::new(queue.options(setup.options), setup.wrong);
        let (tell, told) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let (stop, stopped) = oneshot::channel();
        let host = Host::new(source)
            .concurrency(setup.concurrency)
            .serve(router(tell, gate.clone()))
            .with_graceful_shutdown(async { drop(stopped.await) });
        Self {
            told,
            before: Vec::new(),
            gate,
            stop,
            host: tokio::spawn(host.into_future()),
            log,
            _logging: logging,
        }
    }

    /// The next that the handler tells of a message.
    ///
    /// # Errors
    /// If it tells nothing of that kind.
    pub(crate) async fn told(
        &mut self,
        name: &str,
        what: What,
    ) -> std::result::Result<Told, String> {
        let wanted = |told: &Told| told.name == name && told.what == what;
        let find = async {
            loop {
                if let Some(at) = self.before.iter().position(wanted) {
                    return Some(self.before.remove(at));
                }
                self.before.push(self.told.recv().await?);
            }
        };
        let found = timeout(PATIENCE, find).await.ok().flatten();
        found.ok_or_else(|| format!("the handler did not tell {what:?} of {name}"))
    }

    /// How often a message was begun, of which nobody asked.
    pub(crate) fn begun(&mut self, name: &str) -> usize {
        while let Ok(told) = self.told.try_recv() {
            self.before.push(told);
        }
        let begun = |told: &&Told| told.name == name && told.what == What::Began;
        self.before.iter().filter(begun).count()
    }

    /// Drains it.
    ///
    /// # Errors
    /// If it does not end.
    pub(crate) async fn stop(self) -> std::result::Result<Report, String> {
        drop(self.stop);
        let ended = timeout(PATIENCE, self.host).await;
        let ended = ended.map_err(|_| "the listener does not end".to_owned())?;
        ended.expect("a host").map_err(|error| error.to_string())
    }
}

#[derive(Clone)]
struct Tools {
    tell: Arc<Mutex<mpsc::UnboundedSender<Told>>>,
    gate: Arc<Semaphore>,
}

fn router(tell: mpsc::UnboundedSender<Told>, gate: Arc<Semaphore>) -> RouterService<()> {
    let tell = Arc::new(Mutex::new(tell));
    Router::new()
        .on(Binding::message("Create").entity("account"), handle)
        .fallback(handle)
        .with_state(Tools { tell, gate })
}

/// Does what the message's property `task` says.
async fn handle(
    delivery: Delivery,
    Attempt(attempt): Attempt,
    lock: Lock,
    State(tools): State<Tools>,
) -> Result<Outcome> {
    let properties = delivery.properties();
    let text = |name: &str| properties.get(name).unwrap_or_default();
    let tell = |what| {
        let told = Told {
            name: text("name").to_owned(),
            what,
            attempt,
            delivery: delivery.clone(),
            at: Instant::now(),
        };
        // Nobody listens any more when a test has ended.
        let _ = tools.tell.lock().expect("no panic").send(told);
    };
    tell(What::Began);
    let (task, given) = text("task").split_once(' ').unwrap_or((text("task"), ""));
    let outcome = match task {
        // Waits until the test lets it go on.
        "wait" => {
            let permit = tools.gate.acquire().await.expect("a gate that stays");
            permit.forget();
            Ok(Outcome::Accept(()))
        }
        // At the first delivery.
        "work" if attempt == 1 => {
            let milliseconds = given.parse().expect("milliseconds");
            tokio::select! {
                () = sleep(Duration::from_millis(milliseconds)) => {}
                () = lock.lost() => tell(What::LockLost),
            }
            Ok(Outcome::Accept(()))
        }
        // Once, or so many times.
        "fail" if attempt <= given.parse().unwrap_or(1) => Err(Error::transient("the ERP is away")),
        "panic" if attempt == 1 => panic!("on purpose"),
        "reject" => Ok(Outcome::reject(
            Reason::Other("NoContract".into()),
            "the account has no contract",
        )),
        "refuse" => Err(Error::permanent("never")),
        "defer" => Ok(Outcome::defer()),
        _ => Ok(Outcome::Accept(())),
    };
    tell(What::Ended);
    outcome
}
