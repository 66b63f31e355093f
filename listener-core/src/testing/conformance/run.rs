use std::{fmt, time::Duration};

use tokio::time::timeout;

use super::{Case, Rig, drain, locks, outcomes, receiving};

/// How long a case may take. On a paused clock a case that hangs fails at once.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The source passed.
    Passed,
    /// The transport cannot do what the case is about.
    Skipped(&'static str),
    /// The source failed; this is how.
    Failed(String),
}

/// What all cases came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Results(Vec<(Case, Verdict)>);

impl Results {
    /// Each case with its verdict.
    pub fn iter(&self) -> impl Iterator<Item = (Case, &Verdict)> {
        self.0.iter().map(|(case, verdict)| (*case, verdict))
    }

    /// The cases that failed.
    pub fn failed(&self) -> Vec<Case> {
        self.iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_)))
            .map(|(case, _)| case)
            .collect()
    }

    /// # Panics
    /// If a case failed; it names all that did.
    pub fn assert(&self) {
        assert!(
            self.failed().is_empty(),
            "the source does not conform:\n{self}"
        );
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (case, verdict) in &self.0 {
            match verdict {
                Verdict::Passed => writeln!(f, "passed   {case}")?,
                Verdict::Skipped(why) => writeln!(f, "skipped  {case}: {why}")?,
                Verdict::Failed(how) => writeln!(f, "FAILED   {case}: {how}")?,
            }
        }
        Ok(())
    }
}

/// Runs all cases, each on a rig of its own.
pub async fn run<R: Rig>(rig: impl Fn() -> R) -> Results {
    let mut results = Vec::new();
    for case in Case::ALL {
        results.push((*case, run_case(*case, rig()).await));
    }
    Results(results)
}

/// Runs one case.
pub async fn run_case<R: Rig>(case: Case, mut rig: R) -> Verdict {
    let features = rig.features();
    let missing = match case {
        Case::Redelivered | Case::Delayed | Case::LockLost if !features.redelivers => {
            Some("the transport does not redeliver")
        }
        Case::LockLost | Case::LockRefused | Case::LockDeadline if features.lock.is_none() => {
            Some("there are no locks")
        }
        Case::Bound | Case::DrainIdle if !features.pulls => Some("the far side pushes"),
        Case::Order if !features.ordered => Some("the transport keeps no order"),
        _ => None,
    };
    if let Some(why) = missing {
        return Verdict::Skipped(why);
    }
    let ran = timeout(PATIENCE, async {
        match case {
            Case::Accepted => outcomes::accepted(&mut rig).await,
            Case::SettledOnce => outcomes::settled_once(&mut rig).await,
            Case::Claims => receiving::claims(&mut rig).await,
            Case::Truncated => receiving::truncated(&mut rig).await,
            Case::Transient => outcomes::transient(&mut rig).await,
            Case::Permanent => outcomes::permanent(&mut rig).await,
            Case::Panic => outcomes::panic(&mut rig).await,
            Case::Timeout => outcomes::timeout(&mut rig).await,
            Case::Dropped => outcomes::dropped(&mut rig).await,
            Case::Redelivered => outcomes::redelivered(&mut rig).await,
            Case::Delayed => outcomes::delayed(&mut rig).await,
            Case::Deferred => outcomes::deferred(&mut rig).await,
            Case::Undecodable => receiving::undecodable(&mut rig).await,
            Case::CutBody => receiving::cut_body(&mut rig).await,
            Case::NoRoute => receiving::no_route(&mut rig).await,
            Case::LockDeadline => locks::deadline(&mut rig).await,
            Case::LockLost => locks::lost(&mut rig).await,
            Case::LockRefused => locks::refused(&mut rig).await,
            Case::Bound => receiving::bound(&mut rig).await,
            Case::Order => receiving::order(&mut rig).await,
            Case::CancelSafe => receiving::cancel_safe(&mut rig).await,
            Case::SettlesAlone => receiving::settles_alone(&mut rig).await,
            Case::DrainIdle => drain::idle(&mut rig).await,
            Case::DrainRunning => drain::running(&mut rig).await,
            Case::DrainBuffered => drain::buffered(&mut rig).await,
        }
    });
    match ran.await {
        Ok(Ok(())) => Verdict::Passed,
        Ok(Err(how)) => Verdict::Failed(how),
        Err(_) => Verdict::Failed("it did not end".into()),
    }
}
