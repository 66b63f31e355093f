use std::io::{self, Write};

use clap::Subcommand;

use crate::{decode, encode, filter, local, post, terminal::Console};

#[derive(Subcommand)]
pub(crate) enum Command {
    Decode(decode::Args),
    Encode(encode::Args),
    Filter(filter::Args),
    Local(local::Args),
    Post(Box<post::Args>),
}

impl Command {
    /// Runs the command. Whether all went well; an error only if the output cannot be written.
    pub(crate) fn run(self, console: &mut Console<impl Write, impl Write>) -> io::Result<bool> {
        match self {
            Self::Decode(args) => decode::run(&args, console),
            Self::Encode(args) => encode::run(&args, console),
            Self::Filter(args) => filter::run(args, console),
            Self::Local(args) => local::run(&args, console),
            Self::Post(args) => post::run(*args, console),
        }
    }
}
