//! What a listener has to go through.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::{
    application::{Application, Conduct},
    effects::Effects,
    feed::Feed,
    moment::Plan,
    process::Process,
    server::{LOCK, Server},
    tally::Tally,
};

/// Kills a listener as planned while messages come, starts it anew each time, and lets the last one finish.
pub(crate) async fn endure(server: &Server, conduct: Conduct, plan: Plan) -> Tally {
    let begin = Instant::now();
    let effects = Effects::new();
    let application = Application {
        conduct,
        connection_string: server.connection_string.clone(),
        effects: effects.path().to_owned(),
    };
    let feed = Feed::start(server.namespace());
    let kills = plan.0.len();
    for kill in plan.0 {
        Process::start(&application).kill(kill).await;
    }
    let last = feed.end().await;
    let finishing = Process::start(&application);
    finishing.end(finished(&effects, last)).await;

    let seen = effects.read();
    let strange = seen.strange(last);
    assert!(
        strange.is_empty(),
        "effects of what was never sent: {strange:?}"
    );
    Tally {
        kills,
        sent: last,
        lost: seen.missing(last),
        twice: seen.twice(),
        attempts: seen.attempts,
        dead_lettered: server.dead_lettered().await,
        took: begin.elapsed(),
    }
}

/// Waits until nothing more is to come: what killed listeners held came again when its locks had ended.
async fn finished(effects: &Effects, last: u64) {
    let (mut lines, mut since) = (0, Instant::now());
    loop {
        let seen = effects.read();
        if seen.lines > lines {
            (lines, since) = (seen.lines, Instant::now());
        }
        // A machine that does much else may be late; a message that is lost is later still.
        let patience = match seen.missing(last).is_empty() {
            true => LOCK + Duration::from_secs(1),
            false => LOCK * 3,
        };
        if since.elapsed() > patience {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}
