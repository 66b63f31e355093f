//! The loop, over a plant whose every step is scripted, on the paused clock.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::keep::{Plant, State, keep};
use crate::amqp::{Error, ErrorKind};

/// What the next step comes to.
#[derive(Clone, Copy, Debug)]
enum Step {
    Connects,
    CannotConnect(ErrorKind),
    Attaches,
    CannotAttach(ErrorKind),
    Breaks(ErrorKind, Duration),
}

use Step::*;

/// What was done, and when.
type Done = Arc<Mutex<Vec<(&'static str, Duration)>>>;

struct Scripted {
    steps: VecDeque<Step>,
    done: Done,
    started: Instant,
    links: u32,
}

impl Scripted {
    fn next(&mut self, what: &'static str) -> Step {
        self.done
            .lock()
            .unwrap()
            .push((what, self.started.elapsed()));
        self.steps.pop_front().expect("a step for all that is done")
    }
}

impl Plant for Scripted {
    type Line = ();
    type Link = u32;

    fn name(&self) -> &str {
        "scripted"
    }

    async fn connect(&mut self) -> Result<(), Error> {
        match self.next("connect") {
            Connects => Ok(()),
            CannotConnect(kind) => Err(Error::new(kind, "connecting")),
            step => panic!("connects where {step:?} was to be"),
        }
    }

    async fn attach(&mut self, (): &mut ()) -> Result<u32, Error> {
        match self.next("attach") {
            Attaches => {
                self.links += 1;
                Ok(self.links)
            }
            CannotAttach(kind) => Err(Error::new(kind, "attaching")),
            step => panic!("attaches where {step:?} was to be"),
        }
    }

    async fn broken(&mut self, (): &mut (), _: &u32) -> Error {
        let Some(Breaks(kind, after)) = self.steps.pop_front() else {
            return std::future::pending().await;
        };
        sleep(after).await;
        Error::new(kind, "receiving")
    }
}

fn start(steps: &[Step]) -> (Done, watch::Receiver<State<u32>>) {
    let done = Done::default();
    let plant = Scripted {
        steps: steps.iter().copied().collect(),
        done: done.clone(),
        started: Instant::now(),
        links: 0,
    };
    let (tell, state) = watch::channel(State::Down);
    tokio::spawn(keep(plant, Duration::from_secs(60), tell));
    (done, state)
}

async fn until_link(state: &mut watch::Receiver<State<u32>>, number: u32) {
    let up = state.wait_for(|state| matches!(state, State::Up(link) if *link == number));
    timeout(Duration::from_secs(3600), up)
        .await
        .unwrap()
        .unwrap();
}

async fn until_failed(state: &mut watch::Receiver<State<u32>>) -> Error {
    let failed = state.wait_for(|state| matches!(state, State::Failed(_)));
    let state = timeout(Duration::from_secs(3600), failed)
        .await
        .unwrap()
        .unwrap()
        .clone();
    match state {
        State::Failed(error) => error,
        _ => unreachable!(),
    }
}

fn steps(done: &Done) -> Vec<&'static str> {
    done.lock().unwrap().iter().map(|(what, _)| *what).collect()
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_detach_makes_the_link_again_and_keeps_the_connection() {
    for kind in [
        ErrorKind::LinkDetached,
        ErrorKind::ServerBusy,
        ErrorKind::LinkStolen,
    ] {
        let (done, mut state) = start(&[Connects, Attaches, Breaks(kind, MINUTE), Attaches]);
        until_link(&mut state, 2).await;
        assert_eq!(steps(&done), ["connect", "attach", "attach"], "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_makes_all_again() {
    for kind in [
        ErrorKind::ConnectionLost,
        ErrorKind::Unauthorized,
        ErrorKind::TimedOut,
    ] {
        let broken = [Connects, Attaches, Breaks(kind, MINUTE), Connects, Attaches];
        let (done, mut state) = start(&broken);
        until_link(&mut state, 2).await;
        assert_eq!(
            steps(&done),
            ["connect", "attach", "connect", "attach"],
            "{kind:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_links_keep_failing_is_given_up() {
    let detached = CannotAttach(ErrorKind::LinkDetached);
    let broken = Breaks(ErrorKind::LinkDetached, MINUTE);
    let (done, mut state) = start(&[
        Connects, Attaches, broken, detached, detached, Connects, Attaches,
    ]);
    until_link(&mut state, 2).await;
    let all = ["connect", "attach", "attach", "attach", "connect", "attach"];
    assert_eq!(steps(&done), all);
}

#[tokio::test(start_paused = true)]
async fn at_the_start_what_will_not_pass_ends_it_at_once() {
    for kind in [
        ErrorKind::Unauthorized,
        ErrorKind::NotFound,
        ErrorKind::NotAllowed,
    ] {
        let (_, mut state) = start(&[Connects, CannotAttach(kind)]);
        assert_eq!(until_failed(&mut state).await.kind(), kind);
    }
    let (_, mut state) = start(&[CannotConnect(ErrorKind::Unauthorized)]);
    assert_eq!(
        until_failed(&mut state).await.kind(),
        ErrorKind::Unauthorized
    );
}

#[tokio::test(start_paused = true)]
async fn at_the_start_a_network_that_is_away_is_waited_for_but_not_for_ever() {
    let away = CannotConnect(ErrorKind::CannotConnect);
    let (_, mut state) = start(&[away, away, Connects, Attaches]);
    until_link(&mut state, 1).await;
    let started = Instant::now();
    let (_, mut state) = start(&[away; 100]);
    assert_eq!(
        until_failed(&mut state).await.kind(),
        ErrorKind::CannotConnect
    );
    assert!(
        (MINUTE..3 * MINUTE).contains(&started.elapsed()),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_first_success_nothing_is_given_up() {
    let refused = CannotAttach(ErrorKind::NotFound);
    let mut all = vec![Connects, Attaches, Breaks(ErrorKind::NotAllowed, MINUTE)];
    // An entity that was disabled for hours.
    for _ in 0..50 {
        all.extend([refused, refused, Connects]);
    }
    all.push(Attaches);
    let (_, mut state) = start(&all);
    until_link(&mut state, 1).await;
    let up = state.wait_for(|state| matches!(state, State::Up(2)));
    timeout(Duration::from_secs(24 * 3600), up)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_link_that_breaks_again_and_again_is_made_ever_more_slowly() {
    let flapping: Vec<_> = std::iter::once(Connects)
        .chain((0..12).flat_map(|_| [Attaches, Breaks(ErrorKind::LinkDetached, Duration::ZERO)]))
        .chain([Attaches])
        .collect();
    let (done, mut state) = start(&flapping);
    until_link(&mut state, 13).await;
    let last_pause = {
        let done = done.lock().unwrap();
        done[13].1 - done[12].1
    };
    assert!(last_pause >= MINUTE / 2, "{last_pause:?}");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_lived_is_made_again_soon() {
    let lived: Vec<_> = std::iter::once(Connects)
        .chain((0..12).flat_map(|_| [Attaches, Breaks(ErrorKind::LinkDetached, MINUTE)]))
        .chain([Attaches])
        .collect();
    let (done, mut state) = start(&lived);
    until_link(&mut state, 13).await;
    let last = {
        let done = done.lock().unwrap();
        done[13].1 - done[12].1
    };
    assert!(last - MINUTE <= Duration::from_millis(250), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_busy_service_is_left_alone() {
    let busy = Breaks(ErrorKind::ServerBusy, Duration::ZERO);
    let (done, mut state) = start(&[Connects, Attaches, busy, Attaches]);
    until_link(&mut state, 2).await;
    let done = done.lock().unwrap();
    assert!(done[2].1 - done[1].1 >= Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_nobody_looks() {
    let (done, state) = start(&[Connects, Attaches]);
    tokio::task::yield_now().await;
    drop(state);
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    assert_eq!(Arc::strong_count(&done), 1);
}
