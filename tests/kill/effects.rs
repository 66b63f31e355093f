//! The file with the effects.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// The files of this process have names of their own.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A file, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Effects(PathBuf);

/// What stands in it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// How often, by the number of the message.
    pub(crate) times: HashMap<u64, u32>,
    /// The highest number of a delivery.
    pub(crate) attempts: u32,
    pub(crate) lines: usize,
}

impl Effects {
    pub(crate) fn new() -> Self {
        let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let file = format!("effects-{process}-{number}");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
        fs::write(&path, "").expect("a file for the effects");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn read(&self) -> Seen {
        let text = fs::read_to_string(&self.0).expect("the file with the effects");
        let mut seen = Seen::default();
        for line in text.lines() {
            let (number, attempt) = line.split_once(' ').expect("two numbers");
            *seen
                .times
                .entry(number.parse().expect("a number"))
                .or_default() += 1;
            seen.attempts = seen.attempts.max(attempt.parse().expect("a number"));
            seen.lines += 1;
        }
        seen
    }
}

impl Seen {
    /// The messages up to the last that have none.
    pub(crate) fn missing(&self, last: u64) -> Vec<u64> {
        (1..=last)
            .filter(|number| !self.times.contains_key(number))
            .collect()
    }

    /// What has an effect and was never sent.
    pub(crate) fn strange(&self, last: u64) -> HashSet<u64> {
        let strange = self
            .times
            .keys()
            .filter(|number| !(1..=last).contains(*number));
        strange.copied().collect()
    }

    pub(crate) fn twice(&self) -> usize {
        self.times.values().filter(|times| **times > 1).count()
    }
}

impl Drop for Effects {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
