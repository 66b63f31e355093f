use std::{
    collections::HashMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{sleep, timeout},
};

use super::{
    HostError, Report, Serves,
    config::Config,
    lanes::{Lane, Lanes},
    signal::Stop,
};
use crate::{
    BoxError, Delivery, Failure, Outcome, Settler,
    layer::Panicked,
    source::{Capabilities, Received, Settings, Source, SourceError},
};

/// How long listeners that were dropped may take to be gone. One that blocks its thread never is.
const ABORT: Duration = Duration::from_secs(1);

/// How long a source may take to see its settlements arrive.
const CLOSE: Duration = Duration::from_secs(10);

/// The loop: it owns source and service, calls, and settles; only the listeners' futures are spawned.
pub(super) struct Run<Src: Source, Svc> {
    pub(super) source: Src,
    service: Svc,
    /// Whether the service was ready and has not been called since.
    ready: bool,
    pub(super) config: Config,
    pub(super) able: Capabilities,
    pub(super) lanes: Lanes<Received<Src::Reply>>,
    tasks: JoinSet<Ended<Src::Reply>>,
    running: HashMap<Id, Running<Src::Reply>>,
    pub(super) report: Report,
}

pub(super) type Ended<R> = Result<Outcome<R>, BoxError>;

pub(super) struct Running<R> {
    pub(super) delivery: Delivery,
    pub(super) settler: Settler<R>,
    pub(super) lane: Option<Lane>,
}

/// What the loop waits for.
enum Event<R> {
    Stop,
    Ended(Result<(Id, Ended<R>), JoinError>),
    Ready(Result<(), BoxError>),
    Received(Result<Option<Received<R>>, SourceError>),
}

impl<Src: Source, Svc: Serves<Src::Reply>> Run<Src, Svc> {
    pub(super) fn new(source: Src, service: Svc, config: Config) -> Self {
        Self {
            able: source.capabilities(),
            source,
            service,
            ready: false,
            config,
            lanes: Lanes::new(),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            report: Report::default(),
        }
    }

    pub(super) async fn run(mut self, stop: &Stop) -> Result<Report, HostError> {
        let started = tokio::select! {
            biased;
            () = stop.drain.cancelled() => None,
            started = self.start() => Some(started),
        };
        let served = match started {
            Some(started) => {
                started.map_err(HostError::source)?;
                self.serve(stop).await
            }
            None => Ok(()),
        };
        self.source.stop();
        self.drain(stop).await;
        let name = self.source.name().to_owned();
        match timeout(CLOSE, self.source.close()).await {
            Ok(closed) => self.report.refused += closed.refused,
            Err(_) => tracing::error!(
                source = name,
                "The source did not close in time; settlements may be lost."
            ),
        }
        tracing::info!(source = name, report = %self.report, "Ended.");
        match served {
            Ok(()) => Ok(self.report),
            Err(error) => Err(error.with(self.report)),
        }
    }

    async fn start(&mut self) -> Result<(), SourceError> {
        let Config {
            concurrency,
            buffer,
            ordered,
            drop_on_lost_lock,
            ..
        } = self.config;
        if drop_on_lost_lock && !self.able.locks {
            return Err(SourceError::unmet(
                "drop_on_lost_lock",
                "the source has no locks",
            ));
        }
        self.source
            .start(&Settings {
                concurrency,
                buffer,
                ordered,
            })
            .await?;
        tracing::info!(
            source = self.source.name(),
            concurrency,
            buffer,
            ordered,
            "Listening."
        );
        Ok(())
    }

