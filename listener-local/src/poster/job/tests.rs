use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use listener_core::{context::RemoteExecutionContext, decode::Format};
use tokio::time::{Instant, sleep};

use super::*;
use crate::poster::{BrokeredMessage, Claims, PostError};

/// What a double answers to one attempt.
type Answer = Result<(), Again>;

const AGAIN: Answer = Err(Again::After(Duration::ZERO));
const NEVER: Answer = Err(Again::Never);

/// One attempt that a double saw: the table, the message id, and when, in milliseconds.
type Seen = (String, String, u128);

/// An endpoint that takes a second for each attempt, gives these answers, one an attempt, and after them takes all.
#[derive(Clone)]
struct Double {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    at_once: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
    start: Instant,
}

impl Double {
    fn answering(answers: &[Answer]) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
            seen: Arc::default(),
            at_once: Arc::default(),
            most_at_once: Arc::default(),
            start: Instant::now(),
        }
    }

    fn jobs(&self, concurrency: usize) -> Jobs<Self> {
        let settings = JobSettings {
            concurrency,
            unfinished: 4,
            retries: Retries {
                most: 3,
                ..Retries::default()
            },
        };
        Jobs::new(self.clone(), settings)
    }

    fn times(&self) -> Vec<u128> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|seen| seen.2)
            .collect()
    }

    fn tables(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|seen| seen.0.clone()).collect()
    }
}

impl Endpoint for Double {
    async fn attempt(&self, message: &BrokeredMessage, message_id: &str) -> Result<(), Failure> {
        let name = message.properties()[3].1.as_str().unwrap().to_owned();
        let at = self.start.elapsed().as_millis();
        self.seen
            .lock()
            .unwrap()
            .push((name, message_id.to_owned(), at));
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        sleep(Duration::from_secs(1)).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(()));
        answer.map_err(|again| Failure {
            text: "no; change it".to_owned(),
            again,
        })
    }
}

async fn post(jobs: &Jobs<Double>, table: &str) -> Job {
    try_post(jobs, table).await.unwrap()
}

async fn try_post(jobs: &Jobs<Double>, table: &str) -> Result<Job, PostError> {
    let context = RemoteExecutionContext::new("Update", table.to_owned());
    let subject = Subject::of(&context);
    let message = BrokeredMessage::new(context, Format::Json, &Claims::default());
    jobs.post(subject, message).await
}

