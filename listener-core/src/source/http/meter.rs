use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

macro_rules! counts {
    ($($(#[$doc:meta])* $field:ident,)*) => {
        /// What became of the requests to one path that no host counts.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Counts { $($(#[$doc])* pub $field: u64,)* }

        #[derive(Debug, Default)]
        struct Inner { $($field: AtomicU64,)* }

        impl Meter {
            /// The counts as they are now.
            pub fn counts(&self) -> Counts {
                Counts { $($field: self.0.$field.load(Ordering::Relaxed),)* }
            }

            $(
                /// Counts one more, and gives the new count.
                pub(super) fn $field(&self) -> u64 {
                    self.0.$field.fetch_add(1, Ordering::Relaxed) + 1
                }
            )*
        }
    };
}

counts! {
    /// Refused with 401.
    unauthorized,
    /// Refused with another status before the host saw them: method, media type, size, a body that did not come.
    refused,
    /// Answered 503 because the host did not take them in time, too many waited already, or it was ending.
    busy,
    /// Of a synchronous step that no listener is registered for: answered 200.
    unrouted,
    /// Outcomes that nobody waited for any more: the deadline had passed, or the sender had gone.
    unheard,
}

/// The counts of one path, to be read at any time; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Inner>);
