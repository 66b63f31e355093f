use std::{error::Error as StdError, fmt};

use super::Report;
use crate::{BoxError, source::SourceError};

/// Why a host ended, when nobody asked it to.
#[derive(Debug)]
pub struct HostError {
    cause: Cause,
    report: Box<Report>,
}

#[derive(Debug)]
enum Cause {
    Source(SourceError),
    Service(BoxError),
}

impl HostError {
    pub(super) fn source(error: SourceError) -> Self {
        Self {
            cause: Cause::Source(error),
            report: Box::default(),
        }
    }

    pub(super) fn service(error: BoxError) -> Self {
        Self {
            cause: Cause::Service(error),
            report: Box::default(),
        }
    }

    pub(super) fn with(mut self, report: Report) -> Self {
        *self.report = report;
        self
    }

    /// What was done until then; what was in flight was drained.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Source(error) => error.fmt(f),
            Cause::Service(_) => f.write_str("the service can take no more deliveries"),
        }
    }
}

impl StdError for HostError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            Cause::Source(error) => error.source(),
            Cause::Service(error) => Some(&**error),
        }
    }
}
