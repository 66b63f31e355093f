//! What the network does.

use super::House;
use crate::{
    amqp::{
        Limits,
        tests::peer::{Peer, flow, transfer},
        types::{definitions::Role, performatives::Performative},
    },
    faults::{Fault, Faults},
};
use std::{io::ErrorKind, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    time::{Instant, timeout},
};

async fn receive(peer: &mut Peer, count: usize) {
    for _ in 0..count {
        assert!(matches!(peer.receive().await, Performative::Transfer(_)));
    }
}

async fn hangs_up(peer: &mut Peer) {
    if let Some(body) = peer.next().await {
        panic!("expected nothing more, but {body:?}");
    }
}

#[tokio::test]
async fn a_cut_drops_every_connection_and_lets_new_ones_in() {
    let house = House::new();
    let (mut one, mut two) = (house.client().await, house.client().await);
    house.faults.switch(Fault::Cut);
    hangs_up(&mut one).await;
    hangs_up(&mut two).await;
    let mut new = house.client().await;
    new.echo().await;
}

#[tokio::test]
async fn a_cut_after_deliveries_lets_them_go_out_first() {
    let house = House::new();
    let mut other = house.client().await;
    let mut peer = house.link(Role::Receiver, "orders").await;
    house.faults.switch(Fault::Cut.after(3));
    for _ in 0..5 {
        house.broker.put(b"x");
    }
    // As many as the cut waits for: the ones behind may be on their way already.
    peer.send(0, &flow(Some(0), 3)).await;
    receive(&mut peer, 3).await;
    hangs_up(&mut peer).await;
    hangs_up(&mut other).await;
    let mut peer = house.link(Role::Receiver, "orders").await;
    peer.send(0, &flow(Some(0), 2)).await;
    receive(&mut peer, 2).await;
    peer.echo().await;
}

#[tokio::test]
async fn a_cut_comes_again_if_it_is_to() {
    let house = House::new();
    house.faults.switch(Fault::Cut.every(1));
    for _ in 0..3 {
        house.broker.put(b"x");
        let mut peer = house.link(Role::Receiver, "orders").await;
        peer.send(0, &flow(Some(0), 1)).await;
        receive(&mut peer, 1).await;
        hangs_up(&mut peer).await;
    }
}

#[tokio::test]
async fn a_cut_after_bytes_strikes_in_the_middle_of_a_frame() {
    let faults = Faults::new();
    let (mut near, far) = duplex(1024);
    let mut far = faults.stream(far);
    faults.switch(Fault::CutAfterBytes(5));
    assert_eq!(far.write(b"abc").await.unwrap(), 3);
    assert_eq!(far.write(b"defg").await.unwrap(), 2);
    let cut = far.write(b"fg").await.unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::ConnectionReset);
    drop(far);
    let mut seen = Vec::new();
    near.read_to_end(&mut seen).await.unwrap();
    assert_eq!(seen, b"abcde");
}

#[tokio::test(start_paused = true)]
async fn a_stall_holds_back_what_is_written_but_not_what_is_read() {
    let mut house = House::new();
    let mut peer = house.link(Role::Sender, "orders").await;
    assert!(matches!(peer.receive().await, Performative::Flow(_)));
    house.faults.switch(Fault::Stall(Duration::from_secs(5)));
    let start = Instant::now();
    peer.transfer(transfer(0), b"").await;
    loop {
        let heard = house.heard.recv().await.unwrap();
        if matches!(heard, crate::amqp::tests::broker::Heard::Message(_)) {
            break assert!(start.elapsed() < Duration::from_secs(1));
        }
    }
    assert!(matches!(peer.receive().await, Performative::Disposition(_)));
    assert_eq!(start.elapsed().as_secs(), 5);
    peer.echo().await;
    assert_eq!(start.elapsed().as_secs(), 5, "it goes on");
}

#[tokio::test(start_paused = true)]
async fn a_stall_ends_when_all_is_healed() {
    let house = House::new();
    let mut peer = house.client().await;
    house.faults.switch(Fault::Stall(Duration::from_secs(50)));
    let start = Instant::now();
    let heal = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        house.faults.heal();
    };
    tokio::join!(peer.echo(), heal);
    assert_eq!(start.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_is_silent_and_stays_open() {
    let house = House::with_limits(Limits {
        idle_timeout: Duration::ZERO,
        ..Limits::default()
    });
    let mut peer = house.link(Role::Receiver, "orders").await;
    house.faults.switch(Fault::HalfOpen);
    house.broker.put(b"x");
    peer.send(0, &flow(Some(0), 1)).await;
    let day = Duration::from_secs(24 * 3600);
    assert!(timeout(day, peer.next()).await.is_err());
    house.client().await.echo().await;
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_loses_what_is_written() {
    let faults = Faults::new();
    let (mut near, far) = duplex(1024);
    let mut far = faults.stream(far);
    faults.switch(Fault::HalfOpen);
    far.write_all(&[0; 5000]).await.unwrap();
    far.flush().await.unwrap();
    let second = Duration::from_secs(1);
    assert!(timeout(second, near.read_u8()).await.is_err());
    near.write_all(b"x").await.unwrap();
    assert!(timeout(second, far.read_u8()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn each_burst_waits_for_the_latency() {
    let house = House::new();
    let mut peer = house.client().await;
    house.faults.switch(Fault::Slow {
        latency: Duration::from_millis(20),
        rate: None,
    });
    let start = Instant::now();
    for _ in 0..10 {
        peer.echo().await;
    }
    let elapsed = start.elapsed().as_millis();
    assert!((200..220).contains(&elapsed), "{elapsed}");
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept() {
    let faults = Faults::new();
    let (mut near, far) = duplex(64);
    let mut far = faults.stream(far);
    faults.switch(Fault::Slow {
        latency: Duration::ZERO,
        rate: Some(1000.try_into().unwrap()),
    });
    let start = Instant::now();
    let write = async {
        far.write_all(&[7; 10_000]).await.unwrap();
        far.flush().await.unwrap();
        drop(far);
    };
    let mut seen = Vec::new();
    let (_, read) = tokio::join!(write, near.read_to_end(&mut seen));
    assert_eq!(read.unwrap(), 10_000);
    let elapsed = start.elapsed().as_millis();
    assert!((9_900..10_100).contains(&elapsed), "{elapsed}");
}

#[tokio::test]
async fn a_new_stream_is_met_by_what_lasts() {
    let faults = Faults::new();
    faults.switch(Fault::CutAfterBytes(2));
    let (_near, far) = duplex(64);
    let mut far = faults.stream(far);
    assert_eq!(far.write(b"abc").await.unwrap(), 2);
    assert!(far.write(b"c").await.is_err());
}
