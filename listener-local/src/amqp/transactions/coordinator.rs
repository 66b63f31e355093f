//! The node behind a coordinator's link (AMQP 1.0, 4.1 to 4.3).

use super::{
    request::Request,
    table::{Transactions, Work, error},
};
use crate::amqp::{
    AttachRequest, Attached, DeliveryId, Incoming, IncomingEvent, Later, LinkEnd, Message, Node,
    Verdict,
    types::{
        definitions::{AmqpError, Error},
        messaging::{Accepted, DeliveryState, Rejected, TargetArchetype},
        transaction::{Coordinator as Target, Declare, Declared, Discharge, TxnCapability},
    },
};
use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, Waker},
};
use tokio::time::{Sleep, sleep_until};

/// Tells the coordinators of a process apart, so that each rolls back its own transactions.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Whether a client wants to declare and discharge transactions over this link.
#[must_use]
pub fn is_coordinator(request: &AttachRequest) -> bool {
    request.is_sender()
        && matches!(
            request.attach.target.as_deref(),
            Some(TargetArchetype::Coordinator(_))
        )
}

impl<W: Work> Transactions<W> {
    /// Answers the attach of a coordinator's link; each declare gets the work that `begin` gives.
    pub fn attach(
        &self,
        request: &AttachRequest,
        begin: impl FnMut() -> W + Send + 'static,
    ) -> Attached {
        let node = Coordinator {
            link: LAST.fetch_add(1, Ordering::Relaxed),
            transactions: self.clone(),
            begin: Box::new(begin),
            alarm: None,
            waker: None,
            later: Later::default(),
        };
        let mut attached = Attached::to(request, Node::Incoming(Box::new(node)));
        let capabilities = vec![
            TxnCapability::LocalTransactions,
            TxnCapability::MultiTxnsPerSsn,
            TxnCapability::MultiSsnsPerTxn,
        ];
        let target = TargetArchetype::Coordinator(Target {
            capabilities: Some(capabilities.into()),
        });
        attached.target = Some(Box::new(target));
        attached
    }
}

struct Coordinator<W> {
    link: u64,
    transactions: Transactions<W>,
    begin: Box<dyn FnMut() -> W + Send>,
    /// Goes off when the oldest transaction is too old.
    alarm: Option<Pin<Box<Sleep>>>,
    waker: Option<Waker>,
    later: Later<DeliveryId>,
}

impl<W: Work> Coordinator<W> {
    fn declare(&mut self, declare: &Declare) -> Result<Verdict, Error> {
        if declare.global_id.is_some() {
            let text = "expected a declare without a global id: transactions are local";
            return Err(error(AmqpError::NotImplemented, text.to_owned()));
        }
        let id = self.transactions.declare(self.link, (self.begin)())?;
        // The alarm is set by `poll`, which is called by the waker only.
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        let declared = Declared { txn_id: id.into() };
        Ok(Verdict::Settle(DeliveryState::Declared(declared)))
    }

    fn discharge(&mut self, id: DeliveryId, discharge: &Discharge) -> Result<Verdict, Error> {
        let commit = discharge.fail != Some(true);
        let work = self
            .transactions
            .discharge(discharge.txn_id.as_slice(), commit)?;
        if !commit {
            drop(work);
        } else if let Some(doing) = work.commit()? {
            self.later.push(id, doing);
            return Ok(Verdict::Later);
        }
        Ok(Verdict::Settle(DeliveryState::Accepted(Accepted {})))
    }
}

impl<W: Work> Incoming for Coordinator<W> {
    fn message(&mut self, message: Message) -> Verdict {
        let answer = match Request::read(&message.payload) {
            Some(Request::Declare(_)) if message.settled => {
                let text = "expected an unsettled declare: nobody learns the id of a settled one";
                return Verdict::Detach(error(AmqpError::InvalidField, text.to_owned()));
            }
            Some(Request::Declare(declare)) => self.declare(&declare),
            Some(Request::Discharge(discharge)) => self.discharge(message.id, &discharge),
            None => {
                let text = format!(
                    "expected a declare or a discharge as the value of the message, but none was found in {} bytes",
                    message.payload.len()
                );
                Err(error(AmqpError::DecodeError, text))
            }
        };
        answer.unwrap_or_else(|error| Verdict::Settle(rejected(error)))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<IncomingEvent> {
        if let Poll::Ready((id, result)) = self.later.poll(cx) {
            let accepted = |()| DeliveryState::Accepted(Accepted {});
            let state = result.map_or_else(rejected, accepted);
            return Poll::Ready(IncomingEvent::Settle(id, state));
        }
        while let Some(next) = self.transactions.expire() {
            let alarm = self
                .alarm
                .get_or_insert_with(|| Box::pin(sleep_until(next)));
            if alarm.deadline() != next {
                alarm.as_mut().reset(next);
            }
            if alarm.as_mut().poll(cx).is_pending() {
                break;
            }
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn detached(self: Box<Self>, _: LinkEnd) {
        self.transactions.abandon(self.link);
    }
}

fn rejected(error: Error) -> DeliveryState {
    let error = Some(error);
    DeliveryState::Rejected(Rejected { error })
}
