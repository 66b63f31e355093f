mod queue;
mod table;
mod webhook;

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{input::Input, terminal::Console};

/// Post messages to a webhook, queue or topic as Dataverse does
///
/// To a webhook (--url) each message goes with the headers of Dataverse; above 262,144 bytes what Dataverse cuts off is
/// cut off. The answer is waited for up to 60 seconds; after 502, 503 and 504 there is one more try, at once; 200 to 299
/// is success. Redirects are not followed. JSON goes out byte for byte as the file has it; another format is written as
/// JSON first.
///
/// To a queue or topic of Service Bus (--queue, --topic) each message goes with the claims of Dataverse; the limit is
/// 196,608 bytes. Each post is a system job: while the endpoint is away it is tried again after growing pauses. All jobs
/// are listed at the end. A file in the format that is sent goes out byte for byte; from JSON, which names no types, they
/// are guessed as `encode` does.
///
/// Answers and jobs go to standard output, all else to standard error. The exit code is 0 only if all messages were
/// posted with success.
#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("endpoint").multiple(false),
    group = clap::ArgGroup::new("authentication").multiple(false),
    after_help = "\
Examples:
  listener post --url http://127.0.0.1:8080/crm --sample
  listener post --url http://127.0.0.1:8080/crm --organization contoso.crm.dynamics.com messages/*.json
  LISTENER_WEBHOOK_KEY=… listener post --url https://listener.example.org/crm update-account.json
  listener post --url http://127.0.0.1:8080/crm --header x-api-key=… --header x-tenant=7 -
  SERVICEBUS_CONNECTION_STRING=… listener post --queue crm-events messages/*.json
  SERVICEBUS_CONNECTION_STRING=… listener post --topic crm-events --format json update-account.msbin1

Other users of this machine can see the arguments of a command: give secrets by environment variables."
)]
pub(crate) struct Args {
    /// Where to post; white space around it and a trailing `/` are taken off, as in Dataverse [env: LISTENER_URL, if
    /// there is no other endpoint]
    // Not by clap, for which a variable that is set would contradict `--queue`.
    #[arg(long, group = "endpoint")]
    url: Option<String>,
    /// Post to this queue
    #[arg(long, value_name = "NAME", group = "endpoint")]
    queue: Option<String>,
    /// Post to this topic
    #[arg(long, value_name = "NAME", group = "endpoint")]
    topic: Option<String>,
    /// The organization's host name, for the header `x-ms-dynamics-organization` or the claim `Organization` [default:
    /// the message's `OrganizationName`]
    #[arg(long, value_name = "HOST")]
    organization: Option<String>,
    /// Trust the certificates in this file (PEM) and no others, instead of those that the system trusts
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    to_webhook: webhook::WebhookOptions,
    #[command(flatten)]
    to_queue: queue::QueueOptions,
    /// Post a sample, the Create of an account, in place of files
    #[arg(long, conflicts_with = "files")]
    sample: bool,
    /// The files to post, one message each; `-` for standard input
    #[arg(required_unless_present = "sample", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Args {
    fn take_inputs(&mut self) -> Vec<Input> {
        let sample = self.sample.then_some(Input::Sample);
        let files = self.files.drain(..).map(Input::from);
        sample.into_iter().chain(files).collect()
    }
}

/// Whether all messages were posted with success.
pub(crate) fn run(
    mut args: Args,
    console: &mut Console<impl Write, impl Write>,
) -> io::Result<bool> {
    let name = args.queue.take().or(args.topic.take());
    let url = args.url.take();
    if name.is_none() {
        let url = url.or_else(|| env::var("LISTENER_URL").ok());
        if let Some(url) = url.filter(|url| !url.is_empty()) {
            return webhook::run(&url, args, console);
        }
    }
    queue::run(name.as_deref(), args, console)
}

fn read_pem(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: cannot be read: {error}", path.display()))
}

/// Tells how many succeeded, if there were several; whether all did.
fn sum_up(succeeded: usize, of: usize, console: &mut Console<impl Write, impl Write>) -> bool {
    if of > 1 {
        let failed = of - succeeded;
        console.complain(format_args!(
            "{of} messages: {succeeded} succeeded, {failed} failed"
        ));
    }
    succeeded == of
}
