use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::Fit;
use crate::{Binding, Delivery, decode::DecodeError};

/// Routes by message and table: two look-ups a delivery, however many routes there are.
#[derive(Default)]
pub(super) struct Index(HashMap<&'static str, Tables, RandomState>);

#[derive(Default)]
struct Tables {
    /// Routes bound to one table, in the order of registration.
    exact: HashMap<&'static str, Vec<usize>, RandomState>,
    /// Routes bound to any table, in the order of registration.
    any: Vec<usize>,
}

/// Those that listen to the message and table, first choice first.
#[derive(Clone, Copy)]
pub(super) struct Candidates<'a> {
    exact: &'a [usize],
    any: &'a [usize],
}

impl Index {
    pub(super) fn add(&mut self, route: usize, binding: &Binding) {
        let tables = self.0.entry(binding.message).or_default();
        match binding.entity {
            Some(entity) => tables.exact.entry(entity).or_default().push(route),
            None => tables.any.push(route),
        }
    }

    /// Reads the body only where there are no claims.
    pub(super) fn candidates(&self, delivery: &Delivery) -> Result<Candidates<'_>, DecodeError> {
        let Some(tables) = self.0.get(delivery.message_name()?) else {
            return Ok(Candidates {
                exact: &[],
                any: &[],
            });
        };
        let exact = if tables.exact.is_empty() {
            None
        } else {
            tables.exact.get(delivery.primary_entity_name()?)
        };
        Ok(Candidates {
            exact: exact.map_or(&[], Vec::as_slice),
            any: &tables.any,
        })
    }
}

impl Candidates<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.any.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.exact.iter().chain(self.any).copied()
    }
}

/// Whether a route whose message and table are right takes the delivery.
pub(super) fn fit(binding: &Binding, delivery: &Delivery) -> Result<Fit, DecodeError> {
    let message = delivery.message();
    if let Some(expected) = binding.stage {
        let found = message.stage()?;
        if found != Some(expected) {
            return Ok(Fit::OtherStage { expected, found });
        }
    }
    if let Some(expected) = binding.mode {
        let found = message.mode()?;
        if found != Some(expected) {
            return Ok(Fit::OtherMode { expected, found });
        }
    }
    let columns = binding.filtering_attributes;
    // Where there is no row to look at, it is better to run than to pass over a change in silence.
    if !columns.is_empty()
        && !delivery.size_exceeded()
        && message.target_has_any(columns)? == Some(false)
    {
        return Ok(Fit::FilteredOut { columns });
    }
    Ok(Fit::Fits)
}
