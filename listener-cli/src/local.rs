use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    pin::pin,
};

use listener_local::{
    faults::FaultPlan,
    local::{Builder, LocalAzure, StartError, TlsIdentity},
    service_bus::{
        config::{FILE_LIMIT, Loaded, ServiceBusConfig},
        engine::EntityKind,
    },
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use crate::{input::Input, terminal::Console};

/// Run a Service Bus on this machine, in place of the official emulator
///
/// Serves queues, topics and subscriptions to any AMQP client on loopback until Ctrl-C. Nothing outside of this machine
/// can connect, and tokens are not checked.
///
/// Takes the Config.json of the official emulator as it is. Without one, entities are made when they are used. Messages
/// are gone when the command ends, unless --data says where to keep them.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  listener local
  listener local --config Config.json
  listener local --data service-bus
  listener local --tls-port 5671 --tls-root root.pem
  listener local --port 0 --http-port 0 --json
  listener local --fault cut=every:100

The connection string is printed; it is that of the official emulator.")]
pub(crate) struct Args {
    /// Declare the entities of this Config.json
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep entities and messages in this directory [default: in memory]
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// Make entities that are used and not declared [default without --config]
    #[arg(long)]
    create_on_use: bool,
    /// The port for AMQP, also over WebSockets; 0 for any that is free
    #[arg(long, default_value_t = 5672)]
    port: u16,
    /// Serve AMQP with TLS on this port too; 0 for any that is free [Azure's: 5671]
    #[arg(long)]
    tls_port: Option<u16>,
    /// The certificate for TLS in PEM, its chain behind it [default: one for localhost, made at start]
    #[arg(long, value_name = "FILE", requires = "tls_key", requires = "tls_port")]
    tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Write the root of the certificate that is made at start to this file, for clients to trust
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_port",
        conflicts_with = "tls_certificate"
    )]
    tls_root: Option<PathBuf>,
    /// The port for HTTP: `/health`; 0 for any that is free
    #[arg(long, default_value_t = 5300)]
    http_port: u16,
    /// Let go wrong what a listener must bear, such as `cut=every:100` or `throttle=next:3`; may be given several times
    #[arg(long, value_name = "PLAN")]
    fault: Vec<FaultPlan>,
    /// When ready, write the ports and the connection string as one line of JSON, and nothing else
    #[arg(long)]
    json: bool,
}

/// Whether it started, and ended because it was told to.
pub(crate) fn run(args: &Args, console: &mut Console<impl Write, impl Write>) -> io::Result<bool> {
    let builder = match builder(args, console) {
        Ok(builder) => builder,
        Err(error) => {
            console.complain(format_args!("{error}"));
            return Ok(false);
        }
    };
    log(console.interactive);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut stop = pin!(listener_core::shutdown_signal());
        let started = tokio::select! {
            // First, so that signals are heard before anybody is told that they are.
            biased;
            _ = &mut stop => return Ok(true),
            started = builder.start() => started,
        };
        let azure = match started {
            Ok(azure) => azure,
            Err(error) => {
                console.complain(format_args!("{}", explain(&error)));
                return Ok(false);
            }
        };
        if let (Some(path), Some(root)) = (&args.tls_root, azure.tls_root_pem())
            && let Err(error) = fs::write(path, root)
        {
            let path = path.display();
            console.complain(format_args!("{path}: cannot be written: {error}"));
            return Ok(false);
        }
        for plan in &args.fault {
            azure.faults().switch(plan.clone());
        }
        tell(args, &azure, &mut console.out)?;
        stop.await;
        if let Err(error) = azure.shutdown().await {
            console.complain(format_args!("the last messages cannot be kept: {error}"));
            return Ok(false);
        }
        Ok(true)
    })
}

/// What clients do wrong goes to standard error, and more of what happens if the variable `RUST_LOG` asks for it.
fn log(coloured: bool) {
    let warnings = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into());
    let logging = tracing_subscriber::fmt()
        .with_env_filter(warnings.from_env_lossy())
        .with_writer(io::stderr)
        .with_ansi(coloured)
        .with_target(false)
        .without_time();
    // A log that is there already is as good.
    let _ = logging.try_init();
}

fn builder(args: &Args, console: &mut Console<impl Write, impl Write>) -> Result<Builder, String> {
    let mut builder = LocalAzure::builder()
        .port(args.port)
        .http_port(args.http_port);
    if let Some(path) = &args.config {
        builder = builder.config(config(path, console)?);
    }
    if args.create_on_use {
        builder = builder.create_on_use(true);
    }
    if let Some(directory) = &args.data {
        builder = builder.data(directory);
    }
    if let Some(port) = args.tls_port {
        builder = builder.tls_port(port);
    }
    if let (Some(certificate), Some(key)) = (&args.tls_certificate, &args.tls_key) {
        let identity = TlsIdentity::from_pem_files(certificate, key);
        builder = builder.tls(identity.map_err(|error| error.to_string())?);
    }
    Ok(builder)
}

