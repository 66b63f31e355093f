use std::{fmt, iter::Sum, ops::AddAssign};

macro_rules! report {
    ($($(#[$doc:meta])* $field:ident,)*) => {
        /// What a host did, in numbers of deliveries.
        ///
        /// Each delivery that was received is accepted, released, rejected or deferred; the other numbers say more of
        /// some of them.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
        #[non_exhaustive]
        pub struct Report { $($(#[$doc])* pub $field: u64,)* }

        impl AddAssign for Report {
            fn add_assign(&mut self, other: Self) {
                $(self.$field += other.$field;)*
            }
        }
    };
}

report! {
    /// Received from the source.
    received,
    /// Handled, or filtered out.
    accepted,
    /// Given back, to come again.
    released,
    /// Parked, or answered with a fault.
    rejected,
    /// Set aside.
    deferred,
    /// Rejected because the listener had failed as often as the host allows.
    exhausted,
    /// Accepted unheard, because of filtering attributes.
    filtered,
    /// Given back unheard: an earlier message of the record was released, or the host ended.
    given_back,
    /// Released because the lock was lost, whatever the listener made of it.
    lock_lost,
    /// Released because the grace time of the shutdown ended before the listener did.
    unfinished,
    /// Released to a source that cannot give them again: gone.
    lost,
    /// Of an outcome that the source cannot express, mapped to one that it can.
    mapped,
    /// Settlements that the far side refused: those messages come again.
    refused,
}

impl Sum for Report {
    fn sum<I: Iterator<Item = Self>>(reports: I) -> Self {
        reports.fold(Self::default(), |mut sum, report| {
            sum += report;
            sum
        })
    }
}

impl fmt::Display for Report {
    /// The main numbers, and of the others those that are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            received,
            accepted,
            released,
            rejected,
            ..
        } = self;
        write!(
            f,
            "{received} received: {accepted} accepted, {released} released, {rejected} rejected"
        )?;
        for (number, text) in [
            (self.deferred, "deferred"),
            (self.exhausted, "out of attempts"),
            (self.filtered, "filtered out"),
            (self.given_back, "given back unheard"),
            (self.lock_lost, "locks lost"),
            (self.unfinished, "unfinished"),
            (self.lost, "lost"),
            (self.mapped, "outcomes mapped"),
            (self.refused, "settlements refused"),
        ] {
            if number > 0 {
                write!(f, ", {number} {text}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_happened_and_leaves_out_what_did_not() {
        let report = Report {
            received: 3,
            accepted: 2,
            released: 1,
            lock_lost: 1,
            ..Report::default()
        };
        let sum: Report = [report, report].into_iter().sum();
        assert_eq!(
            sum.to_string(),
            "6 received: 4 accepted, 2 released, 0 rejected, 2 locks lost"
        );
    }
}
