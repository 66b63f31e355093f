//! The end of a delivery: settled once, counted, logged.

use tracing::field;

use super::{
    Serves, attempts,
    run::{Ended, Run, Running},
    verdict::{self, Expressed},
};
use crate::{Delivery, Failure, Note, Outcome, Reason, Settler, source::Source};

impl<Src: Source, Svc: Serves<Src::Reply>> Run<Src, Svc> {
    /// Settles a delivery by what its listener ended with.
    pub(super) fn judge(&mut self, running: Running<Src::Reply>, ended: Ended<Src::Reply>) {
        let judged = verdict::outcome(ended, &running.delivery);
        let most = self.config.max_attempts;
        let (outcome, failure) = attempts::limit(judged, &running.delivery, most, self.able);
        self.settle(running, outcome, failure);
    }

    /// Settles a delivery, and lets the next of its record run, or gives back those that wait behind it.
    pub(super) fn settle(
        &mut self,
        running: Running<Src::Reply>,
        outcome: Outcome<Src::Reply>,
        failure: Option<Failure>,
    ) {
        let Running {
            delivery,
            settler,
            lane,
        } = running;
        let after = match &outcome {
            Outcome::Release { after, .. } => Some(*after),
            _ => None,
        };
        let (outcome, expressed) = verdict::express(outcome, self.able);
        let released = outcome.is_release();
        self.count(&delivery, &outcome, expressed);
        let note = Note::new(failure)
            .route(delivery.route())
            .filtered(outcome.is_accept() && delivery.was_filtered());
        settler.settle_noted(outcome, note);
        match lane {
            Some(lane) if released => {
                for (delivery, settler) in self.lanes.give_back(&lane) {
                    let mut outcome =
                        Outcome::release("an earlier message of the record was released");
                    if let Some(Some(after)) = after {
                        outcome = outcome.after(after);
                    }
                    self.give_back(delivery, settler, outcome);
                }
            }
            Some(lane) => self.lanes.advance(lane),
            None => {}
        }
    }

    /// Releases a delivery that no listener saw.
    pub(super) fn give_back(
        &mut self,
        delivery: Delivery,
        settler: Settler<Src::Reply>,
        outcome: Outcome<Src::Reply>,
    ) {
        self.report.given_back += 1;
        let (outcome, expressed) = verdict::express(outcome, self.able);
        self.count(&delivery, &outcome, expressed);
        settler.settle_noted(outcome, Note::new(Failure::Unseen));
    }

    fn count(&mut self, delivery: &Delivery, outcome: &Outcome<Src::Reply>, expressed: Expressed) {
        if outcome.is_accept() {
            self.report.accepted += 1;
            self.report.filtered += u64::from(delivery.was_filtered());
            return;
        }
        let source = self.source.name();
        let message_name = delivery.message_name().unwrap_or_default();
        let entity = delivery.primary_entity_name().unwrap_or_default();
        let attempt = delivery.attempt();
        // By it one finds the system job, and the same message in other logs.
        let correlation_id = delivery.claims().correlation_id.map(field::display);
        match outcome {
            Outcome::Accept(_) => {}
            Outcome::Release { cause, after, .. } => {
                self.report.released += 1;
                if expressed == Expressed::Lost {
                    self.report.lost += 1;
                    tracing::error!(
                        source, message_name, entity, correlation_id, %cause,
                        "Lost: the listener failed, and the source cannot give the message again."
                    );
                } else {
                    tracing::warn!(
                        source, message_name, entity, attempt, correlation_id, %cause, ?after,
                        "Released."
                    );
                }
            }
            Outcome::Reject {
                reason,
                description,
                ..
            } => {
                self.report.rejected += 1;
                self.report.exhausted += u64::from(*reason == Reason::MaxAttempts);
                tracing::warn!(
                    source, message_name, entity, attempt, correlation_id, %reason, %description,
                    "Rejected."
                );
            }
            Outcome::Defer { .. } => {
                self.report.deferred += 1;
                tracing::info!(
                    source,
                    message_name,
                    entity,
                    attempt,
                    correlation_id,
                    "Deferred."
                );
            }
        }
        if let Expressed::Mapped(how) = expressed {
            self.report.mapped += 1;
            tracing::warn!(
                source,
                message_name,
                entity,
                correlation_id,
                how,
                "Mapped an outcome that the source cannot express."
            );
        }
    }
}
