use std::time::SystemTime;

use listener_core::context::RemoteExecutionContext;
use uuid::Uuid;

use super::StatusReason;

/// One post, as the table `asyncoperation` tells of it. It holds no value of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemJob {
    /// The context's `OperationId`, which is the job's own in asynchronous steps; for others a new one.
    pub id: Uuid,
    /// The context's `MessageName`.
    pub message_name: String,
    /// The context's `PrimaryEntityName`.
    pub primary_entity_name: String,
    /// Where it stands.
    pub status: StatusReason,
    /// How many attempts have begun.
    pub attempts: u32,
    /// Why the last attempt failed, or the job itself, and what to do about it.
    pub error: Option<String>,
    /// The last attempt's message id; another one each time.
    pub message_id: Option<String>,
    /// The size of the body, in bytes; 0 if there is none to be sent.
    pub bytes: usize,
    /// Whether the context was trimmed, because it was too large.
    pub trimmed: bool,
    /// When it was posted.
    pub created_on: SystemTime,
    /// When the first attempt began.
    pub started_on: Option<SystemTime>,
    /// When the next attempt is due, while it waits for it.
    pub postpone_until: Option<SystemTime>,
    /// When it succeeded, failed or was canceled.
    pub completed_on: Option<SystemTime>,
}

/// What a job is about.
pub(in crate::poster) struct Subject {
    id: Uuid,
    message_name: String,
    primary_entity_name: String,
}

impl Subject {
    pub(in crate::poster) fn of(context: &RemoteExecutionContext) -> Self {
        let id = context.operation_id();
        Self {
            // In a synchronous step it is the request's.
            id: if context.is_synchronous() || id.is_nil() {
                Uuid::new_v4()
            } else {
                id
            },
            message_name: context.message_name().to_owned(),
            primary_entity_name: context.primary_entity_name().to_owned(),
        }
    }
}

impl SystemJob {
    pub(super) fn new(subject: Subject, now: SystemTime) -> Self {
        Self {
            id: subject.id,
            message_name: subject.message_name,
            primary_entity_name: subject.primary_entity_name,
            status: StatusReason::WaitingForResources,
            attempts: 0,
            error: None,
            message_id: None,
            bytes: 0,
            trimmed: false,
            created_on: now,
            started_on: None,
            postpone_until: None,
            completed_on: None,
        }
    }

    /// Whether nothing more will come of it.
    pub fn is_completed(&self) -> bool {
        self.completed_on.is_some()
    }

    pub(super) fn begin(&mut self, message_id: String, now: SystemTime) {
        self.status = StatusReason::InProgress;
        self.attempts += 1;
        self.message_id = Some(message_id);
        self.started_on.get_or_insert(now);
    }

    pub(super) fn wait(&mut self, error: String, until: Option<SystemTime>) {
        self.status = StatusReason::Waiting;
        self.error = Some(error);
        self.postpone_until = until;
    }

    pub(super) fn queue(&mut self) {
        self.status = StatusReason::WaitingForResources;
        self.postpone_until = None;
    }

    pub(super) fn succeed(&mut self, now: SystemTime) {
        self.error = None;
        self.complete(StatusReason::Succeeded, now);
    }

    pub(super) fn fail(&mut self, error: String, now: SystemTime) {
        self.error = Some(error);
        self.complete(StatusReason::Failed, now);
    }

    pub(super) fn cancel(&mut self, now: SystemTime) {
        let sent = self.status == StatusReason::InProgress;
        if sent {
            self.error = Some(
                "the poster was closed while the message was on its way, so it may have arrived; look for its message id"
                    .to_owned(),
            );
        } else if self.error.is_none() {
            self.error = Some("the poster was closed before the message was sent".to_owned());
        }
        self.complete(StatusReason::Canceled, now);
    }

    fn complete(&mut self, status: StatusReason, now: SystemTime) {
        self.status = status;
        self.postpone_until = None;
        self.completed_on = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_id_of_an_asynchronous_operation_and_else_one_of_its_own() {
        let id = Uuid::from_u128(7);
        let mut context = RemoteExecutionContext::new("Update", "account");
        context.operation_id = id.into();
        assert_eq!(Subject::of(&context).id, id);
        context.mode = 0.into();
        assert_ne!(Subject::of(&context).id, id);
        context.mode = 1.into();
        context.operation_id = Uuid::nil().into();
        assert!(!Subject::of(&context).id.is_nil());
    }
}
