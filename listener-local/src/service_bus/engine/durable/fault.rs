use std::{io, path::Path};

use super::StoreError;

/// What goes wrong with a file.
pub(super) enum Fault {
    Store(Box<redb::Error>),
    /// It holds something that it should not; what, without a value of it.
    Damaged(String),
}

macro_rules! from_faults_of_redb {
    ($($fault:ident)*) => {
        $(
            impl From<redb::$fault> for Fault {
                fn from(error: redb::$fault) -> Self {
                    Self::Store(Box::new(error.into()))
                }
            }
        )*
    };
}

from_faults_of_redb! { CommitError DatabaseError StorageError TableError TransactionError }

impl Fault {
    /// What it means for who opens the store.
    pub(super) fn at(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        let error = match self {
            Self::Store(error) => *error,
            Self::Damaged(found) => return StoreError::Damaged { path, found },
        };
        let found = match error {
            redb::Error::DatabaseAlreadyOpen => return StoreError::InUse { path },
            redb::Error::Io(source) if is_of_content(&source) => {
                "a file of another kind, or one that is cut off"
            }
            redb::Error::Io(source) => return StoreError::Io { path, source },
            redb::Error::TableDoesNotExist(_) | redb::Error::TableTypeMismatch { .. } => {
                "a store of something else"
            }
            redb::Error::Corrupted(_) => "pages that do not hold together",
            _ => "a file that redb cannot read",
        };
        StoreError::Damaged {
            path,
            found: found.to_owned(),
        }
    }

    /// What it means for who waits for a commit, without what redb says of tables and keys.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Damaged(found) => found.clone(),
            Self::Store(error) => match &**error {
                redb::Error::Io(error) => error.to_string(),
                redb::Error::PreviousIo => "an earlier fault of the disk".to_owned(),
                redb::Error::DatabaseAlreadyOpen => "another process has the file open".to_owned(),
                _ => "the file is damaged".to_owned(),
            },
        }
    }
}

/// Whether it is what the file holds that is at fault, not the disk.
fn is_of_content(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}
