use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A message that comes with the command, for who has none: as `examples/messages` has it.
const SAMPLE: &[u8] = include_bytes!("../samples/create-account.json");

/// A file that a command reads, standard input, or the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Stdin,
    File(PathBuf),
    Sample,
}

/// Why an input could not be read.
#[derive(Debug)]
pub(crate) enum InputError {
    Io(io::Error),
    TooLarge { limit: usize },
}

impl Input {
    /// Reads all of it, but not more than `limit` bytes.
    pub(crate) fn read(&self, limit: usize) -> Result<Vec<u8>, InputError> {
        match self {
            Self::Stdin => read(io::stdin().lock(), limit),
            Self::File(path) => {
                let file = File::open(path)?;
                // A regular file tells its size; for others it is 0.
                if file.metadata()?.len() > limit as u64 {
                    return Err(InputError::TooLarge { limit });
                }
                read(file, limit)
            }
            Self::Sample => read(SAMPLE, limit),
        }
    }
}

fn read(from: impl Read, limit: usize) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    from.take((limit as u64).saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(InputError::TooLarge { limit });
    }
    Ok(bytes)
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        if path == Path::new("-") {
            Self::Stdin
        } else {
            Self::File(path)
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => path.display().fmt(f),
            Self::Sample => f.write_str("sample"),
        }
    }
}

impl From<io::Error> for InputError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot be read: {error}"),
            Self::TooLarge { limit } => {
                write!(f, "expected a message of at most {limit} bytes, found more")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_up_to_the_limit_and_not_beyond() {
        assert_eq!(read(&b"1234"[..], 4).unwrap(), b"1234");
        assert!(matches!(
            read(&b"12345"[..], 4),
            Err(InputError::TooLarge { limit: 4 })
        ));
        assert!(matches!(
            read(io::repeat(0), 4),
            Err(InputError::TooLarge { .. })
        ));
    }

    #[test]
    fn takes_a_dash_for_standard_input() {
        assert_eq!(Input::from(PathBuf::from("-")), Input::Stdin);
        let file = PathBuf::from("./-");
        assert_eq!(Input::from(file.clone()), Input::File(file));
    }
}
