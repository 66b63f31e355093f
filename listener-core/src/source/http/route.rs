//! The way of one request: admitted, read, handed over, answered.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{Method, StatusCode, Version, header::CONNECTION, request::Parts},
    response::{IntoResponse, Response},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    Answer, Meter, Unrouted,
    answer::{Form, Refusal, answer},
    connection::Started,
    intake,
    settings::Settings,
};
use crate::{Delivery, LockKeeper, Outcome, Reason, decode::Message};

/// One path, while the server runs.
pub(super) struct Route<R> {
    pub(super) path: Arc<str>,
    pub(super) settings: Settings,
    pub(super) requests: mpsc::UnboundedSender<Waiting<R>>,
    /// What bounds the channel: a permit is taken before the body is read, and given back when the host takes the
    /// request.
    pub(super) permits: Arc<Semaphore>,
    pub(super) closed: CancellationToken,
    pub(super) meter: Meter,
}

/// A request that waits for its host.
pub(super) struct Waiting<R> {
    pub(super) delivery: Delivery,
    pub(super) outcome: oneshot::Sender<Outcome<R>>,
    pub(super) taken: oneshot::Sender<()>,
    _permit: OwnedSemaphorePermit,
}

impl<R: Answer> Route<R> {
    pub(super) async fn serve(self: Arc<Self>, request: Request) -> Response {
        let version = request.version();
        let mut response = match self.respond(request).await {
            Ok(response) => response,
            Err(refusal) => {
                self.note(&refusal);
                refusal.into_response()
            }
        };
        if version >= Version::HTTP_2 {
            // It has no such header: the connection is told by a frame when the server ends.
            response.headers_mut().remove(CONNECTION);
        }
        response
    }

    async fn respond(&self, request: Request) -> Result<Response, Refusal> {
        let started = request.extensions().get::<Started>().copied();
        let Started(started) = started.unwrap_or_else(|| Started(Instant::now()));
        let deadline = started + self.settings.answer_within;
        let (parts, body) = request.into_parts();
        self.admit(&parts)?;
        let content_type = R::content_type(&parts.headers);
        intake::announced(&body, self.settings.body_bytes)?;
        let permit = self.permit()?;
        let until = deadline.min(Instant::now() + self.settings.body_within);
        let body = intake::read(body, self.settings.body_bytes, until).await?;

        let message = Message::new(body, content_type, self.settings.decode);
        let delivery = Delivery::builder(message)
            .claims(R::claims(&parts.headers))
            .size_exceeded(intake::size_exceeded(&parts.headers))
            .lock(LockKeeper::new(Some(deadline)).lock())
            .source(&*self.path)
            .build();
        let outcome = self.hand_over(delivery.clone(), permit, deadline).await?;
        let outcome = match timeout_at(deadline, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::release("the host has ended"),
            Err(_) => Outcome::release(format!(
                "the listener did not end within {:?}",
                self.settings.answer_within
            )),
        };
        Ok(self.answer(outcome, &delivery, R::form(&parts.headers)))
    }

    /// Who may not post learns nothing else.
    fn admit(&self, parts: &Parts) -> Result<(), Refusal> {
        let authentication = self.settings.authentication.as_ref();
        if authentication.is_some_and(|authentication| !authentication.admits(parts)) {
            return Err(Refusal::unauthorized());
        }
        if parts.method != Method::POST {
            return Err(Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "expected POST",
            ));
        }
        intake::content_encoding(&parts.headers)
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        if self.closed.is_cancelled() {
            return Err(Refusal::ending());
        }
        self.permits
            .clone()
            .try_acquire_owned()
            .map_err(|_| Refusal::later("too many requests wait already"))
    }

    /// Gives the request to the host and waits until it is taken.
    async fn hand_over(
        &self,
        delivery: Delivery,
        permit: OwnedSemaphorePermit,
        deadline: Instant,
    ) -> Result<oneshot::Receiver<Outcome<R>>, Refusal> {
        let (outcome, settled) = oneshot::channel();
        let (taken, mut was_taken) = oneshot::channel();
        let waiting = Waiting {
            delivery,
            outcome,
            taken,
            _permit: permit,
        };
        if self.requests.send(waiting).is_err() {
            return Err(Refusal::ending());
        }
        let until = deadline.min(Instant::now() + self.settings.wait);
        let result = tokio::select! {
            biased;
            result = &mut was_taken => result.map_err(|_| Refusal::ending()),
            () = self.closed.cancelled() => Err(Refusal::ending()),
            () = tokio::time::sleep_until(until) => Err(Refusal::later("the listener is busy")),
        };
        if result.is_ok() {
            return Ok(settled);
        }
        // The host may have taken it in this moment: then it runs, and is waited for.
        was_taken.close();
        match was_taken.try_recv() {
            Ok(()) => Ok(settled),
            Err(_) => result.map(|()| settled),
        }
    }

    fn answer(&self, outcome: Outcome<R>, delivery: &Delivery, form: Form) -> Response {
        let unrouted =
            matches!(&outcome, Outcome::Reject { reason, .. } if *reason == Reason::NoRoute);
        if unrouted && self.settings.unrouted == Unrouted::AcceptSynchronous {
            match delivery.message().mode() {
                Ok(Some(0)) => {
                    self.meter.unrouted();
                    tracing::warn!(
                        path = &*self.path,
                        message_name = delivery.message_name().unwrap_or_default(),
                        entity = delivery.primary_entity_name().unwrap_or_default(),
                        correlation_id = delivery
                            .claims()
                            .correlation_id
                            .map(tracing::field::display),
                        "No listener for a synchronous step: answered 200, so that its save goes through."
                    );
                    return answer(Outcome::Accept(R::default()), form);
                }
                Ok(_) => {}
                // What nobody wants was not looked at before.
                Err(error) => {
                    let undecodable = Outcome::reject(Reason::Undecodable, error.to_string());
                    return answer::<R>(undecodable, form);
                }
            }
        }
        answer(outcome, form)
    }

    fn note(&self, refusal: &Refusal) {
        let (path, status) = (&*self.path, refusal.status().as_u16());
        match refusal.status() {
            StatusCode::UNAUTHORIZED => {
                // Everybody can send these, so that few of them are worth a line.
                let count = self.meter.unauthorized();
                if count.is_power_of_two() {
                    tracing::warn!(
                        path,
                        status,
                        count,
                        "Refused requests without the right secret."
                    );
                }
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                let count = self.meter.busy();
                if count.is_power_of_two() {
                    tracing::warn!(path, status, count, "Refused requests that nobody took.");
                }
            }
            _ => {
                self.meter.refused();
                tracing::debug!(path, status, "Refused a request.");
            }
        }
    }
}
