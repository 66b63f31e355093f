use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};
use uuid::Uuid;

use super::{Case, Event, Fate, Rig, Sample};
use crate::{
    BoxFuture, Delivery, Host, HostError, Outcome, Report, Result, Router,
    context::{Entity, RemoteExecutionContext},
    encode,
    layer::CatchPanic,
    router::RouterService,
    source::Source,
};

/// How long a settlement may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it must be quiet, for nothing more to come.
const QUIET: Duration = Duration::from_secs(5);

/// Whether a case passed, or how it failed.
pub(super) type Ran = std::result::Result<(), String>;

pub(super) type Reply<R> = <<R as Rig>::Source as Source>::Reply;

/// Fails a case, unless the condition holds.
macro_rules! check {
    ($condition:expr, $($text:tt)*) => {
        if !$condition {
            return Err(format!($($text)*));
        }
    };
}
pub(super) use check;

/// A call of the listener, as it saw it.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) number: u64,
    pub(super) delivery: Delivery,
}

/// What a case's listener does with a call.
pub(super) type Listener<R> =
    Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Outcome<R>>> + Send + Sync>;

pub(super) type Served<R> = Host<<R as Rig>::Source, CatchPanic<RouterService<Reply<R>>>>;

/// A host at work on a rig, and the calls of its listener.
pub(super) struct Bench<'a, R: Rig> {
    pub(super) rig: &'a mut R,
    calls: Arc<Mutex<Vec<Call>>>,
    host: JoinHandle<std::result::Result<Report, HostError>>,
    stop: Option<oneshot::Sender<()>>,
}

pub(super) fn sample(case: Case, number: u64, record: u128) -> Sample {
    let (message, entity) = (case.message(), "account");
    let record = Uuid::from_u128(record);
    let correlation_id = Uuid::from_u128(number.into());
    let mut context = RemoteExecutionContext::new(message, entity);
    context.correlation_id = correlation_id.into();
    context.primary_entity_id = record.into();
    context.set_target(Entity::new(entity, record).with("name", "Contoso"));
    // The context is our own, and every part of it can be written.
    let body = Bytes::from(encode::json(&context).unwrap_or_default());
    Sample {
        number,
        message,
        entity,
        correlation_id,
        body,
        size_exceeded: false,
    }
}

/// Makes a listener of an async closure.
pub(super) fn listener<R, F>(listen: impl Fn(Call) -> F + Send + Sync + 'static) -> Listener<R>
where
    F: Future<Output = Result<Outcome<R>>> + Send + 'static,
{
    Arc::new(move |call| Box::pin(listen(call)))
}

pub(super) fn accepts<R: Default + Send + 'static>() -> Listener<R> {
    listener(|_| async { Ok(Outcome::Accept(R::default())) })
}

impl<'a, R: Rig> Bench<'a, R> {
    pub(super) async fn start(rig: &'a mut R, listener: Listener<Reply<R>>) -> Self {
        Self::tuned(rig, listener, |host| host).await
    }

    /// Starts a host; `conformance_NoRoute` has no listener.
    pub(super) async fn tuned(
        rig: &'a mut R,
        listener: Listener<Reply<R>>,
        tune: impl FnOnce(Served<R>) -> Served<R>,
    ) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = calls.clone();
        let handler = move |delivery: Delivery| {
            let (listener, seen) = (listener.clone(), seen.clone());
            async move {
                let number = delivery.message().context()?.correlation_id().as_u128() as u64;
                let call = Call { number, delivery };
                seen.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(call.clone());
                listener(call).await
            }
        };
        let router = Case::ALL
            .iter()
            .filter(|case| **case != Case::NoRoute)
            .fold(Router::new(), |router, case| {
                router.on(crate::Binding::message(case.message()), handler.clone())
            });
        let (stop, stopped) = oneshot::channel::<()>();
        let host = tune(Host::new(rig.source().await).serve(router.with_state(())));
        let host = host.with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        Self {
            rig,
            calls,
            host: tokio::spawn(host.into_future()),
            stop: Some(stop),
        }
    }

    pub(super) async fn send(&mut self, sample: Sample) {
        self.rig.send(sample).await;
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The next settlement, which must be of this message and this fate.
    pub(super) async fn expect(&mut self, number: u64, expected: &Fate) -> Ran {
        let event = self.event().await?;
        let expected = Event {
            number,
            fate: expected.clone(),
        };
        check!(
            event == expected,
            "expected {expected:?}, the far side saw {event:?}"
        );
        Ok(())
    }

    /// The next settlement, which must be a rejection of this message for this reason; gives its description.
    pub(super) async fn expect_rejection(
        &mut self,
        number: u64,
        expected: &str,
    ) -> std::result::Result<String, String> {
        match self.event().await? {
            Event {
                number: found,
                fate:
                    Fate::Rejected {
                        reason,
                        description,
                    },
            } if found == number => {
                let told = self.rig.features().reasons;
                check!(
                    !told || reason == expected,
                    "rejected for {reason:?}, expected {expected:?}"
                );
                Ok(description)
            }
            event => Err(format!(
                "expected message {number} to be rejected, the far side saw {event:?}"
            )),
        }
    }

    pub(super) async fn event(&mut self) -> std::result::Result<Event, String> {
        timeout(PATIENCE, self.rig.event())
            .await
            .map_err(|_| "nothing was settled".to_owned())
    }

    /// Nothing more may be settled.
    pub(super) async fn expect_quiet(&mut self) -> Ran {
        match timeout(QUIET, self.rig.event()).await {
            Err(_) => Ok(()),
            Ok(event) => Err(format!("expected nothing more, the far side saw {event:?}")),
        }
    }

    /// Begins the drain.
    pub(super) fn stop(&mut self) {
        // It may have ended by itself; `finish` then says how.
        let _ = self.stop.take().map(|stop| stop.send(()));
    }

    /// Drains, and gives the report.
    pub(super) async fn finish(mut self) -> std::result::Result<Report, String> {
        self.stop();
        match timeout(PATIENCE, &mut self.host).await {
            Ok(Ok(Ok(report))) => Ok(report),
            Ok(Ok(Err(error))) => Err(format!("the host failed: {error}")),
            Ok(Err(error)) => Err(format!("the host panicked: {error}")),
            Err(_) => Err("the drain did not end".into()),
        }
    }
}

/// Lets everything run that can, for a while.
pub(super) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
