//! What a broker asks before it agrees.

use super::{
    fault::{Fault, Times},
    handle::Faults,
    trigger::concerns,
    wire::after,
};
use crate::amqp::types::definitions::{AmqpError, Error, ErrorCondition};
use tokio::time::Instant;

/// What is refused at this moment.
#[derive(Debug, Default)]
pub(super) struct Answers {
    throttle: Option<Refusal>,
    tokens: Option<Refusal>,
    unauthorized: Option<Refusal>,
}

#[derive(Debug)]
struct Refusal {
    entity: Option<String>,
    left: Left,
}

#[derive(Debug)]
enum Left {
    Count(u64),
    Until(Instant),
    Always,
}

impl Answers {
    pub(super) fn switch(&mut self, fault: Fault, entity: Option<String>) {
        let (slot, times) = match fault {
            Fault::Throttle(times) => (&mut self.throttle, times),
            Fault::RefuseTokens(times) => (&mut self.tokens, times),
            Fault::Unauthorized(times) => (&mut self.unauthorized, times),
            _ => return,
        };
        let left = match times {
            Times::Next(count) => Left::Count(count),
            Times::For(time) => Left::Until(after(time)),
            Times::Always => Left::Always,
        };
        *slot = Some(Refusal { entity, left });
    }
}

/// Whether this refusal strikes now; forgets it once it is used up.
fn strikes(slot: &mut Option<Refusal>, entity: &str) -> bool {
    let Some(refusal) = slot else {
        return false;
    };
    if !concerns(refusal.entity.as_deref(), entity) {
        return false;
    }
    let (now, last) = match &mut refusal.left {
        Left::Always => (true, false),
        Left::Until(until) => (Instant::now() < *until, Instant::now() >= *until),
        Left::Count(0) => (false, true),
        Left::Count(left) => {
            *left -= 1;
            (true, *left == 0)
        }
    };
    if last {
        *slot = None;
    }
    now
}

impl Faults {
    /// Whether an attach to this entity is refused, and why; [`Faults::service`] asks it.
    #[must_use]
    pub fn on_attach(&self, entity: &str) -> Option<Error> {
        if !self.is_refusing() {
            return None;
        }
        let answers = &mut self.lock().answers;
        if strikes(&mut answers.unauthorized, entity) {
            return Some(unauthorized());
        }
        strikes(&mut answers.throttle, entity).then(server_busy)
    }

    /// Whether a message to this entity is refused, and why; [`Faults::service`] asks it.
    #[must_use]
    pub fn on_send(&self, entity: &str) -> Option<Error> {
        self.throttled(entity)
    }

    /// Whether a request to this entity's `$management` is refused, and why; the answer to it has the status 503.
    #[must_use]
    pub fn on_management(&self, entity: &str) -> Option<Error> {
        self.throttled(entity)
    }

    /// Whether a token for this entity is refused, and why; the answer to it has the status 401.
    #[must_use]
    pub fn on_put_token(&self, entity: &str) -> Option<Error> {
        if !self.is_refusing() {
            return None;
        }
        strikes(&mut self.lock().answers.tokens, entity).then(unauthorized)
    }

    fn throttled(&self, entity: &str) -> Option<Error> {
        if !self.is_refusing() {
            return None;
        }
        strikes(&mut self.lock().answers.throttle, entity).then(server_busy)
    }
}

fn unauthorized() -> Error {
    let text = "access is refused by a fault that was switched on";
    Error::new(AmqpError::UnauthorizedAccess, text.to_owned(), None)
}

fn server_busy() -> Error {
    let condition = ErrorCondition::Custom("com.microsoft:server-busy".into());
    let text = "the server is busy by a fault that was switched on; wait 4 s and try again";
    Error::new(condition, text.to_owned(), None)
}