    /// Receives and calls until it is told to stop, the source has no more, or one of the two fails.
    async fn serve(&mut self, stop: &Stop) -> Result<(), HostError> {
        let mut over = false;
        loop {
            let free = self.running.len() < self.config.concurrency;
            if free
                && self.ready
                && let Some((lane, received)) = self.lanes.pop()
            {
                self.call(lane, received);
                continue;
            }
            if over && self.running.is_empty() && self.lanes.is_blocked() {
                return Ok(());
            }
            let receiving = free && self.ready && !over && self.lanes.held() < self.config.buffer;
            let event = tokio::select! {
                biased;
                () = stop.drain.cancelled() => Event::Stop,
                Some(ended) = self.tasks.join_next_with_id() => Event::Ended(ended),
                ready = poll_fn(|task| self.service.poll_ready(task)), if free && !self.ready => {
                    Event::Ready(ready.map_err(Into::into))
                }
                received = self.source.next(), if receiving => Event::Received(received),
            };
            match event {
                Event::Stop => return Ok(()),
                Event::Ended(ended) => self.ended(ended),
                Event::Ready(ready) => {
                    ready.map_err(HostError::service)?;
                    self.ready = true;
                }
                Event::Received(received) => match received.map_err(HostError::source)? {
                    Some(received) => self.receive(received),
                    None => over = true,
                },
            }
        }
    }

    fn receive(&mut self, (delivery, settler): Received<Src::Reply>) {
        self.report.received += 1;
        let wanted = || {
            self.config
                .wanted
                .as_ref()
                .is_none_or(|wanted| wanted(&delivery))
        };
        let lane = if self.config.ordered && wanted() {
            Lane::of(&delivery)
        } else {
            None
        };
        self.lanes.push(lane, (delivery, settler));
    }

    fn call(&mut self, lane: Option<Lane>, (delivery, settler): Received<Src::Reply>) {
        if delivery.lock().is_lost() {
            self.report.lock_lost += 1;
            let running = Running {
                delivery,
                settler,
                lane,
            };
            self.settle(
                running,
                Outcome::release("the lock was lost before the listener started"),
                Some(Failure::Unseen),
            );
            return;
        }
        self.ready = false;
        // A layer outside of `CatchPanic` must not end the host either.
        let called = catch_unwind(AssertUnwindSafe(|| self.service.call(delivery.clone())));
        let Ok(future) = called else {
            let running = Running {
                delivery,
                settler,
                lane,
            };
            self.judge(running, Err(Panicked.into()));
            return;
        };
        let lock = self
            .config
            .drop_on_lost_lock
            .then(|| delivery.lock().clone());
        let task = self.tasks.spawn(async move {
            match lock {
                None => future.await.map_err(Into::into),
                Some(lock) => tokio::select! {
                    biased;
                    result = future => result.map_err(Into::into),
                    () = lock.lost() => Ok(Outcome::release("the lock was lost")),
                },
            }
        });
        self.running.insert(
            task.id(),
            Running {
                delivery,
                settler,
                lane,
            },
        );
    }

    fn ended(&mut self, ended: Result<(Id, Ended<Src::Reply>), JoinError>) {
        let (id, result) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), Err(Panicked.into())),
        };
        let Some(running) = self.running.remove(&id) else {
            return;
        };
        if running.delivery.lock().is_lost() {
            self.report.lock_lost += 1;
            self.settle(
                running,
                Outcome::release("the lock was lost before the listener ended"),
                Some(Failure::LockLost),
            );
        } else {
            self.judge(running, result);
        }
    }

    /// Gives back what waits, lets what runs finish within the grace time, and releases what does not.
    async fn drain(&mut self, stop: &Stop) {
        for (delivery, settler) in self.lanes.drain() {
            self.give_back(
                delivery,
                settler,
                Outcome::release("the host is shutting down"),
            );
        }
        if self.running.is_empty() {
            return;
        }
        tracing::info!(
            source = self.source.name(),
            running = self.running.len(),
            "Draining."
        );
        {
            let grace = sleep(self.config.grace);
            tokio::pin!(grace);
            loop {
                let ended = tokio::select! {
                    biased;
                    ended = self.tasks.join_next_with_id() => ended,
                    () = &mut grace => break,
                    () = stop.hurry.cancelled() => break,
                };
                match ended {
                    Some(ended) => self.ended(ended),
                    None => break,
                }
            }
        }
        for running in self.running.values() {
            running.delivery.lock().signal();
        }
        // They are released once they are gone, so that no two run at the same time.
        let _ = timeout(ABORT, self.tasks.shutdown()).await;
        for (_, running) in std::mem::take(&mut self.running) {
            self.report.unfinished += 1;
            self.settle(
                running,
                Outcome::release("the grace time of the shutdown ended before the listener did"),
                Some(Failure::Unfinished),
            );
        }
    }
}
