//! Namespaces that outlive their process.

use std::{
    future::Future,
    path::Path,
    sync::{Arc, Mutex},
};

use super::{
    core::Core,
    durable::{File, StoreError, Writer, restore},
    error::EngineError,
    handle::MessageQueue,
    namespace::{Namespace, Shared},
    options::NamespaceOptions,
    queue::QueueId,
};

impl Namespace {
    /// The durable namespace of a directory, which is made where it is not there: with entities, rules, messages and
    /// session states as they were when the last one ended, however it ended.
    ///
    /// What was locked is not any more, and its delivery does not count. Reads the whole store at once, and blocks
    /// meanwhile. When the last handle is dropped it blocks for the last commit; [`close`](Self::close) waits for it
    /// instead.
    ///
    /// # Errors
    ///
    /// If the directory cannot be used, another process uses it, or its file is damaged or none of ours.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn open_in(
        directory: impl AsRef<Path>,
        options: NamespaceOptions,
    ) -> Result<Self, StoreError> {
        Self::open_file(File::open(directory.as_ref())?, options)
    }

    pub(super) fn open_file(mut file: File, options: NamespaceOptions) -> Result<Self, StoreError> {
        let mut core = Core::new(options);
        let log = restore(&file, &mut core)?;
        file.shrink(core.bytes());
        let path = file.path().to_owned();
        let core = Arc::new(Mutex::new(core));
        let writer = Writer::start(Arc::clone(&core), log, file)
            .map_err(|source| StoreError::Io { path, source })?;
        let namespace = Self::start(core, Some(writer));
        namespace.shared.catch_up();
        Ok(namespace)
    }

    /// Waits until all that was done before this call is on the disk: sent messages, settlements, and entities. A
    /// namespace in memory is always so far.
    ///
    /// Who answers for what was done (an accepted message, a settled delivery) awaits this first. Many may wait at a
    /// time: they share one commit.
    ///
    /// # Errors
    ///
    /// `Storage` if the disk does not take it. It is kept in memory and tried again; meanwhile sends are refused.
    pub fn committed(&self) -> impl Future<Output = Result<(), EngineError>> + Send + use<> {
        self.shared.committed()
    }

    /// Whether it outlives its process, so that [`committed`](Self::committed) may have to wait.
    pub fn is_durable(&self) -> bool {
        self.shared.log().is_some()
    }

    /// Ends a durable namespace after a last commit: the file is free then. Other handles can still receive what is in
    /// memory, but nothing is kept any more, and sends are refused.
    ///
    /// # Errors
    ///
    /// `Storage` if the last commit fails.
    pub async fn close(&self) -> Result<(), EngineError> {
        match self.shared.log() {
            Some(log) => log.end_well().await,
            None => Ok(()),
        }
    }
}

impl MessageQueue {
    /// As [`Namespace::committed`].
    pub fn committed(&self) -> impl Future<Output = Result<(), EngineError>> + Send + use<> {
        self.shared.committed()
    }
}

impl Shared {
    fn committed(&self) -> impl Future<Output = Result<(), EngineError>> + Send + use<> {
        let waiting = self.log().map(|log| log.committed());
        async move {
            match waiting {
                Some(waiting) => waiting.await,
                None => Ok(()),
            }
        }
    }

    /// Brings all queues up to date, and sets their timers.
    fn catch_up(&self) {
        let now = self.clock.now();
        let mut core = self.lock();
        let ids: Vec<QueueId> = core.queues.keys().copied().collect();
        for id in ids {
            core.visit(id, now, |_| ());
        }
        self.rearm(&core, None);
    }
}
