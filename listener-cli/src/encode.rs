use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

use listener_core::{
    decode::{DecodeOptions, Format},
    encode::{Guesses, document_into},
};

use crate::{
    decode::{notes, read},
    format::FormatName,
    input::Input,
    terminal::Console,
};

/// Write a message in another format, byte for byte as Microsoft's serialisers would
///
/// Reads a message in any format, as `decode` does, and writes it to standard output or to a file. A message in JSON does
/// not name the types of its numbers and lists, which XML and .NET binary do: those are guessed by rule, and the guesses
/// told on standard error. A local date without an offset (.NET binary has none) is written with +0000.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  listener encode --format binary create-account.json -o create-account.msbin1
  listener encode --format xml create-account.msbin1")]
pub(crate) struct Args {
    /// The format to write
    #[arg(long, value_enum)]
    format: FormatName,
    /// The file to write; standard output if it is left out
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The file to read; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Whether the message was written.
pub(crate) fn run(args: &Args, console: &mut Console<impl Write, impl Write>) -> io::Result<bool> {
    let input = Input::from(args.file.clone());
    let mut told = Vec::new();
    let body = match encoded(&input, args.format.into(), &mut told) {
        Ok(body) => body,
        Err(error) => {
            console.complain(format_args!("{input}: {error}"));
            return Ok(false);
        }
    };
    match &args.output {
        None => console.out.write_all(&body)?,
        Some(path) => {
            if let Err(error) = fs::write(path, &body) {
                console.complain(format_args!(
                    "{}: cannot be written: {error}",
                    path.display()
                ));
                return Ok(false);
            }
        }
    }
    for note in told {
        console.complain(format_args!("{input}: note: {note}"));
    }
    console.out.flush()?;
    Ok(true)
}

fn encoded(input: &Input, format: Format, told: &mut Vec<String>) -> Result<Vec<u8>, String> {
    let (_, decoded) = read(input, &DecodeOptions::default())?;
    told.extend(notes(&decoded.notes));
    let mut body = Vec::new();
    let guesses = document_into(&decoded.document, format, &mut body).map_err(|e| e.to_string())?;
    if guesses != Guesses::default() {
        told.push(guesses.to_string());
    }
    Ok(body)
}
