use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::{
    Case, Fate, Rig, Sample,
    bench::{Bench, Ran, accepts, check, listener, pause, sample},
};
use crate::{
    Error, Outcome,
    source::{Settings, Source},
};

pub(super) async fn claims<R: Rig>(rig: &mut R) -> Ran {
    let mut bench = Bench::start(rig, accepts()).await;
    bench.send(sample(Case::Claims, 7, 1)).await;
    bench.expect(7, &Fate::Accepted).await?;
    let calls = bench.calls();
    let claims = calls[0].delivery.claims();
    check!(
        claims.request_name.as_deref() == Some(Case::Claims.message()),
        "no RequestName"
    );
    check!(
        claims.entity_logical_name.as_deref() == Some("account"),
        "no EntityLogicalName"
    );
    check!(
        claims.correlation_id.is_some_and(|id| id.as_u128() == 7),
        "no CorrelationId"
    );
    check!(
        !calls[0].delivery.size_exceeded(),
        "it says that it was cut down"
    );
    bench.finish().await?;
    Ok(())
}

pub(super) async fn truncated<R: Rig>(rig: &mut R) -> Ran {
    let mut bench = Bench::start(rig, accepts()).await;
    bench
        .send(Sample {
            size_exceeded: true,
            ..sample(Case::Truncated, 1, 1)
        })
        .await;
    bench.expect(1, &Fate::Accepted).await?;
    check!(
        bench.calls()[0].delivery.size_exceeded(),
        "it does not say that it was cut down"
    );
    bench.finish().await?;
    Ok(())
}

/// A broken body, which must be rejected before any listener runs, and a sound one after it.
async fn broken<R: Rig>(rig: &mut R, case: Case, broken: Sample) -> Ran {
    let reasons = rig.features().reasons;
    let mut bench = Bench::start(rig, accepts()).await;
    bench.send(broken).await;
    let description = bench.expect_rejection(1, "Undecodable").await?;
    check!(
        !reasons || description.contains("at byte "),
        "it does not say where: {description:?}"
    );
    check!(
        !description.contains("Contoso"),
        "it shows a value: {description:?}"
    );
    check!(bench.calls().is_empty(), "the listener ran");
    bench.send(sample(case, 2, 2)).await;
    bench.expect(2, &Fate::Accepted).await?;
    bench.finish().await?;
    Ok(())
}

pub(super) async fn undecodable<R: Rig>(rig: &mut R) -> Ran {
    let body = Bytes::from_static(b"{\"MessageName\":\"Create\",,\"Contoso\"}");
    broken(
        rig,
        Case::Undecodable,
        Sample {
            body,
            ..sample(Case::Undecodable, 1, 1)
        },
    )
    .await
}

pub(super) async fn cut_body<R: Rig>(rig: &mut R) -> Ran {
    let whole = sample(Case::CutBody, 1, 1);
    let body = whole.body.slice(..whole.body.len() / 2);
    broken(rig, Case::CutBody, Sample { body, ..whole }).await
}

pub(super) async fn no_route<R: Rig>(rig: &mut R) -> Ran {
    let reasons = rig.features().reasons;
    let mut bench = Bench::start(rig, accepts()).await;
    bench.send(sample(Case::NoRoute, 1, 1)).await;
    let description = bench.expect_rejection(1, "NoRoute").await?;
    let expected = "no listener for `conformance_NoRoute` of `account`";
    check!(
        !reasons || description == expected,
        "the description was {description:?}"
    );
    bench.finish().await?;
    Ok(())
}

pub(super) async fn bound<R: Rig>(rig: &mut R) -> Ran {
    const MESSAGES: u64 = 12;
    let gate = Arc::new(Semaphore::new(0));
    let passed = gate.clone();
    let waits = listener(move |_| {
        let gate = passed.clone();
        async move {
            gate.acquire().await?.forget();
            Ok(Outcome::Accept(Default::default()))
        }
    });
    let mut bench = Bench::tuned(rig, waits, |host| host.concurrency(3).buffer(1)).await;
    for number in 1..=MESSAGES {
        bench.send(sample(Case::Bound, number, number.into())).await;
    }
    pause(Duration::from_secs(1)).await;
    let (running, taken) = (bench.calls().len(), bench.rig.in_flight().await);
    check!(running == 3, "{running} run, and 3 should");
    check!(
        taken <= 4,
        "{taken} are taken, and at most 3 and 1 were asked for"
    );
    gate.add_permits(MESSAGES as usize);
    for _ in 0..MESSAGES {
        let event = bench.event().await?;
        check!(event.fate == Fate::Accepted, "the far side saw {event:?}");
    }
    bench.finish().await?;
    Ok(())
}

