//! Webhooks and REST endpoints: one HTTP server, one source a path.
//!
//! ```
//! use listener_core::{Binding, Host, Router};
//! use listener_core::source::http::Server;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> listener_core::Result {
//! let server = Server::bind("127.0.0.1:0");
//! let router = Router::new().on(Binding::message("Create").entity("account"), || async {});
//! let host = Host::new(server.webhook("/crm")).serve(router.with_state(()));
//! println!("post to http://{}/crm", server.listen().await?);
//! # let host = host.with_graceful_shutdown(async {});
//! host.await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Who may post
//!
//! An address that is no loopback address needs an [`Authentication`], or a word that it needs none
//! ([`Server::allow_anonymous`]); a host does not start otherwise. Bodies carry no signature, so that the secret is all
//! that there is: use [`Tls`], or a proxy that does. Query strings, headers and bodies appear in no log.
//!
//! | registered as | authentication |
//! |---|---|
//! | WebhookKey | [`Authentication::webhook_key`] |
//! | HttpHeader | [`Authentication::http_header`] |
//! | HttpQueryString | [`Authentication::http_query_string`] |
//!
//! Who has no secret is told 401 and nothing else, whether or not the path exists.
//!
//! # What is answered
//!
//! | | webhook | REST |
//! |---|---|---|
//! | accepted | 200 | 200 and the string |
//! | released, panicked, or not done in time | 503, `Retry-After` | 503, `Retry-After`, and a fault |
//! | rejected by the listener | 422 and its text | 500 and a fault |
//! | undecodable | 400 and the error, which holds no values | 400 and a fault |
//! | no listener | 404; 200 for a synchronous step ([`Unrouted`]) | 404 and a fault |
//! | not taken by the host in time, too many waiting, shutting down | 503, `Retry-After` | as there |
//! | no secret | 401 | 401 |
//! | not POST; no such path | 405; 404 | as there |
//! | body too large; too slow; cut | 413; 408; 400 | as there |
//! | compressed | 415 | 415 |
//! | too many or too large headers | 431 | 431 |
//!
//! A REST call's body is JSON, XML or .NET binary. The string or
//! [`ServiceEndpointFault`](crate::context::ServiceEndpointFault) is JSON unless `Accept` prefers XML.
//!
//! # What a webhook can promise, and what not
//!
//! - Dataverse waits 60 s; the answer comes within 50 s of the request's first byte ([`Endpoint::answer_within`]). A
//!   listener that needs longer is told by its [`Lock`](crate::Lock) and goes on, but what it does counts as failed.
//! - After 503 (or 502, 504) Dataverse tries **once more, at once**, whatever `Retry-After` says; after any other failure
//!   not at all. An asynchronous step's system job then fails; a synchronous step's save is rolled back, and the user
//!   sees an error. What must not be lost is better sent to a queue.
//! - The second try looks like a first one: [`Delivery::attempt`](crate::Delivery::attempt) is always 1. A listener may
//!   run twice for one save: after a timeout it may still run when the second try comes, and that waits behind it in its
//!   record's lane.
//! - When a synchronous step's transaction is rolled back later, the webhook was posted all the same.
//! - A sender that goes away does not stop the listener: it runs to its end, and its outcome counts as refused. One that
//!   goes before the host has taken its request leaves nothing behind.
//! - Texts arrive encoded twice from most servers; that is undone where it is seen ([`Endpoint::decode_options`]).
//!
//! # Limits
//!
//! Bodies, heads, times, connections and waiting requests are bounded: see [`Endpoint`] and [`ConnectionLimits`]. While a
//! host is busy, requests wait for it, at most 128 for at most 20 s ([`Endpoint::waiting`]), and nothing else is buffered.
//! Without TLS the server speaks HTTP/1.1; with TLS, HTTP/2 where the client can.

mod answer;
mod authentication;
mod connection;
mod endpoint;
mod error;
mod intake;
mod kind;
mod meter;
mod post;
mod route;
mod server;
mod settings;
#[cfg(test)]
mod tests;
mod tls;
mod watch;

pub use authentication::Authentication;
pub use endpoint::Endpoint;
pub use error::ServerError;
pub use kind::{Answer, Rest, Webhook};
pub use meter::{Counts, Meter};
pub use server::Server;
pub use settings::{ConnectionLimits, Unrouted};
pub use tls::{Tls, TlsError};
