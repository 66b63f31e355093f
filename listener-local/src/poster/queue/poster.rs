use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use listener_core::{amqp::ConnectionString, context::RemoteExecutionContext, decode::Format};

use super::{BrokeredMessage, Claims, QueueSettings, link::Link};
use crate::poster::{
    Job, PostError,
    job::{JobSettings, Jobs, Subject},
    kept,
};

/// Posts contexts to one queue or topic of a Service Bus, each as a [system job](crate::poster::SystemJob); cheap to
/// clone.
///
/// The connection is made for the first post, kept, and made again when it is lost. A job whose endpoint is away is tried
/// again after growing pauses; what another attempt cannot mend fails at once: no right to send, no such entity, too
/// large. As with Dataverse, a message can arrive twice, and in another order than it was posted.
///
/// ```no_run
/// # async fn post() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use listener_local::poster::{QueuePoster, QueueSettings};
///
/// let string = std::env::var("SERVICEBUS_CONNECTION_STRING")?.parse()?;
/// let poster = QueuePoster::new(&string, Some("crm-events"), QueueSettings::default())?;
/// let job = poster.post(std::fs::read("create-account.json")?).await?;
/// println!("{}", job.completed().await.status);
/// poster.close(Duration::from_secs(10)).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct QueuePoster(Arc<Inner>);

struct Inner {
    jobs: Jobs<Link>,
    format: Format,
    claims: Claims,
    time_limit: Duration,
}

impl QueuePoster {
    /// A poster to the queue or topic of this name, or to the one that `EntityPath` in the connection string names.
    ///
    /// # Errors
    ///
    /// If no name is given, or the connection string is for another entity.
    pub fn new(
        string: &ConnectionString,
        name: Option<&str>,
        settings: QueueSettings,
    ) -> Result<Self, PostError> {
        let entity = string.entity(name);
        let entity = entity.map_err(|error| PostError::Setting(error.to_string()))?;
        let QueueSettings {
            format,
            claims,
            concurrency,
            unfinished,
            retries,
            time_limit,
            trust,
        } = settings;
        let link = Link::new(string, entity.to_owned(), trust, time_limit);
        let settings = JobSettings {
            concurrency,
            unfinished,
            retries,
        };
        Ok(Self(Arc::new(Inner {
            jobs: Jobs::new(link, settings),
            format,
            claims,
            time_limit,
        })))
    }

    /// The queue's or topic's name.
    pub fn entity(&self) -> &str {
        self.0.jobs.endpoint().entity()
    }

    /// Posts a message that was kept, in a file or a queue, as
    /// [`BrokeredMessage::from_kept`] makes it. Waits while too many jobs are unfinished, not until this one is.
    ///
    /// # Errors
    ///
    /// If the message cannot be read or is no context, or the poster was closed. All else is told by the job.
    pub async fn post(&self, message: impl Into<Bytes>) -> Result<Job, PostError> {
        let (context, original) = kept::read(message.into(), self.0.format)?;
        self.create(context, original).await
    }

    /// Posts a context as Dataverse's serialiser writes it. Waits while too many jobs are unfinished, not until this one
    /// is.
    ///
    /// # Errors
    ///
    /// If the poster was closed. All else is told by the job.
    pub async fn post_context(&self, context: RemoteExecutionContext) -> Result<Job, PostError> {
        self.create(context, None).await
    }

    async fn create(
        &self,
        context: RemoteExecutionContext,
        original: Option<Bytes>,
    ) -> Result<Job, PostError> {
        let Inner {
            jobs,
            format,
            claims,
            ..
        } = &*self.0;
        let subject = Subject::of(&context);
        let message = BrokeredMessage::of(context, original, *format, claims);
        jobs.post(subject, message).await
    }

    /// Takes no more posts, gives the jobs that there are this long, cancels the rest, and closes the connection. Without
    /// it, jobs go on when their poster is dropped.
    pub async fn close(&self, within: Duration) {
        self.0.jobs.close(within).await;
        self.0.jobs.endpoint().close(self.0.time_limit).await;
    }
}

impl fmt::Debug for QueuePoster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueuePoster")
            .field("entity", &self.entity())
            .field("format", &self.0.format)
            .field("claims", &self.0.claims)
            .finish_non_exhaustive()
    }
}
