use std::sync::OnceLock;

use fe2o3_amqp_types::primitives::SimpleValue;

use super::{
    Message,
    wire::{items, put_section, put_string, section, text},
};
use crate::service_bus::engine::error::EngineError;

/// The most that the changes of one settlement may take, in bytes: Azure's limit of all properties.
const MAX_PATCH: usize = 64 * 1024;

/// Application properties to set, encoded beforehand so that setting them cannot fail.
#[derive(Default)]
pub(in crate::service_bus::engine) struct Patch {
    pairs: Vec<(String, Vec<u8>)>,
}

impl Patch {
    /// # Errors
    ///
    /// `Argument` for values that do not encode, or more than 64 KiB.
    pub(in crate::service_bus::engine) fn new(
        changes: Vec<(String, SimpleValue)>,
    ) -> Result<Self, EngineError> {
        let mut patch = Self::default();
        let mut size = 0;
        for (name, value) in changes {
            let encoded = serde_amqp::to_vec(&value)
                .map_err(|_| EngineError::Argument("a property's value does not encode"))?;
            size += name.len() + encoded.len();
            if size > MAX_PATCH {
                return Err(EngineError::Argument(
                    "expected properties to set of at most 64 KiB",
                ));
            }
            patch.put(name, encoded);
        }
        Ok(patch)
    }

    pub(in crate::service_bus::engine) fn set(&mut self, name: &str, value: &str) {
        let mut encoded = Vec::with_capacity(value.len() + 5);
        put_string(&mut encoded, value);
        self.put(name.to_owned(), encoded);
    }

    pub(in crate::service_bus::engine) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn put(&mut self, name: String, encoded: Vec<u8>) {
        match self.pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = encoded,
            None => self.pairs.push((name, encoded)),
        }
    }
}

impl Message {
    /// The same message with these application properties set; everything else keeps its bytes.
    pub(in crate::service_bus::engine) fn patched(&self, patch: &Patch) -> Self {
        let mut pairs = Vec::new();
        let mut count = 2 * patch.pairs.len();
        for (name, value) in self.application_pairs() {
            if !patch.pairs.iter().any(|(changed, _)| changed == name) {
                put_string(&mut pairs, name);
                pairs.extend_from_slice(value);
                count += 2;
            }
        }
        for (name, value) in &patch.pairs {
            put_string(&mut pairs, name);
            pairs.extend_from_slice(value);
        }
        let mut bare = Vec::with_capacity(self.bare.len() + pairs.len() + 16);
        bare.extend_from_slice(&self.bare[..self.properties_end]);
        put_section(&mut bare, 0x74, 0xd1, count, &pairs);
        let application_end = bare.len();
        bare.extend_from_slice(&self.bare[self.application_end..]);
        Self {
            bare: bare.into(),
            properties_end: self.properties_end,
            application_end,
            annotations: self.annotations.clone(),
            annotation_count: self.annotation_count,
            facts: self.facts.clone(),
            properties: OnceLock::new(),
            application_properties: OnceLock::new(),
            user: OnceLock::new(),
        }
    }

    pub(super) fn application_pairs(&self) -> Vec<(&str, &[u8])> {
        let bytes = &self.bare[..];
        if self.application_end == self.properties_end {
            return Vec::new();
        }
        // The section was walked when the message came in.
        let ranges = section(bytes, self.properties_end)
            .and_then(|(_, value)| items(bytes, value))
            .unwrap_or_default();
        let pair = |pair: &[std::ops::Range<usize>]| match pair {
            [key, value] => {
                let name = text(bytes, key.start).ok().flatten()?;
                Some((name, &bytes[value.clone()]))
            }
            _ => None,
        };
        ranges.chunks(2).filter_map(pair).collect()
    }
}