/// What the file declares; what is passed over in it is told.
fn config(
    path: &Path,
    console: &mut Console<impl Write, impl Write>,
) -> Result<ServiceBusConfig, String> {
    let file = Input::from(path.to_owned());
    let json = file
        .read(FILE_LIMIT)
        .map_err(|error| format!("{file}: {error}"))?;
    let Loaded { config, warnings } = ServiceBusConfig::from_json(&json).map_err(|error| {
        let problems = error.to_string();
        let lines: Vec<_> = problems
            .lines()
            .map(|line| format!("{file}: {line}"))
            .collect();
        lines.join("\n")
    })?;
    for warning in warnings {
        console.complain(format_args!("{file}: warning: {warning}"));
    }
    Ok(config)
}

/// What is wrong, and where to look.
fn explain(error: &StartError) -> String {
    let StartError::Port {
        protocol,
        port,
        cause,
    } = error
    else {
        return error.to_string();
    };
    if cause.kind() != io::ErrorKind::AddrInUse {
        return error.to_string();
    }
    let (option, others) = match *protocol {
        "HTTP" => ("--http-port", "the official emulator"),
        "AMQPS" => ("--tls-port", "RabbitMQ or ActiveMQ"),
        _ => ("--port", "RabbitMQ, ActiveMQ or the official emulator"),
    };
    format!(
        "port {port} for {protocol} is taken: end what listens there ({others}, or another `listener local`), or take \
         any port that is free with `{option} 0`"
    )
}

/// Who started the command learns that it is ready.
fn tell(args: &Args, azure: &LocalAzure, out: &mut impl Write) -> io::Result<()> {
    if args.json {
        serde_json::to_writer(&mut *out, &Ready::new(azure))?;
        writeln!(out)?;
    } else {
        write_welcome(args, azure, out)?;
    }
    out.flush()
}

/// The line for programs.
#[derive(serde::Serialize)]
struct Ready {
    amqp_port: u16,
    amqps_port: Option<u16>,
    http_port: Option<u16>,
    connection_string: String,
}

impl Ready {
    fn new(azure: &LocalAzure) -> Self {
        Self {
            amqp_port: azure.amqp_port(),
            amqps_port: azure.amqps_port(),
            http_port: azure.http_port(),
            connection_string: azure.connection_string(),
        }
    }
}

/// What there is, as much of it as one likes to read.
fn names(entities: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = entities.len().min(SHOWN);
    let names = entities[..shown].join(", ");
    match entities.len() - shown {
        0 => format!("Entities: {names}"),
        more => format!("Entities: {names} and {more} more"),
    }
}

/// A queue to begin with.
fn first_queue(azure: &LocalAzure) -> String {
    let namespace = azure.namespace();
    let is_queue = |path: &String| {
        namespace
            .describe(path)
            .is_ok_and(|entity| entity.kind == EntityKind::Queue)
    };
    let found = namespace.entities().into_iter().find(is_queue);
    found.unwrap_or_else(|| "crm".to_owned())
}

/// The lines for people.
fn write_welcome(args: &Args, azure: &LocalAzure, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "Service Bus is ready on this machine. Ctrl-C ends it.\n"
    )?;
    let port = azure.amqp_port();
    writeln!(out, "  AMQP   localhost:{port}, also over WebSockets")?;
    if let Some(port) = azure.amqps_port() {
        writeln!(out, "  AMQPS  localhost:{port}, also over WebSockets")?;
    }
    if let Some(port) = azure.http_port() {
        writeln!(out, "  HTTP   http://localhost:{port}/health")?;
    }
    writeln!(
        out,
        "\nConnection string:\n\n  {}\n",
        azure.connection_string()
    )?;
    let entities = azure.namespace().entities();
    let on_use = args.create_on_use || args.config.is_none();
    match (&entities[..], on_use) {
        ([], true) => writeln!(
            out,
            "Queues, topics and subscriptions are made when they are used."
        )?,
        ([], false) => writeln!(out, "There are no queues and topics.")?,
        (all, true) => writeln!(out, "{}; others are made when they are used.", names(all))?,
        (all, false) => writeln!(out, "{}.", names(all))?,
    }
    match &args.data {
        None => writeln!(
            out,
            "Messages are held in memory: they are gone when this ends."
        )?,
        Some(directory) => writeln!(out, "Messages are kept in {}.", directory.display())?,
    }
    writeln!(
        out,
        "\nNext, in another terminal:\n\n  \
         export SERVICEBUS_CONNECTION_STRING='{}'\n  \
         listener post --queue {} --sample",
        azure.connection_string(),
        first_queue(azure),
    )
}
