//! Others judge how we listen on Service Bus.
//!
//! A server on rhea (`tests/peers/javascript/server`), an AMQP stack that shares no line with ours: each check starts one of
//! its own, puts messages into it, and looks from its side at what our queue, host and router make of them, also when it
//! misbehaves. And Azure's own libraries, on a Service Bus of `listener-local`: they write what our listener reads, and read
//! what it leaves behind.
//!
//! The main checks are also run with a listener or a server that is wrong on purpose, where they have to fail, or they would
//! judge nothing. `tests/peers/install` installs what judges.

mod breaks;
mod bus;
mod dialect;
mod expect;
mod faults;
mod hand;
mod listener;
mod messages;
mod receiving;
mod sdks;
mod settling;
mod wrong;

use std::time::Duration;

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
    bus.patience = Duration::from_secs(3);
    let found = check(&mut bus, wrong).await;
    assert!(found.is_err(), "passed with {wrong:?}");
}
