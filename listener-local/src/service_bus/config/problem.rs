use std::{error::Error, fmt};

/// The largest file that is read, in bytes.
pub const FILE_LIMIT: usize = 4 * 1024 * 1024;

/// How many problems are told; a file may hold more.
const PROBLEM_LIMIT: usize = 100;

/// What is wrong at one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    path: String,
    text: String,
}

impl Problem {
    /// Where it is: `$.UserConfig.Namespaces[0].Queues[2].Name`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was expected there, and of what kind and size that is which was found.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.text)
    }
}

/// What a file declares, and what in it is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded<T> {
    /// What it declares.
    pub config: T,
    /// What of it is passed over, for a person to read.
    pub warnings: Vec<Problem>,
}

/// Where the emulators write their log. Nothing of this crate reads it: a program logs as it is told to by its user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logging {
    /// To a file.
    pub file: bool,
    /// To the console.
    pub console: bool,
}

/// Why a file declares nothing: all that is wrong with it, up to 100 problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
    untold: usize,
}

impl ConfigError {
    pub(super) fn whole(text: String) -> Self {
        Self {
            problems: vec![Problem {
                path: "$".to_owned(),
                text,
            }],
            untold: 0,
        }
    }

    /// What is wrong, in the order of the places.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// A problem a line.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        if self.untold > 0 {
            write!(f, "\nand {} more", self.untold)?;
        }
        Ok(())
    }
}

impl Error for ConfigError {}

/// What a reader has found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: Vec<Problem>,
    untold: usize,
    warnings: Vec<Problem>,
}

impl Report {
    pub(super) fn error(&mut self, path: &str, text: impl Into<String>) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(Problem {
                path: path.to_owned(),
                text: text.into(),
            });
        } else {
            self.untold += 1;
        }
    }

    pub(super) fn warn(&mut self, path: &str, text: impl Into<String>) {
        if self.warnings.len() < PROBLEM_LIMIT {
            self.warnings.push(Problem {
                path: path.to_owned(),
                text: text.into(),
            });
        }
    }

    pub(super) fn finish<T>(self, config: T) -> Result<Loaded<T>, ConfigError> {
        if self.problems.is_empty() {
            return Ok(Loaded {
                config,
                warnings: self.warnings,
            });
        }
        Err(ConfigError {
            problems: self.problems,
            untold: self.untold,
        })
    }
}
