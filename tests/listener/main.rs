//! A server on rhea, an AMQP stack that shares no line with ours, judges how we listen on Service Bus.
//!
//! Each check starts a server of its own (`tests/peers/javascript/server`), puts messages into it, and looks from its side
//! at what our queue, host and router make of them. The main checks are also run with a listener or a server that is wrong
//! on purpose, where they have to fail, or they would judge nothing. `tests/peers/install` installs rhea.

mod bus;
mod dialect;
mod expect;
mod faults;
mod listener;
mod log;
mod messages;
mod settling;
mod wrong;

use crate::{bus::Bus, wrong::Wrong};

/// What a check finds: nothing, or what was wrong.
type Checked = Result<(), String>;

/// Runs a check of our listener.
async fn passes(check: impl AsyncFnOnce(&mut Bus, Wrong) -> Checked) {
    let Some(mut bus) = Bus::start().await else {
        return;
    };
    if let Err(error) = check(&mut bus, Wrong::Nothing).await {
        panic!("{error}");
    }
}

/// Sees that a check fails for a listener that is wrong.
async fn notices(wrong: Wrong, check: impl AsyncFnOnce(&mut Bus, Wrong) -> Checked) {
    let Some(mut bus) = Bus::start().await else {
        return;
    };
    let found = check(&mut bus, wrong).await;
    assert!(found.is_err(), "passed with {wrong:?}");
}
