//! When the listener is killed.

use std::time::Duration;

use tests::random::Random;

use crate::application::{BEGUN, CONNECTING, DONE, WORK};

/// What the listener is about when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It connects, attaches, or gets its first messages.
    Connecting,
    /// Whatever it is about, some time after its first message.
    Receiving,
    /// A handler has begun, and may have had its effect.
    Handling,
    /// A handler has had its effect, and may have returned.
    Settling,
}

/// A kill: so long after a line of this kind has come so often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kill {
    pub(crate) line: &'static str,
    pub(crate) nth: usize,
    pub(crate) then: Duration,
}

/// All kills of a run. The same seed gives the same plan.
#[derive(Debug)]
pub(crate) struct Plan(pub(crate) Vec<Kill>);

impl Moment {
    pub(crate) const ALL: [Self; 4] = [
        Self::Connecting,
        Self::Receiving,
        Self::Handling,
        Self::Settling,
    ];
}

impl Plan {
    /// So many kills at these moments, each as often as the others, in an order by chance.
    pub(crate) fn new(seed: u64, kills: usize, moments: &[Moment]) -> Self {
        let mut random = Random::new(seed);
        let mut kills: Vec<_> = (moments.iter().cycle().take(kills))
            .map(|moment| moment.draw(&mut random))
            .collect();
        random.shuffle(&mut kills);
        Self(kills)
    }
}

impl Moment {
    fn draw(self, random: &mut Random) -> Kill {
        let (line, nth, within) = match self {
            // The time in which a connection is made and the first handlers begin.
            Self::Connecting => (CONNECTING, 1, Duration::from_millis(15)),
            Self::Receiving => (BEGUN, 1, Duration::from_millis(1_200)),
            Self::Handling => (BEGUN, 1 + random.below(100), WORK),
            Self::Settling => (DONE, 1 + random.below(100), WORK),
        };
        Kill {
            line,
            nth,
            then: within.mul_f64(random.below(1_000) as f64 / 1_000.0),
        }
    }
}
