use std::{
    collections::VecDeque,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use listener_core::{
    amqp::{ConnectionString, Trust},
    decode::Limits,
};
use listener_local::poster::{
    Claims, Job, QUEUE_BODY_LIMIT, QueuePoster, QueueSettings, Retries, StatusReason, SystemJob,
};
use tokio::runtime::Runtime;

use super::{Args, read_pem, sum_up, table::table};
use crate::{
    format::FormatName,
    input::Input,
    terminal::{Console, printable},
};

/// How long the connection may take to close; all jobs are completed by then.
const FAREWELL: Duration = Duration::from_secs(5);

/// What only a queue or topic has.
#[derive(clap::Args)]
#[command(next_help_heading = "Queues and topics")]
pub(super) struct QueueOptions {
    /// Where the Service Bus is and what opens it. Better set the variable: other users of this machine can see the
    /// arguments of a command
    #[arg(
        long,
        value_name = "STRING",
        env = "SERVICEBUS_CONNECTION_STRING",
        hide_env_values = true
    )]
    connection_string: Option<String>,
    /// The format to send
    #[arg(long, value_enum, default_value = "binary", conflicts_with = "url")]
    format: FormatName,
    /// How often a post is tried again at most; the first pause is a second, and each next one twice as long, up to a
    /// minute
    #[arg(long, value_name = "NUMBER", default_value_t = Retries::default().most, conflicts_with = "url")]
    retries: u32,
}

/// Whether all messages were posted with success.
pub(super) fn run(
    name: Option<&str>,
    mut args: Args,
    console: &mut Console<impl Write, impl Write>,
) -> io::Result<bool> {
    let inputs = args.take_inputs();
    let poster = match poster(name, args.to_queue, args.organization, args.ca) {
        Ok(poster) => poster,
        Err(error) => {
            console.complain(format_args!("{error}"));
            return Ok(false);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let of = inputs.len();
    let jobs = post(&poster, inputs, &runtime, console);
    runtime.block_on(poster.close(FAREWELL));
    let printed = table(&jobs, &mut console.out).and_then(|()| console.out.flush());
    for (input, job) in &jobs {
        if job.trimmed {
            console.complain(format_args!(
                "{input}: trimmed to fit in {QUEUE_BODY_LIMIT} bytes"
            ));
        }
        if let Some(error) = &job.error {
            console.complain(format_args!("{input}: {}", printable(error.as_bytes())));
        }
    }
    let succeeded = |(_, job): &&(Input, SystemJob)| job.status == StatusReason::Succeeded;
    let all = sum_up(jobs.iter().filter(succeeded).count(), of, console);
    match printed {
        // All is posted by now: whether somebody reads on does not change what became of it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(all),
        printed => printed.map(|()| all),
    }
}

fn poster(
    name: Option<&str>,
    options: QueueOptions,
    organization: Option<String>,
    ca: Option<PathBuf>,
) -> Result<QueuePoster, String> {
    let string = connection_string(name, options.connection_string)?;
    let trust = match ca {
        Some(path) => {
            let trust = Trust::roots_from_pem(&read_pem(&path)?);
            Some(trust.map_err(|error| format!("{}: {error}", path.display()))?)
        }
        None => None,
    };
    let settings = QueueSettings {
        format: options.format.into(),
        claims: Claims {
            organization,
            ..Claims::default()
        },
        retries: Retries {
            most: options.retries,
            ..Retries::default()
        },
        trust,
        ..QueueSettings::default()
    };
    if name.is_none() && string.entity_path().is_none() {
        return Err(
            "expected a queue or topic to post to: give `--queue NAME` or `--topic NAME`, since the connection string has \
             no `EntityPath`; a webhook is given by `--url`"
                .to_owned(),
        );
    }
    QueuePoster::new(&string, name, settings).map_err(|error| error.to_string())
}

fn connection_string(name: Option<&str>, text: Option<String>) -> Result<ConnectionString, String> {
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) => text
            .parse()
            .map_err(|error: listener_core::amqp::ConnectionStringError| error.to_string()),
        None if name.is_none() => Err(
            "expected an endpoint to post to: give `--url URL` for a webhook, or `--queue NAME` or `--topic NAME`"
                .to_owned(),
        ),
        None => Err(
            "expected a connection string, found none: set SERVICEBUS_CONNECTION_STRING to that of the namespace, which \
             the Azure portal shows under \"Shared access policies\"; without Azure, `listener local` serves a Service \
             Bus on this machine and prints its connection string"
                .to_owned(),
        ),
    }
}

/// Posts the inputs and waits until their jobs are completed; those that cannot be posted are complained about.
fn post(
    poster: &QueuePoster,
    inputs: Vec<Input>,
    runtime: &Runtime,
    console: &mut Console<impl Write, impl Write>,
) -> Vec<(Input, SystemJob)> {
    let of = inputs.len();
    let most = QueueSettings::default().unfinished;
    let mut open: VecDeque<(Input, Job)> = VecDeque::new();
    let mut completed = Vec::with_capacity(of);
    for input in inputs {
        // With more, the poster would wait in silence.
        if open.len() >= most
            && let Some((input, job)) = open.pop_front()
        {
            console.progress(completed.len(), of);
            let job = follow(&input, job, runtime, console);
            completed.push((input, job));
        }
        let job = match input.read(Limits::default().bytes) {
            Ok(message) => runtime
                .block_on(poster.post(message))
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match job {
            Ok(job) => open.push_back((input, job)),
            Err(error) => console.complain(format_args!("{input}: {error}")),
        }
    }
    for (input, job) in open {
        console.progress(completed.len(), of);
        let job = follow(&input, job, runtime, console);
        completed.push((input, job));
    }
    completed
}

/// Waits until a job is completed, and tells meanwhile what it waits for.
fn follow(
    input: &Input,
    mut job: Job,
    runtime: &Runtime,
    console: &mut Console<impl Write, impl Write>,
) -> SystemJob {
    while let Some(now) = runtime.block_on(job.changed()) {
        if now.status == StatusReason::Waiting
            && let Some(error) = &now.error
        {
            console.clear_progress();
            console.complain(format_args!(
                "{input}: attempt {}: {}; trying again",
                now.attempts,
                printable(error.as_bytes())
            ));
        }
    }
    console.clear_progress();
    job.current()
}
