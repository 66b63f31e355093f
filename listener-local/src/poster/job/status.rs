use std::fmt;

/// Where a system job stands: `statuscode` of the table `asyncoperation`, as far as a post comes there.
///
/// <https://learn.microsoft.com/power-apps/developer/data-platform/asynchronous-service>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusReason {
    /// 0: it has not begun, since as many as may run at once are running.
    WaitingForResources,
    /// 10: an attempt has failed, and the next one waits for its time.
    Waiting,
    /// 20: an attempt is on its way.
    InProgress,
    /// 30: the endpoint has taken the message.
    Succeeded,
    /// 31: given up.
    Failed,
    /// 32: it was not finished when its poster was closed.
    Canceled,
}

/// What a [`StatusReason`] comes under: `statecode` of the table `asyncoperation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobState {
    /// 0
    Ready,
    /// 1
    Suspended,
    /// 2
    Locked,
    /// 3
    Completed,
}

impl StatusReason {
    /// The number in `statuscode`.
    pub const fn code(self) -> u8 {
        match self {
            Self::WaitingForResources => 0,
            Self::Waiting => 10,
            Self::InProgress => 20,
            Self::Succeeded => 30,
            Self::Failed => 31,
            Self::Canceled => 32,
        }
    }

    /// The state that it belongs to.
    pub const fn state(self) -> JobState {
        match self {
            Self::WaitingForResources => JobState::Ready,
            Self::Waiting => JobState::Suspended,
            Self::InProgress => JobState::Locked,
            Self::Succeeded | Self::Failed | Self::Canceled => JobState::Completed,
        }
    }
}

impl JobState {
    /// The number in `statecode`.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::Suspended => 1,
            Self::Locked => 2,
            Self::Completed => 3,
        }
    }
}

impl fmt::Display for StatusReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::WaitingForResources => "Waiting For Resources",
            Self::Waiting => "Waiting",
            Self::InProgress => "In Progress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_numbers_of_asyncoperation() {
        let numbers = [
            StatusReason::WaitingForResources,
            StatusReason::Waiting,
            StatusReason::InProgress,
            StatusReason::Succeeded,
            StatusReason::Failed,
            StatusReason::Canceled,
        ]
        .map(|status| (status.state().code(), status.code()));
        assert_eq!(
            numbers,
            [(0, 0), (1, 10), (2, 20), (3, 30), (3, 31), (3, 32)]
        );
    }
}
