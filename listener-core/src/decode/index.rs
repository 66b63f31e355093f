use uuid::Uuid;

use super::events::Scope;
use crate::context::{Entity, RemoteExecutionContext, Text, wire::Contract};

/// Where a value is in the body; empty where there is none.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

/// A pair of which nothing is decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// Inside of its quotes.
    pub(super) key: Span,
    /// The key is not what stands there: it has escapes.
    pub(super) escaped: bool,
    /// Which namespaces are in scope there, in formats that have some.
    pub(super) scope: u16,
    pub(super) value: Span,
}

/// Where the parts of a row are.
#[derive(Clone, Default, Debug)]
pub(super) struct RowIndex {
    pub(super) whole: Span,
    pub(super) members: [Span; Entity::MEMBERS.len()],
    pub(super) attributes: Vec<Pair>,
    /// The namespaces that are in scope somewhere in it, those of its members first.
    pub(super) scopes: Vec<Scope>,
}

/// Where the parts of an execution context are, and what routing asks for.
#[derive(Clone, Default, Debug)]
pub(super) struct Index {
    pub(super) members: [Span; RemoteExecutionContext::MEMBERS.len()],
    pub(super) inputs: Vec<Pair>,
    pub(super) outputs: Vec<Pair>,
    pub(super) shared: Vec<Pair>,
    pub(super) pre_images: Vec<(Text, Pair)>,
    pub(super) post_images: Vec<(Text, Pair)>,
    /// The input parameter `Target`, if it is an Entity.
    pub(super) target: Option<RowIndex>,
    pub(super) message_name: Text,
    pub(super) primary_entity_name: Text,
    pub(super) primary_entity_id: Uuid,
    pub(super) stage: Option<i32>,
    pub(super) mode: Option<i32>,
    pub(super) lone_surrogates: usize,
    /// The namespaces that are in scope somewhere in it, those of its members first.
    pub(super) scopes: Vec<Scope>,
}

/// The number of a member.
const fn member(members: &[&str], name: &str) -> usize {
    let mut index = 0;
    loop {
        let (a, b) = (members[index].as_bytes(), name.as_bytes());
        let mut at = 0;
        while at < a.len() && at < b.len() && a[at] == b[at] {
            at += 1;
        }
        if at == a.len() && at == b.len() {
            return index;
        }
        index += 1;
    }
}

const fn of_context(name: &str) -> usize {
    member(RemoteExecutionContext::MEMBERS, name)
}

impl RowIndex {
    pub(super) const ID: usize = member(Entity::MEMBERS, "Id");
    pub(super) const LOGICAL_NAME: usize = member(Entity::MEMBERS, "LogicalName");
    pub(super) const ATTRIBUTES: usize = member(Entity::MEMBERS, "Attributes");
}

impl Span {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a body is refused that is longer than 32 bits count"
    )]
    pub(super) const fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub(super) const fn start(self) -> usize {
        self.start as usize
    }

    pub(super) const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Index {
    pub(super) const DEPTH: usize = of_context("Depth");
    pub(super) const CORRELATION_ID: usize = of_context("CorrelationId");
    pub(super) const INPUTS: usize = of_context("InputParameters");
    pub(super) const OUTPUTS: usize = of_context("OutputParameters");
    pub(super) const SHARED: usize = of_context("SharedVariables");
    pub(super) const PRE_IMAGES: usize = of_context("PreEntityImages");
    pub(super) const POST_IMAGES: usize = of_context("PostEntityImages");
    pub(super) const MESSAGE_NAME: usize = of_context("MessageName");
    pub(super) const PRIMARY_ENTITY_NAME: usize = of_context("PrimaryEntityName");
    pub(super) const PRIMARY_ENTITY_ID: usize = of_context("PrimaryEntityId");
    pub(super) const STAGE: usize = of_context("Stage");
    pub(super) const MODE: usize = of_context("Mode");
}
