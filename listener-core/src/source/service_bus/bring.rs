//! Deferred messages, on their way back into a source that runs.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

use super::{
    Mode,
    came::{Came, Deferred},
    desk::Desk,
    hub::Hub,
};
use crate::amqp::{Error, ErrorKind, ReceivedMessage, Value};

/// How many numbers are asked for at once.
const AT_ONCE: usize = 64;

/// How soon a message that was released is asked for again where that failed, and the longest such pause.
const AGAIN: Duration = Duration::from_secs(1);
const LONGEST_AGAIN: Duration = Duration::from_secs(30);

/// For how long a message that is not found may still be under a lock that we have lost: the longest lock, and more.
const LOCKED: Duration = Duration::from_secs(330);

/// Deferred messages that are asked for.
pub(super) struct Bring {
    pub(super) numbers: Vec<i64>,
    /// Who asks; nobody for what was released and is asked for again.
    pub(super) answer: Option<oneshot::Sender<Result<Vec<i64>, Error>>>,
}

/// What came of it.
struct Fetched {
    came: Vec<Came>,
    missing: Vec<i64>,
    failed: Option<Error>,
}

/// Where a message that was received by its number, and is still deferred, is asked for again.
#[derive(Clone)]
pub(super) struct Again {
    hub: Arc<Hub>,
    session: Option<Arc<str>>,
}

/// Numbers that are being asked for again: dropped unfinished, they are passed on.
struct Owed<'a> {
    number: Option<i64>,
    again: &'a Again,
}

impl Again {
    pub(super) fn new(hub: Arc<Hub>, session: Option<Arc<str>>) -> Self {
        Self { hub, session }
    }

    pub(super) fn ask(&self, sequence_number: i64) {
        let bring = Bring {
            numbers: vec![sequence_number],
            answer: None,
        };
        if self.hub.send(bring, self.session.as_ref()).is_err() {
            tracing::warn!(sequence_number, "Still deferred: the source has ended.");
        }
    }
}

impl Again {
    /// What its source can bring no more, whoever asked for it.
    pub(super) fn pass_on(&self, bring: Bring) {
        // Whoever asked sees that the answer is dropped.
        let _ = self.hub.send(bring, self.session.as_ref());
    }
}

impl Drop for Owed<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.again.ask(number);
        }
    }
}

impl Bring {
    /// It cannot be brought.
    pub(super) fn fail(self, error: &Error) {
        if let Some(answer) = self.answer {
            // Whoever no longer waits has no use for it.
            let _ = answer.send(Err(error.clone()));
        }
    }

    /// Whether nobody waits for it any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.answer.as_ref().is_some_and(oneshot::Sender::is_closed)
    }
}

/// Brings what is asked for, as long as it is polled.
pub(super) async fn bring(
    desk: &Arc<Desk>,
    asked: &mut mpsc::UnboundedReceiver<Bring>,
    again: &Again,
    mut give: impl FnMut(Came),
) {
    let mut fetches = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(bring) = asked.recv() => fetches.push(fulfil(desk, bring, again)),
            Some(came) = fetches.next(), if !fetches.is_empty() => came.into_iter().for_each(&mut give),
            // Nobody can ask any more.
            else => return,
        }
    }
}

async fn fulfil(desk: &Desk, bring: Bring, again: &Again) -> Vec<Came> {
    if bring.is_given_up() {
        return Vec::new();
    }
    let Some(answer) = bring.answer else {
        return once_more(desk, &bring.numbers, again).await;
    };
    let Fetched {
        came,
        missing,
        failed,
    } = fetch(desk, &bring.numbers, again).await;
    // Whoever no longer waits has no use for the answer; what came runs all the same.
    let _ = answer.send(failed.map_or(Ok(missing), Err));
    came
}

