//! What is measured, from the first message on.

use std::{
    fmt::Write as _,
    fs, io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use crate::Result;

/// How far it is with so many messages.
pub(crate) struct Progress {
    count: u32,
    seen: AtomicU32,
    marks: Mutex<Marks>,
    all: Notify,
}

#[derive(Default)]
struct Marks {
    begin: Option<(Instant, Duration)>,
    resident: Vec<f64>,
}

impl Progress {
    pub(crate) fn new(count: u32) -> Self {
        Self {
            count,
            seen: AtomicU32::new(0),
            marks: Mutex::default(),
            all: Notify::new(),
        }
    }

    /// One more.
    pub(crate) fn tell(&self) {
        let seen = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if seen == 1 {
            let begin = processor_time().map(|time| (Instant::now(), time));
            self.marks().begin = begin.ok();
        }
        if seen.is_multiple_of((self.count / 10).max(1)) {
            let resident = resident().unwrap_or(f64::NAN);
            self.marks().resident.push(resident);
        }
        if seen == self.count {
            self.all.notify_one();
        }
    }

    /// Waits for the last.
    pub(crate) async fn all(&self) {
        self.all.notified().await;
    }

    /// Prints the line.
    pub(crate) fn print(&self) -> Result {
        let marks = self.marks();
        let (begin, before) = marks.begin.ok_or("no message came")?;
        let (elapsed, time) = (begin.elapsed(), processor_time()?.saturating_sub(before));
        let rate = f64::from(self.count) / elapsed.as_secs_f64();
        let each = time.as_secs_f64() * 1e6 / f64::from(self.count);
        let mut resident = String::new();
        for megabytes in &marks.resident {
            write!(resident, " {megabytes:.1}")?;
        }
        println!("{rate:.0}\t{each:.1}\t{}", resident.trim_start());
        Ok(())
    }

    fn marks(&self) -> std::sync::MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What all threads of this process have had of the processors.
fn processor_time() -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = text.split(' ').next().and_then(|first| first.parse().ok());
        nanoseconds += first.unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The memory that this process has, in MB.
fn resident() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmRSS")?.parse::<f64>()? / 1024.0)
}
