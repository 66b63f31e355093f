use std::{
    fs::OpenOptions,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use redb::{Database, StorageBackend, backends::FileBackend};

use super::{
    super::super::durable::{File, restore},
    *,
};

/// A disk that can be full, and counts how often it was flushed.
#[derive(Clone, Debug, Default)]
struct Disk {
    full: Arc<AtomicBool>,
    flushes: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Backend {
    file: FileBackend,
    disk: Disk,
}

impl Backend {
    fn check(&self) -> io::Result<()> {
        match self.disk.full.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.file.read(offset, len)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.file.set_len(len)
    }

    fn sync_data(&self, eventual: bool) -> io::Result<()> {
        self.check()?;
        self.disk.flushes.fetch_add(1, Ordering::SeqCst);
        self.file.sync_data(eventual)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.file.write(offset, data)
    }
}

fn open_on(disk: &Disk, directory: &Directory) -> Namespace {
    let disk = disk.clone();
    let opener = move |path: &Path| {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Database::builder().create_with_backend(Backend {
            file: FileBackend::new(file)?,
            disk: disk.clone(),
        })
    };
    let file = File::open_with(directory.as_ref(), Box::new(opener)).unwrap();
    let namespace = Namespace::open_file(file, NamespaceOptions::default()).unwrap();
    namespace
        .create_queue("q", QueueOptions::default())
        .unwrap();
    namespace
}

#[tokio::test]
async fn a_full_disk_refuses_sends_and_loses_nothing_that_was_acknowledged() {
    let (disk, directory) = (Disk::default(), Directory::new());
    let namespace = open_on(&disk, &directory);
    let queue = namespace.open("q").unwrap();
    namespace.send("q", message("kept")).unwrap();
    namespace.send("q", message("settled")).unwrap();
    namespace.committed().await.unwrap();

    disk.full.store(true, Ordering::SeqCst);
    namespace.send("q", message("unsure")).unwrap();
    let error = namespace.committed().await.unwrap_err();
    assert_eq!(error.condition(), "com.microsoft:server-busy");
    assert!(namespace.send("q", message("refused")).is_err());
    let received = queue.try_receive(ReceiveMode::PeekLock, 2).unwrap();
    let token = received[1].lock_token();
    queue.settle(token, Settlement::Complete).unwrap();
    assert!(queue.committed().await.is_err());

    disk.full.store(false, Ordering::SeqCst);
    let recovered = async {
        while namespace.committed().await.is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(MINUTE, recovered).await.unwrap();
    namespace.send("q", message("again")).unwrap();

    let namespace = reopen(namespace, &directory).await;
    let queue = namespace.open("q").unwrap();
    let left = ids(&queue.peek(0, 9, None).unwrap());
    assert_eq!(left, ["kept", "unsure", "again"]);
}

#[tokio::test]
async fn an_end_on_a_full_disk_keeps_what_was_acknowledged() {
    let (disk, directory) = (Disk::default(), Directory::new());
    let namespace = open_on(&disk, &directory);
    namespace.send("q", message("kept")).unwrap();
    namespace.committed().await.unwrap();
    disk.full.store(true, Ordering::SeqCst);
    namespace.send("q", message("lost")).unwrap();
    assert!(namespace.close().await.is_err());
    let queue = open(&directory).open("q").unwrap();
    assert_eq!(ids(&queue.peek(0, 9, None).unwrap()), ["kept"]);
}

#[tokio::test]
async fn many_senders_share_a_flush() {
    let (disk, directory) = (Disk::default(), Directory::new());
    let namespace = open_on(&disk, &directory);
    namespace.committed().await.unwrap();
    let before = disk.flushes.load(Ordering::SeqCst);
    let sends = (0..500).map(|id| {
        namespace.send("q", message(&id.to_string())).unwrap();
        namespace.committed()
    });
    // All are sent before the first is awaited.
    for committed in sends.collect::<Vec<_>>() {
        committed.await.unwrap();
    }
    let flushes = disk.flushes.load(Ordering::SeqCst) - before;
    assert!(flushes < 100, "{flushes} flushes for 500 messages");
}

#[tokio::test]
async fn what_came_and_went_in_between_is_not_written() {
    let directory = Directory::new();
    let file = File::open(directory.as_ref()).unwrap();
    let mut core = super::super::super::core::Core::new(NamespaceOptions::default());
    let log = restore(&file, &mut core).unwrap();
    core.create_queue("q", QueueOptions::default(), None)
        .unwrap();
    let now = super::super::super::Timestamp::from_millis(0);
    let entry = |id| super::super::super::queue::Entry::new(message(id).into(), now);
    let sequences = core.send("q", vec![entry("1"), entry("2")], now).unwrap();
    assert_eq!(sequences, [1, 2]);
    let address = super::super::super::Address::parse("q").unwrap();
    let id = core.resolve(&address).unwrap();
    core.visit(id, now, |queue| {
        let received = queue.take(ReceiveMode::PeekLock, 1, 0, now);
        queue.settle(received[0].lock_token(), Settlement::Complete)
    });
    let (_, changes) = log.take(&core);
    assert_eq!(changes.messages(), 1);
}
