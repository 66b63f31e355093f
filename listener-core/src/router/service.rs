use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use tower_service::Service;
use tracing::{Span, level_filters::LevelFilter};

use super::{
    Explanation, Fit, RouteInfo, RouterFuture, SubscriptionRules,
    choose::{Index, fit},
    explain,
};
use crate::{Answer, Binding, Delivery, Error, Outcome, Reason, decode::DecodeError};

/// A [`Router`](crate::Router) with its state: a tower service from a delivery to an outcome. Cheap to clone.
pub struct RouterService<R>(Arc<Table<R>>);

pub(super) type Call<R> = Arc<dyn Fn(Delivery) -> Answer<R> + Send + Sync>;

struct Table<R> {
    index: Index,
    routes: Vec<(&'static Binding, Call<R>)>,
    infos: Vec<RouteInfo>,
    fallback: Option<(&'static str, Call<R>)>,
}

enum Choice<'a, R> {
    Run {
        binding: &'static Binding,
        listener: &'static str,
        call: &'a Call<R>,
    },
    Fallback {
        listener: &'static str,
        call: &'a Call<R>,
    },
    Filtered,
    Nobody,
}

impl<R> RouterService<R> {
    pub(super) fn new(
        routes: impl Iterator<Item = (Binding, RouteInfo, Call<R>)>,
        fallback: Option<(&'static str, Call<R>)>,
    ) -> Self {
        let mut table = Table {
            index: Index::default(),
            routes: Vec::new(),
            infos: Vec::new(),
            fallback,
        };
        for (number, (binding, info, call)) in routes.enumerate() {
            table.index.add(number, &binding);
            table.routes.push((binding.interned(), call));
            table.infos.push(info);
        }
        Self(Arc::new(table))
    }

    /// All routes as data, in the order of registration.
    pub fn routes(&self) -> &[RouteInfo] {
        &self.0.infos
    }

    /// Why each route would take this delivery or not.
    pub fn explain(&self, delivery: &Delivery) -> Explanation {
        explain::explain(
            &self.0.infos,
            self.0.fallback.as_ref().map(|(name, _)| *name),
            delivery,
        )
    }

    /// The rules of a Service Bus subscription that gets what this router takes, and little else.
    pub fn subscription_rules(&self) -> SubscriptionRules {
        if self.0.fallback.is_some() {
            return SubscriptionRules::everything();
        }
        let routes = self.0.infos.iter();
        SubscriptionRules::of_routes(routes.map(|route| (route.message, route.entity)))
    }

    /// Whether anybody may want this delivery, as far as claims tell: the body is read only where there are none.
    pub(crate) fn may_run(&self, delivery: &Delivery) -> bool {
        self.0.fallback.is_some()
            || self
                .0
                .index
                .candidates(delivery)
                .is_ok_and(|candidates| !candidates.is_empty())
    }

    fn choose(&self, delivery: &Delivery) -> Result<Choice<'_, R>, DecodeError> {
        let Table {
            index,
            routes,
            fallback,
            ..
        } = &*self.0;
        let candidates = index.candidates(delivery)?;
        if candidates.is_empty() && fallback.is_none() {
            return Ok(Choice::Nobody);
        }
        delivery.message().check()?;
        let mut filtered = false;
        for number in candidates.iter() {
            let (binding, call) = &routes[number];
            match fit(binding, delivery)? {
                Fit::Fits => {
                    return Ok(Choice::Run {
                        binding,
                        listener: self.0.infos[number].listener,
                        call,
                    });
                }
                Fit::FilteredOut { .. } => filtered = true,
                _ => {}
            }
        }
        Ok(match fallback {
            _ if filtered => Choice::Filtered,
            Some((listener, call)) => Choice::Fallback { listener, call },
            None => Choice::Nobody,
        })
    }
}

impl<R: Default + Send + 'static> Service<Delivery> for RouterService<R> {
    type Response = Outcome<R>;
    type Error = Error;
    type Future = RouterFuture<R>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, delivery: Delivery) -> RouterFuture<R> {
        match self.choose(&delivery) {
            Ok(Choice::Run {
                binding,
                listener,
                call,
            }) => {
                note(listener, &delivery);
                RouterFuture::run(call(delivery.bound_to(binding)))
            }
            Ok(Choice::Fallback { listener, call }) => {
                note(listener, &delivery);
                RouterFuture::run(call(delivery))
            }
            Ok(Choice::Filtered) => {
                delivery.note_filtered();
                RouterFuture::ready(Outcome::Accept(R::default()))
            }
            // The host puts it into words, so that a message that nobody wants allocates nothing.
            Ok(Choice::Nobody) => RouterFuture::ready(Outcome::reject(Reason::NoRoute, "")),
            Err(error) => {
                RouterFuture::ready(Outcome::reject(Reason::Undecodable, error.to_string()))
            }
        }
    }
}

/// Tells the span of a [`TraceLayer`](crate::layer::TraceLayer) what only the router knows: the body was looked over by
/// now, so the id costs nothing more.
fn note(listener: &'static str, delivery: &Delivery) {
    // Asked first because it costs next to nothing where nobody traces.
    if LevelFilter::current() < LevelFilter::INFO {
        return;
    }
    let span = Span::current();
    if !span.is_disabled() {
        span.record("listener", listener);
        let claims = delivery.claims();
        if let (None, Ok(message)) = (&claims.request_name, delivery.message_name()) {
            span.record("message_name", message);
        }
        if let (None, Ok(entity)) = (&claims.entity_logical_name, delivery.primary_entity_name()) {
            span.record("entity", entity);
        }
        if let (None, Ok(Some(id))) = (claims.correlation_id, delivery.message().correlation_id()) {
            span.record("correlation_id", tracing::field::display(id));
        }
        if let Ok(id) = delivery.primary_entity_id() {
            span.record("id", tracing::field::display(id));
        }
    }
}

impl<R> Clone for RouterService<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R> fmt::Debug for RouterService<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterService")
            .field("routes", &self.0.infos.len())
            .finish_non_exhaustive()
    }
}
