use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Case, Fate, Rig,
    bench::{Bench, Ran, check, listener, pause, sample},
};
use crate::{
    Outcome,
    source::{Settings, Source},
};

pub(super) async fn deadline<R: Rig>(rig: &mut R) -> Ran {
    let duration = rig.features().lock.unwrap_or_default();
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
    rig.send(sample(Case::LockDeadline, 1, 1)).await;
    let received = source.next().await.map_err(|error| error.to_string())?;
    let Some((delivery, settler)) = received else {
        return Err("the source ended".into());
    };
    let Some(deadline) = delivery.lock().deadline() else {
        return Err("the lock has no end".into());
    };
    let left = deadline.saturating_duration_since(Instant::now());
    check!(
        !left.is_zero() && left <= duration,
        "{left:?} are left of {duration:?}"
    );
    settler.settle(Outcome::Accept(Default::default()));
    source.close().await;
    Ok(())
}

pub(super) async fn lost<R: Rig>(rig: &mut R) -> Ran {
    let duration = rig.features().lock.unwrap_or_default();
    let told = Arc::new(AtomicBool::new(false));
    let signal = told.clone();
    let outlives = listener(move |call| {
        let told = signal.clone();
        async move {
            // Not every broker counts a delivery whose lock has ended.
            if !told.load(Ordering::SeqCst) {
                call.delivery.lock().lost().await;
                told.store(true, Ordering::SeqCst);
            }
            Ok(Outcome::Accept(Default::default()))
        }
    });
    let mut bench = Bench::start(rig, outlives).await;
    bench.send(sample(Case::LockLost, 1, 1)).await;
    pause(duration * 2).await;
    check!(
        told.load(Ordering::SeqCst),
        "the listener was not told within twice the lock's time"
    );
    // What the first delivery came to is refused, or nobody sees it; the message comes until it is accepted.
    loop {
        let event = bench.event().await?;
        if event.fate == Fate::Accepted {
            break;
        }
    }
    let attempts: Vec<_> = bench
        .calls()
        .iter()
        .map(|call| call.delivery.attempt())
        .collect();
    check!(
        attempts.len() >= 2 && attempts.is_sorted(),
        "the attempts were {attempts:?}"
    );
    let report = bench.finish().await?;
    check!(
        report.accepted == 1 && report.lock_lost >= 1,
        "the host says: {report}"
    );
    Ok(())
}

pub(super) async fn refused<R: Rig>(rig: &mut R) -> Ran {
    let duration = rig.features().lock.unwrap_or_default();
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
    rig.send(sample(Case::LockRefused, 1, 1)).await;
    let received = source.next().await.map_err(|error| error.to_string())?;
    let Some((delivery, settler)) = received else {
        return Err("the source ended".into());
    };
    pause(duration + Duration::from_secs(1)).await;
    check!(
        delivery.lock().is_lost(),
        "the lock is not lost after its time"
    );
    settler.settle(Outcome::Accept(Default::default()));
    let closed = source.close().await;
    let event = rig.event().await;
    check!(
        event.number == 1 && event.fate == Fate::Refused,
        "the far side saw {event:?}"
    );
    check!(
        closed.refused == 1,
        "{} settlements are told as refused",
        closed.refused
    );
    Ok(())
}
