//! What a listener fails with: transient or permanent.

use std::{any::Any, error::Error as StdError, fmt, time::Duration};

use crate::decode::DecodeError;

/// Any error, as tower's layers pass it on.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The result of a listener, and of most that can fail here.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Why a listener failed, and whether the same message may succeed later.
///
/// A transient error releases the message, so that it comes again; a permanent one rejects it, so that it is parked (or
/// answered with a fault). `?` makes a transient error of any [`std::error::Error`], for most faults of a listener are
/// another system being away; only our own [`DecodeError`] becomes permanent, because the bytes will not change.
///
/// It is no `std::error::Error` itself, for the reason that anyhow's is not: `?` could not convert into it. It crosses
/// tower's layers as a [`BoxError`] and comes back by [`Error::from_boxed`].
///
/// ```
/// use std::time::Duration;
/// use listener_core::{Error, Result};
///
/// fn limit(text: &str) -> Result<u32> {
///     let limit = text.parse()?; // transient: released
///     if limit > 1_000_000 {
///         return Err(Error::permanent("the limit is above what the contract allows")); // rejected
///     }
///     Ok(limit)
/// }
///
/// assert!(limit("x").unwrap_err().is_transient());
/// assert!(limit("2000000").unwrap_err().is_permanent());
/// let busy = Error::retry_after(Duration::from_secs(30), "the ERP is in maintenance");
/// assert_eq!(busy.after(), Some(Duration::from_secs(30)));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    verdict: Verdict,
    cause: BoxError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Transient(Option<Duration>),
    Permanent,
}

impl Error {
    /// The same message may succeed later: it is released at once.
    pub fn transient(cause: impl Into<BoxError>) -> Self {
        Self::new(Verdict::Transient(None), cause.into())
    }

    /// The same message will fail each time: it is rejected.
    pub fn permanent(cause: impl Into<BoxError>) -> Self {
        Self::new(Verdict::Permanent, cause.into())
    }

    /// The same message may succeed once this time has passed; where the source cannot wait, it is released at once.
    pub fn retry_after(after: Duration, cause: impl Into<BoxError>) -> Self {
        Self::new(Verdict::Transient(Some(after)), cause.into())
    }

    /// Takes back an `Error` that crossed a layer as a [`BoxError`], however deep it was wrapped; any other error is
    /// transient, but a [`DecodeError`].
    pub fn from_boxed(error: BoxError) -> Self {
        let error = match error.downcast::<Carried>() {
            Ok(carried) => return carried.0,
            Err(other) => other,
        };
        let mut chain =
            std::iter::successors(Some(&*error as &(dyn StdError + 'static)), |error| {
                (*error).source()
            });
        let verdict = chain.find_map(|error| {
            error
                .downcast_ref::<Carried>()
                .map(|carried| carried.0.0.verdict)
                .or_else(|| error.is::<DecodeError>().then_some(Verdict::Permanent))
        });
        Self::new(verdict.unwrap_or(Verdict::Transient(None)), error)
    }

    /// An error that was carried in here keeps its cause and takes the new verdict.
    fn new(verdict: Verdict, cause: BoxError) -> Self {
        let cause = match cause.downcast::<Carried>() {
            Ok(carried) => carried.0.0.cause,
            Err(other) => other,
        };
        Self(Box::new(Inner { verdict, cause }))
    }

    /// Whether the same message may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self.0.verdict, Verdict::Transient(_))
    }

    /// Whether the same message will fail each time.
    pub fn is_permanent(&self) -> bool {
        self.0.verdict == Verdict::Permanent
    }

    /// How long to wait before the message comes again, where the listener said.
    pub fn after(&self) -> Option<Duration> {
        match self.0.verdict {
            Verdict::Transient(after) => after,
            Verdict::Permanent => None,
        }
    }

    /// What went wrong.
    pub fn cause(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0.cause
    }

    /// The first error of this type along the chain of causes.
    pub fn find<E: StdError + 'static>(&self) -> Option<&E> {
        self.chain().find_map(|error| error.downcast_ref())
    }

    /// The cause, its cause, and so on.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        let first: &(dyn StdError + 'static) = &*self.0.cause;
        std::iter::successors(Some(first), |error| (*error).source()).map(|error| {
            match error.downcast_ref::<Carried>() {
                // A carrier has the text and the sources of what it carries.
                Some(carried) => &*carried.0.0.cause as &(dyn StdError + 'static),
                None => error,
            }
        })
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        // No `From<DecodeError>` can stand beside this blanket, so ours is told by its type.
        if (&error as &dyn Any).is::<DecodeError>() {
            Self::permanent(error)
        } else {
            Self::transient(error)
        }
    }
}

impl fmt::Display for Error {
    /// The cause's own text; with `{:#}` the causes behind it, too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.cause)?;
        if f.alternate() {
            for cause in self.chain().skip(1) {
                write!(f, ": {cause}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    /// What `main` prints: the verdict and the chain of causes in words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_permanent() {
            "permanent"
        } else {
            "transient"
        };
        write!(f, "{verdict}: {self:#}")
    }
}

/// `Error` cannot be a `std::error::Error` beside its blanket `From`, so it crosses `BoxError` in this.
struct Carried(Error);

impl StdError for Carried {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.0.cause.source()
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Error> for BoxError {
    fn from(error: Error) -> Self {
        Box::new(Carried(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::DecodeErrorKind;

    #[derive(Debug)]
    struct Wrapped(BoxError);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a layer failed")
        }
    }

    impl StdError for Wrapped {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&*self.0)
        }
    }

    fn decode_error() -> DecodeError {
        DecodeError::new(DecodeErrorKind::Missing, "MissingColumn name")
    }

    #[test]
    fn question_mark_makes_decode_errors_permanent_and_all_others_transient() {
        let decode = || -> Result { Err(decode_error())? };
        let parse = || -> Result<u8> { Ok("x".parse()?) };
        assert!(decode().unwrap_err().is_permanent());
        assert!(parse().unwrap_err().is_transient());
    }

    #[test]
    fn crosses_a_box_and_back() {
        let error = Error::from_boxed(Error::retry_after(Duration::from_secs(9), "busy").into());
        assert_eq!(error.after(), Some(Duration::from_secs(9)));
        assert_eq!(error.to_string(), "busy");
    }

    #[test]
    fn is_found_along_the_sources_of_a_layers_error() {
        let error = Error::from_boxed(Box::new(Wrapped(Error::permanent(decode_error()).into())));
        assert!(error.is_permanent());
        assert_eq!(
            error.find::<DecodeError>().unwrap().kind(),
            DecodeErrorKind::Missing
        );
        assert_eq!(format!("{error:#}"), "a layer failed: MissingColumn name");
    }

    #[test]
    fn an_error_of_a_layer_is_transient() {
        assert!(Error::from_boxed(Box::new(Wrapped("elapsed".into()))).is_transient());
    }

    #[test]
    fn takes_a_new_verdict_and_keeps_the_cause() {
        let carried: BoxError = Error::permanent("no").into();
        let error = Error::transient(carried);
        assert!(error.is_transient());
        assert_eq!(format!("{error:?}"), "transient: no");
    }

    #[test]
    fn stays_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result>(), size_of::<usize>());
    }
}
