//! Which links asked to be polled.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Wake, Waker},
};

/// The links of one connection that want to be polled, and the task to wake for them.
///
/// Without it each wake-up would poll every link of the connection.
#[derive(Debug, Default)]
pub(crate) struct ReadySet(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    links: Vec<Arc<LinkWaker>>,
    task: Option<Waker>,
}

/// The waker of one link.
#[derive(Debug)]
pub(crate) struct LinkWaker {
    pub(crate) channel: u16,
    pub(crate) handle: u32,
    queued: AtomicBool,
    set: Arc<ReadySet>,
}

impl ReadySet {
    /// A waker that marks this link.
    pub(crate) fn waker(self: &Arc<Self>, channel: u16, handle: u32) -> Waker {
        let set = Arc::clone(self);
        Waker::from(Arc::new(LinkWaker {
            channel,
            handle,
            queued: AtomicBool::new(false),
            set,
        }))
    }

    /// Takes all marked links; until [`rest`](Self::rest) the task is awake and needs no waking.
    pub(crate) fn take(&self) -> Vec<Arc<LinkWaker>> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.task = None;
        let links = std::mem::take(&mut queue.links);
        drop(queue);
        for link in &links {
            link.queued.store(false, Ordering::Release);
        }
        links
    }

    /// Goes to sleep until a link is marked; `false` if one is already.
    pub(crate) fn rest(&self, task: &Waker) -> bool {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.task = Some(task.clone());
        queue.links.is_empty()
    }
}

impl Wake for LinkWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        let task = {
            let mut queue = self.set.0.lock().unwrap_or_else(PoisonError::into_inner);
            queue.links.push(Arc::clone(self));
            queue.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }
}
