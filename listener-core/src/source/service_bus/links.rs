//! Messages that are ours for as long as their link lives.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    LockKeeper,
    amqp::{Attached, Watch},
};

/// All messages that are ours by their links.
#[derive(Default)]
pub(super) struct Links(Mutex<State>);

#[derive(Default)]
struct State {
    last: u64,
    held: HashMap<u64, (Arc<Attached>, LockKeeper)>,
}

/// A message that is ours by its link; dropped, it is forgotten.
pub(super) struct OnLink {
    links: Arc<Links>,
    number: u64,
    pub(super) keeper: LockKeeper,
}

impl Links {
    /// Holds a message that came on this link. It is lost at once if the link has ended.
    pub(super) fn hold(self: &Arc<Self>, attached: Arc<Attached>) -> OnLink {
        let keeper = LockKeeper::new(None);
        let mut state = self.lock();
        state.last += 1;
        let number = state.last;
        state
            .held
            .insert(number, (attached.clone(), keeper.clone()));
        drop(state);
        // Only now: a link that ends from here on is seen by the watch.
        if attached.receiver().is_closed() {
            keeper.lose();
        }
        OnLink {
            links: self.clone(),
            number,
            keeper,
        }
    }

    /// Loses what came on links that have ended, as long as it is polled.
    pub(super) async fn watch(&self, watch: &mut Watch) {
        loop {
            let current = watch.attached().await;
            // Another one may have come and gone in between.
            self.lose(|attached| !Arc::ptr_eq(attached, &current));
            watch.superseded(&current).await;
            self.lose(|attached| Arc::ptr_eq(attached, &current));
        }
    }

    fn lose(&self, on: impl Fn(&Arc<Attached>) -> bool) {
        for (attached, keeper) in self.lock().held.values() {
            if on(attached) {
                keeper.lose();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OnLink {
    fn drop(&mut self) {
        self.links.lock().held.remove(&self.number);
    }
}
