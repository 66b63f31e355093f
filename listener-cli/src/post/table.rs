use std::{
    borrow::Cow,
    io::{self, Write},
    time::Duration,
};

use listener_local::poster::SystemJob;

use crate::{input::Input, terminal::printable};

const HEAD: [&str; 7] = [
    "STATUS", "TRIES", "TIME", "BYTES", "MESSAGE", "TABLE", "FILE",
];

/// Which columns hold numbers, and so stand to the right.
const NUMBERS: [bool; 7] = [false, true, true, true, false, false, false];

/// As much of a message's or table's name as is shown.
const WIDEST: usize = 40;

/// Writes the jobs, one a line, in aligned columns; nothing if there are none.
pub(super) fn table(jobs: &[(Input, SystemJob)], out: &mut impl Write) -> io::Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let mut rows = vec![HEAD.map(Cow::from)];
    rows.extend(jobs.iter().map(|(input, job)| row(input, job)));
    let widths: [usize; 7] = std::array::from_fn(|column| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or_default()
    });
    for row in &rows {
        let mut line = String::new();
        for ((cell, width), number) in row.iter().zip(widths).zip(NUMBERS) {
            line += &if number {
                format!("{cell:>width$}  ")
            } else {
                format!("{cell:<width$}  ")
            };
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn row(input: &Input, job: &SystemJob) -> [Cow<'static, str>; 7] {
    let took = job
        .completed_on
        .and_then(|completed| completed.duration_since(job.created_on).ok());
    [
        job.status.to_string().into(),
        job.attempts.to_string().into(),
        time(took.unwrap_or_default()).into(),
        job.bytes.to_string().into(),
        name(&job.message_name).into(),
        name(&job.primary_entity_name).into(),
        input.to_string().into(),
    ]
}

fn time(time: Duration) -> String {
    match time.as_millis() {
        millis @ ..10_000 => format!("{millis} ms"),
        _ => format!("{} s", time.as_secs()),
    }
}

/// A name out of the message, which may be anything, on one line.
fn name(text: &str) -> String {
    let start: String = text.chars().take(WIDEST).collect();
    let mut shown = printable(start.as_bytes()).replace(['\n', '\t'], " ");
    if start.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_on_one_line_of_bearable_length() {
        assert_eq!(name("a\nb\tc\x1b[31m"), "a b c\\u{1b}[31m");
        assert_eq!(name(&"ä".repeat(41)), format!("{}…", "ä".repeat(40)));
        assert_eq!(name(&"ä".repeat(40)), "ä".repeat(40));
    }

    #[test]
    fn long_times_are_told_in_seconds() {
        assert_eq!(time(Duration::from_micros(12_345)), "12 ms");
        assert_eq!(time(Duration::from_millis(9_999)), "9999 ms");
        assert_eq!(time(Duration::from_secs(183)), "183 s");
    }
}
