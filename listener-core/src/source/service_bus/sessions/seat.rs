//! One session, from its acceptance until it is left.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{Instant, sleep, timeout},
};

use super::{
    floor::{Accepted, Floor},
    in_session::InSession,
    lock::{Renewal, SessionLock},
};
use crate::{
    amqp::{Backoff, Delivery, Error, ErrorKind, Receiver},
    source::service_bus::{
        Dialect, Mode,
        books::Books,
        bring::{Again, Bring, bring},
        came::Came,
        desk::Desk,
        intake::take,
        reach::{LinkName, Reach},
    },
};

/// How long a drain, or the answers to what is given back in one, may take.
const DRAIN: Duration = Duration::from_secs(5);

/// For how long a link must have stood, for the next attempts to begin with short pauses.
const STEADY: Duration = Duration::from_secs(30);

/// A session that is held. Its messages are given out one at a time, in order.
pub(super) struct Seat {
    floor: Arc<Floor>,
    session: InSession,
    desk: Arc<Desk>,
    receiver: Arc<Receiver>,
    link: LinkName,
    /// Where its deferred messages are asked for.
    ask: mpsc::UnboundedSender<Bring>,
    /// Deferred messages that were received by their numbers.
    brought: mpsc::UnboundedReceiver<Came>,
    /// Since when the link stands, and the pauses between links that do not last.
    linked: Instant,
    backoff: Backoff,
    tasks: [AbortHandle; 3],
}

/// What a seat waits for.
enum Event {
    Came(Box<Came>),
    /// Nothing came for so long.
    Idle,
    /// The link is gone.
    Unlinked,
    Lost,
    Stop,
}

impl Seat {
    /// Takes the seat of a session that was just accepted.
    pub(super) fn new(floor: Arc<Floor>, accepted: Accepted) -> Self {
        let Accepted {
            id,
            receiver,
            since,
        } = accepted;
        let options = floor.options.clone();
        let link = LinkName::default();
        link.set(Some(receiver.name()));
        let reach = Reach::Shared(floor.connection.clone(), link.clone());
        let within = options.answer_timeout;
        let session = InSession::new(
            id.clone(),
            SessionLock::new(since, floor.length.get()),
            reach.clone(),
            options.max_lock_renewal,
            within,
        );
        let (name, held) = (floor.address.clone(), session.clone());
        let (desk, work) = Desk::new(
            name,
            Dialect::ServiceBus,
            options,
            reach.clone(),
            Some(held),
            Books::new(1),
            Arc::default(),
        );
        let renewing = {
            let (floor, session) = (floor.clone(), session.clone());
            async move {
                let renewal = Renewal {
                    source: &floor.address,
                    id: &session.id,
                    within,
                };
                let length = || floor.length.get();
                session.lock.renew(reach, renewal, length).await;
            }
        };
        let (ask, asked) = mpsc::unbounded_channel();
        let (give, brought) = mpsc::unbounded_channel();
        floor.hub.enter(&id, ask.clone());
        floor.held.enter(&id, session.lock.clone());
        let again = Again::new(floor.hub.clone(), Some(id));
        let bringing = bring_into(desk.clone(), asked, again, give);
        Self {
            floor,
            session,
            desk,
            receiver: Arc::new(receiver),
            link,
            ask,
            brought,
            linked: since,
            backoff: Backoff::default(),
            tasks: [
                tokio::spawn(work).abort_handle(),
                tokio::spawn(renewing).abort_handle(),
                tokio::spawn(bringing).abort_handle(),
            ],
        }
    }

    /// Gives out what comes until there is a reason to leave; whether that is no fault.
    pub(super) async fn serve(mut self) -> bool {
        let is_well = loop {
            self.emptied().await;
            self.session.lock.taken_back();
            if self.floor.stop.is_cancelled() {
                break true;
            }
            // What became of a message whose settlement was refused nobody knows: the session is accepted anew.
            if self.session.lock.is_lost() || self.desk.refused() > 0 {
                break false;
            }
            if self.receiver.is_closed() {
                if self.accept_again().await {
                    continue;
                }
                break false;
            }
            if self.session.was_released() && self.floor.options.mode == Mode::PeekLock {
                // It comes again, before what has come after it.
                self.give_back().await;
            }
            match self.next().await {
                Event::Came(came) => self.give_out(*came),
                Event::Unlinked => {}
                Event::Idle => match self.last_moment().await {
                    Some(came) => self.give_out(came),
                    None => break true,
                },
                Event::Stop => break true,
                Event::Lost => break false,
            }
        };
        self.leave().await;
        is_well
    }

    /// Waits until nothing is in hand.
    async fn emptied(&self) {
        let mut is_linked = !self.receiver.is_closed();
        let mut is_stopping = false;
        while self.desk.held() > 0 {
            tokio::select! {
                () = self.desk.freed.notified() => {}
                why = self.receiver.closed(), if is_linked => {
                    is_linked = false;
                    self.unlink(&why);
                }
                () = self.floor.stop.cancelled(), if !is_stopping => {
                    is_stopping = true;
                    self.desk.stop.cancel();
                    self.give_back().await;
                    // What went back sooner would come again, to us.
                    self.desk.hurry.cancel();
                }
            }
        }
    }

    /// The link is gone, and perhaps the lock with it.
    fn unlink(&self, why: &Error) {
        self.link.set(None);
        if why.kind() == ErrorKind::SessionLockLost {
            self.session.lock.lose();
        } else {
            self.session.lock.unlinked();
        }
    }

