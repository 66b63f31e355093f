//! The `listener` command: decodes Dataverse's execution contexts, writes them in another format,
//! posts them as Dataverse does, prints the rules of subscriptions, and runs a Service Bus on loopback.

mod command;
mod decode;
mod encode;
mod filter;
mod format;
mod input;
mod local;
mod post;
mod terminal;

use std::{
    io::{self, BufWriter, IsTerminal},
    process::ExitCode,
};

use clap::Parser;

use crate::{command::Command, terminal::Console};

/// Works with the execution contexts that Dataverse posts.
#[derive(Parser)]
#[command(name = "listener", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(help) => {
            // Where even this cannot be written there is nobody to tell.
            let _ = help.print();
            return u8::try_from(help.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let mut console = Console {
        out: BufWriter::new(io::stdout().lock()),
        err: io::stderr(),
        interactive: io::stderr().is_terminal(),
    };
    match command.run(&mut console) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever read the output has seen enough, as in `listener decode … | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            console.complain(format_args!("cannot write the output: {error}"));
            ExitCode::FAILURE
        }
    }
}
