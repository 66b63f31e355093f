use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use super::Response;
use crate::amqp::{Error, ErrorKind};

type Answer = oneshot::Sender<Result<Response, Error>>;

/// The requests that wait for a reply.
pub(super) struct Pending {
    node: Box<str>,
    waiting: Mutex<Waiting>,
    places: Semaphore,
    failure: OnceLock<Error>,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    answers: HashMap<u64, Answer>,
}

impl Pending {
    pub(super) fn new(node: &str, places: u32) -> Self {
        Self {
            node: node.into(),
            waiting: Mutex::default(),
            places: Semaphore::new(places as usize),
            failure: OnceLock::new(),
        }
    }

    pub(super) fn node(&self) -> &str {
        &self.node
    }

    /// Waits until fewer than the most are on their way.
    pub(super) async fn place(&self) -> SemaphorePermit<'_> {
        self.places
            .acquire()
            .await
            .expect("the semaphore is never closed")
    }

    pub(super) fn register(&self, answer: Answer) -> Result<Registered<'_>, Error> {
        let mut waiting = self.lock();
        // Under the lock, so that a failure either shows here or finds the answer.
        if let Some(failure) = self.failure.get() {
            return Err(failure.clone());
        }
        waiting.last += 1;
        let id = waiting.last;
        waiting.answers.insert(id, answer);
        Ok(Registered { pending: self, id })
    }

    /// Whether somebody still waits for this one.
    pub(super) fn waits(&self, id: u64) -> bool {
        self.lock().answers.contains_key(&id)
    }

    /// Gives a request its answer; false if nobody waits for it any longer.
    pub(super) fn answer(&self, id: u64, answer: Result<Response, Error>) -> bool {
        let waiting = self.lock().answers.remove(&id);
        waiting.is_some_and(|waiting| waiting.send(answer).is_ok())
    }

    /// Ends all requests, now and later, with this error. The first failure stays.
    pub(super) fn fail(&self, error: Error) {
        let mut waiting = self.lock();
        let error = self.failure.get_or_init(|| error).clone();
        for (_, answer) in waiting.answers.drain() {
            let _ = answer.send(Err(error.clone()));
        }
    }

    pub(super) fn failure(&self) -> Error {
        self.failure
            .get()
            .cloned()
            .unwrap_or_else(|| Error::new(ErrorKind::LinkDetached, ""))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's place among those that wait; dropped, it leaves it.
pub(super) struct Registered<'a> {
    pending: &'a Pending,
    id: u64,
}

impl Registered<'_> {
    pub(super) fn number(&self) -> u64 {
        self.id
    }

    /// A string, since not every service knows other kinds of message ids.
    pub(super) fn wire(&self) -> String {
        self.id.to_string()
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.pending.lock().answers.remove(&self.id);
    }
}
