use std::error::Error as _;

use redb::{Database, TableDefinition};

use super::{super::super::StoreError, *};

fn fault(directory: &Directory) -> StoreError {
    match Namespace::open_in(directory, NamespaceOptions::default()) {
        Ok(_) => panic!("expected the store to be refused"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_stays_as_it_is() {
    let directory = Directory::new();
    fs::write(directory.store(), "no store").unwrap();
    let error = fault(&directory);
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("move it away"));
    assert_eq!(fs::read(directory.store()).unwrap(), b"no store");
}

#[tokio::test]
async fn a_store_of_something_else_is_refused() {
    let directory = Directory::new();
    drop(Database::create(directory.store()).unwrap());
    let error = fault(&directory);
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn a_store_of_another_version_is_refused() {
    let directory = Directory::new();
    open(&directory).close().await.unwrap();
    let database = Database::open(directory.store()).unwrap();
    let about: TableDefinition<'_, &str, u64> = TableDefinition::new("about");
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(about)
        .unwrap()
        .insert("version", 2)
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = fault(&directory);
    assert!(
        matches!(
            error,
            StoreError::Version {
                found: 2,
                expected: 1,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_store_that_is_cut_off_is_refused() {
    let directory = Directory::new();
    let namespace = open(&directory);
    namespace
        .create_queue("q", QueueOptions::default())
        .unwrap();
    for _ in 0..100 {
        namespace.send("q", message("1")).unwrap();
    }
    namespace.close().await.unwrap();
    let whole = fs::read(directory.store()).unwrap();
    for len in [10, 100, 5_000, whole.len() / 2, whole.len() - 1] {
        fs::write(directory.store(), &whole[..len]).unwrap();
        let error = fault(&directory);
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_store_whose_records_are_damaged_is_refused() {
    let directory = Directory::new();
    let namespace = open(&directory);
    namespace
        .create_queue("q", QueueOptions::default())
        .unwrap();
    namespace.send("q", message("1")).unwrap();
    namespace.close().await.unwrap();
    let database = Database::open(directory.store()).unwrap();
    let messages: TableDefinition<'_, (u64, i64), &[u8]> = TableDefinition::new("messages");
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(messages)
        .unwrap()
        .insert((1, 1), &b"secret"[..])
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = fault(&directory);
    let told = error.to_string();
    assert!(told.contains("a message that does not decode"), "{told}");
    assert!(!told.contains("secret"));
}

#[tokio::test]
async fn a_store_that_is_open_already_is_refused() {
    let directory = Directory::new();
    let _first = open(&directory);
    let error = fault(&directory);
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_told() {
    let directory = Directory::new();
    fs::write(directory.0.join("file"), "").unwrap();
    let below = directory.0.join("file").join("below");
    let Err(error) = Namespace::open_in(below, NamespaceOptions::default()) else {
        panic!("expected the directory to be refused");
    };
    assert!(error.source().is_some());
}
