//! How fast a durable namespace is: `cargo run --release -p listener-local --example durable_speed [DIRECTORY]`.
//!
//! Senders of messages of 5,000 bytes that each wait for their own commit, alone and many at a time, and what a second
//! start has to read. The disk decides: take a directory on the one that is meant.

use std::{env, error::Error, time::Instant};

use bytes::Bytes;
use listener_local::service_bus::engine::{
    Message, Namespace, NamespaceOptions, QueueOptions, ReceiveMode, Settlement,
};

const MESSAGES: usize = 20_000;

type Fault = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let directory = env::args_os().nth(1).map_or_else(env::temp_dir, Into::into);
    let directory = directory.join(format!("durable-speed-{}", std::process::id()));
    let namespace = Namespace::open_in(&directory, NamespaceOptions::default())?;
    namespace.create_queue("q", QueueOptions::default())?;
    let bytes = Message::from_data(&[0x55; 5_000])?.bare().clone();
    for senders in [1, 10, 100, 1_000] {
        let each = if senders == 1 {
            200
        } else {
            MESSAGES / senders
        };
        let started = Instant::now();
        let sending =
            (0..senders).map(|_| tokio::spawn(send(namespace.clone(), bytes.clone(), each)));
        for sender in sending.collect::<Vec<_>>() {
            sender.await??;
        }
        let rate = (senders * each) as f64 / started.elapsed().as_secs_f64();
        println!("{senders} senders: {rate:.0} messages a second");
    }
    namespace.close().await?;

    let started = Instant::now();
    let namespace = Namespace::open_in(&directory, NamespaceOptions::default())?;
    let queue = namespace.open("q")?;
    let count = queue.counts()?.active;
    println!("{count} messages read again in {:?}", started.elapsed());

    let started = Instant::now();
    let mut settled = 0;
    while settled < count {
        let received = queue.receive(ReceiveMode::PeekLock, 100).await?;
        settled += received.len();
        for each in received {
            queue.settle(each.lock_token(), Settlement::Complete)?;
        }
        queue.committed().await?;
    }
    let rate = settled as f64 / started.elapsed().as_secs_f64();
    println!("received and completed, 100 at a time: {rate:.0} messages a second");
    namespace.close().await?;
    std::fs::remove_dir_all(directory)?;
    Ok(())
}

async fn send(namespace: Namespace, bytes: Bytes, count: usize) -> Result<(), Fault> {
    for _ in 0..count {
        namespace.send("q", Message::parse(bytes.clone())?)?;
        namespace.committed().await?;
    }
    Ok(())
}
