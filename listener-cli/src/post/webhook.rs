use std::{
    error::Error,
    io::{self, Write},
};

use listener_core::decode::Limits;
use listener_local::poster::{Authentication, BODY_LIMIT, Posted, Poster, Roots, Settings};

use super::{Args, read_pem, sum_up};
use crate::{
    input::Input,
    terminal::{Console, printable, write_block},
};

/// What only a webhook has.
#[derive(clap::Args)]
#[command(next_help_heading = "Webhooks")]
pub(super) struct WebhookOptions {
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
    /// Encode text outside of ASCII twice, as Dataverse's webhooks do: `ē` goes out as `Ä“`
    #[arg(long, conflicts_with_all = ["queue", "topic"])]
    double_encode: bool,
}

/// Whether all messages were posted with success.
pub(super) fn run(
    url: &str,
    mut args: Args,
    console: &mut Console<impl Write, impl Write>,
) -> io::Result<bool> {
    let inputs = args.take_inputs();
    let poster = match poster(url, args) {
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
    let mut succeeded = 0;
    for (done, input) in inputs.into_iter().enumerate() {
        console.progress(done, of);
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
    Ok(sum_up(succeeded, of, console))
}

fn poster(url: &str, args: Args) -> Result<Poster, String> {
    let roots = match args.ca {
        Some(path) => {
            let pem = read_pem(&path)?;
            Roots::from_pem(&pem).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => Roots::platform(),
    };
    let options = args.to_webhook;
    let authentication = if let Some(key) = options.webhook_key {
        Authentication::WebhookKey(key)
    } else if !options.header.is_empty() {
        Authentication::HttpHeader(pairs("--header", options.header)?)
    } else if !options.query.is_empty() {
        Authentication::HttpQueryString(pairs("--query", options.query)?)
    } else {
        Authentication::None
    };
    let settings = Settings {
        organization: args.organization,
        authentication,
        double_encode: options.double_encode,
        roots,
        ..Settings::default()
    };
    Poster::new(url, settings).map_err(|error| error.to_string())
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
