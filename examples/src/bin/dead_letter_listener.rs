//! Empties the dead letters of a queue into a folder, one file each, and prints why each was there.
//!
//! ```text
//! cargo run --bin dead-letter-listener [FOLDER]              (dead-letters)
//! ```
//!
//! A dead letter leaves the queue when its file is on the disk; once what was wrong is mended, `listener post` posts it
//! again. Alone, it starts a Service Bus inside of the process, whose queue has dead letters. With
//! `SERVICEBUS_CONNECTION_STRING` it listens on the dead letters of the queue `SERVICEBUS_QUEUE` (crm-events) of that
//! namespace.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use examples::{Bus, variable};
use listener_core::{
    Delivery, Host, Outcome, Result,
    decode::{DecodeError, Format},
    layer::TraceLayer,
    shutdown_signal,
    source::service_bus::{Foreign, Options, Queue},
};
use listener_local::{
    local::LocalAzure,
    service_bus::engine::{ReceiveMode, Settlement},
};
use tokio::{fs, io::AsyncWriteExt};
use tower::service_fn;

/// Where dead letters are kept.
struct Folder {
    path: PathBuf,
    kept: AtomicU64,
}

impl Folder {
    async fn open(path: impl AsRef<Path>) -> Result<Arc<Self>> {
        fs::create_dir_all(&path).await?;
        Ok(Arc::new(Self {
            path: path.as_ref().to_owned(),
            kept: AtomicU64::new(0),
        }))
    }

    /// Keeps the message as it came, then lets it go.
    async fn keep(self: Arc<Self>, letter: Delivery) -> Result<Outcome<()>> {
        let property = |name| letter.properties().get(name).unwrap_or("unknown");
        let message = line(&letter).unwrap_or_else(|_| "no context".to_owned());
        println!(
            "{message}: {} ({})",
            property("DeadLetterReason"),
            property("DeadLetterErrorDescription")
        );
        let format = letter.message().format().ok().flatten();
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let nth = self.kept.fetch_add(1, Ordering::Relaxed);
        let name = format!("{now}-{nth}.{}", format.map_or("bin", extension));
        let mut file = fs::File::create_new(self.path.join(name)).await?;
        file.write_all(letter.message().body().map_or(&[], |body| &body[..]))
            .await?;
        file.sync_all().await?;
        Ok(Outcome::Accept(()))
    }
}

/// Message, table and record.
fn line(letter: &Delivery) -> Result<String, DecodeError> {
    let (message, table) = (letter.message_name()?, letter.primary_entity_name()?);
    Ok(format!("{message} {table} {}", letter.primary_entity_id()?))
}

fn extension(format: Format) -> &'static str {
    match format {
        Format::Binary => "msbin1",
        Format::Xml => "xml",
        Format::Json => "json",
        _ => "bin",
    }
}

/// Dead-letters all that is in a queue, as a listener does that cannot take it.
fn dead_letter_all(local: &LocalAzure, queue: &str) -> Result {
    let queue = local.namespace().open(queue)?;
    for message in queue.try_receive(ReceiveMode::PeekLock, 100)? {
        let settlement = Settlement::DeadLetter {
            reason: Some("NoSuchCustomer".to_owned()),
            description: Some("The order system does not know this customer.".to_owned()),
            changes: Vec::new(),
        };
        queue.settle(message.lock_token(), settlement)?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let bus = Bus::open().await?;
    let name = variable("SERVICEBUS_QUEUE", "crm-events");
    let folder = std::env::args().nth(1);
    let folder = Folder::open(folder.unwrap_or_else(|| "dead-letters".into())).await?;
    bus.post_samples(&name).await?;
    if let Some(local) = bus.local() {
        dead_letter_all(local, &name)?;
    }
    // Whatever it is, a dead letter is kept.
    let mut options = Options::default();
    options.foreign = Foreign::Deliver;
    let queue = Queue::from_string(bus.connection_string(), &name)?;
    eprintln!("Keeping the dead letters of {name}. Ctrl-C ends it.\n");
    let report = Host::new(queue.dead_letters().options(options))
        .serve(service_fn(move |letter| Arc::clone(&folder).keep(letter)))
        .layer(TraceLayer::new())
        .with_graceful_shutdown(shutdown_signal())
        .await?;
    println!("{report}");
    Ok(())
}
