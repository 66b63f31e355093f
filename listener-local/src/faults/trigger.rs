//! Faults that wait for a number of deliveries.

use super::fault::{Fault, FaultPlan, When};

/// A fault that strikes when a number of messages has gone out.
#[derive(Debug)]
pub(super) struct Trigger {
    fault: Fault,
    entity: Option<String>,
    left: u64,
    /// How many come before the next time, if there is one.
    again: Option<u64>,
}

impl Trigger {
    /// What is to wait for; the plan itself if it is for now.
    pub(super) fn new(plan: FaultPlan) -> Result<Self, FaultPlan> {
        let (left, again) = match plan.when {
            When::After(count) if count > 0 => (count, None),
            When::Every(count) if count > 0 => (count, Some(count)),
            When::Now | When::After(_) | When::Every(_) => return Err(plan),
        };
        Ok(Self {
            fault: plan.fault,
            entity: plan.entity,
            left,
            again,
        })
    }

    /// Counts a delivery of this entity, and gives what strikes with it.
    pub(super) fn count(&mut self, entity: &str) -> Option<(Fault, Option<String>)> {
        if self.is_over() || !concerns(self.entity.as_deref(), entity) {
            return None;
        }
        self.left -= 1;
        if self.left > 0 {
            return None;
        }
        self.left = self.again.unwrap_or(0);
        Some((self.fault.clone(), self.entity.clone()))
    }

    pub(super) fn is_over(&self) -> bool {
        self.left == 0
    }
}

/// Whether a fault for `scope` (or for all) meets this entity, or one below it; Service Bus's names have no case.
pub(super) fn concerns(scope: Option<&str>, entity: &str) -> bool {
    let Some(scope) = scope else {
        return true;
    };
    let Some((head, tail)) = entity.split_at_checked(scope.len()) else {
        return false;
    };
    head.eq_ignore_ascii_case(scope) && (tail.is_empty() || tail.starts_with('/'))
}
