//! Random operations against a model that is too simple to be wrong.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Send,
    Receive(usize),
    ReceiveAndDelete,
    Complete(usize),
    Abandon(usize),
    Release(usize),
    Defer(usize),
    DeadLetter(usize),
    TakeDeferred,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Send),
        4 => (1_usize..4).prop_map(Step::Receive),
        1 => Just(Step::ReceiveAndDelete),
        2 => any::<usize>().prop_map(Step::Complete),
        2 => any::<usize>().prop_map(Step::Abandon),
        1 => any::<usize>().prop_map(Step::Release),
        1 => any::<usize>().prop_map(Step::Defer),
        1 => any::<usize>().prop_map(Step::DeadLetter),
        1 => Just(Step::TakeDeferred),
        2 => (1_u64..50).prop_map(Step::Wait),
    ]
}

/// Failed deliveries, whether deferred, lock and its end.
type Held = (u32, bool, Option<(Uuid, i64)>);

/// Messages by sequence number, and where the others went.
#[derive(Debug, Default)]
struct Model {
    held: BTreeMap<i64, Held>,
    dead: usize,
    gone: usize,
    sent: usize,
}

const LIMIT: u32 = 3;

impl Model {
    fn fail(&mut self, sequence: i64) {
        let entry = self.held.get_mut(&sequence).unwrap();
        entry.0 += 1;
        entry.2 = None;
        if entry.0 >= LIMIT {
            self.held.remove(&sequence);
            self.dead += 1;
        }
    }

    fn tick(&mut self, now: i64) {
        let over = |lock: &Option<(Uuid, i64)>| lock.is_some_and(|(_, until)| until <= now);
        let ended = self.held.iter().filter(|(_, entry)| over(&entry.2));
        for sequence in ended.map(|(sequence, _)| *sequence).collect::<Vec<_>>() {
            self.fail(sequence);
        }
    }

    fn available(&self) -> Vec<i64> {
        let free = self
            .held
            .iter()
            .filter(|(_, entry)| !entry.1 && entry.2.is_none());
        free.map(|(sequence, _)| *sequence).collect()
    }

    fn locked(&self, which: usize) -> Option<(i64, Uuid)> {
        let locked = self
            .held
            .iter()
            .filter_map(|(s, entry)| Some((*s, entry.2?.0)));
        let locked: Vec<_> = locked.collect();
        (!locked.is_empty()).then(|| locked[which % locked.len()])
    }
}

async fn run(steps: Vec<Step>) {
    let (namespace, queue) = queue(QueueOptions {
        max_delivery_count: LIMIT,
        ..QueueOptions::default()
    });
    let mut model = Model::default();
    for step in steps {
        model.tick(namespace.now().as_millis());
        match step {
            Step::Send => {
                let sequence = namespace.send("q", message("m")).unwrap();
                model.held.insert(sequence, (0, false, None));
                model.sent += 1;
            }
            Step::Receive(max) => {
                let received = queue.try_receive(ReceiveMode::PeekLock, max).unwrap();
                let expected: Vec<i64> = model.available().into_iter().take(max).collect();
                let got: Vec<i64> = received.iter().map(Received::sequence_number).collect();
                assert_eq!(got, expected);
                for received in received {
                    let entry = model.held.get_mut(&received.sequence_number()).unwrap();
                    assert_eq!(entry.0, received.delivery_count());
                    entry.2 = Some((
                        received.lock_token(),
                        received.locked_until().unwrap().as_millis(),
                    ));
                }
            }
            Step::ReceiveAndDelete => {
                let received = queue.try_receive(ReceiveMode::ReceiveAndDelete, 1).unwrap();
                let expected = model.available().first().copied();
                assert_eq!(received.first().map(Received::sequence_number), expected);
                if let Some(sequence) = expected {
                    model.held.remove(&sequence);
                    model.gone += 1;
                }
            }
            Step::Complete(which) => {
                if let Some((sequence, token)) = model.locked(which) {
                    queue.settle(token, Settlement::Complete).unwrap();
                    model.held.remove(&sequence);
                    model.gone += 1;
                    assert!(queue.settle(token, Settlement::Complete).is_err());
                }
            }
            Step::Abandon(which) => {
                if let Some((sequence, token)) = model.locked(which) {
                    queue
                        .settle(token, Settlement::Abandon(Vec::new()))
                        .unwrap();
                    model.fail(sequence);
                }
            }
            Step::Release(which) => {
                if let Some((sequence, token)) = model.locked(which) {
                    queue.settle(token, Settlement::Release).unwrap();
                    model.held.get_mut(&sequence).unwrap().2 = None;
                }
            }
            Step::Defer(which) => {
                if let Some((sequence, token)) = model.locked(which) {
                    queue.settle(token, Settlement::Defer(Vec::new())).unwrap();
                    let entry = model.held.get_mut(&sequence).unwrap();
                    *entry = (entry.0, true, None);
                }
            }
            Step::DeadLetter(which) => {
                if let Some((sequence, token)) = model.locked(which) {
                    let settlement = Settlement::DeadLetter {
                        reason: None,
                        description: None,
                        changes: Vec::new(),
                    };
                    queue.settle(token, settlement).unwrap();
                    model.held.remove(&sequence);
                    model.dead += 1;
                }
            }
            Step::TakeDeferred => {
                let deferred = model
                    .held
                    .iter()
                    .find(|(_, entry)| entry.1 && entry.2.is_none());
                if let Some(sequence) = deferred.map(|(sequence, _)| *sequence) {
                    let received = queue.receive_deferred(&[sequence], ReceiveMode::PeekLock);
                    let received = received.unwrap().remove(0);
                    let until = received.locked_until().unwrap().as_millis();
                    model.held.get_mut(&sequence).unwrap().2 = Some((received.lock_token(), until));
                }
            }
            Step::Wait(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
        model.tick(namespace.now().as_millis());
        let counts = queue.counts().unwrap();
        assert_eq!(counts.active + counts.deferred, model.held.len());
        let dead = namespace.open("q/$DeadLetterQueue").unwrap();
        assert_eq!(dead.counts().unwrap().active, model.dead);
        assert_eq!(model.sent, model.held.len() + model.dead + model.gone);
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(steps in proptest::collection::vec(step(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(run(steps));
    }
}
