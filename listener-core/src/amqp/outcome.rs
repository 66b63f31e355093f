use std::borrow::Cow;

use fe2o3_amqp::types::messaging::Outcome;

use super::{Error, ErrorKind, error::Told};

/// What the peer made of a message that we sent (AMQP 1.0, messaging, 3.4).
pub(super) fn taken(outcome: Outcome, doing: impl Into<Cow<'static, str>>) -> Result<(), Error> {
    let not = |doing, word: &str| Err(Error::new(ErrorKind::NotTaken, doing).with_detail(word));
    match outcome {
        Outcome::Accepted(_) => Ok(()),
        Outcome::Rejected(rejected) => match rejected.error {
            Some(error) => Err(error.told(doing)),
            None => not(doing, "rejected without a reason"),
        },
        Outcome::Released(_) => not(doing, "released"),
        Outcome::Modified(_) => not(doing, "modified"),
        Outcome::Declared(_) => not(doing, "taken for a transaction"),
    }
}
