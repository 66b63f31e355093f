//! From what came to what the host gets.

use std::sync::Arc;

use tokio::time::Instant;

use super::{
    Mode,
    came::Came,
    convert::{self, Unfit},
    defer::OnDefer,
    desk::Desk,
    held::Held,
    links::OnLink,
    shelf::{Shelf, Taken},
};
use crate::{LockKeeper, Settler, source::Received};

/// What the host gets.
pub(super) fn with_settler((delivery, held): Taken, on_defer: Option<OnDefer>) -> Received<()> {
    held.desk.books.given_out();
    // What it waited is not its listener's time.
    held.renew_until(Instant::now() + held.desk.options.max_lock_renewal);
    let shown = delivery.clone();
    let settler =
        Settler::noting(move |outcome, note| held.conclude(outcome, note, &shown, on_defer));
    (delivery, settler)
}

/// Puts what came where the host takes it from.
pub(super) fn shelve(desk: &Arc<Desk>, came: Came, link: Option<OnLink>, shelf: &Shelf) {
    if let Some(taken) = take(desk, came, link)
        && let Some(held) = shelf.push(taken)
    {
        held.release();
    }
}

/// Makes a delivery of what came; what is fit for no listener is settled here.
pub(super) fn take(desk: &Arc<Desk>, came: Came, link: Option<OnLink>) -> Option<Taken> {
    let options = &desk.options;
    let received = came.received();
    let (mut attempt, mut remembered, mut sequence) = (1, None, None);
    let built = match came.message() {
        Ok(message) => {
            (attempt, remembered) = desk.arrived(message);
            sequence = message.sequence_number();
            desk.clock.look_at(message, &desk.name);
            convert::delivery(message, options.foreign)
        }
        Err(error) => Err(Unfit {
            reason: "Undecodable",
            description: error.to_string(),
        }),
    };
    let at_most = came
        .message()
        .ok()
        .and_then(|message| message.lock_at_most());
    let locks = options.mode == Mode::PeekLock && !desk.dialect.is_plain();
    let token = came.token().filter(|_| locks);
    let lock = token.map(|token| match &desk.session {
        Some(session) => (token, None, session.keeper()),
        None => {
            let length = desk.locks.length(options.lock_duration, at_most);
            let keeper = LockKeeper::new(Some(received + length));
            let until = received + options.max_lock_renewal;
            let held = desk
                .locks
                .hold(token, keeper.clone(), received, length, until);
            (token, Some(held), keeper)
        }
    });
    if link
        .as_ref()
        .is_some_and(|link| link.keeper.lock().is_lost())
    {
        // It comes again already.
        return None;
    }
    desk.hold();
    let shown = match (&lock, &link) {
        (Some((.., keeper)), _) => Some(keeper.lock()),
        (None, Some(link)) => Some(link.keeper.lock()),
        // Without a token nothing can renew it: its listener is told when it ends.
        (None, None) if options.mode == Mode::PeekLock && at_most.is_some() => {
            let length = desk.locks.length(options.lock_duration, at_most);
            Some(LockKeeper::new(Some(received + length)).lock())
        }
        (None, None) => None,
    };
    let held = Held {
        desk: desk.clone(),
        came,
        lock,
        link,
        attempt,
        sequence,
        remembered,
        pausing: None,
    };
    desk.books.arrived(attempt);
    match built {
        Ok(builder) => {
            let builder = builder.source(&*desk.name).attempt(attempt);
            let builder = match shown {
                Some(lock) => builder.lock(lock),
                None => builder,
            };
            let builder = match &desk.session {
                Some(session) => builder.session(session.shown()),
                None => builder,
            };
            Some((builder.build(), held))
        }
        Err(Unfit {
            reason,
            description,
        }) => {
            let source = &*desk.name;
            tracing::warn!(
                source,
                reason,
                description,
                "Fit for no listener; dead-lettered where that can be."
            );
            held.dead_letter(reason, description);
            None
        }
    }
}