    /// Whoever asks for the session from now on does not find it here.
    fn no_seat(&self) {
        self.floor.hub.leave(&self.session.id, &self.ask);
        self.floor.held.leave(&self.session.id, &self.session.lock);
    }

    async fn next(&mut self) -> Event {
        let ahead = self.floor.options.prefetch;
        self.receiver.keep_buffered(ahead.saturating_add(1));
        tokio::select! {
            biased;
            () = self.floor.stop.cancelled() => Event::Stop,
            () = self.session.lock.lost() => Event::Lost,
            Some(came) = self.brought.recv() => Event::Came(came.into()),
            delivery = self.receiver.recv() => match delivery {
                // What came before a break, and was not looked at, comes again.
                Ok(delivery) if !self.receiver.is_closed() => Event::Came(Box::new(self.came(delivery))),
                _ => Event::Unlinked,
            },
            () = self.floor.idle() => Event::Idle,
        }
    }

    /// What came in the moment in which the session was to be left.
    async fn last_moment(&self) -> Option<Came> {
        // A link that breaks meanwhile brings nothing more.
        self.receiver.drain(DRAIN).await.ok()?;
        Some(self.came(self.receiver.try_recv()?))
    }

    fn came(&self, delivery: Delivery) -> Came {
        if let Ok(message) = delivery.message() {
            self.floor.length.learn(message);
        }
        let _link = self.receiver.clone();
        Came::OnLink { delivery, _link }
    }

    fn give_out(&self, came: Came) {
        if let Some(taken) = take(&self.desk, came, None)
            && let Err(mpsc::error::SendError(Ok((_, held)))) = self.floor.give.send(Ok(taken))
        {
            held.release();
        }
    }

    /// Ends the credit, and gives back what has come and was not looked at; its delivery is not counted.
    async fn give_back(&self) {
        // A link that breaks meanwhile brings nothing more either.
        let _ = self.receiver.drain(DRAIN).await;
        let unseen = std::iter::from_fn(|| self.receiver.try_recv());
        let released: Vec<_> = unseen.map(|delivery| delivery.release()).collect();
        for answer in released {
            if let Err(error) = answer.within(DRAIN).await {
                let source = &*self.floor.address;
                tracing::debug!(source, %error, "A message could not be given back; it comes again when its session is free.");
            }
        }
    }

    /// Accepts the same session on a new link, for as long as its lock may hold; whether it did.
    async fn accept_again(&mut self) -> bool {
        let mut error = self.receiver.closed().await;
        self.unlink(&error);
        if self.linked.elapsed() >= STEADY {
            self.backoff.reset();
        }
        // Nobody renews it now; once it has ended, the session is anybody's.
        let until = self.session.lock.deadline();
        let source = self.floor.address.clone();
        loop {
            let pause = self.backoff.next(&error);
            if Instant::now() + pause > until || self.session.lock.is_lost() {
                tracing::warn!(source = &*source, %error, "A session could not be accepted again; it is left.");
                return false;
            }
            tracing::debug!(source = &*source, %error, ?pause, "The link of a session is gone; accepting it again.");
            let accepting = async {
                sleep(pause).await;
                self.floor.accept(Some(&self.session.id)).await
            };
            let accepted = tokio::select! {
                () = self.floor.stop.cancelled() => return false,
                accepted = accepting => accepted,
            };
            match accepted {
                Ok(accepted) => {
                    self.link.set(Some(accepted.receiver.name()));
                    let length = self.floor.length.get();
                    self.session.lock.accepted_again(accepted.since, length);
                    self.linked = accepted.since;
                    self.receiver = Arc::new(accepted.receiver);
                    return true;
                }
                Err(refused) => error = refused,
            }
        }
    }

    /// Frees the session.
    async fn leave(mut self) {
        self.desk.stop.cancel();
        self.give_back().await;
        self.desk.hurry.cancel();
        self.no_seat();
        self.tasks[2].abort();
        // What was brought and not given out is asked for again where its session is held next.
        self.brought.close();
        while self.brought.try_recv().is_ok() {}
        self.desk.empty().await;
        self.session.lock.lose();
        self.floor.add_refused(self.desk.refused());
        let receiver = self.receiver.clone();
        drop(self);
        if let Some(receiver) = Arc::into_inner(receiver) {
            // Gone without an answer, it is gone all the same.
            let _ = timeout(DRAIN, receiver.close(DRAIN)).await;
        }
    }
}

/// Brings what is asked for; what is asked for and not brought when it ends is passed on.
async fn bring_into(
    desk: Arc<Desk>,
    asked: mpsc::UnboundedReceiver<Bring>,
    again: Again,
    give: mpsc::UnboundedSender<Came>,
) {
    let mut asked = PassedOn {
        asked,
        again: again.clone(),
    };
    let into = |came| {
        // Nobody takes it: dropped, it is asked for again.
        let _ = give.send(came);
    };
    bring(&desk, &mut asked.asked, &again, into).await;
}

/// What is asked for, and passed on when nobody brings it any more.
struct PassedOn {
    asked: mpsc::UnboundedReceiver<Bring>,
    again: Again,
}

impl Drop for PassedOn {
    fn drop(&mut self) {
        self.asked.close();
        while let Ok(bring) = self.asked.try_recv() {
            self.again.pass_on(bring);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.no_seat();
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}
