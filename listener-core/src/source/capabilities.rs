/// What a source can do with an outcome. What it cannot, the host maps to what it can, counts and logs.
///
/// | outcome | where the source cannot |
/// |---|---|
/// | accept | |
/// | release | counted as lost, logged as an error |
/// | release after a time | released at once |
/// | reject | released where the source can; else passed on all the same: the source notes or counts it |
/// | defer | released |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// A released message comes again. False for receive-and-delete.
    pub release: bool,
    /// A released message can be kept away for a time.
    pub delay: bool,
    /// A rejected message is parked or answered with its reason. False where it is only passed over, or can only come
    /// again.
    pub reject: bool,
    /// A message can be set aside.
    pub defer: bool,
    /// Messages are ours for a time only.
    pub locks: bool,
    /// A delivery tells how often its message was delivered.
    pub attempts: bool,
}

impl Capabilities {
    /// Receives, and forgets.
    pub const NONE: Self = Self {
        release: false,
        delay: false,
        reject: false,
        defer: false,
        locks: false,
        attempts: false,
    };
    /// All of it.
    pub const ALL: Self = Self {
        release: true,
        delay: true,
        reject: true,
        defer: true,
        locks: true,
        attempts: true,
    };

    /// With or without redelivery of released messages.
    #[must_use]
    pub const fn release(mut self, can: bool) -> Self {
        self.release = can;
        self
    }

    /// With or without delayed redelivery.
    #[must_use]
    pub const fn delay(mut self, can: bool) -> Self {
        self.delay = can;
        self
    }

    /// With or without parking.
    #[must_use]
    pub const fn reject(mut self, can: bool) -> Self {
        self.reject = can;
        self
    }

    /// With or without setting aside.
    #[must_use]
    pub const fn defer(mut self, can: bool) -> Self {
        self.defer = can;
        self
    }

    /// With or without locks.
    #[must_use]
    pub const fn locks(mut self, can: bool) -> Self {
        self.locks = can;
        self
    }

    /// With or without a count of deliveries.
    #[must_use]
    pub const fn attempts(mut self, can: bool) -> Self {
        self.attempts = can;
        self
    }
}

/// What a host is going to ask of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How many deliveries run at once, at most.
    pub concurrency: usize,
    /// How many more the host holds back behind others of the same record, at most.
    pub buffer: usize,
    /// Whether deliveries of one record run in the order of their arrival.
    pub ordered: bool,
}
