//! The lock of a session, which is the lock of its messages.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::name_session;
use crate::{
    LockKeeper,
    amqp::{Error, ErrorKind, Value},
    source::service_bus::reach::Reach,
};

/// How soon a renewal that failed on its way is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The lock of a session. It is renewed while its link stands or a message is in hand; without both it shall end, so that
/// the session can be accepted again.
pub(in crate::source::service_bus) struct SessionLock {
    state: Mutex<State>,
    changed: Notify,
    lost: CancellationToken,
}

struct State {
    deadline: Instant,
    /// When its renewal is due, if it is to be renewed.
    due: Instant,
    is_linked: bool,
    in_hand: Option<InHand>,
}

/// The message that is given out.
struct InHand {
    keeper: LockKeeper,
    /// Until when the lock is renewed for it.
    until: Instant,
}

/// What a renewal says.
pub(super) struct Renewal<'a> {
    /// The source, for logs.
    pub(super) source: &'a str,
    /// The session.
    pub(super) id: &'a str,
    /// How long an answer may take.
    pub(super) within: Duration,
}

impl SessionLock {
    /// One that was accepted: of this length from then on. The service may have begun it a little sooner, so that it is
    /// renewed at once.
    pub(super) fn new(accepted: Instant, length: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                deadline: accepted + length,
                due: accepted,
                is_linked: true,
                in_hand: None,
            }),
            changed: Notify::new(),
            lost: CancellationToken::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepted again, on a new link.
    pub(super) fn accepted_again(&self, accepted: Instant, length: Duration) {
        let mut state = self.state();
        state.extend(accepted, length);
        state.due = accepted;
        state.is_linked = true;
        self.changed.notify_one();
    }

    /// The link is gone. Whether the lock still holds, the next renewal tells: at once, if somebody has to be told.
    pub(super) fn unlinked(&self) {
        let mut state = self.state();
        state.is_linked = false;
        state.due = Instant::now();
        self.changed.notify_one();
    }

    /// The lock of the message that is given out now; it is renewed for so long.
    pub(super) fn hand_out(&self, renewed_for: Duration) -> LockKeeper {
        let mut state = self.state();
        let keeper = LockKeeper::new(Some(state.deadline));
        if self.lost.is_cancelled() {
            keeper.lose();
        }
        state.in_hand = Some(InHand {
            keeper: keeper.clone(),
            until: Instant::now() + renewed_for,
        });
        self.changed.notify_one();
        keeper
    }

    /// Renews for the message in hand until then.
    pub(super) fn renew_until(&self, until: Instant) {
        if let Some(in_hand) = &mut self.state().in_hand {
            in_hand.until = until;
        }
        self.changed.notify_one();
    }

    /// Nothing is given out any more.
    pub(super) fn taken_back(&self) {
        self.state().in_hand = None;
        self.changed.notify_one();
    }

    /// Tells whoever has a message of it.
    pub(super) fn lose(&self) {
        self.lost.cancel();
        if let Some(in_hand) = &self.state().in_hand {
            in_hand.keeper.lose();
        }
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_cancelled() || self.state().deadline <= Instant::now()
    }

    /// Waits until it is lost, as long as it is [renewed](Self::renew).
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    pub(super) fn deadline(&self) -> Instant {
        self.state().deadline
    }

    /// Renews it until it is lost.
    pub(super) async fn renew(
        &self,
        mut reach: Reach,
        renewal: Renewal<'_>,
        length: impl Fn() -> Duration,
    ) {
        let Renewal { source, id, within } = renewal;
        loop {
            let (due, deadline) = {
                let state = self.state();
                (state.wanted(), state.deadline)
            };
            tokio::select! {
                () = self.lost.cancelled() => return,
                () = self.changed.notified() => continue,
                () = sleep_until(deadline) => {
                    tracing::warn!(source, "The lock of a session has ended.");
                    return self.lose();
                }
                () = sleep_until(due.unwrap_or(deadline)), if due.is_some() => {}
            }
            let asking = ask(&mut reach, id, within);
            match timeout_at(deadline, asking).await {
                // Too late: the loop sees that the lock has ended.
                Err(_) => {}
                Ok(Ok(sent)) => self.state().extend(sent, length()),
                Ok(Err(error)) if is_gone(error.kind()) => {
                    tracing::warn!(source, %error, "The lock of a session is lost.");
                    return self.lose();
                }
                Ok(Err(error)) => {
                    tracing::warn!(source, %error, "The lock of a session could not be renewed; trying again.");
                    self.state().due = Instant::now() + AGAIN;
                }
            }
        }
    }
}

impl State {
    fn extend(&mut self, from: Instant, length: Duration) {
        self.deadline = from + length;
        self.due = from + length / 2;
        if let Some(in_hand) = &self.in_hand {
            in_hand.keeper.extend(self.deadline);
        }
    }

    /// When the renewal is due, if it is to be renewed.
    fn wanted(&self) -> Option<Instant> {
        let wanted = match &self.in_hand {
            Some(in_hand) => self.due < in_hand.until,
            None => self.is_linked,
        };
        wanted.then_some(self.due)
    }
}

fn is_gone(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::SessionLockLost | ErrorKind::LockLost | ErrorKind::NotFound
    )
}

/// Asks for a renewal, and gives the time from which the new lock is counted: before the service could have begun it.
async fn ask(reach: &mut Reach, id: &str, within: Duration) -> Result<Instant, Error> {
    let Some(node) = reach.node().await else {
        // Nothing can renew it.
        return std::future::pending().await;
    };
    let sent = Instant::now();
    let mut body = Value::map::<&str>([]);
    name_session(&mut body, id);
    node.call("com.microsoft:renew-session-lock", body, within)
        .await?;
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_lock_without_link_and_message_is_left_to_end() {
        let now = Instant::now();
        let lock = SessionLock::new(now, LENGTH);
        let due = |lock: &SessionLock| lock.state().wanted();
        assert_eq!(due(&lock), Some(now));
        lock.unlinked();
        assert_eq!(due(&lock), None);
        lock.hand_out(LENGTH);
        assert_eq!(due(&lock), Some(now), "somebody has to be told");
        lock.taken_back();
        assert_eq!(due(&lock), None);
        lock.accepted_again(now, LENGTH);
        assert_eq!(due(&lock), Some(now));
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_is_renewed_for_as_long_as_it_may_be_and_in_its_pause() {
        let now = Instant::now();
        let lock = SessionLock::new(now, LENGTH);
        let keeper = lock.hand_out(Duration::ZERO);
        assert_eq!(lock.state().wanted(), None);
        lock.renew_until(now + LENGTH);
        assert!(lock.state().wanted().is_some());
        lock.state().extend(now + LENGTH / 2, LENGTH);
        assert_eq!(keeper.lock().deadline(), Some(now + LENGTH / 2 + LENGTH));
        lock.lose();
        assert!(keeper.lock().is_lost() && lock.is_lost());
    }
}
