use std::sync::Arc;

use bytes::Bytes;
use redb::{Database, ReadTransaction, ReadableTable};

use super::{
    EntityRecord, File, Journal, Log, StoreError,
    fault::Fault,
    file::{DUPLICATES, ENTITIES, ENTRIES, MESSAGES, SEQUENCES, STATES},
    record::{QueuesRecord, read_entry},
};
use crate::service_bus::engine::{
    core::{Core, Entity, Trio},
    queue::{Queue, QueueId},
    time::Timestamp,
};

/// Fills an empty namespace from its file, and lets it write into a log from then on.
pub(in crate::service_bus::engine) fn restore(
    file: &File,
    core: &mut Core,
) -> Result<Arc<Log>, StoreError> {
    fill(file.database()?, core).map_err(|fault| fault.at(file.path()))?;
    let log = Arc::new(Log::new());
    for (id, queue) in &mut core.queues {
        queue.journal = Journal::new(*id, Arc::clone(&log));
    }
    core.log = Some(Arc::clone(&log));
    Ok(log)
}

fn fill(database: &Database, core: &mut Core) -> Result<(), Fault> {
    let transaction = database.begin_read()?;
    for item in transaction.open_table(ENTITIES)?.iter()? {
        let (path, record) = item?;
        let record = EntityRecord::decode(record.value()).map_err(Fault::Damaged)?;
        entity(core, path.value(), record)?;
    }
    for item in transaction.open_table(SEQUENCES)?.iter()? {
        let (id, last) = item?;
        queue(core, id.value())?.restore_number(last.value());
    }
    for item in transaction.open_table(STATES)?.iter()? {
        let (key, state) = item?;
        let (id, session) = key.value();
        let state = Bytes::copy_from_slice(state.value());
        queue(core, id)?.restore_session(&Arc::from(session), state);
    }
    let mut duplicates = Vec::new();
    for item in transaction.open_table(DUPLICATES)?.iter()? {
        let (key, until) = item?;
        let (id, message) = key.value();
        duplicates.push((until.value(), id, Arc::<[u8]>::from(message)));
    }
    // They are forgotten in order of time.
    duplicates.sort_unstable();
    for (until, id, message) in duplicates {
        queue(core, id)?.restore_duplicate(message, Timestamp::from_millis(until));
    }
    messages(&transaction, core)
}

fn messages(transaction: &ReadTransaction, core: &mut Core) -> Result<(), Fault> {
    let messages = transaction.open_table(MESSAGES)?;
    for item in transaction.open_table(ENTRIES)?.iter()? {
        let (key, state) = item?;
        let (id, sequence) = key.value();
        let message = messages.get((id, sequence))?;
        let message =
            message.ok_or_else(|| Fault::Damaged("a state without its message".to_owned()))?;
        let entry = read_entry(state.value(), message.value()).map_err(Fault::Damaged)?;
        queue(core, id)?.restore_entry(sequence, entry);
    }
    Ok(())
}

fn entity(core: &mut Core, path: &str, record: EntityRecord) -> Result<(), Fault> {
    let ids = record.ids();
    if ids.iter().any(|id| core.queues.contains_key(id)) {
        return Err(Fault::Damaged("two entities with one queue".to_owned()));
    }
    let options = record.options;
    let trio = |[main, dead_letter, transfer]: [u64; 3]| Trio {
        main: QueueId(main),
        dead_letter: QueueId(dead_letter),
        transfer: QueueId(transfer),
    };
    let entity = match record.queues {
        QueuesRecord::Queue { queues } => {
            let trio = trio(queues);
            core.place_queues(path, trio, options);
            Entity::Queue(trio)
        }
        QueuesRecord::Subscription { queues, rules } => {
            let rules: Result<Vec<_>, _> = rules.into_iter().map(|rule| rule.read()).collect();
            let trio = trio(queues);
            core.place_queues(path, trio, options);
            Entity::Subscription(trio, rules.map_err(Fault::Damaged)?)
        }
        QueuesRecord::Topic { inbox } => {
            let inbox = QueueId(inbox);
            core.place_inbox(path, inbox, options);
            Entity::Topic(inbox)
        }
    };
    let last = ids.iter().map(|QueueId(id)| *id).max().unwrap_or_default();
    core.last_id = core.last_id.max(last);
    core.entities.insert(path.to_owned(), entity);
    Ok(())
}

fn queue(core: &mut Core, id: u64) -> Result<&mut Queue, Fault> {
    let queue = core.queues.get_mut(&QueueId(id));
    queue.ok_or_else(|| Fault::Damaged("messages of a queue that is not there".to_owned()))
}
