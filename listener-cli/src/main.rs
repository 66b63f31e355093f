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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// The calls of the command in lines that a shell would get; those within other calls are left out.
    fn calls(lines: &str) -> Vec<String> {
        let uncommented = lines.lines().filter_map(|line| line.split(" # ").next());
        let calls = uncommented
            .filter(|line| !line.contains("<("))
            .filter_map(|line| {
                let start = line.find(" listener ").map(|space| space + 1);
                let start = start.or(line.starts_with("listener ").then_some(0))?;
                Some(line[start..].split(" | ").next()?.to_owned())
            });
        calls.collect()
    }

    #[test]
    fn takes_every_call_that_readme_and_help_show() {
        let readme = include_str!("../../README.md").replace("\\\n", "");
        let shown = readme.lines().filter_map(|line| line.strip_prefix("$ "));
        let mut all = calls(&shown.collect::<Vec<_>>().join("\n"));
        assert!(all.len() > 10, "{all:?}");
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            let examples = help.unwrap_or_default().replace("\\\n", "");
            let examples = examples.lines().filter(|line| line.starts_with("  "));
            let calls = calls(&examples.collect::<Vec<_>>().join("\n"));
            assert!(calls.len() >= 2, "{}: {calls:?}", command.get_name());
            all.extend(calls);
        }
        for call in all {
            if let Err(error) = Cli::try_parse_from(call.split_whitespace()) {
                panic!("{call}\n{error}");
            }
        }
    }
}
