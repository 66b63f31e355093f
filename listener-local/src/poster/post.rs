use std::{
    fmt,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use listener_core::{context::RemoteExecutionContext, decode::Format};
use reqwest::{Client, Response, Url};

use super::{
    PostError, Settings, body::Body, client::client, double_encode, headers, kept, url::target,
};

/// The largest body that Dataverse posts to a webhook, in bytes of its own serialiser's output.
pub const BODY_LIMIT: usize = 262_144;

/// How much of an answer's body is kept, in bytes. Dataverse looks at none of it.
pub const ANSWER_LIMIT: usize = 64 * 1024;

/// Posts contexts to one webhook, one after the other or at once; cheap to clone. `Debug` shows no secret.
#[derive(Clone)]
pub struct Poster {
    client: Client,
    url: Url,
    headers: HeaderMap,
    settings: Settings,
}

/// The answer to a post. `Debug` shows the size of its body, not the body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Posted {
    /// The last answer's status.
    pub status: StatusCode,
    /// The last answer's body, at most [`ANSWER_LIMIT`] bytes of it.
    pub answer: Bytes,
    /// Whether there was more of the body.
    pub clipped: bool,
    /// How many times it was posted: 1 or, after a 502, 503 or 504, 2.
    pub attempts: u32,
    /// How long it took, all tries together.
    pub elapsed: Duration,
    /// Whether the context was trimmed, because it was larger than [`BODY_LIMIT`].
    pub trimmed: bool,
}

impl Posted {
    /// Whether Dataverse takes the answer for a success: 200 to 299, and nothing else.
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }
}

impl Poster {
    /// A poster to this webhook. `url` is trimmed and loses a trailing `/`, as in Dataverse.
    ///
    /// # Errors
    ///
    /// If the URL is none of http or https, or a setting cannot be sent.
    pub fn new(url: &str, settings: Settings) -> Result<Self, PostError> {
        let url = target(url, &settings.authentication)?;
        Ok(Self {
            client: client(&url, &settings.roots)?,
            headers: headers::fixed(&settings.authentication)?,
            url,
            settings,
        })
    }

    /// Posts a message that was kept, in a file or a queue.
    ///
    /// JSON goes out byte for byte as it is, if it is not larger than [`BODY_LIMIT`]. Another format
    /// is decoded and written as JSON, which is all that a webhook gets from Dataverse.
    ///
    /// # Errors
    ///
    /// If the message cannot be decoded or is no context, and as [`post_context`](Self::post_context).
    pub async fn post(&self, message: impl Into<Bytes>) -> Result<Posted, PostError> {
        let (context, original) = kept::read(message.into(), Format::Json)?;
        self.fit_and_send(original, context).await
    }

    /// Posts a context as Dataverse's serialiser writes it.
    ///
    /// # Errors
    ///
    /// If the context cannot be written as JSON or is too large, or no answer comes.
    pub async fn post_context(&self, context: RemoteExecutionContext) -> Result<Posted, PostError> {
        self.fit_and_send(None, context).await
    }

    async fn fit_and_send(
        &self,
        original: Option<Bytes>,
        context: RemoteExecutionContext,
    ) -> Result<Posted, PostError> {
        let mut headers = self.headers.clone();
        let organization = self.settings.organization.as_deref();
        headers::describe(&mut headers, &context, organization)?;
        let Body { mut bytes, trimmed } = Body::fit(original, context, Format::Json, BODY_LIMIT)?;
        if trimmed {
            headers::tell_trimmed(&mut headers);
        }
        if self.settings.double_encode {
            bytes = double_encode(&bytes).into();
        }
        let started = Instant::now();
        let mut attempts = 1;
        let (status, (answer, clipped)) = loop {
            match self.try_once(&headers, &bytes, attempts).await? {
                (status, None) => {
                    tracing::debug!(
                        attempts,
                        status = status.as_u16(),
                        "Posting again, at once."
                    );
                    attempts += 1;
                }
                (status, Some(answer)) => break (status, answer),
            }
        };
        Ok(Posted {
            status,
            answer,
            clipped,
            attempts,
            elapsed: started.elapsed(),
            trimmed,
        })
    }

    /// Posts once. There is no answer's body if the status asks for one more try.
    async fn try_once(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
        attempts: u32,
    ) -> Result<(StatusCode, Option<(Bytes, bool)>), PostError> {
        let limit = self.settings.time_limit;
        let post = async {
            let request = self.client.post(self.url.clone());
            let response = request
                .headers(headers.clone())
                .body(body.clone())
                .send()
                .await?;
            let status = response.status();
            if attempts == 1 && asks_for_another_try(status) {
                return Ok((status, None));
            }
            Ok((status, Some(read(response).await?)))
        };
        tokio::time::timeout(limit, post)
            .await
            .map_err(|_| PostError::TimedOut { attempts, limit })?
            .map_err(|error: reqwest::Error| PostError::Connection {
                attempts,
                source: error.without_url().into(),
            })
    }
}

fn asks_for_another_try(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

/// Reads as much of the answer as is kept, and tells whether there is more.
async fn read(mut response: Response) -> Result<(Bytes, bool), reqwest::Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        let room = ANSWER_LIMIT - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok((body.freeze(), true));
        }
    }
    Ok((body.freeze(), false))
}

impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posted")
            .field("status", &self.status)
            .field("answer", &format_args!("{} bytes", self.answer.len()))
            .field("clipped", &self.clipped)
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .field("trimmed", &self.trimmed)
            .finish()
    }
}

impl fmt::Debug for Poster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        f.debug_struct("Poster")
            .field("origin", &origin)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
