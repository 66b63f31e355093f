use std::{
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use redb::{Builder, Database, DatabaseError, TableDefinition};

use super::{Changes, StoreError, changes::Change, fault::Fault, record::EntryRecord};
use crate::service_bus::engine::{error::EngineError, queue::QueueId};

const NAME: &str = "service-bus.redb";
/// The version of the tables below.
const VERSION: u64 = 1;
/// The memory that redb may take for pages, in bytes: everything is in memory anyway.
const CACHE: usize = 16 * 1024 * 1024;
/// The size from which a file that is mostly empty is made smaller, in bytes.
const WORTH_SHRINKING: u64 = if cfg!(test) { 1 << 20 } else { 64 << 20 };

type Table<K, V> = TableDefinition<'static, K, V>;

const ABOUT: Table<&str, u64> = Table::new("about");
/// Entities by path.
pub(super) const ENTITIES: Table<&str, &[u8]> = Table::new("entities");
/// The last sequence numbers of queues.
pub(super) const SEQUENCES: Table<u64, i64> = Table::new("sequences");
/// The states of sessions.
pub(super) const STATES: Table<(u64, &str), &[u8]> = Table::new("session-states");
/// Message ids, and until when they are remembered in milliseconds since 1970.
pub(super) const DUPLICATES: Table<(u64, &[u8]), i64> = Table::new("duplicates");
/// The states of messages by queue and sequence number.
pub(super) const ENTRIES: Table<(u64, i64), &[u8]> = Table::new("entries");
/// The messages themselves, which change far less often.
pub(super) const MESSAGES: Table<(u64, i64), &[u8]> = Table::new("messages");

pub(in crate::service_bus::engine) type Opener =
    Box<dyn Fn(&Path) -> Result<Database, DatabaseError> + Send>;

/// The file of a durable namespace.
pub(in crate::service_bus::engine) struct File {
    pub(super) path: PathBuf,
    opener: Opener,
    /// Closed after a fault: redb has to read it anew.
    database: Option<Database>,
}

impl File {
    /// Opens the file of a directory; makes both where they are not there.
    pub(in crate::service_bus::engine) fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_with(directory, Box::new(|path| builder().open(path)))
    }

    pub(in crate::service_bus::engine) fn open_with(
        directory: &Path,
        opener: Opener,
    ) -> Result<Self, StoreError> {
        let path = directory.join(NAME);
        let fault = |source| StoreError::Io {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(directory).map_err(fault)?;
        if !path.try_exists().map_err(fault)? {
            create(directory, &path)?;
        }
        // Of a file that is cut off, redb reads beyond the end.
        let opened = catch_unwind(AssertUnwindSafe(|| opener(&path)));
        let database = match opened {
            Ok(opened) => opened.map_err(|error| Fault::from(error).at(&path))?,
            Err(_) => {
                let found = "a file that is cut off or overwritten".to_owned();
                return Err(StoreError::Damaged { path, found });
            }
        };
        check_version(&database, &path)?;
        Ok(Self {
            path,
            opener,
            database: Some(database),
        })
    }

    pub(in crate::service_bus::engine) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn database(&self) -> Result<&Database, StoreError> {
        self.database.as_ref().ok_or_else(|| StoreError::Damaged {
            path: self.path.clone(),
            found: "a file that was closed after a fault".to_owned(),
        })
    }

    /// Gives the disk back what messages took that are gone, if it is most of a large file; `live` is what the others
    /// take, in bytes.
    pub(in crate::service_bus::engine) fn shrink(&mut self, live: u64) {
        let len = fs::metadata(&self.path).map_or(0, |about| about.len());
        if len < WORTH_SHRINKING || len / 4 < live {
            return;
        }
        let shrunk = self.database.as_mut().map(Database::compact);
        if let Some(Err(error)) = shrunk {
            tracing::warn!(%error, "The store could not be made smaller; it is used as it is.");
            self.database = None;
        }
    }

    /// Commits all changes, or none. When it returns they are on the disk.
    pub(super) fn commit(&mut self, changes: &Changes) -> Result<(), EngineError> {
        if changes.is_empty() {
            return Ok(());
        }
        let result = self.try_commit(changes);
        if result.is_err() {
            self.database = None;
        }
        result.map_err(|fault| EngineError::Storage(fault.told()))
    }

    fn try_commit(&mut self, changes: &Changes) -> Result<(), Fault> {
        let database = match &mut self.database {
            Some(database) => database,
            closed => closed.insert((self.opener)(&self.path)?),
        };
        let transaction = database.begin_write()?;
        {
            let mut entries = transaction.open_table(ENTRIES)?;
            let mut messages = transaction.open_table(MESSAGES)?;
            for (key, change) in &changes.entries {
                let (QueueId(queue), sequence) = *key;
                match change {
                    Change::Put { entry, message, .. } => {
                        let state = EntryRecord::new(entry).encode();
                        entries.insert((queue, sequence), state.as_slice())?;
                        if *message {
                            let stored = entry.message.stored();
                            messages.insert((queue, sequence), stored.as_slice())?;
                        }
                    }
                    Change::Remove => {
                        entries.remove((queue, sequence))?;
                        messages.remove((queue, sequence))?;
                    }
                }
            }
            let mut sequences = transaction.open_table(SEQUENCES)?;
            for (QueueId(queue), last) in &changes.sequences {
                sequences.insert(queue, last)?;
            }
            let mut states = transaction.open_table(STATES)?;
            for ((QueueId(queue), session), state) in &changes.states {
                match state {
                    Some(state) => states.insert((*queue, &**session), &state[..])?,
                    None => states.remove((*queue, &**session))?,
                };
            }
            let mut duplicates = transaction.open_table(DUPLICATES)?;
            for ((QueueId(queue), id), until) in &changes.duplicates {
                match until {
                    Some(until) => duplicates.insert((*queue, &**id), until.as_millis())?,
                    None => duplicates.remove((*queue, &**id))?,
                };
            }
            let mut entities = transaction.open_table(ENTITIES)?;
            for (path, record) in &changes.entities {
                match record {
                    Some(record) => entities.insert(path.as_str(), record.as_slice())?,
                    None => entities.remove(path.as_str())?,
                };
            }
            for QueueId(queue) in &changes.dropped {
                let numbers = (*queue, i64::MIN)..=(*queue, i64::MAX);
                entries.retain_in(numbers.clone(), |_, _| false)?;
                messages.retain_in(numbers, |_, _| false)?;
                sequences.remove(queue)?;
                states.retain_in((*queue, "")..(*queue + 1, ""), |_, _| false)?;
                let ids = (*queue, &[][..])..(*queue + 1, &[][..]);
                duplicates.retain_in(ids, |_, _| false)?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

pub(super) fn builder() -> Builder {
    let mut builder = Database::builder();
    builder
        .create_with_file_format_v3(true)
        .set_cache_size(CACHE);
    builder
}

/// Makes an empty store under another name first, so that an end half-way leaves nothing behind that looks damaged.
fn create(directory: &Path, path: &Path) -> Result<(), StoreError> {
    let draft = directory.join("service-bus.redb.new");
    let io = |source| StoreError::Io {
        path: draft.clone(),
        source,
    };
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let make = || -> Result<(), Fault> {
        let database = builder().create(&draft)?;
        let transaction = database.begin_write()?;
        transaction.open_table(ABOUT)?.insert("version", VERSION)?;
        transaction.open_table(ENTITIES)?;
        transaction.open_table(SEQUENCES)?;
        transaction.open_table(STATES)?;
        transaction.open_table(DUPLICATES)?;
        transaction.open_table(ENTRIES)?;
        transaction.open_table(MESSAGES)?;
        transaction.commit()?;
        Ok(())
    };
    make().map_err(|fault| fault.at(&draft))?;
    fs::rename(&draft, path).map_err(io)?;
    // Not every system can flush a directory; those that cannot do so themselves.
    if let Ok(directory) = fs::File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(())
}

fn check_version(database: &Database, path: &Path) -> Result<(), StoreError> {
    let version = || -> Result<Option<u64>, Fault> {
        let table = database.begin_read()?.open_table(ABOUT)?;
        Ok(table.get("version")?.map(|version| version.value()))
    };
    match version().map_err(|fault| fault.at(path))? {
        Some(VERSION) => Ok(()),
        Some(found) => Err(StoreError::Version {
            path: path.to_owned(),
            found,
            expected: VERSION,
        }),
        None => Err(StoreError::Damaged {
            path: path.to_owned(),
            found: "a store of something else".to_owned(),
        }),
    }
}
