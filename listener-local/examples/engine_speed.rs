//! How fast the message engine is, on one thread: `cargo run --release -p listener-local --example engine_speed`.
//!
//! Sends, locks and completes messages of 5,000 bytes one by one, over an empty queue and over a long backlog.

use std::{error::Error, hint::black_box, time::Instant};

use listener_local::service_bus::engine::{
    Message, Namespace, QueueOptions, ReceiveMode, Settlement,
};

const ROUNDS: u32 = 500_000;
const BACKLOG: u32 = 1_000_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let namespace = Namespace::new(Default::default());
    let options = QueueOptions {
        max_bytes: u64::MAX,
        ..QueueOptions::default()
    };
    namespace.create_queue("q", options)?;
    measure(&namespace, "empty queue", false).await?;
    measure(&namespace, "empty queue, encoded", true).await?;

    let small = Message::from_data(b"x")?.bare().clone();
    let started = Instant::now();
    for _ in 0..BACKLOG {
        namespace.send("q", Message::parse(small.clone())?)?;
    }
    let rate = f64::from(BACKLOG) / started.elapsed().as_secs_f64();
    println!("filled with {BACKLOG} messages: {rate:.0}/s");
    measure(&namespace, "long backlog", false).await?;
    measure(&namespace, "long backlog, encoded", true).await
}

async fn measure(namespace: &Namespace, what: &str, encode: bool) -> Result<(), Box<dyn Error>> {
    let queue = namespace.open("q")?;
    let bytes = Message::from_data(&[0x55; 5_000])?.bare().clone();
    let started = Instant::now();
    for _ in 0..ROUNDS {
        namespace.send("q", Message::parse(bytes.clone())?)?;
        let received = queue.receive(ReceiveMode::PeekLock, 1).await?;
        if encode {
            black_box(received[0].encode());
        }
        queue.settle(received[0].lock_token(), Settlement::Complete)?;
    }
    let rate = f64::from(ROUNDS) / started.elapsed().as_secs_f64();
    println!("{what}: {rate:.0} sent, locked and completed a second");
    Ok(())
}
