//! Where the answers of a connection go: its links from `$cbs` and `$management`.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

/// The most answers, and the most bytes of answers, that wait for a client to take them.
const MAX_WAITING: usize = 4_096;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The links of one connection that take answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Replies(Arc<Registry>);

#[derive(Debug, Default)]
struct Registry {
    links: Mutex<Vec<ReplyLink>>,
    last_id: AtomicU64,
}

#[derive(Clone, Debug)]
struct ReplyLink {
    id: u64,
    channel: u16,
    name: String,
    node: String,
    target: Option<String>,
    outbox: Arc<Outbox>,
}

impl Replies {
    /// Enters a link into the list, until the entry is dropped.
    pub(super) fn enter(
        &self,
        channel: u16,
        name: &str,
        node: &str,
        target: Option<&str>,
    ) -> Entered {
        let id = self.0.last_id.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::<Outbox>::default();
        self.lock().push(ReplyLink {
            id,
            channel,
            name: name.to_owned(),
            node: node.to_owned(),
            target: target.map(str::to_owned),
            outbox: Arc::clone(&outbox),
        });
        Entered {
            replies: self.clone(),
            id,
            outbox,
        }
    }

    /// The link for the answer to a request that came in on a session: the one that the request names, else the one
    /// from the same node, of the same session rather than of another. Official clients do either.
    pub(super) fn find(
        &self,
        channel: u16,
        node: &str,
        reply_to: Option<&str>,
    ) -> Option<Arc<Outbox>> {
        let links = self.lock();
        let rank = |link: &ReplyLink| {
            let named = reply_to.is_some_and(|name| {
                link.name == name || link.target.as_deref().is_some_and(|own| own == name)
            });
            let same = link.node == node;
            // A name alone may be that of many: Python's client calls all of its links by their node.
            (named || same).then_some((named && same, named, link.channel == channel, link.id))
        };
        let best = links
            .iter()
            .filter_map(|link| Some((rank(link)?, link)))
            .max_by_key(|(rank, _)| *rank);
        best.map(|(_, link)| Arc::clone(&link.outbox))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ReplyLink>> {
        self.0.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A link in the list.
#[derive(Debug)]
pub(super) struct Entered {
    replies: Replies,
    id: u64,
    outbox: Arc<Outbox>,
}

impl Entered {
    pub(super) fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.replies.lock().retain(|link| link.id != self.id);
    }
}

/// Answers on their way to a link.
#[derive(Debug, Default)]
pub(super) struct Outbox(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    answers: VecDeque<Bytes>,
    bytes: usize,
    waker: Option<Waker>,
}

/// The client asks and does not listen.
#[derive(Debug)]
pub(super) struct Full;

impl Outbox {
    pub(super) fn push(&self, answer: Bytes) -> Result<(), Full> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.answers.len() >= MAX_WAITING || waiting.bytes + answer.len() > MAX_BYTES {
            return Err(Full);
        }
        waiting.bytes += answer.len();
        waiting.answers.push_back(answer);
        if let Some(waker) = waiting.waker.take() {
            waker.wake();
        }
        Ok(())
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>, credit: u32) -> Poll<Bytes> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if credit > 0
            && let Some(answer) = waiting.answers.pop_front()
        {
            waiting.bytes -= answer.len();
            return Poll::Ready(answer);
        }
        waiting.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(
        replies: &Replies,
        channel: u16,
        node: &str,
        to: Option<&str>,
        link: &Entered,
    ) -> bool {
        replies
            .find(channel, node, to)
            .is_some_and(|outbox| Arc::ptr_eq(&outbox, &link.outbox))
    }

    #[test]
    fn an_answer_goes_to_the_link_that_the_request_names() {
        let replies = Replies::default();
        let named = replies.enter(1, "cbs-1", "$cbs", None);
        let other = replies.enter(2, "cbs-2", "$cbs", Some("mine"));
        assert!(reaches(&replies, 2, "$cbs", Some("cbs-1"), &named));
        assert!(reaches(&replies, 1, "$cbs", Some("mine"), &other));
    }

    #[test]
    fn an_answer_to_nobody_stays_in_its_session_and_node() {
        let replies = Replies::default();
        let cbs = replies.enter(1, "a", "$cbs", Some("$cbs"));
        let management = replies.enter(1, "b", "crm/$management", None);
        let second = replies.enter(2, "c", "$cbs", Some("$cbs"));
        assert!(reaches(&replies, 1, "$cbs", Some("$cbs"), &cbs));
        assert!(reaches(&replies, 2, "$cbs", Some("$cbs"), &second));
        assert!(reaches(&replies, 7, "crm/$management", None, &management));
        drop(management);
        assert!(replies.find(7, "crm/$management", None).is_none());
    }

    #[test]
    fn what_nobody_takes_is_bounded() {
        let outbox = Outbox::default();
        for _ in 0..MAX_WAITING {
            outbox.push(Bytes::from_static(b"x")).unwrap();
        }
        assert!(outbox.push(Bytes::from_static(b"x")).is_err());
    }
}
