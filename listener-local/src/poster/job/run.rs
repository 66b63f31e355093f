use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::unconstrained,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{Again, Endpoint, Job, Retries, Subject, SystemJob, clock::Clock};
use crate::poster::{BrokeredMessage, PostError};

/// How jobs run.
#[derive(Clone, Debug)]
pub(in crate::poster) struct JobSettings {
    /// How many attempts run at once.
    pub(in crate::poster) concurrency: usize,
    /// How many jobs may be unfinished; whoever posts more waits.
    pub(in crate::poster) unfinished: usize,
    pub(in crate::poster) retries: Retries,
}

/// Runs jobs side by side. They begin in the order in which they are posted; one that is to be tried again lets others
/// pass, as in Dataverse.
pub(in crate::poster) struct Jobs<E> {
    shared: Arc<Shared<E>>,
    unfinished: Arc<Semaphore>,
    tasks: TaskTracker,
}

struct Shared<E> {
    endpoint: E,
    retries: Retries,
    running: Arc<Semaphore>,
    clock: Clock,
    canceled: CancellationToken,
}

/// A place among the attempts that run, once it is free.
type Turn = Pin<Box<dyn Future<Output = OwnedSemaphorePermit> + Send>>;

impl<E: Endpoint> Jobs<E> {
    pub(in crate::poster) fn new(endpoint: E, settings: JobSettings) -> Self {
        let semaphore =
            |permits: usize| Arc::new(Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            shared: Arc::new(Shared {
                endpoint,
                retries: settings.retries,
                running: semaphore(settings.concurrency),
                clock: Clock::start(),
                canceled: CancellationToken::new(),
            }),
            unfinished: semaphore(settings.unfinished),
            tasks: TaskTracker::new(),
        }
    }

    pub(in crate::poster) fn endpoint(&self) -> &E {
        &self.shared.endpoint
    }

    /// Creates a job; one without a message to send has failed already. Waits while too many are unfinished.
    pub(in crate::poster) async fn post(
        &self,
        subject: Subject,
        message: Result<BrokeredMessage, PostError>,
    ) -> Result<Job, PostError> {
        let place = Arc::clone(&self.unfinished).acquire_owned().await;
        let place = place.map_err(|_| PostError::Closed)?;
        let mut job = SystemJob::new(subject, self.shared.clock.now());
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                job.fail(error.to_string(), self.shared.clock.now());
                return Ok(Job::new(watch::channel(job).1));
            }
        };
        job.bytes = message.body().len();
        job.trimmed = message.is_trimmed();
        let (tell, state) = watch::channel(job);
        let turn = self.shared.turn();
        let shared = Arc::clone(&self.shared);
        self.tasks.spawn(async move {
            shared.run(&message, &tell, turn).await;
            drop(place);
        });
        Ok(Job::new(state))
    }

    /// Takes no more jobs, gives those that there are this long, and cancels the rest.
    pub(in crate::poster) async fn close(&self, within: Duration) {
        self.unfinished.close();
        self.tasks.close();
        let _ = timeout(within, self.tasks.wait()).await;
        self.shared.canceled.cancel();
        self.tasks.wait().await;
    }
}

impl<E: Endpoint> Shared<E> {
    /// Queues for a turn at once, not when it is first waited for: so turns come in the order of this call.
    fn turn(&self) -> Turn {
        let running = Arc::clone(&self.running);
        // Without tokio's budget, which would put the caller off before it is in the queue.
        let mut turn: Turn = Box::pin(unconstrained(async move {
            let place = running.acquire_owned().await;
            place.expect("nobody closes this semaphore")
        }));
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Box::pin(std::future::ready(place)),
            Poll::Pending => turn,
        }
    }

    async fn run(&self, message: &BrokeredMessage, tell: &watch::Sender<SystemJob>, turn: Turn) {
        let attempts = self.attempts(message, tell, turn);
        let ended = self.canceled.run_until_cancelled(attempts).await;
        let now = self.clock.now();
        tell.send_modify(|job| match ended {
            Some(Ok(())) => job.succeed(now),
            Some(Err(error)) => job.fail(error, now),
            None => job.cancel(now),
        });
        let job = tell.borrow();
        tracing::debug!(id = %job.id, status = %job.status, attempts = job.attempts, "A post is completed.");
    }

    /// Tries as long as there is hope.
    async fn attempts(
        &self,
        message: &BrokeredMessage,
        tell: &watch::Sender<SystemJob>,
        mut turn: Turn,
    ) -> Result<(), String> {
        let mut pauses = self.retries.pauses();
        loop {
            let place = turn.await;
            // A place that a canceled job has just left is no reason to begin; `run` ends this.
            if self.canceled.is_cancelled() {
                std::future::pending::<()>().await;
            }
            let message_id = Uuid::new_v4().simple().to_string();
            tell.send_modify(|job| job.begin(message_id.clone(), self.clock.now()));
            let result = self.endpoint.attempt(message, &message_id).await;
            drop(place);
            let Err(failure) = result else { return Ok(()) };
            let Again::After(least) = failure.again else {
                return Err(failure.text);
            };
            let Some(pause) = pauses.next() else {
                return Err(failure.text);
            };
            let pause = pause.max(least);
            tracing::debug!(?pause, error = failure.text, "A post is to be tried again.");
            let until = self.clock.now().checked_add(pause);
            tell.send_modify(|job| job.wait(failure.text, until));
            sleep(pause).await;
            tell.send_modify(SystemJob::queue);
            turn = self.turn();
        }
    }
}
