use tower::{service_fn, timeout::TimeoutLayer};

use super::*;
use crate::{
    Attempt, BoxError, Delivery, Error, Outcome, Reason, Result,
    source::{Capabilities, Closed, Received, Settings, Source, SourceError},
};

#[tokio::test(start_paused = true)]
async fn settles_each_delivery_once_by_what_its_listener_said() {
    let router = Router::new()
        .fallback(|context: Context| async move {
            match context.message_name() {
                "fails" => Err(Error::transient("busy")),
                "refuses" => Err(Error::permanent("no")),
                "panics" => panic!("on purpose"),
                "hangs" => std::future::pending().await,
                "defers" => Ok(Outcome::defer()),
                _ => Ok(Outcome::Accept(())),
            }
        })
        .with_state(());
    let options = MemoryOptions {
        max_attempts: Some(1),
        ..MemoryOptions::default()
    };
    let (source, queue) = MemorySource::with_options(options);
    let messages = ["works", "fails", "refuses", "panics", "hangs", "defers"];
    for (record, message) in messages.into_iter().enumerate() {
        queue.send(context(message, record as u128 + 1));
    }
    queue.close();
    let report = Host::new(source)
        .serve(router)
        .layer(TimeoutLayer::new(SECOND))
        .await
        .unwrap();
    let mut settled: Vec<_> = std::iter::from_fn(|| queue.try_settled()).collect();
    settled.sort_by_key(|settled| settled.sequence);
    let outcomes: Vec<_> = settled.into_iter().map(|settled| settled.outcome).collect();
    assert_eq!(
        outcomes,
        [
            Outcome::Accept(()),
            Outcome::release("busy"),
            Outcome::reject(Reason::Permanent, "no"),
            Outcome::release("the listener panicked"),
            Outcome::release("request timed out"),
            Outcome::defer(),
        ]
    );
    let expected = Report {
        received: 6,
        accepted: 1,
        released: 3,
        rejected: 1,
        deferred: 1,
        ..Report::default()
    };
    assert_eq!(report, expected);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_settled_before_its_listener_ended() {
    let (source, queue) = MemorySource::new();
    queue.send(context("Create", 1));
    queue.send(context("Create", 2));
    queue.close();
    let gate = Gate::shut();
    let host = spawn(Host::new(source).serve(gate.router()));
    settle_down().await;
    assert_eq!(gate.started(), 2);
    assert!(queue.try_settled().is_none());
    for _ in 0..2 {
        gate.let_go(1);
        settle_down().await;
        assert!(
            queue
                .try_settled()
                .is_some_and(|settled| settled.outcome.is_accept())
        );
        assert!(queue.try_settled().is_none());
    }
    assert_eq!(report(host).await.accepted, 2);
}

#[tokio::test(start_paused = true)]
async fn a_released_delivery_comes_again_with_the_next_attempt() {
    let router = all(|Attempt(attempt): Attempt| async move {
        if attempt < 3 {
            Err(Error::retry_after(SECOND, "not yet"))
        } else {
            Ok(())
        }
    });
    let (source, queue) = MemorySource::new();
    queue.send(context("Create", 1));
    queue.close();
    let report = Host::new(source).serve(router).await.unwrap();
    let attempts: Vec<_> = std::iter::from_fn(|| queue.try_settled())
        .map(|settled| settled.attempt)
        .collect();
    assert_eq!(
        (attempts, report.released, report.accepted),
        (vec![1, 2, 3], 2, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn says_for_what_nobody_listens() {
    let (source, queue) = MemorySource::new();
    queue.send(context("Merge", 1));
    queue.close();
    let router: Router = Router::new();
    Host::new(source)
        .serve(router.with_state(()))
        .await
        .unwrap();
    let parked = queue.parked();
    assert_eq!(parked[0].reason, "NoRoute");
    assert_eq!(
        parked[0].description,
        "no listener for `Merge` of `account`"
    );
}

#[tokio::test(start_paused = true)]
async fn counts_what_is_filtered_out() {
    let binding = crate::Binding::message("Update").filtering_attributes(&["name"]);
    let (source, queue) = MemorySource::new();
    let mut update = context("Update", 1);
    update
        .set_target(crate::context::Entity::new("account", Uuid::from_u128(1)).with("revenue", 5));
    queue.send(update);
    queue.close();
    let router: Router = Router::new().on(binding, || async {});
    let report = Host::new(source)
        .serve(router.with_state(()))
        .await
        .unwrap();
    assert_eq!((report.accepted, report.filtered), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_panic_around_the_listener_releases_and_the_host_goes_on() {
    let first = std::sync::atomic::AtomicBool::new(true);
    let panics = service_fn(move |_: Delivery| {
        assert!(!first.swap(false, Ordering::SeqCst), "on purpose");
        async { Ok::<_, BoxError>(Outcome::Accept(())) }
    });
    let (source, queue) = MemorySource::new();
    queue.send(context("Create", 1));
    queue.close();
    let report = Host::new(source)
        .serve(panics)
        .without_catch_panic()
        .await
        .unwrap();
    assert_eq!((report.released, report.accepted), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_panic_that_nobody_catches_still_releases() {
    let router = all(|Attempt(attempt): Attempt| async move { assert!(attempt > 1, "on purpose") });
    let (source, queue) = MemorySource::new();
    queue.send(context("Create", 1));
    queue.close();
    let report = Host::new(source)
        .serve(router)
        .without_catch_panic()
        .await
        .unwrap();
    assert_eq!((report.released, report.accepted), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_source_cannot_express_is_mapped_and_counted() {
    let capabilities = Capabilities::ALL.defer(false).delay(false);
    let options = MemoryOptions {
        capabilities,
        max_attempts: Some(1),
        ..MemoryOptions::default()
    };
    let (source, queue) = MemorySource::with_options(options);
    queue.send(context("defers", 1));
    queue.send(context("waits", 2));
    queue.close();
    let router = all(|context: Context| async move {
        if context.message_name() == "defers" {
            Outcome::defer()
        } else {
            Outcome::release("x").after(SECOND)
        }
    });
    let report = Host::new(source).serve(router).await.unwrap();
    assert_eq!((report.mapped, report.released, report.deferred), (2, 2, 0));
    assert!(std::iter::from_fn(|| queue.try_settled()).all(|settled| settled.outcome.is_release()));
}

#[tokio::test(start_paused = true)]
async fn a_release_of_what_cannot_come_again_is_counted_as_lost() {
    let options = MemoryOptions {
        capabilities: Capabilities::NONE,
        ..MemoryOptions::default()
    };
    let (source, queue) = MemorySource::with_options(options);
    queue.send(context("Create", 1));
    queue.close();
    let report = Host::new(source)
        .serve(all(async || -> Result { Err(Error::transient("busy")) }))
        .await
        .unwrap();
    assert_eq!((report.lost, report.released), (1, 1));
}

/// A source that answers each `next` with the next of these.
struct Scripted(
    Vec<Result<Option<Received<()>>, SourceError>>,
    Result<(), SourceError>,
);

impl Source for Scripted {
    type Reply = ();

    fn name(&self) -> &str {
        "scripted"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL.locks(false)
    }

    async fn start(&mut self, _: &Settings) -> Result<(), SourceError> {
        std::mem::replace(&mut self.1, Ok(()))
    }

    async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        assert!(!self.0.is_empty(), "received after the end");
        self.0.remove(0)
    }

    async fn close(self) -> Closed {
        Closed { refused: 7 }
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_ends_the_host_after_a_drain() {
    let (settler, mut settled) = crate::Settler::channel();
    let delivery = Delivery::from_context(context("Create", 1));
    let source = Scripted(
        vec![
            Ok(Some((delivery, settler))),
            Err(SourceError::failed("cut off")),
        ],
        Ok(()),
    );
    let slow = all(async || tokio::time::sleep(SECOND).await);
    let error = Host::new(source).serve(slow).await.unwrap_err();
    assert_eq!(
        format!("{:#}", Error::from(error)),
        "the source failed: cut off"
    );
    assert_eq!(settled.try_recv(), Ok(Outcome::Accept(())));
}

#[tokio::test(start_paused = true)]
async fn what_a_source_refused_is_reported() {
    let report = Host::new(Scripted(vec![Ok(None)], Ok(())))
        .serve(all(async || ()))
        .await
        .unwrap();
    assert_eq!(report.refused, 7);
}

#[tokio::test(start_paused = true)]
async fn settings_that_cannot_be_met_fail_before_the_first_receive() {
    let refuses = Scripted(
        vec![],
        Err(SourceError::unmet(
            "concurrency",
            "the hub has 4 partitions",
        )),
    );
    let error = Host::new(refuses)
        .serve(all(async || ()))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`concurrency` cannot be met: the hub has 4 partitions"
    );
    let without_locks = Scripted(vec![], Ok(()));
    let error = Host::new(without_locks)
        .serve(all(async || ()))
        .drop_on_lost_lock()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`drop_on_lost_lock` cannot be met: the source has no locks"
    );
}

/// A service that is ready so many times, and then fails.
struct Fails(usize);

impl tower_service::Service<Delivery> for Fails {
    type Response = Outcome;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Outcome, BoxError>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), BoxError>> {
        if self.0 == 0 {
            return std::task::Poll::Ready(Err("the breaker is broken".into()));
        }
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Delivery) -> Self::Future {
        self.0 -= 1;
        std::future::ready(Ok(Outcome::Accept(())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_ends_the_host_after_a_drain() {
    let (source, queue) = MemorySource::new();
    for record in 1..=3 {
        queue.send(context("Create", record));
    }
    let error = Host::new(source).serve(Fails(2)).await.unwrap_err();
    assert_eq!(error.report().accepted, 2);
    let text = format!("{:#}", Error::from(error));
    assert_eq!(
        text,
        "the service can take no more deliveries: the breaker is broken"
    );
    assert_eq!((queue.waiting(), queue.in_flight()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_fails_at_the_last_attempt_is_parked_by_the_host_and_counted() {
    let (source, queue) = MemorySource::new();
    queue.send(context("Create", 1));
    queue.close();
    let report = Host::new(source)
        .serve(all(async || -> Result { Err(Error::transient("busy")) }))
        .max_attempts(Some(3))
        .await
        .unwrap();
    let expected = Report {
        received: 3,
        released: 2,
        rejected: 1,
        exhausted: 1,
        ..Report::default()
    };
    assert_eq!(report, expected);
    let parked = queue.parked();
    assert_eq!(parked[0].reason, "MaxAttempts");
    assert_eq!(parked[0].description, "failed at attempt 3: busy");
}

#[tokio::test(start_paused = true)]
async fn what_was_given_back_unseen_has_not_failed_however_often_it_came() {
    let router = all(|context: Context, Attempt(attempt): Attempt| async move {
        let record = context.primary_entity_id().as_u128();
        if context.message_name() == "first" && attempt < 5 {
            Err(Error::transient("busy"))
        } else {
            assert_eq!(record, 1);
            Ok(())
        }
    });
    let (source, queue) = MemorySource::new();
    queue.send(context("first", 1));
    queue.send(context("second", 1));
    queue.close();
    let report = Host::new(source)
        .serve(router)
        .max_attempts(Some(5))
        .await
        .unwrap();
    assert_eq!((report.accepted, report.exhausted), (2, 0));
}

/// Gives out one delivery, and keeps what the host noted.
struct Noting(Option<(crate::context::RemoteExecutionContext, Noted)>);

type Noted = tokio::sync::oneshot::Sender<(Outcome, crate::Note)>;

impl Source for Noting {
    type Reply = ();

    fn name(&self) -> &str {
        "noting"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        Ok(self.0.take().map(|(context, noted)| {
            let settler = crate::Settler::noting(move |outcome, note| {
                let _ = noted.send((outcome, note));
            });
            (Delivery::from_context(context), settler)
        }))
    }

    async fn close(self) -> Closed {
        Closed::default()
    }
}

/// What a source is told of its one delivery, which is of this context and goes to this router.
async fn noted(
    context: crate::context::RemoteExecutionContext,
    router: Router,
) -> (Outcome, crate::Note) {
    let (sender, noted) = tokio::sync::oneshot::channel();
    Host::new(Noting(Some((context, sender))))
        .serve(router.with_state(()))
        .await
        .unwrap();
    noted.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_source_is_told_the_kind_of_the_failure_and_the_route() {
    let binding = crate::Binding::message("Create").entity("account");
    let router = Router::new().on(binding, async || -> Result { panic!("on purpose") });
    let (outcome, note) = noted(context("Create", 1), router).await;
    assert!(outcome.is_release() && !note.filtered);
    assert_eq!(note.failure, Some(crate::Failure::Panic));
    assert_eq!(note.route.unwrap().to_string(), "`Create` of `account`");
}

#[tokio::test(start_paused = true)]
async fn a_source_is_told_what_was_accepted_unheard() {
    let binding = crate::Binding::message("Update").filtering_attributes(&["name"]);
    let router = Router::new().on(binding, || async {});
    let mut update = context("Update", 1);
    update
        .set_target(crate::context::Entity::new("account", Uuid::from_u128(1)).with("revenue", 5));
    let (outcome, note) = noted(update, router).await;
    assert!(outcome.is_accept() && note.filtered);
    assert_eq!((note.failure, note.route), (None, None));
}
