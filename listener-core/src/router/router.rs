use std::{fmt, sync::Arc};

use super::{
    Explanation, RouteInfo, RouterService, SubscriptionRules, explain,
    route::{self, Origin},
    service::Call,
};
use crate::{Binding, Delivery, Handler, Listener};

/// Listeners by what they listen to; with its state, a tower service.
///
/// One delivery runs one listener: one bound to its table goes before one bound to any table, then the one that was
/// registered first, among those whose stage, mode and filtering attributes hold.
///
/// - Right message and table, but filtered out by filtering attributes, with no other taking it: accepted, and counted.
/// - Right message and table, but another stage or mode: as if nobody listened, since the step is registered wrongly.
/// - Nobody listens: the [`fallback`](Self::fallback); without one it is rejected as
///   [`NoRoute`](crate::Reason::NoRoute), and the body is not looked at where there are claims.
/// - The body is cut or malformed: rejected as [`Undecodable`](crate::Reason::Undecodable) before any listener runs,
///   whatever it asks for.
/// - A message that Dataverse cut down passes every filter.
///
/// ```
/// use listener_core::{Binding, Delivery, Outcome, Router, TargetReference, context::RemoteExecutionContext};
/// use tower::ServiceExt;
///
/// async fn on_delete(row: TargetReference) {
///     println!("{} is gone", row.0.id());
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> listener_core::Result {
/// let router = Router::new()
///     .on(Binding::message("Delete").entity("account"), on_delete)
///     .fallback(|| async { println!("something else") })
///     .with_state(());
///
/// let delivery = Delivery::from_context(RemoteExecutionContext::new("Create", "lead"));
/// assert_eq!(router.oneshot(delivery).await?, Outcome::Accept(()));
/// # Ok(())
/// # }
/// ```
///
/// `S` is the state that its listeners take parts of, `R` their answer: `()`, or [`Reply`](crate::Reply) for two-way and
/// REST endpoints.
#[must_use]
pub struct Router<S = (), R = ()> {
    routes: Vec<Route<S, R>>,
    fallback: Option<(Origin, Bind<S, R>)>,
}

struct Route<S, R> {
    binding: Binding,
    origin: Origin,
    bind: Bind<S, R>,
}

/// Gives a handler its state.
type Bind<S, R> = Box<dyn FnOnce(S) -> Call<R> + Send + Sync>;

impl<S: Clone + Send + Sync + 'static, R: 'static> Router<S, R> {
    /// A router without routes.
    pub const fn new() -> Self {
        Self {
            routes: Vec::new(),
            fallback: None,
        }
    }

    /// Adds a function under `#[listener]`.
    ///
    /// # Panics
    /// If a listener is there already that chooses the same messages.
    #[track_caller]
    pub fn listener<L: Listener<S, R> + 'static>(self) -> Self {
        self.add(Route {
            binding: L::BINDING,
            origin: Origin::of::<L>(),
            bind: Box::new(|state: S| Arc::new(move |delivery| L::call(delivery, state.clone()))),
        })
    }

    /// Adds an async function or closure, without the attribute.
    ///
    /// # Panics
    /// If a listener is there already that chooses the same messages.
    #[track_caller]
    pub fn on<Args, H: Handler<Args, S, R>>(self, binding: Binding, handler: H) -> Self {
        self.add(Route {
            binding,
            origin: Origin::of::<H>(),
            bind: bind(handler),
        })
    }

    /// What runs where nobody listens. It gets well-formed bodies only, as every listener does.
    ///
    /// # Panics
    /// If there is a fallback already.
    #[track_caller]
    pub fn fallback<Args, H: Handler<Args, S, R>>(mut self, handler: H) -> Self {
        self.set_fallback(Origin::of::<H>(), bind(handler));
        self
    }

    /// Adds all routes of another router, and its fallback.
    ///
    /// # Panics
    /// If two listeners choose the same messages, or both routers have a fallback; it names both.
    #[track_caller]
    pub fn merge(mut self, other: Self) -> Self {
        if let Some((origin, bind)) = other.fallback {
            self.set_fallback(origin, bind);
        }
        other.routes.into_iter().fold(self, Self::add)
    }

    #[track_caller]
    fn add(mut self, route: Route<S, R>) -> Self {
        if let Some(first) = self
            .routes
            .iter()
            .find(|first| first.binding.chooses_as(&route.binding))
        {
            panic!(
                "two listeners for {}: {} and {}",
                route.binding, first.origin, route.origin
            );
        }
        self.routes.push(route);
        self
    }

    #[track_caller]
    fn set_fallback(&mut self, origin: Origin, bind: Bind<S, R>) {
        if let Some((first, _)) = &self.fallback {
            panic!("two fallbacks: {first} and {origin}");
        }
        self.fallback = Some((origin, bind));
    }

    /// All routes as data, in the order of registration.
    pub fn routes(&self) -> Vec<RouteInfo> {
        self.routes
            .iter()
            .map(|route| route::info(&route.binding, &route.origin))
            .collect()
    }

    /// Why each route would take this delivery or not.
    pub fn explain(&self, delivery: &Delivery) -> Explanation {
        explain::explain(
            &self.routes(),
            self.fallback.as_ref().map(|(origin, _)| origin.listener),
            delivery,
        )
    }

    /// The rules of a Service Bus subscription that gets what this router takes, and little else.
    pub fn subscription_rules(&self) -> SubscriptionRules {
        if self.fallback.is_some() {
            return SubscriptionRules::everything();
        }
        let bindings = self.routes.iter().map(|route| &route.binding);
        SubscriptionRules::of_routes(bindings.map(|binding| (binding.message, binding.entity)))
    }

    /// Gives the listeners their state, and makes a tower service of the router.
    ///
    /// A message that is filtered out is accepted with the default answer: for [`Reply`](crate::Reply) an empty text.
    pub fn with_state(self, state: S) -> RouterService<R>
    where
        R: Default + Send,
    {
        let fallback = self
            .fallback
            .map(|(origin, bind)| (origin.listener, bind(state.clone())));
        let routes = self.routes.into_iter().map(|route| {
            let info = route::info(&route.binding, &route.origin);
            (route.binding, info, (route.bind)(state.clone()))
        });
        RouterService::new(routes, fallback)
    }
}

/// The state is bound once, so that a call goes through one pointer only.
fn bind<Args, S, R, H>(handler: H) -> Bind<S, R>
where
    S: Clone + Send + Sync + 'static,
    H: Handler<Args, S, R>,
{
    Box::new(move |state: S| {
        Arc::new(move |delivery| handler.clone().call(delivery, state.clone()))
    })
}

impl<S: Clone + Send + Sync + 'static, R: 'static> Default for Router<S, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, R> fmt::Debug for Router<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes = self.routes.iter().map(|route| route.binding.to_string());
        f.debug_struct("Router")
            .field("routes", &routes.collect::<Vec<_>>())
            .field(
                "fallback",
                &self.fallback.as_ref().map(|(origin, _)| origin.listener),
            )
            .finish()
    }
}
