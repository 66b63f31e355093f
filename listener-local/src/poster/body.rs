use bytes::Bytes;
use listener_core::{
    context::{EntityImageCollection, Member, ParameterCollection, RemoteExecutionContext},
    encode,
};

use super::PostError;

/// The largest body that Dataverse posts to a webhook, in bytes of its own serialiser's output.
pub const BODY_LIMIT: usize = 262_144;

/// What is posted, before it is encoded twice where that is asked for.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    pub(super) trimmed: bool,
}

impl Body {
    fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let trimmed = false;
        Self { bytes, trimmed }
    }

    /// The bytes that are to be posted for `context`: `original` if there is one that fits, else what Dataverse's
    /// serialiser would write, whole or trimmed.
    pub(super) fn fit(
        original: Option<Bytes>,
        context: &mut RemoteExecutionContext,
    ) -> Result<Self, PostError> {
        if let Some(original) = original.filter(|bytes| bytes.len() <= BODY_LIMIT) {
            return Ok(Self::whole(original));
        }
        // The limit is one of Dataverse's own output: white space that an editor added does not count.
        let bytes = encode::json(context)?;
        if bytes.len() <= BODY_LIMIT {
            return Ok(Self::whole(bytes));
        }
        trim(context);
        let bytes = encode::json(context)?;
        if bytes.len() <= BODY_LIMIT {
            return Ok(Self {
                bytes: bytes.into(),
                trimmed: true,
            });
        }
        Err(PostError::TooLarge { bytes: bytes.len() })
    }
}

/// Cuts off what Dataverse cuts off from a context that is too large for its endpoint: `ParentContext` becomes null,
/// `InputParameters`, `PreEntityImages` and `PostEntityImages` become empty. All else stays.
///
/// ```
/// use listener_core::context::{Entity, RemoteExecutionContext};
/// use listener_local::poster::trim;
///
/// let mut context = RemoteExecutionContext::new("Create", "account");
/// context.set_target(Entity::new("account", uuid::Uuid::nil()));
/// trim(&mut context);
/// assert!(context.input_parameters().is_empty());
/// assert!(context.parent_context.is_null());
/// ```
pub fn trim(context: &mut RemoteExecutionContext) {
    context.parent_context = Member::Null;
    context.input_parameters = ParameterCollection::new().into();
    context.pre_entity_images = EntityImageCollection::new().into();
    context.post_entity_images = EntityImageCollection::new().into();
}

#[cfg(test)]
mod tests {
    use listener_core::context::Entity;
    use uuid::Uuid;

    use super::*;

    /// A context whose JSON has just this many bytes, in its Target or else in a shared variable.
    fn context(bytes: usize, in_target: bool) -> RemoteExecutionContext {
        let build = |filler: usize| {
            let mut context = RemoteExecutionContext::new("Update", "account");
            let mut target = Entity::new("account", Uuid::nil());
            let mut shared = ParameterCollection::new();
            let text = "x".repeat(filler);
            if in_target {
                target.set("description", text);
            } else {
                shared.insert("text", text);
            }
            context.set_target(target);
            context.shared_variables = shared.into();
            context
        };
        let empty = encode::json(&build(0)).unwrap().len();
        build(bytes - empty)
    }

    #[test]
    fn posts_the_bytes_it_was_given() {
        let given = Bytes::from_static(b" {} ");
        let mut context = context(5000, true);
        let body = Body::fit(Some(given.clone()), &mut context).unwrap();
        assert_eq!(body.bytes, given);
        assert!(!body.trimmed);
    }

    #[test]
    fn leaves_a_context_whole_up_to_the_limit() {
        let body = Body::fit(None, &mut context(BODY_LIMIT, true)).unwrap();
        assert_eq!(body.bytes.len(), BODY_LIMIT);
        assert!(!body.trimmed);
    }

    #[test]
    fn trims_a_context_one_byte_over_the_limit() {
        let mut whole = context(BODY_LIMIT + 1, true);
        let body = Body::fit(None, &mut whole.clone()).unwrap();
        assert!(body.trimmed);
        trim(&mut whole);
        assert_eq!(body.bytes, encode::json(&whole).unwrap());
        let text = std::str::from_utf8(&body.bytes).unwrap();
        for member in [
            "\"InputParameters\":[]",
            "\"PreEntityImages\":[]",
            "\"PostEntityImages\":[]",
            "\"ParentContext\":null",
        ] {
            assert!(text.contains(member), "{member}");
        }
    }

    #[test]
    fn trims_members_that_were_not_there() {
        let mut context = RemoteExecutionContext::default();
        trim(&mut context);
        assert!(context.input_parameters.value().is_some());
        assert!(context.parent_context.is_null());
    }

    #[test]
    fn does_not_count_white_space_against_the_limit() {
        let mut context = context(BODY_LIMIT, true);
        let mut padded = encode::json(&context).unwrap();
        padded.push(b'\n');
        let body = Body::fit(Some(padded.into()), &mut context).unwrap();
        assert_eq!(body.bytes.len(), BODY_LIMIT);
        assert!(!body.trimmed);
    }

    #[test]
    fn gives_up_on_a_context_that_trimming_does_not_help() {
        let error = Body::fit(None, &mut context(BODY_LIMIT + 1000, false)).err();
        assert!(matches!(error, Some(PostError::TooLarge { bytes }) if bytes > BODY_LIMIT));
    }
}
