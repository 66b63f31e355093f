use std::{error::Error, fmt, io, path::PathBuf};

/// Why a durable namespace cannot be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory or the file cannot be read or written.
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process, or another namespace of this one, has it open.
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// The file is none of ours, or is damaged.
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it; nothing of what it holds.
        found: String,
    },
    /// The file is of another version.
    Version {
        /// Which file.
        path: PathBuf,
        /// The version of the file.
        found: u64,
        /// The version that is read.
        expected: u64,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(
                f,
                "cannot open the store {}: see that the directory can be written to",
                path.display()
            ),
            Self::InUse { path } => write!(
                f,
                "the store {} is in use: end the other process, or take another directory",
                path.display()
            ),
            Self::Damaged { path, found } => write!(
                f,
                "expected a Service Bus store in {}, found {found}: \
                 restore it from a copy, or move it away to begin with an empty one",
                path.display()
            ),
            Self::Version {
                path,
                found,
                expected,
            } => write!(
                f,
                "expected version {expected} of the store {}, found {found}: \
                 use the release that wrote it, or move it away to begin with an empty one",
                path.display()
            ),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
