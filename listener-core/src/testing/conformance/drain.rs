use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::{
    Case, Fate, Rig,
    bench::{Bench, Listener, Ran, Reply, accepts, check, listener, pause, sample},
};
use crate::Outcome;

/// A listener that waits until it is let go.
fn gated<R: Rig>() -> (Arc<Semaphore>, Listener<Reply<R>>) {
    let gate = Arc::new(Semaphore::new(0));
    let passed = gate.clone();
    let waits = listener(move |_| {
        let gate = passed.clone();
        async move {
            gate.acquire().await?.forget();
            Ok(Outcome::Accept(Default::default()))
        }
    });
    (gate, waits)
}

pub(super) async fn idle<R: Rig>(rig: &mut R) -> Ran {
    let mut bench = Bench::start(rig, accepts()).await;
    pause(Duration::from_secs(1)).await;
    bench.stop();
    pause(Duration::from_secs(1)).await;
    bench.send(sample(Case::DrainIdle, 1, 1)).await;
    bench.expect_quiet().await?;
    let taken = bench.rig.in_flight().await;
    check!(taken == 0, "{taken} was taken after the drain");
    let report = bench.finish().await?;
    check!(report.received == 0, "the host says: {report}");
    Ok(())
}

pub(super) async fn running<R: Rig>(rig: &mut R) -> Ran {
    let (gate, waits) = gated::<R>();
    let mut bench = Bench::start(rig, waits).await;
    for number in 1..=3 {
        bench
            .send(sample(Case::DrainRunning, number, number.into()))
            .await;
    }
    pause(Duration::from_secs(1)).await;
    bench.stop();
    pause(Duration::from_secs(1)).await;
    gate.add_permits(3);
    for _ in 0..3 {
        let event = bench.event().await?;
        check!(event.fate == Fate::Accepted, "the far side saw {event:?}");
    }
    let report = bench.finish().await?;
    check!(report.accepted == 3, "the host says: {report}");
    Ok(())
}

pub(super) async fn buffered<R: Rig>(rig: &mut R) -> Ran {
    let (gate, waits) = gated::<R>();
    let mut bench = Bench::start(rig, waits).await;
    for number in 1..=3 {
        bench.send(sample(Case::DrainBuffered, number, 1)).await;
    }
    pause(Duration::from_secs(1)).await;
    bench.stop();
    for _ in 0..2 {
        let event = bench.event().await?;
        check!(event.fate == Fate::Released, "the far side saw {event:?}");
    }
    gate.add_permits(1);
    let event = bench.event().await?;
    check!(event.fate == Fate::Accepted, "the far side saw {event:?}");
    let report = bench.finish().await?;
    check!(
        report.accepted == 1 && report.given_back == 2,
        "the host says: {report}"
    );
    Ok(())
}
