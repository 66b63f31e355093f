use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{File, Log};
use crate::service_bus::engine::core::Core;

/// How long the writer waits after a commit that failed.
const PAUSE: Duration = if cfg!(test) {
    Duration::from_millis(5)
} else {
    Duration::from_secs(1)
};

/// The thread that commits what is logged. Dropping it waits for the last commit.
pub(in crate::service_bus::engine) struct Writer {
    log: Arc<Log>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// # Errors
    ///
    /// If the system has no thread to give.
    pub(in crate::service_bus::engine) fn start(
        core: Arc<Mutex<Core>>,
        log: Arc<Log>,
        file: File,
    ) -> io::Result<Self> {
        let ending = Ending(Arc::clone(&log));
        let work = move || {
            // Whole, so that it is dropped here and after the file.
            let ending = ending;
            run(&core, &ending.0, file);
        };
        let thread = thread::Builder::new()
            .name("service-bus-store".to_owned())
            .spawn(work)?;
        Ok(Self {
            log,
            thread: Some(thread),
        })
    }

    pub(in crate::service_bus::engine) fn log(&self) -> &Arc<Log> {
        &self.log
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.log.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The writer of the store panicked; its last changes may be lost.");
        }
    }
}

/// Tells those who wait when the writer ends, however it does.
struct Ending(Arc<Log>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

fn run(core: &Mutex<Core>, log: &Log, mut file: File) {
    while log.wait() {
        let (batch, changes) = {
            let whole = core.lock().unwrap_or_else(PoisonError::into_inner);
            log.take(&whole)
        };
        match file.commit(&changes) {
            Ok(()) => log.succeeded(batch),
            Err(error) => {
                tracing::error!(%error, "A commit to the store failed; it is tried again.");
                log.failed(changes, error);
                if !log.pause(PAUSE) {
                    break;
                }
            }
        }
    }
}
