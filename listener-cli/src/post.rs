use std::{
    error::Error,
    fs,
    io::{self, Write},
    path::PathBuf,
};

use listener_core::decode::Limits;
use listener_local::poster::{Authentication, BODY_LIMIT, Posted, Poster, Roots, Settings};

use crate::{
    input::Input,
    terminal::{Console, printable, write_block},
};

/// Post messages to a listener as Dataverse's webhooks do
///
/// Sends each message with the headers of Dataverse, cuts off what Dataverse cuts off above 262,144 bytes, waits up to
/// 60 seconds for the answer, tries once more, at once, after 502, 503 and 504, and takes 200 to 299 for success.
/// Redirects are not followed.
///
/// JSON goes out byte for byte as the file has it; another format is written as JSON first.
///
/// Answers go to standard output, all else to standard error. The exit code is 1 if a message was not posted or its
/// answer is no success.
#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("authentication").multiple(false),
    after_help = "\
Examples:
  listener post --url http://127.0.0.1:8080/crm create-account.json
  listener post --url http://127.0.0.1:8080/crm --organization contoso.crm.dynamics.com messages/*.json
  LISTENER_WEBHOOK_KEY=… listener post --url https://listener.example.org/crm update-account.json
  listener post --url http://127.0.0.1:8080/crm --header x-api-key=… --header x-tenant=7 -

Other users of this machine can see the arguments of a command: give secrets by environment variables."
)]
pub(crate) struct Args {
    /// Where to post; white space around it and a trailing `/` are taken off, as in Dataverse
    #[arg(long, env = "LISTENER_URL", hide_env_values = true)]
    url: String,
    /// The organization's host name for the header `x-ms-dynamics-organization` [default: the message's
    /// `OrganizationName`]
    #[arg(long, value_name = "HOST")]
    organization: Option<String>,
    /// Authenticate by a webhook key, sent as `code` in the query
    #[arg(
        long,
        value_name = "KEY",
        env = "LISTENER_WEBHOOK_KEY",
        hide_env_values = true,
        group = "authentication"
    )]
    webhook_key: Option<String>,
    /// Authenticate by a header; may be given several times (in the variable one a line)
    #[arg(
        long,
        value_name = "NAME=VALUE",
        env = "LISTENER_HEADER",
        hide_env_values = true,
        value_delimiter = '\n',
        group = "authentication"
    )]
    header: Vec<String>,
    /// Authenticate by a query parameter; may be given several times (in the variable one a line)
    #[arg(
        long,
        value_name = "NAME=VALUE",
        env = "LISTENER_QUERY",
        hide_env_values = true,
        value_delimiter = '\n',
        group = "authentication"
    )]
    query: Vec<String>,
    /// Trust the certificates in this file (PEM) and no others, instead of those that the system trusts
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Encode text outside of ASCII twice, as Dataverse's webhooks do: `ē` goes out as `Ä“`
    #[arg(long)]
    double_encode: bool,
    /// The files to post, one message each; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Whether all messages were posted with success.
pub(crate) fn run(args: Args, console: &mut Console<impl Write, impl Write>) -> io::Result<bool> {
    let files = args.files.clone();
    let poster = match poster(args) {
        Ok(poster) => poster,
        Err(error) => {
            console.complain(format_args!("{error}"));
            return Ok(false);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let of = files.len();
    let mut succeeded = 0;
    for (done, file) in files.into_iter().enumerate() {
        console.progress(done, of);
        let input = Input::from(file);
        let posted = match input.read(Limits::default().bytes) {
            Ok(message) => runtime
                .block_on(poster.post(message))
                .map_err(|error| chain(&error)),
            Err(error) => Err(error.to_string()),
        };
        console.clear_progress();
        match posted {
            Ok(posted) => {
                match print(&input, &posted, &mut console.out) {
                    // Nobody reads on: nothing more is posted, so this is no success, but quiet.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
                    printed => printed?,
                }
                succeeded += usize::from(posted.is_success());
            }
            Err(error) => console.complain(format_args!("{input}: {error}")),
        }
    }
    if of > 1 {
        let failed = of - succeeded;
        console.complain(format_args!(
            "{of} messages: {succeeded} succeeded, {failed} failed"
        ));
    }
    Ok(succeeded == of)
}

fn poster(args: Args) -> Result<Poster, String> {
    let roots = match args.ca {
        Some(path) => {
            let pem = fs::read(&path)
                .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
            Roots::from_pem(&pem).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => Roots::platform(),
    };
    let authentication = if let Some(key) = args.webhook_key {
        Authentication::WebhookKey(key)
    } else if !args.header.is_empty() {
        Authentication::HttpHeader(pairs("--header", args.header)?)
    } else if !args.query.is_empty() {
        Authentication::HttpQueryString(pairs("--query", args.query)?)
    } else {
        Authentication::None
    };
    let settings = Settings {
        organization: args.organization,
        authentication,
        double_encode: args.double_encode,
        roots,
        ..Settings::default()
    };
    Poster::new(&args.url, settings).map_err(|error| error.to_string())
}

/// Not a value parser of clap's: its errors show the value, which is a secret here.
fn pairs(option: &str, texts: Vec<String>) -> Result<Vec<(String, String)>, String> {
    let pair = |text: String| match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!(
            "expected NAME=VALUE in `{option}`, found no name with a `=` after it"
        )),
    };
    texts.into_iter().map(pair).collect()
}

fn print(input: &Input, posted: &Posted, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{input}: {}", posted.status)?;
    write!(out, " in {} ms", posted.elapsed.as_millis())?;
    if posted.attempts > 1 {
        write!(out, ", at try {}", posted.attempts)?;
    }
    if posted.trimmed {
        write!(out, ", trimmed to fit in {BODY_LIMIT} bytes")?;
    }
    writeln!(out)?;
    write_block(out, &printable(&posted.answer))?;
    if posted.clipped {
        writeln!(out, "… (the answer goes on)")?;
    }
    out.flush()
}

/// An error with its sources, as one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
