use std::time::Duration;

/// How often, and after which pauses, a post that failed is tried again.
///
/// Dataverse documents that its system jobs are retried with growing intervals and fail in the end, but no number and no
/// interval: the defaults are ours, short enough for somebody who waits. Pauses have no random part, so that a test can
/// tell them.
///
/// ```
/// use std::time::Duration;
/// use listener_local::poster::Retries;
///
/// let retries = Retries { most: 4, longest_pause: Duration::from_secs(5), ..Retries::default() };
/// let pauses: Vec<_> = retries.pauses().map(|pause| pause.as_secs()).collect();
/// assert_eq!(pauses, [1, 2, 4, 5]);
/// assert_eq!(Retries::none().pauses().count(), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How many attempts may follow the first; 8.
    pub most: u32,
    /// The pause before the first of them; a second.
    pub first_pause: Duration,
    /// What each further pause is multiplied by; 2.
    pub factor: u32,
    /// What a pause does not grow beyond; a minute. A service that asks to be left alone for longer is.
    pub longest_pause: Duration,
}

impl Retries {
    /// One attempt and no other.
    pub fn none() -> Self {
        Self {
            most: 0,
            ..Self::default()
        }
    }

    /// The pauses, one a retry.
    pub fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        let Self {
            most,
            first_pause,
            factor,
            longest_pause,
        } = *self;
        let next = move |pause: &Duration| Some(pause.saturating_mul(factor));
        std::iter::successors(Some(first_pause), next)
            .map(move |pause| pause.min(longest_pause))
            .take(usize::try_from(most).unwrap_or(usize::MAX))
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            most: 8,
            first_pause: Duration::from_secs(1),
            factor: 2,
            longest_pause: Duration::from_secs(60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grow_up_to_the_longest() {
        let pauses: Vec<_> = Retries::default().pauses().collect();
        let seconds = [1, 2, 4, 8, 16, 32, 60, 60];
        assert_eq!(pauses, seconds.map(Duration::from_secs));
    }

    #[test]
    fn bear_any_number() {
        let retries = Retries {
            most: u32::MAX,
            first_pause: Duration::MAX,
            factor: u32::MAX,
            longest_pause: Duration::MAX,
        };
        assert_eq!(retries.pauses().nth(100), Some(Duration::MAX));
    }
}
