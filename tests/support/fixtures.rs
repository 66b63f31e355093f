//! The messages of `tests/fixtures`, and real captures where the machine has them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of the fixtures or the captures.
#[derive(Debug)]
pub struct Fixture {
    /// The name without folder and extension, as in `create-all-types`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Fixture {
    /// The file beside this one with another extension, as in `canonical.json`.
    pub fn beside(&self, extension: &str) -> String {
        let path = self.path.with_extension(extension);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// All golden messages in the format of this extension: those made by hand and the random ones.
pub fn goldens(extension: &str) -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut fixtures = files(&root.join("messages"), extension);
    fixtures.append(&mut files(&root.join("random"), extension));
    assert!(
        fixtures.len() > 70,
        "{} has {} fixtures only",
        root.display(),
        fixtures.len()
    );
    fixtures
}

/// One golden message, as in `golden("size-5k", "json")`.
pub fn golden(name: &str, extension: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/messages")
        .join(name)
        .with_extension(extension);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Real messages in the folder that `DATAVERSE_CAPTURES` names; `None`, with a line that says so, if it names none.
pub fn captures() -> Option<Vec<Fixture>> {
    let Some(folder) = std::env::var_os("DATAVERSE_CAPTURES") else {
        println!("skipped: DATAVERSE_CAPTURES names no folder of captured messages");
        return None;
    };
    let fixtures = files(Path::new(&folder), "json");
    assert!(
        !fixtures.is_empty(),
        "{} has no captures",
        Path::new(&folder).display()
    );
    Some(fixtures)
}

fn files(folder: &Path, extension: &str) -> Vec<Fixture> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut fixtures: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.expect("a readable folder").path();
            let name = path
                .file_name()?
                .to_str()?
                .strip_suffix(extension)?
                .strip_suffix('.')?;
            let name = (!name.contains('.')).then(|| name.to_owned())?;
            let bytes =
                fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            Some(Fixture { name, path, bytes })
        })
        .collect();
    fixtures.sort_by(|a, b| a.path.cmp(&b.path));
    fixtures
}
