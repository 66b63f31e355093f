//! Namespaces that outlive their process. No clock is paused here, since commits take their time elsewhere.

mod disk;
mod faults;
mod killed;
mod model;
mod reopened;

use std::{
    fs,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::*;

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let name = format!("listener-store-{}", Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn store(&self) -> PathBuf {
        self.0.join("service-bus.redb")
    }
}

impl AsRef<Path> for Directory {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left is the system's to clean.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn open(directory: &Directory) -> Namespace {
    Namespace::open_in(directory, NamespaceOptions::default()).unwrap()
}

/// The same namespace in its next life.
async fn reopen(namespace: Namespace, directory: &Directory) -> Namespace {
    namespace.close().await.unwrap();
    open(directory)
}
