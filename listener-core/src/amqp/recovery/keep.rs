//! The loop that keeps a link alive, whatever the link and the connection are.

use std::{future::Future, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::backoff::Backoff;
use crate::amqp::{Error, ErrorKind};

/// What can be made, and made again.
pub(super) trait Plant: Send + 'static {
    /// What links stand on.
    type Line: Send;
    /// What is used.
    type Link: Clone + Send + Sync;

    /// What the link is for, for logs.
    fn name(&self) -> &str;

    /// Makes what links stand on.
    fn connect(&mut self) -> impl Future<Output = Result<Self::Line, Error>> + Send;

    /// Makes a link.
    fn attach(
        &mut self,
        line: &mut Self::Line,
    ) -> impl Future<Output = Result<Self::Link, Error>> + Send;

    /// Waits until one of the two is of no use any more.
    fn broken(
        &mut self,
        line: &mut Self::Line,
        link: &Self::Link,
    ) -> impl Future<Output = Error> + Send;
}

/// How things stand.
#[derive(Clone, Debug)]
pub(super) enum State<L> {
    /// Not yet, or not at present.
    Down,
    /// At work.
    Up(L),
    /// It could not be started, and will not be.
    Failed(Error),
}

/// For how long a link must have lived, for the next attempts to begin with short pauses.
const STEADY: Duration = Duration::from_secs(30);

/// How many links in a row may fail before the connection is suspected.
const SUSPECT: u32 = 2;

/// Makes a link, and makes it again whenever it breaks, until nobody looks any more.
///
/// Before the first success an error that is not transient ends it, and so does any once `start_within` has passed.
/// After that nothing ends it: keys are rotated, entities are disabled and come back.
pub(super) async fn keep<P: Plant>(
    mut plant: P,
    start_within: Duration,
    state: watch::Sender<State<P::Link>>,
) {
    let watched = state.clone();
    tokio::select! {
        () = run(&mut plant, start_within, &state) => {}
        () = watched.closed() => {}
    }
}

async fn run<P: Plant>(
    plant: &mut P,
    start_within: Duration,
    state: &watch::Sender<State<P::Link>>,
) {
    let started = Instant::now();
    let mut began = false;
    let mut backoff = Backoff::default();
    let mut line: Option<P::Line> = None;
    let mut links_failed = 0;
    loop {
        let error = match make(plant, &mut line).await {
            Ok((line, link)) => {
                tracing::info!(link = plant.name(), again = began, "Attached.");
                began = true;
                links_failed = 0;
                let since = Instant::now();
                state.send_replace(State::Up(link.clone()));
                let error = plant.broken(line, &link).await;
                state.send_replace(State::Down);
                if since.elapsed() >= STEADY {
                    backoff.reset();
                }
                error
            }
            Err(error) if !began && is_final(&error, started, start_within) => {
                state.send_replace(State::Failed(error));
                return;
            }
            Err(error) => {
                links_failed += 1;
                error
            }
        };
        if ends_connection(error.kind()) || links_failed >= SUSPECT {
            links_failed = 0;
            line = None;
        }
        let pause = backoff.next(&error);
        let (link, attempts, connects) = (plant.name(), backoff.attempts(), line.is_none());
        if error.is_idle() {
            tracing::info!(link, %error, ?pause, "Detached because nothing went over it; attaching again.");
        } else if error.is_transient() || error.kind() == ErrorKind::LinkStolen {
            tracing::warn!(link, %error, ?pause, attempts, connects, "Broken; trying again.");
        } else {
            tracing::error!(link, %error, ?pause, attempts, connects, "Refused; trying again.");
        }
        sleep(pause).await;
    }
}

async fn make<'a, P: Plant>(
    plant: &mut P,
    line: &'a mut Option<P::Line>,
) -> Result<(&'a mut P::Line, P::Link), Error> {
    let line = match line {
        Some(line) => line,
        None => line.insert(plant.connect().await?),
    };
    let link = plant.attach(line).await?;
    Ok((line, link))
}

fn is_final(error: &Error, started: Instant, start_within: Duration) -> bool {
    !error.is_transient() || started.elapsed() >= start_within
}

/// Whether nothing on the connection can be trusted after this. A token that is not believed is put on a new one, too.
fn ends_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionLost
            | ErrorKind::CannotConnect
            | ErrorKind::TimedOut
            | ErrorKind::Unauthorized
            | ErrorKind::QuotaExceeded
            | ErrorKind::Protocol
    )
}