#[tokio::test(start_paused = true)]
async fn a_post_that_is_taken_succeeds() {
    let double = Double::answering(&[]);
    let job = post(&double.jobs(1), "account").await;
    let created = job.current();
    assert_eq!(created.status, StatusReason::WaitingForResources);
    let job = job.completed().await;
    assert_eq!(job.status, StatusReason::Succeeded);
    assert_eq!((job.attempts, &job.error), (1, &None));
    assert_eq!(
        (&*job.message_name, &*job.primary_entity_name),
        ("Update", "account")
    );
    assert_eq!(job.created_on, created.created_on);
    assert_eq!(job.started_on, Some(job.created_on));
    let took = job.completed_on.unwrap().duration_since(job.created_on);
    assert_eq!(took.unwrap(), Duration::from_secs(1));
    assert_eq!(job.message_id.unwrap(), double.seen.lock().unwrap()[0].1);
    assert!(job.bytes > 500);
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_repeated_after_growing_pauses_under_another_message_id() {
    let double = Double::answering(&[AGAIN, AGAIN]);
    let job = post(&double.jobs(1), "account").await.completed().await;
    assert_eq!((job.status, job.attempts), (StatusReason::Succeeded, 3));
    assert_eq!(job.error, None);
    assert_eq!(double.times(), [0, 2_000, 5_000]);
    let seen = double.seen.lock().unwrap();
    assert!(seen[0].1 != seen[1].1 && seen[1].1 != seen[2].1);
    assert_eq!(seen[0].1.len(), 32);
}

#[tokio::test(start_paused = true)]
async fn a_job_fails_when_its_attempts_are_used_up() {
    let double = Double::answering(&[AGAIN; 9]);
    let job = post(&double.jobs(1), "account").await.completed().await;
    assert_eq!((job.status, job.attempts), (StatusReason::Failed, 4));
    assert_eq!(job.error.as_deref(), Some("no; change it"));
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_is_not_repeated() {
    let double = Double::answering(&[NEVER]);
    let job = post(&double.jobs(1), "account").await.completed().await;
    assert_eq!((job.status, job.attempts), (StatusReason::Failed, 1));
    assert_eq!(job.error.as_deref(), Some("no; change it"));
    assert_eq!(job.started_on, Some(job.created_on));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_asks_for_time_gets_it() {
    let double = Double::answering(&[Err(Again::After(Duration::from_secs(10)))]);
    let _ = post(&double.jobs(1), "account").await.completed().await;
    assert_eq!(double.times(), [0, 11_000]);
}

#[tokio::test(start_paused = true)]
async fn a_job_tells_why_and_until_when_it_waits() {
    let mut job = post(&Double::answering(&[AGAIN]).jobs(1), "account").await;
    let mut told = Vec::new();
    while let Some(now) = job.changed().await {
        if now.status == StatusReason::Waiting {
            let until = now.postpone_until.unwrap();
            assert_eq!(until.duration_since(now.created_on).unwrap().as_secs(), 2);
            assert_eq!(now.error.as_deref(), Some("no; change it"));
        } else {
            assert_eq!(now.postpone_until, None);
        }
        told.push(now.status);
    }
    assert!(told.contains(&StatusReason::Waiting), "{told:?}");
    assert_eq!(told.last(), Some(&StatusReason::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_sent_fails_before_any_attempt() {
    let double = Double::answering(&[]);
    let subject = Subject::of(&RemoteExecutionContext::new("Update", "account"));
    let error = PostError::TooLarge {
        bytes: 200_000,
        limit: 196_608,
    };
    let job = double.jobs(1).post(subject, Err(error)).await.unwrap();
    let job = job.completed().await;
    assert_eq!((job.status, job.attempts), (StatusReason::Failed, 0));
    assert!(job.error.unwrap().contains("nothing was sent"));
    assert!(double.seen.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn jobs_begin_in_their_order_and_run_side_by_side_up_to_the_bound() {
    let double = Double::answering(&[]);
    let jobs = double.jobs(2);
    let names = ["a", "b", "c", "d"];
    for name in names {
        let _ = post(&jobs, name).await;
    }
    jobs.close(Duration::from_secs(60)).await;
    assert_eq!(double.tables(), names);
    assert_eq!(double.times(), [0, 0, 1_000, 1_000]);
    assert_eq!(double.most_at_once.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_waits_lets_others_pass() {
    let double = Double::answering(&[AGAIN]);
    let jobs = double.jobs(1);
    for name in ["a", "b"] {
        let _ = post(&jobs, name).await;
    }
    jobs.close(Duration::from_secs(60)).await;
    assert_eq!(double.tables(), ["a", "b", "a"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_posts_more_than_may_be_unfinished_waits() {
    let double = Double::answering(&[]);
    let jobs = double.jobs(1);
    let start = Instant::now();
    for _ in 0..4 {
        let _ = post(&jobs, "account").await;
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    let _ = post(&jobs, "account").await;
    assert_eq!(start.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn closing_lets_jobs_end_in_their_time_and_cancels_the_rest() {
    let double = Double::answering(&[Ok(()), AGAIN]);
    let jobs = double.jobs(1);
    let mut posted = Vec::new();
    for name in ["taken", "waiting", "on its way", "queued"] {
        posted.push(post(&jobs, name).await);
    }
    jobs.close(Duration::from_millis(2_500)).await;
    let ended: Vec<_> = posted.iter().map(Job::current).collect();
    assert!(ended.iter().all(SystemJob::is_completed));
    let status: Vec<_> = ended.iter().map(|job| job.status).collect();
    use StatusReason::{Canceled, Succeeded};
    assert_eq!(status, [Succeeded, Canceled, Canceled, Canceled]);
    assert_eq!(ended[1].error.as_deref(), Some("no; change it"));
    assert!(
        ended[2]
            .error
            .as_ref()
            .unwrap()
            .contains("may have arrived")
    );
    assert!(
        ended[3]
            .error
            .as_ref()
            .unwrap()
            .contains("before the message was sent")
    );

    let refused = try_post(&jobs, "late").await.unwrap_err();
    assert!(matches!(refused, PostError::Closed), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn jobs_go_on_when_nobody_follows_them() {
    let double = Double::answering(&[AGAIN]);
    drop(post(&double.jobs(1), "account").await);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(double.times(), [0, 2_000]);
}
