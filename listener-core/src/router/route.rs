use std::{any::type_name, fmt, panic::Location};

use serde::Serialize;

use crate::Binding;

/// One route as data: what it listens to, who handles it, where it was registered.
///
/// ```
/// use listener_core::{Binding, Router};
///
/// let router: Router = Router::new().on(Binding::message("Delete").entity("account"), || async {});
/// let json = serde_json::to_value(router.routes())?;
/// assert_eq!(json[0]["message"], "Delete");
/// assert_eq!(json[0]["entity"], "account");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RouteInfo {
    /// The message, as in `Update`.
    pub message: &'static str,
    /// The table's logical name; `None` for any.
    pub entity: Option<&'static str>,
    /// The stage; `None` for any.
    pub stage: Option<i32>,
    /// The mode; `None` for any.
    pub mode: Option<i32>,
    /// The columns of which an Update must carry one; empty for any.
    pub filtering_attributes: &'static [&'static str],
    /// The name of the pre-image, where the listener names one.
    pub pre_image: Option<&'static str>,
    /// The name of the post-image, where the listener names one.
    pub post_image: Option<&'static str>,
    /// The path of the function or closure.
    pub listener: &'static str,
    /// Where it was registered: file, line and column.
    pub location: RegisteredAt,
}

/// A place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisteredAt(&'static Location<'static>);

impl fmt::Display for RegisteredAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for RegisteredAt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Who handles what, and where that was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) listener: &'static str,
    location: RegisteredAt,
}

impl Origin {
    #[track_caller]
    pub(super) fn of<T>() -> Self {
        Self {
            listener: type_name::<T>(),
            location: RegisteredAt(Location::caller()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.listener, self.location)
    }
}

pub(super) fn info(binding: &Binding, origin: &Origin) -> RouteInfo {
    let Binding {
        message,
        entity,
        stage,
        mode,
        filtering_attributes,
        pre_image,
        post_image,
    } = *binding;
    RouteInfo {
        message,
        entity,
        stage,
        mode,
        filtering_attributes,
        pre_image,
        post_image,
        listener: origin.listener,
        location: origin.location,
    }
}
