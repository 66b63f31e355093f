use bytes::Bytes;
use listener_core::{
    context::{EntityImageCollection, Member, ParameterCollection, RemoteExecutionContext},
    decode::{Document, Format},
    encode,
};

use super::PostError;

/// What is posted of a context.
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

    /// The bytes that are to be posted for `context` to an endpoint that takes `limit` of them: `original` if there is
    /// one that fits, else what Dataverse's serialiser would write, whole or trimmed.
    pub(super) fn fit(
        original: Option<Bytes>,
        context: RemoteExecutionContext,
        format: Format,
        limit: usize,
    ) -> Result<Self, PostError> {
        if let Some(original) = original.filter(|bytes| bytes.len() <= limit) {
            return Ok(Self::whole(original));
        }
        // The limit is one of Dataverse's own output: white space that an editor added does not count.
        let mut document = Document::Context(context);
        let bytes = encode::document(&document, format)?;
        if bytes.len() <= limit {
            return Ok(Self::whole(bytes));
        }
        if let Document::Context(context) = &mut document {
            trim(context);
        }
        let bytes = encode::document(&document, format)?;
        if bytes.len() <= limit {
            return Ok(Self {
                bytes: bytes.into(),
                trimmed: true,
            });
        }
        Err(PostError::TooLarge {
            bytes: bytes.len(),
            limit,
        })
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
    use super::*;
    use crate::poster::{BODY_LIMIT, tests::with_text};

    /// A context whose JSON has just this many bytes, in its Target or else in a shared variable.
    fn context(bytes: usize, in_target: bool) -> RemoteExecutionContext {
        let build = |filler| with_text(filler, in_target);
        let empty = encode::json(&build(0)).unwrap().len();
        build(bytes - empty)
    }

    fn json(original: Option<Bytes>, context: RemoteExecutionContext) -> Result<Body, PostError> {
        Body::fit(original, context, Format::Json, BODY_LIMIT)
    }

    #[test]
    fn posts_the_bytes_it_was_given() {
        let given = Bytes::from_static(b" {} ");
        let context = context(5000, true);
        let body = json(Some(given.clone()), context).unwrap();
        assert_eq!(body.bytes, given);
        assert!(!body.trimmed);
    }

    #[test]
    fn leaves_a_context_whole_up_to_the_limit() {
        let body = json(None, context(BODY_LIMIT, true)).unwrap();
        assert_eq!(body.bytes.len(), BODY_LIMIT);
        assert!(!body.trimmed);
    }

    #[test]
    fn trims_a_context_one_byte_over_the_limit() {
        let mut whole = context(BODY_LIMIT + 1, true);
        let body = json(None, whole.clone()).unwrap();
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
        let context = context(BODY_LIMIT, true);
        let mut padded = encode::json(&context).unwrap();
        padded.push(b'\n');
        let body = json(Some(padded.into()), context).unwrap();
        assert_eq!(body.bytes.len(), BODY_LIMIT);
        assert!(!body.trimmed);
    }

    #[test]
    fn gives_up_on_a_context_that_trimming_does_not_help() {
        let error = json(None, context(BODY_LIMIT + 1000, false)).err();
        assert!(
            matches!(error, Some(PostError::TooLarge { bytes, limit: BODY_LIMIT }) if bytes > BODY_LIMIT)
        );
    }
}
