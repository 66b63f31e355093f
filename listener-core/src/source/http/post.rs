use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, extract::Request, routing::any};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    Answer, Authentication, Meter, ServerError,
    route::{Route, Waiting},
    settings::Settings,
};

/// What the server says for paths that do not say it themselves.
pub(super) struct Defaults {
    pub(super) address: SocketAddr,
    pub(super) authentication: Option<Authentication>,
    pub(super) allow_anonymous: bool,
}

/// The part of an endpoint that the server knows of.
pub(super) struct Post<R> {
    pub(super) path: Arc<str>,
    pub(super) settings: Mutex<Settings>,
    pub(super) requests: mpsc::UnboundedSender<Waiting<R>>,
    pub(super) closed: CancellationToken,
    pub(super) meter: Meter,
}

/// A post of whatever answer, that the server can put on its map.
pub(super) trait Mount: Send + Sync {
    /// All paths that lead to it.
    fn paths(&self) -> Vec<String>;

    /// What a request needs to get in; `None` for nothing.
    fn authentication(&self, defaults: &Defaults) -> Result<Option<Authentication>, ServerError>;

    fn mount(&self, router: Router, defaults: &Defaults) -> Result<Router, ServerError>;
}

impl<R> Post<R> {
    pub(super) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Answer> Mount for Post<R> {
    fn paths(&self) -> Vec<String> {
        let base = self.path.trim_end_matches('/');
        let mut paths = Vec::new();
        for suffix in R::SUFFIXES {
            let path = format!("{base}{suffix}");
            if !path.is_empty() {
                paths.push(path);
            }
        }
        paths
    }

    fn authentication(&self, defaults: &Defaults) -> Result<Option<Authentication>, ServerError> {
        let settings = self.settings();
        let path = || self.path.to_string();
        let shared = defaults.authentication.as_ref();
        let authentication = match &settings.authentication {
            Some(own) => Some(own),
            None => shared.filter(|_| !settings.allow_anonymous),
        };
        match authentication {
            Some(authentication) => match authentication.fault() {
                Some(text) => Err(ServerError::Authentication { path: path(), text }),
                None => Ok(Some(authentication.clone())),
            },
            None if settings.allow_anonymous
                || defaults.allow_anonymous
                || defaults.address.ip().is_loopback() =>
            {
                Ok(None)
            }
            None => Err(ServerError::Anonymous {
                path: path(),
                address: defaults.address,
            }),
        }
    }

    fn mount(&self, router: Router, defaults: &Defaults) -> Result<Router, ServerError> {
        let authentication = self.authentication(defaults)?;
        let settings = Settings {
            authentication,
            ..self.settings().clone()
        };
        let route = Arc::new(Route {
            path: self.path.clone(),
            permits: Arc::new(Semaphore::new(settings.waiting)),
            settings,
            requests: self.requests.clone(),
            closed: self.closed.clone(),
            meter: self.meter.clone(),
        });
        Ok(self.paths().iter().fold(router, |router, path| {
            let route = route.clone();
            router.route(
                path,
                any(move |request: Request| route.clone().serve(request)),
            )
        }))
    }
}
