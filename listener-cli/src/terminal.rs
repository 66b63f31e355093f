use std::{
    fmt,
    io::{self, Write},
};

/// Where a command writes.
pub(crate) struct Console<O, E> {
    /// What was asked for.
    pub(crate) out: O,
    /// What went wrong, and what is good to know.
    pub(crate) err: E,
    /// Whether somebody looks at `err` as it is written.
    pub(crate) interactive: bool,
}

impl<O: Write, E: Write> Console<O, E> {
    /// A line on the error stream, after all that was written so far.
    pub(crate) fn complain(&mut self, line: fmt::Arguments<'_>) {
        // A reader of the output who left is noticed at the next write of output.
        let _ = self.out.flush();
        let _ = writeln!(self.err, "{line}");
    }

    /// Shows how far the work is, on a line that the next call replaces.
    pub(crate) fn progress(&mut self, done: usize, of: usize) {
        if self.interactive && of > 1 {
            let _ = write!(self.err, "\r\x1b[K{done} of {of}");
            let _ = self.err.flush();
        }
    }

    /// Takes the progress line away, for output to come in its place.
    pub(crate) fn clear_progress(&mut self) {
        if self.interactive {
            let _ = write!(self.err, "\r\x1b[K");
            let _ = self.err.flush();
        }
    }
}

/// Text from elsewhere, without what a terminal would obey.
pub(crate) fn printable(text: &[u8]) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '\n' | '\t' => printable.push(character),
            _ if character.is_control() => printable.extend(character.escape_default()),
            _ => printable.push(character),
        }
    }
    printable
}

/// Writes `text` and, unless it is empty or ends in one, a new line.
pub(crate) fn write_block(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(interactive: bool) -> Console<Vec<u8>, Vec<u8>> {
        Console {
            out: Vec::new(),
            err: Vec::new(),
            interactive,
        }
    }

    #[test]
    fn shows_progress_to_somebody_who_looks_and_takes_it_away() {
        let mut console = console(true);
        console.progress(1, 20);
        console.clear_progress();
        console.complain(format_args!("a.json: no"));
        let shown = String::from_utf8(console.err).unwrap();
        assert_eq!(shown, "\r\x1b[K1 of 20\r\x1b[Ka.json: no\n");
    }

    #[test]
    fn writes_no_progress_to_a_file() {
        let mut console = console(false);
        console.progress(1, 20);
        console.clear_progress();
        assert!(console.err.is_empty());
    }

    #[test]
    fn shows_no_control_characters() {
        assert_eq!(
            printable(b"a\tb\nc\x1b[2J\r\xff\xc2\x9b"),
            "a\tb\nc\\u{1b}[2J\\r\u{fffd}\\u{9b}"
        );
    }

    #[test]
    fn ends_a_block_with_one_new_line() {
        for (text, written) in [("", ""), ("a", "a\n"), ("a\n", "a\n")] {
            let mut out = Vec::new();
            write_block(&mut out, text).unwrap();
            assert_eq!(out, written.as_bytes());
        }
    }
}
