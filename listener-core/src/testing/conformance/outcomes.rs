use std::time::Duration;

use tokio::time::Instant;

use super::{
    Case, Fate, Rig,
    bench::{Bench, Ran, accepts, check, listener, sample},
};
use crate::{
    Error, Outcome,
    source::{Settings, Source},
};

pub(super) async fn accepted<R: Rig>(rig: &mut R) -> Ran {
    let mut bench = Bench::start(rig, accepts()).await;
    bench.send(sample(Case::Accepted, 1, 1)).await;
    bench.expect(1, &Fate::Accepted).await?;
    bench.expect_quiet().await?;
    let report = bench.finish().await?;
    check!(
        report.accepted == 1 && report.received == 1,
        "the host says: {report}"
    );
    Ok(())
}

pub(super) async fn settled_once<R: Rig>(rig: &mut R) -> Ran {
    const MESSAGES: u64 = 20;
    let mut bench = Bench::start(rig, accepts()).await;
    for number in 1..=MESSAGES {
        bench
            .send(sample(Case::SettledOnce, number, number.into()))
            .await;
    }
    let mut settled = Vec::new();
    for _ in 0..MESSAGES {
        let event = bench.event().await?;
        check!(event.fate == Fate::Accepted, "the far side saw {event:?}");
        settled.push(event.number);
    }
    settled.sort_unstable();
    check!(
        settled == (1..=MESSAGES).collect::<Vec<_>>(),
        "settled were {settled:?}"
    );
    bench.expect_quiet().await?;
    let report = bench.finish().await?;
    check!(report.received == MESSAGES, "the host says: {report}");
    Ok(())
}

/// A listener that fails in this way the first time, and then succeeds.
async fn fails_once<R: Rig>(
    rig: &mut R,
    case: Case,
    fails: fn() -> crate::BoxFuture<'static, crate::Result<()>>,
) -> Ran {
    let redelivers = rig.features().redelivers;
    let mut bench = Bench::start(
        rig,
        listener(move |call| async move {
            if call.delivery.attempt() == 1 {
                fails().await?;
            }
            Ok(Outcome::Accept(Default::default()))
        }),
    )
    .await;
    bench.send(sample(case, 1, 1)).await;
    bench.expect(1, &Fate::Released).await?;
    if redelivers {
        bench.expect(1, &Fate::Accepted).await?;
    }
    bench.finish().await?;
    Ok(())
}

pub(super) async fn transient<R: Rig>(rig: &mut R) -> Ran {
    fails_once(rig, Case::Transient, || {
        Box::pin(async { Err(Error::transient("not yet")) })
    })
    .await
}

pub(super) async fn panic<R: Rig>(rig: &mut R) -> Ran {
    // Without the panic hook, which would print it.
    fails_once(rig, Case::Panic, || {
        Box::pin(async { std::panic::resume_unwind(Box::new("on purpose")) })
    })
    .await
}

pub(super) async fn timeout<R: Rig>(rig: &mut R) -> Ran {
    fails_once(rig, Case::Timeout, || {
        Box::pin(async {
            Ok(tokio::time::timeout(Duration::from_secs(1), std::future::pending()).await?)
        })
    })
    .await
}

pub(super) async fn permanent<R: Rig>(rig: &mut R) -> Ran {
    const TEXT: &str = "the account has no contract";
    let reasons = rig.features().reasons;
    let mut bench = Bench::start(rig, listener(|_| async { Err(Error::permanent(TEXT)) })).await;
    bench.send(sample(Case::Permanent, 1, 1)).await;
    let description = bench.expect_rejection(1, "Permanent").await?;
    check!(
        !reasons || description == TEXT,
        "the description was {description:?}"
    );
    bench.expect_quiet().await?;
    let report = bench.finish().await?;
    check!(report.received == 1, "it came again: {report}");
    Ok(())
}

pub(super) async fn dropped<R: Rig>(rig: &mut R) -> Ran {
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
    rig.send(sample(Case::Dropped, 1, 1)).await;
    let received = source.next().await.map_err(|error| error.to_string())?;
    check!(received.is_some(), "the source ended");
    drop(received);
    let event = rig.event().await;
    check!(
        event.number == 1 && event.fate == Fate::Released,
        "the far side saw {event:?}"
    );
    source.close().await;
    Ok(())
}

pub(super) async fn redelivered<R: Rig>(rig: &mut R) -> Ran {
    let mut bench = Bench::start(
        rig,
        listener(|call| async move {
            match call.delivery.attempt() {
                1 | 2 => Err(Error::transient("not yet")),
                _ => Ok(Outcome::Accept(Default::default())),
            }
        }),
    )
    .await;
    bench.send(sample(Case::Redelivered, 1, 1)).await;
    for fate in [Fate::Released, Fate::Released, Fate::Accepted] {
        bench.expect(1, &fate).await?;
    }
    let attempts: Vec<_> = bench
        .calls()
        .iter()
        .map(|call| call.delivery.attempt())
        .collect();
    check!(attempts == [1, 2, 3], "the attempts were {attempts:?}");
    bench.finish().await?;
    Ok(())
}

pub(super) async fn delayed<R: Rig>(rig: &mut R) -> Ran {
    const DELAY: Duration = Duration::from_secs(3);
    let mut source = rig.source().await;
    let delays = source.capabilities().delay;
    let settings = Settings {
        concurrency: 1,
        buffer: 1,
        ordered: true,
    };
    source
        .start(&settings)
        .await
        .map_err(|error| error.to_string())?;
    rig.send(sample(Case::Delayed, 1, 1)).await;
    let first = source.next().await.map_err(|error| error.to_string())?;
    let Some((_, settler)) = first else {
        return Err("the source ended".into());
    };
    let released = Instant::now();
    // What a host does with a source that cannot wait.
    let release = Outcome::release("not yet");
    settler.settle(if delays {
        release.after(DELAY)
    } else {
        release
    });
    let again = source.next().await.map_err(|error| error.to_string())?;
    let Some((delivery, settler)) = again else {
        return Err("the source ended".into());
    };
    check!(
        delivery.attempt() == 2,
        "attempt {} came",
        delivery.attempt()
    );
    let waited = released.elapsed();
    check!(
        !delays || waited >= DELAY,
        "it came after {waited:?}, and should after {DELAY:?}"
    );
    settler.settle(Outcome::Accept(Default::default()));
    source.close().await;
    Ok(())
}

pub(super) async fn deferred<R: Rig>(rig: &mut R) -> Ran {
    let redelivers = rig.features().redelivers;
    let mut source_defers = None;
    let mut bench = Bench::tuned(
        rig,
        listener(|call| async move {
            Ok(if call.delivery.attempt() == 1 {
                Outcome::defer()
            } else {
                Outcome::Accept(Default::default())
            })
        }),
        |host| {
            source_defers = Some(host.capabilities().defer);
            host
        },
    )
    .await;
    bench.send(sample(Case::Deferred, 1, 1)).await;
    if source_defers == Some(true) {
        bench.expect(1, &Fate::Deferred).await?;
    } else {
        bench.expect(1, &Fate::Released).await?;
        if redelivers {
            bench.expect(1, &Fate::Accepted).await?;
        }
    }
    bench.expect_quiet().await?;
    let report = bench.finish().await?;
    let mapped = u64::from(source_defers != Some(true));
    check!(report.mapped == mapped, "the host says: {report}");
    Ok(())
}
