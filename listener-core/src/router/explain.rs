use std::fmt;

use serde::Serialize;

use super::{RouteInfo, choose::fit};
use crate::{Binding, Delivery, decode::DecodeError};

/// Why each route would take a delivery or not, and what becomes of it.
///
/// ```
/// use listener_core::{Binding, Delivery, Router, context::RemoteExecutionContext};
///
/// let router: Router = Router::new()
///     .on(Binding::message("Update").entity("account").stage(20), || async {})
///     .on(Binding::message("Update").entity("contact"), || async {});
/// let explanation = router.explain(&Delivery::from_context(RemoteExecutionContext::new("Update", "account")));
/// println!("{explanation}");
/// assert!(explanation.to_string().contains("bound to stage 20, the message is of stage 40"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The message's name; empty if nothing says.
    pub message: String,
    /// The table's logical name; empty if nothing says.
    pub entity: String,
    /// Each route, in the order of registration.
    pub routes: Vec<RouteExplanation>,
    /// What becomes of the delivery.
    pub conclusion: Conclusion,
}

/// Why one route would take a delivery or not.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RouteExplanation {
    /// The route.
    pub route: RouteInfo,
    /// Whether it fits, or why not.
    pub fit: Fit,
}

/// Whether a route fits a delivery, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fit {
    /// It fits. It runs, unless another goes before it.
    Fits,
    /// It listens to another message.
    OtherMessage,
    /// It listens to another table.
    OtherEntity,
    /// It listens to another stage.
    OtherStage {
        /// The route's.
        expected: i32,
        /// The message's, if it says.
        found: Option<i32>,
    },
    /// It listens to another mode.
    OtherMode {
        /// The route's.
        expected: i32,
        /// The message's, if it says.
        found: Option<i32>,
    },
    /// The Target carries none of its filtering attributes.
    FilteredOut {
        /// The filtering attributes.
        columns: &'static [&'static str],
    },
}

/// What becomes of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Conclusion {
    /// This listener runs.
    Runs {
        /// The number of its route, from 0.
        route: usize,
        /// The path of the function or closure.
        listener: &'static str,
    },
    /// Nobody listens; the fallback runs.
    Fallback {
        /// The path of the function or closure.
        listener: &'static str,
    },
    /// Filtered out by filtering attributes: accepted, and counted.
    Filtered,
    /// Nobody listens: rejected.
    NoRoute,
    /// The body is cut or malformed: rejected.
    Undecodable {
        /// Why.
        error: String,
    },
}

pub(super) fn explain(
    routes: &[RouteInfo],
    fallback: Option<&'static str>,
    delivery: &Delivery,
) -> Explanation {
    let names = || {
        Ok::<_, DecodeError>((
            delivery.message_name()?.to_owned(),
            delivery.primary_entity_name()?.to_owned(),
        ))
    };
    let (message, entity) = names().unwrap_or_default();
    let explained: Result<Vec<_>, DecodeError> = routes
        .iter()
        .map(|route| {
            Ok(RouteExplanation {
                route: *route,
                fit: fit_of(route, &message, &entity, delivery)?,
            })
        })
        .collect();
    match explained.and_then(|routes| Ok((conclude(&routes, fallback, delivery)?, routes))) {
        Ok((conclusion, routes)) => Explanation {
            message,
            entity,
            routes,
            conclusion,
        },
        Err(error) => {
            let conclusion = Conclusion::Undecodable {
                error: error.to_string(),
            };
            Explanation {
                message,
                entity,
                routes: Vec::new(),
                conclusion,
            }
        }
    }
}

fn fit_of(
    route: &RouteInfo,
    message: &str,
    entity: &str,
    delivery: &Delivery,
) -> Result<Fit, DecodeError> {
    if route.message != message {
        Ok(Fit::OtherMessage)
    } else if route.entity.is_some_and(|bound| bound != entity) {
        Ok(Fit::OtherEntity)
    } else {
        delivery.message().check()?;
        let binding = Binding {
            message: route.message,
            entity: route.entity,
            stage: route.stage,
            mode: route.mode,
            filtering_attributes: route.filtering_attributes,
            pre_image: route.pre_image,
            post_image: route.post_image,
        };
        fit(&binding, delivery)
    }
}

fn conclude(
    routes: &[RouteExplanation],
    fallback: Option<&'static str>,
    delivery: &Delivery,
) -> Result<Conclusion, DecodeError> {
    let first = |exact: bool| {
        routes
            .iter()
            .position(|route| route.fit == Fit::Fits && route.route.entity.is_some() == exact)
    };
    if let Some(route) = first(true).or_else(|| first(false)) {
        return Ok(Conclusion::Runs {
            route,
            listener: routes[route].route.listener,
        });
    }
    if routes
        .iter()
        .any(|route| matches!(route.fit, Fit::FilteredOut { .. }))
    {
        return Ok(Conclusion::Filtered);
    }
    let Some(listener) = fallback else {
        // Without claims the names came out of the body.
        delivery.message_name()?;
        return Ok(Conclusion::NoRoute);
    };
    delivery.message().check()?;
    Ok(Conclusion::Fallback { listener })
}

impl fmt::Display for Explanation {
    /// A line for the message, one a route, and one for what becomes of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "`{}` of `{}`",
            self.message.escape_debug(),
            self.entity.escape_debug()
        )?;
        for (number, RouteExplanation { route, fit }) in self.routes.iter().enumerate() {
            let table = route.entity.unwrap_or("any table");
            let mark = match &self.conclusion {
                Conclusion::Runs { route, .. } if *route == number => "runs",
                _ if *fit == Fit::Fits => "fits, but another goes before it",
                _ => "skipped",
            };
            write!(
                f,
                "  {} ({} of {table}): {mark}",
                route.listener, route.message
            )?;
            if *fit != Fit::Fits {
                write!(f, ": {fit}")?;
            }
            writeln!(f)?;
        }
        write!(f, "{}", self.conclusion)
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bound = |what: &str, expected: i32, found: Option<i32>| {
            write!(f, "bound to {what} {expected}, the message ")?;
            match found {
                Some(found) => write!(f, "is of {what} {found}"),
                None => write!(f, "names no {what}"),
            }
        };
        match self {
            Self::Fits => f.write_str("fits"),
            Self::OtherMessage => f.write_str("another message"),
            Self::OtherEntity => f.write_str("another table"),
            Self::OtherStage { expected, found } => bound("stage", *expected, *found),
            Self::OtherMode { expected, found } => bound("mode", *expected, *found),
            Self::FilteredOut { columns } => {
                write!(f, "the Target carries none of {}", columns.join(", "))
            }
        }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs { listener, .. } => write!(f, "runs {listener}"),
            Self::Fallback { listener } => {
                write!(f, "nobody listens: runs the fallback {listener}")
            }
            Self::Filtered => f.write_str("filtered out: accepted, and counted"),
            Self::NoRoute => f.write_str("nobody listens: rejected"),
            Self::Undecodable { error } => write!(f, "rejected as undecodable: {error}"),
        }
    }
}
