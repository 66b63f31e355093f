//! Locks, renewed from receipt on.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until, timeout_at},
};
use uuid::Uuid;

use super::reach::Reach;
use crate::{
    LockKeeper,
    amqp::{Error, ErrorKind, Value},
};

/// The longest lock that Service Bus has.
pub(super) const LONGEST: Duration = Duration::from_secs(300);

/// What is assumed of a lock whose length nothing tells.
const ASSUMED: Duration = Duration::from_secs(30);

/// How soon a renewal that failed on its way is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// All locks that are held.
#[derive(Default)]
pub(super) struct Locks {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    last: u64,
    held: HashMap<u64, Held>,
    due: BTreeSet<(Instant, u64)>,
    /// The shortest length that a message told.
    told: Option<Duration>,
}

struct Held {
    token: Uuid,
    keeper: LockKeeper,
    /// When its renewal is due, if it is renewed.
    due: Option<Instant>,
    /// Until when it is renewed.
    until: Instant,
}

/// A lock among those that are held; dropped, it is forgotten.
pub(super) struct HeldLock {
    locks: Arc<Locks>,
    number: u64,
    safe_until: Instant,
}

impl Locks {
    /// How long a lock lasts. What a message tells is the most that it can be: the least of them counts.
    pub(super) fn length(&self, set: Option<Duration>, at_most: Option<Duration>) -> Duration {
        if let Some(set) = set {
            return set;
        }
        let mut state = self.lock();
        if let Some(at_most) = at_most.filter(|length| !length.is_zero() && *length <= LONGEST) {
            state.told = Some(state.told.map_or(at_most, |told| told.min(at_most)));
        }
        state.told.unwrap_or(ASSUMED)
    }

    /// Holds a lock, and renews it until then.
    pub(super) fn hold(
        self: &Arc<Self>,
        token: Uuid,
        keeper: LockKeeper,
        received: Instant,
        length: Duration,
        until: Instant,
    ) -> HeldLock {
        let mut state = self.lock();
        state.last += 1;
        let number = state.last;
        let due = Some(received + length / 2).filter(|due| *due < until);
        state.held.insert(
            number,
            Held {
                token,
                keeper,
                due,
                until,
            },
        );
        let first = due.is_some_and(|due| state.insert(due, number));
        drop(state);
        if first {
            self.changed.notify_one();
        }
        HeldLock {
            locks: self.clone(),
            number,
            safe_until: until.max(received + length / 2),
        }
    }

    /// Renews all that is due, as long as it is polled.
    pub(super) async fn renew(&self, reach: &Reach, set: Option<Duration>, within: Duration) {
        let mut renewals = FuturesUnordered::new();
        loop {
            let due = self.lock().due.first().map(|(due, _)| *due);
            tokio::select! {
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    for (number, token, deadline) in self.take_due() {
                        renewals.push(async move { (number, renewed(reach.clone(), token, deadline, within).await) });
                    }
                }
                Some((number, result)) = renewals.next(), if !renewals.is_empty() => {
                    self.renewed(number, result, self.length(set, None));
                }
                () = self.changed.notified() => {}
            }
        }
    }

    fn take_due(&self) -> Vec<(u64, Uuid, Instant)> {
        let now = Instant::now();
        let mut state = self.lock();
        let mut taken = Vec::new();
        while let Some((due, number)) = state.due.first().copied()
            && due <= now
        {
            state.due.pop_first();
            if let Some(held) = state.held.get_mut(&number) {
                held.due = None;
                let deadline = held.keeper.lock().deadline().unwrap_or(now);
                taken.push((number, held.token, deadline));
            }
        }
        taken
    }

    fn renewed(&self, number: u64, result: Result<Instant, Error>, length: Duration) {
        let mut state = self.lock();
        let Some(held) = state.held.get_mut(&number) else {
            return;
        };
        let due = match result {
            Ok(sent) => {
                held.keeper.extend(sent + length);
                sent + length / 2
            }
            Err(error) if matches!(error.kind(), ErrorKind::LockLost | ErrorKind::NotFound) => {
                tracing::warn!(%error, "A lock is lost.");
                held.keeper.lose();
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "A lock could not be renewed; trying again.");
                Instant::now() + AGAIN
            }
        };
        if due < held.until && !held.keeper.is_lost() {
            held.due = Some(due);
            state.insert(due, number);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether this one is now the first that is due.
    fn insert(&mut self, due: Instant, number: u64) -> bool {
        self.due.insert((due, number));
        self.due.first() == Some(&(due, number))
    }
}

impl HeldLock {
    /// Until when it surely holds, and half of its length beyond; longer if it is renewed for longer.
    pub(super) const fn safe_until(&self) -> Instant {
        self.safe_until
    }

    /// Renews it until then, however long ago it was received.
    pub(super) fn renew_until(&self, until: Instant) {
        let mut state = self.locks.lock();
        let Some(held) = state.held.get_mut(&self.number) else {
            return;
        };
        held.until = until;
        let deadline = || held.keeper.lock().deadline();
        if held.due.is_none()
            && deadline().is_some_and(|deadline| deadline < until)
            && !held.keeper.is_lost()
        {
            let due = Instant::now();
            held.due = Some(due);
            state.insert(due, self.number);
            self.locks.changed.notify_one();
        }
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        let mut state = self.locks.lock();
        if let Some(Held { due: Some(due), .. }) = state.held.remove(&self.number) {
            state.due.remove(&(due, self.number));
        }
    }
}

/// Asks for a renewal, and gives the time from which the new lock is counted: before the service could have begun it.
async fn renewed(
    mut reach: Reach,
    token: Uuid,
    deadline: Instant,
    within: Duration,
) -> Result<Instant, Error> {
    let late = || Error::timed_out("renewing a lock", within);
    let node = timeout_at(deadline, reach.node()).await;
    let node = node.map_err(|_| late())?;
    let Some(node) = node else {
        // Nothing can renew it: as if it were not due yet.
        sleep(within).await;
        return Err(late());
    };
    let sent = Instant::now();
    let tokens = Value::Array(vec![token.into()]);
    let body = Value::map([("lock-tokens", tokens)]);
    node.call("com.microsoft:renew-lock", body, within).await?;
    Ok(sent)
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locks")
            .field("held", &self.lock().held.len())
            .finish_non_exhaustive()
    }
}