pub(super) async fn order<R: Rig>(rig: &mut R) -> Ran {
    let redelivers = rig.features().redelivers;
    let done = Arc::new(Mutex::new(Vec::new()));
    let list = done.clone();
    let in_order = listener(move |call| {
        let list = list.clone();
        async move {
            pause(Duration::from_millis(10)).await;
            if redelivers && call.number == 2 && call.delivery.attempt() == 1 {
                return Err(Error::transient("not yet"));
            }
            list.lock()
                .map_err(|_| Error::permanent("poisoned"))?
                .push(call.number);
            Ok(Outcome::Accept(Default::default()))
        }
    });
    let mut bench = Bench::start(rig, in_order).await;
    for number in 1..=5 {
        bench.send(sample(Case::Order, number, 1)).await;
    }
    let mut accepted = 0;
    while accepted < 5 {
        accepted += u32::from(bench.event().await?.fate == Fate::Accepted);
    }
    bench.finish().await?;
    let done = done.lock().map_err(|_| "poisoned".to_owned())?.clone();
    check!(
        done == [1, 2, 3, 4, 5],
        "they were handled in the order {done:?}"
    );
    Ok(())
}

pub(super) async fn cancel_safe<R: Rig>(rig: &mut R) -> Ran {
    const MESSAGES: u64 = 10;
    let mut source = rig.source().await;
    let settings = Settings {
        concurrency: 1,
        buffer: 1,
        ordered: true,
    };
    source
        .start(&settings)
        .await
        .map_err(|error| error.to_string())?;
    for number in 1..=MESSAGES {
        rig.send(sample(Case::CancelSafe, number, number.into()))
            .await;
        // Dropped at its first wait, again and again.
        for _ in 0..10 {
            let mut next = std::pin::pin!(source.next());
            let polled =
                std::future::poll_fn(|task| std::task::Poll::Ready(next.as_mut().poll(task))).await;
            if let std::task::Poll::Ready(received) = polled {
                let received = received.map_err(|error| error.to_string())?;
                let Some((_, settler)) = received else {
                    return Err("the source ended".into());
                };
                settler.settle(Outcome::Accept(Default::default()));
            }
        }
    }
    // Those that came by now are settled; the others still come.
    for number in 1..=MESSAGES {
        let event = tokio::select! {
            biased;
            event = rig.event() => event,
            event = async {
                while let Ok(Some((_, settler))) = source.next().await {
                    settler.settle(Outcome::Accept(Default::default()));
                }
                std::future::pending().await
            } => event,
            () = pause(Duration::from_secs(10)) => return Err(format!("{} are lost", MESSAGES + 1 - number)),
        };
        check!(event.fate == Fate::Accepted, "the far side saw {event:?}");
    }
    source.close().await;
    Ok(())
}

pub(super) async fn settles_alone<R: Rig>(rig: &mut R) -> Ran {
    let mut source = rig.source().await;
    let settings = Settings {
        concurrency: 1,
        buffer: 1,
        ordered: true,
    };
    source
        .start(&settings)
        .await
        .map_err(|error| error.to_string())?;
    rig.send(sample(Case::SettlesAlone, 1, 1)).await;
    let received = source.next().await.map_err(|error| error.to_string())?;
    let Some((_, settler)) = received else {
        return Err("the source ended".into());
    };
    settler.settle(Outcome::Accept(Default::default()));
    let event = tokio::time::timeout(Duration::from_secs(10), rig.event()).await;
    let event = event.map_err(|_| "it waits for the next receive".to_owned())?;
    check!(
        event.number == 1 && event.fate == Fate::Accepted,
        "the far side saw {event:?}"
    );
    source.close().await;
    Ok(())
}
