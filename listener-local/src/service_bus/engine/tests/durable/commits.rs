use std::{future::poll_fn, task::Poll};

use super::{super::super::Commits, *};

#[tokio::test]
async fn things_come_in_their_order_once_they_are_on_the_disk() {
    let directory = Directory::new();
    let namespace = open(&directory);
    namespace
        .create_queue("q", QueueOptions::default())
        .unwrap();
    let mut commits = Commits::new(&namespace);
    for id in 0..20 {
        namespace.send("q", message("1")).unwrap();
        commits.push(id);
        if id == 10 {
            namespace.committed().await.unwrap();
        }
    }
    for id in 0..20 {
        let (thing, result) = poll_fn(|cx| commits.poll_next(cx)).await;
        assert_eq!((thing, result), (id, Ok(())));
    }
    assert!(commits.is_empty());
    assert!(poll_fn(|cx| Poll::Ready(commits.poll_next(cx).is_pending())).await);
}

#[tokio::test]
async fn what_was_not_committed_before_the_end_is_told_as_a_failure() {
    let directory = Directory::new();
    let namespace = open(&directory);
    namespace
        .create_queue("q", QueueOptions::default())
        .unwrap();
    namespace.send("q", message("1")).unwrap();
    namespace.close().await.unwrap();
    let queue = namespace.open("q").unwrap();
    let mut commits = Commits::new(&namespace);
    queue.purge().unwrap();
    commits.push("purge");
    let (_, result) = poll_fn(|cx| commits.poll_next(cx)).await;
    assert_eq!(result.unwrap_err().condition(), "com.microsoft:server-busy");
}

#[tokio::test]
async fn in_memory_things_are_ready_at_once() {
    let namespace = Namespace::new(NamespaceOptions::default());
    let mut commits = Commits::new(&namespace);
    commits.push("a");
    let polled = poll_fn(|cx| Poll::Ready(commits.poll_next(cx))).await;
    assert_eq!(polled, Poll::Ready(("a", Ok(()))));
}
