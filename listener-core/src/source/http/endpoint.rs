use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Answer, Authentication, Meter, Rest, Server, Unrouted, Webhook, post::Post, route::Waiting,
    settings::Settings,
};
use crate::{
    Settler,
    decode::DecodeOptions,
    source::{self, Capabilities, Closed, Received, Source, SourceError},
};

/// One path of a [`Server`], as a source: [`Webhook`](super::Webhook) or [`Rest`](super::Rest).
///
/// Its settings are read when the server starts.
pub struct Endpoint<R: Answer = ()> {
    server: Server,
    post: Arc<Post<R>>,
    requests: mpsc::UnboundedReceiver<Waiting<R>>,
}

impl Server {
    /// A path that a webhook posts to.
    ///
    /// # Panics
    /// If the path does not begin with `/`, has other characters than letters, digits and `-._~/`, or is taken; or if
    /// the server has started.
    #[track_caller]
    pub fn webhook(&self, path: &str) -> Webhook {
        Endpoint::new(self, path)
    }

    /// A path that a REST endpoint posts to, with or without `/Execute` behind it: WCF's client adds that.
    ///
    /// # Panics
    /// As [`webhook`](Self::webhook).
    #[track_caller]
    pub fn rest(&self, path: &str) -> Rest {
        Endpoint::new(self, path)
    }
}

impl<R: Answer> Endpoint<R> {
    #[track_caller]
    fn new(server: &Server, path: &str) -> Self {
        let (sender, requests) = mpsc::unbounded_channel();
        let post = Arc::new(Post {
            path: path.into(),
            settings: Mutex::new(Settings {
                authentication: None,
                allow_anonymous: false,
                body_bytes: 4 << 20,
                body_within: Duration::from_secs(20),
                answer_within: Duration::from_secs(50),
                wait: Duration::from_secs(20),
                waiting: 128,
                unrouted: R::UNROUTED,
                decode: R::decode_options(),
            }),
            requests: sender,
            closed: CancellationToken::new(),
            meter: Meter::default(),
        });
        server.add(path, post.clone());
        Self {
            server: server.clone(),
            post,
            requests,
        }
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.post.settings());
        self
    }

    /// Who may post here, rather than who may post to the server.
    #[must_use]
    pub fn authentication(self, authentication: Authentication) -> Self {
        self.set(|settings| settings.authentication = Some(authentication))
    }

    /// Lets everybody post here. Whoever reaches the address can then make listeners run on messages of their own making.
    #[must_use]
    pub fn allow_anonymous(self) -> Self {
        self.set(|settings| settings.allow_anonymous = true)
    }

    /// How long a request may take from its first byte to its answer; then it is answered 503, and the listener's
    /// [`Lock`](crate::Lock) is lost. 50 s: Dataverse gives up after 60.
    #[must_use]
    pub fn answer_within(self, time: Duration) -> Self {
        self.set(|settings| settings.answer_within = time)
    }

    /// How large a body may be, in bytes; larger ones are answered 413. 4 MiB: a webhook's is cut down to 256 KiB, and
    /// grows up to threefold by its double encoding.
    #[must_use]
    pub fn body_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.body_bytes = bytes)
    }

    /// How long a body may take; then the request is answered 408. 20 s.
    #[must_use]
    pub fn body_within(self, time: Duration) -> Self {
        self.set(|settings| settings.body_within = time)
    }

    /// How many requests may wait for the host, their bodies read or being read, and for how long; others are answered
    /// 503. 128 requests, 20 s.
    #[must_use]
    pub fn waiting(self, requests: usize, time: Duration) -> Self {
        self.set(|settings| {
            settings.waiting = requests;
            settings.wait = time;
        })
    }

    /// What is answered where no listener is registered.
    #[must_use]
    pub fn unrouted(self, unrouted: Unrouted) -> Self {
        self.set(|settings| settings.unrouted = unrouted)
    }

    /// How bodies are decoded. For webhooks, the double encoding of their texts is undone.
    #[must_use]
    pub fn decode_options(self, options: DecodeOptions) -> Self {
        self.set(|settings| settings.decode = options)
    }

    /// The counts of this path; they go on while a host has the source.
    pub fn meter(&self) -> Meter {
        self.post.meter.clone()
    }
}

impl<R: Answer> Source for Endpoint<R> {
    type Reply = R;

    fn name(&self) -> &str {
        &self.post.path
    }

    /// All but to set aside. That a released message comes again is up to the sender, and so is when: Dataverse tries
    /// once more, at once.
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL.defer(false).attempts(false)
    }

    async fn start(&mut self, _: &source::Settings) -> Result<(), SourceError> {
        self.server.start().await.map_err(SourceError::failed)
    }

    async fn next(&mut self) -> Result<Option<Received<R>>, SourceError> {
        while let Some(waiting) = self.requests.recv().await {
            let Waiting {
                delivery,
                outcome,
                taken,
                ..
            } = waiting;
            // Who waited too long was answered already, or has gone.
            if taken.send(()).is_ok() {
                let meter = self.post.meter.clone();
                let settler = Settler::new(move |settled| {
                    if outcome.send(settled).is_err() {
                        meter.unheard();
                    }
                });
                return Ok(Some((delivery, settler)));
            }
        }
        Ok(None)
    }

    fn stop(&mut self) {
        self.post.closed.cancel();
    }

    async fn close(self) -> Closed {
        let (server, meter) = (self.server.clone(), self.post.meter.clone());
        drop(self);
        server.flushed().await;
        Closed {
            refused: meter.counts().unheard,
        }
    }
}

impl<R: Answer> Drop for Endpoint<R> {
    fn drop(&mut self) {
        self.post.closed.cancel();
        self.server.leave();
    }
}

impl<R: Answer> fmt::Debug for Endpoint<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("path", &self.post.path)
            .finish_non_exhaustive()
    }
}
