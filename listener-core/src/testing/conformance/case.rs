use std::fmt;

macro_rules! cases {
    ($($(#[$doc:meta])* $case:ident: $text:literal,)*) => {
        /// A case of the suite.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Case { $($(#[$doc])* #[doc = $text] $case,)* }

        impl Case {
            /// All cases.
            pub const ALL: &'static [Self] = &[$(Self::$case,)*];

            /// The message of which the case sends samples.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$case => concat!("conformance_", stringify!($case)),)* }
            }
        }

        impl fmt::Display for Case {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $(Self::$case => $text,)* })
            }
        }
    };
}

cases! {
    Accepted: "a message whose listener succeeds is accepted",
    SettledOnce: "each delivery is settled once",
    Claims: "claims come with the message",
    Truncated: "a message that Dataverse cut down says so",
    Transient: "a transient error releases",
    Permanent: "a permanent error rejects, with its reason",
    Panic: "a panic releases",
    Timeout: "a timeout releases",
    Dropped: "a settler that is dropped releases",
    Redelivered: "a released message comes again with the next attempt",
    Delayed: "a delayed release comes no sooner, where the source can",
    Deferred: "a message is set aside, where the source can",
    Undecodable: "a malformed body is rejected, and does not end the loop",
    CutBody: "a cut body reaches no listener",
    NoRoute: "a message that nobody listens to is rejected",
    LockDeadline: "a delivery knows when its lock ends",
    LockLost: "a lock that is lost tells the listener, and the message comes again",
    LockRefused: "a settlement on a lost lock is refused and counted",
    Bound: "no more is taken than was asked for",
    Order: "the messages of a record come in order, through releases",
    CancelSafe: "a receive that is dropped loses nothing",
    SettlesAlone: "a settlement arrives while nobody receives",
    DrainIdle: "an idle source closes, and takes nothing more",
    DrainRunning: "what runs when the drain begins is accepted when it is done",
    DrainBuffered: "what waits when the drain begins is given back",
}
