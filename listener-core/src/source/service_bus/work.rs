//! What is done at the desk: answers waited for, pauses kept, all at once.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{held::Held, pauses::Pauses, settle, shelf::Shelf};
use crate::amqp::{Answer, Error, ErrorKind, Settlement, Settling};

/// How soon a settlement over `$management` that failed on its way is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// How often it is looked at least after what waits to be seen. A lock lasts longer.
const LOOK: Duration = Duration::from_secs(5);

pub(super) enum Job {
    /// To be abandoned when it is due, after what of the same record is to go back before.
    Pause {
        held: Held,
        settlement: Settlement,
        due: Instant,
        /// When it would be due if nothing else had failed.
        alone: Instant,
        record: Option<Uuid>,
    },
    /// To be given back unseen, after what of this record is to go back before.
    Join(Held, Option<Uuid>),
    /// To be given back unseen, once nothing more comes.
    GiveBack(Held),
    /// Its settlement is on its way.
    Answer(Held, Settlement, Settling),
    /// All goes well again.
    Recover,
}

pub(super) async fn work(
    mut waiting: mpsc::UnboundedReceiver<Job>,
    hurry: CancellationToken,
    shelf: Arc<Shelf>,
    renewal: Duration,
) {
    let mut answers = FuturesUnordered::new();
    let mut pauses = Pauses::new();
    let mut unseen = Vec::new();
    let mut look = Instant::now();
    loop {
        let due = pauses.next_due();
        let mut ready = Vec::new();
        tokio::select! {
            job = waiting.recv() => match job {
                Some(Job::Answer(held, settlement, settling)) => {
                    answers.push(answer(held, settlement, settling));
                }
                Some(Job::Pause { held, settlement, due, alone, record }) => {
                    let until = pauses.last_due(record).map_or(due, |last| last.max(due));
                    held.renew_until(until);
                    pauses.insert(due, alone, record, (held, settlement));
                }
                Some(Job::Join(held, record)) => {
                    if let Some(until) = pauses.last_due(record) {
                        held.renew_until(until);
                    }
                    pauses.join(record, (held, Settlement::Released));
                }
                Some(Job::GiveBack(held)) => unseen.push(held),
                Some(Job::Recover) => pauses.recover(),
                None => return,
            },
            Some(held) = answers.next(), if !answers.is_empty() => {
                // What came before that is behind it.
                if let Some((_, place)) = held.pausing {
                    ready.extend(shelf.behind(place).into_iter().map(released));
                }
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            () = sleep_until(look) => {
                let now = Instant::now();
                let (over, next) = shelf.overdue(now);
                look = next.unwrap_or(now + renewal).max(now + LOOK);
                ready.extend(over.into_iter().map(released));
            }
            () = hurry.cancelled(), if due.is_some() || !unseen.is_empty() => {}
        }
        let by = (!hurry.is_cancelled()).then(Instant::now);
        while let Some(paused) = pauses.pop(by) {
            ready.push(paused);
        }
        if by.is_none() {
            ready.extend(unseen.drain(..).map(released));
        }
        for (held, settlement) in ready {
            if held.is_lost() {
                // It comes again already.
                continue;
            }
            if let Job::Answer(held, settlement, settling) = held.send(settlement) {
                answers.push(answer(held, settlement, settling));
            }
        }
    }
}

fn released(held: Held) -> (Held, Settlement) {
    (held, Settlement::Released)
}

async fn answer(mut held: Held, settlement: Settlement, settling: Settling) -> Held {
    let error = match settling.within(held.desk.options.answer_timeout).await {
        Ok(answer) => {
            if !agrees(&settlement, answer) {
                held.desk.contradict(answer);
            }
            return held;
        }
        Err(error) => error,
    };
    let unknown = matches!(
        error.kind(),
        ErrorKind::LinkDetached
            | ErrorKind::LinkStolen
            | ErrorKind::ConnectionLost
            | ErrorKind::TimedOut
            | ErrorKind::ServerBusy
    );
    let told = match (&held.lock, held.deadline()) {
        (Some((token, ..)), Some(_)) if unknown => {
            by_management(&held, *token, &settlement, &error).await
        }
        _ => Err(error),
    };
    match told {
        Ok(()) => held.came.settled(&settlement),
        Err(error) => {
            if let Some((.., keeper)) = &held.lock {
                keeper.lose();
            }
            held.desk.refuse(&error);
        }
    }
    held
}

/// Whether an answer says that what was asked for is done.
fn agrees(settlement: &Settlement, answer: Answer) -> bool {
    match answer {
        Answer::Accepted => *settlement == Settlement::Accepted,
        Answer::Rejected => matches!(settlement, Settlement::Rejected { .. }),
        Answer::Released => *settlement == Settlement::Released,
        Answer::Modified => matches!(settlement, Settlement::Modified { .. }),
        Answer::Unsaid => true,
    }
}

/// Settles on whatever connection stands, while the lock holds. A settlement that had arrived before is refused here: the
/// message is settled then, or comes again, and nobody can tell which.
async fn by_management(
    held: &Held,
    token: Uuid,
    settlement: &Settlement,
    before: &Error,
) -> Result<(), Error> {
    let mut reach = held.desk.reach.clone();
    let mut last = before.clone();
    while let Some(deadline) = held.deadline()
        && !held.is_lost()
    {
        let Ok(node) = timeout_at(deadline, reach.node()).await else {
            // It may have been renewed meanwhile.
            continue;
        };
        let Some(node) = node else {
            break;
        };
        let mut body = settle::update_disposition(token, settlement);
        if let Some(session) = &held.desk.session {
            session.name_in(&mut body);
        }
        let within = held.desk.options.answer_timeout;
        match node
            .call("com.microsoft:update-disposition", body, within)
            .await
        {
            Ok(_) => return Ok(()),
            Err(error) if error.is_transient() => last = error,
            Err(error) => return Err(error),
        }
        sleep(AGAIN).await;
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Note, Outcome, Reason};

    #[test]
    fn only_the_outcome_that_was_asked_for_answers_a_settlement() {
        let outcomes = [
            (Outcome::Accept(()), Answer::Accepted),
            (Outcome::release("later"), Answer::Modified),
            (
                Outcome::reject(Reason::Permanent, "never"),
                Answer::Rejected,
            ),
        ];
        for (outcome, expected) in outcomes {
            let settlement = settle::settlement(outcome, 1, Note::default());
            let all = [
                Answer::Accepted,
                Answer::Modified,
                Answer::Rejected,
                Answer::Released,
            ];
            for answer in all {
                let agrees = agrees(&settlement, answer);
                assert_eq!(agrees, answer == expected, "{settlement:?}, {answer:?}");
            }
            assert!(agrees(&settlement, Answer::Unsaid));
        }
    }
}