/// Asks until it is there: a lock that was lost may last a while on the service.
async fn once_more(desk: &Desk, numbers: &[i64], again: &Again) -> Vec<Came> {
    let (source, since) = (&*desk.name, Instant::now());
    let mut owed = Owed {
        number: numbers.first().copied(),
        again,
    };
    let mut pause = AGAIN;
    loop {
        let fetched = fetch(desk, numbers, again).await;
        if !fetched.came.is_empty() {
            owed.number = None;
            return fetched.came;
        }
        let retry = match &fetched.failed {
            None => since.elapsed() < LOCKED,
            // Lost here, the session is held again elsewhere: this is passed on when its seat is left.
            Some(error) => error.is_transient() || error.kind() == ErrorKind::SessionLockLost,
        };
        if !retry {
            owed.number = None;
            let error = fetched.failed.map(tracing::field::display);
            tracing::warn!(
                source,
                ?numbers,
                error,
                "A deferred message that was released is not found any more; its dead-letter queue may have it."
            );
            return Vec::new();
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_AGAIN);
    }
}

/// Receives these by their numbers. The service gives all that one request names, or none: what is missing is found by
/// halves.
async fn fetch(desk: &Desk, numbers: &[i64], again: &Again) -> Fetched {
    let mut fetched = Fetched {
        came: Vec::new(),
        missing: Vec::new(),
        failed: None,
    };
    // The first is the last of it.
    let mut parts: Vec<&[i64]> = numbers.chunks(AT_ONCE).rev().collect();
    while let Some(part) = parts.pop() {
        match ask(desk, part, again).await {
            Ok(came) => {
                let found = |number| came.iter().any(|(found, _)| *found == Some(number));
                let unsaid = came.len() == part.len();
                let missing = part.iter().copied();
                fetched
                    .missing
                    .extend(missing.filter(|number| !unsaid && !found(*number)));
                fetched.came.extend(came.into_iter().map(|(_, came)| came));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let (one, other) = part.split_at(part.len() / 2);
                if one.is_empty() {
                    fetched.missing.extend(other);
                } else {
                    parts.extend([other, one]);
                }
            }
            Err(error) => {
                fetched.failed = Some(error);
                break;
            }
        }
    }
    fetched
}

/// <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response#receive-by-sequence-number>
async fn ask(
    desk: &Desk,
    numbers: &[i64],
    again: &Again,
) -> Result<Vec<(Option<i64>, Came)>, Error> {
    let within = desk.options.answer_timeout;
    let keeps = desk.options.mode == Mode::PeekLock;
    let wanted = numbers.iter().copied().map(Value::Long).collect();
    let mut body = Value::map([
        ("sequence-numbers", Value::Array(wanted)),
        ("receiver-settle-mode", Value::Uint(keeps.into())),
    ]);
    if let Some(session) = &desk.session {
        session.name_in(&mut body);
    }
    let mut reach = desk.reach.clone();
    let operation = "com.microsoft:receive-by-sequence-number";
    let (answer, asked) = reach.ask(operation, body, within).await?;
    let messages = answer.get("messages").and_then(Value::items);
    let read = |entry: &Value| {
        let Some(Value::Binary(bytes)) = entry.get("message") else {
            return None;
        };
        let message = ReceivedMessage::read(bytes.clone());
        let told = message
            .as_ref()
            .ok()
            .and_then(ReceivedMessage::sequence_number);
        let number = told.or(match numbers {
            [number] => Some(*number),
            _ => None,
        });
        let token = match entry.get("lock-token") {
            Some(Value::Uuid(token)) if keeps => Some(*token),
            _ => None,
        };
        let deferred = Deferred {
            number: number.unwrap_or_default(),
            token,
            message,
            asked,
            again: again.clone(),
            // What is deleted, or has no number to ask for, is not asked for again.
            is_done: !keeps || number.is_none(),
        };
        Some((number, Came::ByNumber(deferred)))
    };
    Ok(messages
        .unwrap_or_default()
        .iter()
        .filter_map(read)
        .collect())
}
