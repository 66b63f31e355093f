use std::{
    io::{self, Write},
    path::PathBuf,
};

use listener_core::{
    decode::{
        DecodeOptions, Decoded, Format, Notes, Wrapping,
        binary::{Dump, Records},
        decode, repair,
    },
    encode,
};

use crate::{input::Input, terminal::Console};

/// Decode messages and print what they say
///
/// Reads execution contexts as Dataverse writes them to queues, topics, Event Hubs, webhooks and relays: .NET binary XML
/// (application/msbin1), JSON or XML, told apart by themselves, also within what forwarders wrap around them (a JSON
/// string, base64) and in SOAP envelopes.
///
/// A message that cannot be decoded is told on standard error, with its file, what was expected and where; the others
/// are printed all the same, and the exit code is 1.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  listener decode update-account.json
  listener decode --records message.msbin1
  curl -s https://example.org/message | listener decode -
  diff <(listener decode --canonical a.xml) <(listener decode --canonical a.json)")]
pub(crate) struct Args {
    /// Print each message as one line of JSON that is the same whatever format it came in
    #[arg(long)]
    canonical: bool,
    /// Print the records of .NET binary XML as they stand, with their offsets, up to a fault if there is one
    #[arg(long, conflicts_with = "canonical")]
    records: bool,
    /// Undo the double encoding of Dataverse's webhooks where it is found (`Ä“` for `ē`)
    #[arg(long)]
    repair_encoding: bool,
    /// The files to decode, one message each; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Whether all files could be decoded.
pub(crate) fn run(args: &Args, console: &mut Console<impl Write, impl Write>) -> io::Result<bool> {
    let options = DecodeOptions {
        repair_encoding: args.repair_encoding,
        ..DecodeOptions::default()
    };
    let several = args.files.len() > 1;
    let mut all = true;
    let mut first = true;
    for file in &args.files {
        let input = Input::from(file.clone());
        if several && !args.canonical {
            let space = if first { "" } else { "\n" };
            writeln!(console.out, "{space}==> {input} <==")?;
            first = false;
        }
        if args.records {
            match binary(&input, options.limits.bytes) {
                Ok(body) => {
                    // A SOAP message names its envelope by the static dictionary, which a dump knows.
                    writeln!(console.out, "{}", Dump::new(&body).to_string().trim_end())?;
                    all &= is_whole(&body);
                }
                Err(error) => {
                    console.complain(format_args!("{input}: {error}"));
                    all = false;
                }
            }
            continue;
        }
        let (body, decoded) = match read(&input, &options) {
            Ok(read) => read,
            Err(error) => {
                console.complain(format_args!("{input}: {error}"));
                all = false;
                continue;
            }
        };
        if args.canonical {
            writeln!(console.out, "{}", encode::canonical(&decoded.document))?;
        } else {
            writeln!(console.out, "{}", decoded.document.pretty().whole())?;
        }
        for note in notes(&decoded.notes) {
            console.complain(format_args!("{input}: note: {note}"));
        }
        if !args.repair_encoding && decoded.format == Format::Json && repair(&body).is_some() {
            console.complain(format_args!(
                "{input}: note: the text looks encoded twice, as webhooks of Dataverse do: `--repair-encoding` undoes it"
            ));
        }
    }
    console.out.flush()?;
    Ok(all)
}

/// The body, and what it says.
pub(crate) fn read(input: &Input, options: &DecodeOptions) -> Result<(Vec<u8>, Decoded), String> {
    let body = input
        .read(options.limits.bytes)
        .map_err(|error| error.to_string())?;
    let decoded = decode(&body, None, options).map_err(|error| error.to_string())?;
    Ok((body, decoded))
}

/// A body that may be .NET binary XML, whole or not.
fn binary(input: &Input, limit: usize) -> Result<Vec<u8>, String> {
    let body = input.read(limit).map_err(|error| error.to_string())?;
    let found = match Format::detect(None, &body) {
        Some(Format::Json) => "JSON",
        Some(Format::Xml) => "text XML",
        _ => return Ok(body),
    };
    Err(format!(
        "expected .NET binary XML, found {found}, which has no records: leave out `--records`"
    ))
}

/// Whether the records end where the body does, without a fault.
fn is_whole(body: &[u8]) -> bool {
    let mut records = Records::new(body);
    loop {
        match records.read() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// What somebody who looks at the output has to know about it.
pub(crate) fn notes(notes: &Notes) -> Vec<String> {
    let mut told = Vec::new();
    for wrapping in &notes.unwrapped {
        let what = match wrapping {
            Wrapping::JsonString => "a JSON string",
            Wrapping::Base64 => "base64",
            Wrapping::BinaryString => "a .NET binary string",
            _ => "something",
        };
        told.push(format!("the message was wrapped in {what}"));
    }
    if notes.repaired_encoding {
        told.push("the text was encoded twice, which was undone".to_owned());
    }
    match notes.lone_surrogates {
        0 => {}
        1 => told.push("half a surrogate pair stood alone and is read as U+FFFD".to_owned()),
        n => told.push(format!(
            "{n} halves of surrogate pairs stood alone and are read as U+FFFD"
        )),
    }
    told
}
