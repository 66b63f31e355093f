//! Azure's own client libraries judge the Service Bus of `listener-local`.
//!
//! Each check is a function in `tests/peers`, on entities of its own, and judges one feature. All have to pass; and
//! each has to fail where its feature is missing, or it would judge nothing. `tests/peers/install` installs the
//! libraries.

mod catalog;
mod features;
mod loss;
mod meddler;
mod peer;
mod place;
mod sections;
mod table;

use std::time::Instant;

use tests::judges;
use tokio::sync::Mutex;

use crate::{
    catalog::{checks, names},
    features::FEATURES,
    peer::Peer,
    place::Place,
};

/// Locks of a second are at stake: two runs at a time would judge the machine.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_finds_what_azure_documents() {
    finds_what_azure_documents(Peer::Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn javascript_finds_what_azure_documents() {
    finds_what_azure_documents(Peer::JavaScript).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_notices_each_feature_that_is_missing() {
    notices_each_feature_that_is_missing(Peer::Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn javascript_notices_each_feature_that_is_missing() {
    notices_each_feature_that_is_missing(Peer::JavaScript).await;
}

async fn finds_what_azure_documents(peer: Peer) {
    let checks = checks(peer);
    let names = names(&checks);
    if !peer.is_installed() {
        judges::skip(&format!("{peer:?}"), names.len());
        return;
    }
    let _alone = ONE_AT_A_TIME.lock().await;
    let begin = Instant::now();
    let place = Place::whole(&peer.config().await).await;
    let verdicts = peer
        .judge(&[place.line("all", &names)], Some(place.root()))
        .await;
    judges::count("run", verdicts.len());
    println!(
        "{peer:?}: {} checks in {:.1?}",
        verdicts.len(),
        begin.elapsed()
    );
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|verdict| !verdict.ok)
        .map(|verdict| {
            let error = verdict.error.as_deref().unwrap_or_default();
            format!("{} ({} ms): {error}", verdict.name, verdict.ms)
        })
        .collect();
    let count = failed.len();
    assert!(
        failed.is_empty(),
        "{count} checks of {peer:?} failed:\n{}",
        failed.join("\n")
    );
    assert_eq!(verdicts.len(), names.len(), "verdicts");
}

async fn notices_each_feature_that_is_missing(peer: Peer) {
    let checks = checks(peer);
    if !peer.is_installed() {
        return;
    }
    let _alone = ONE_AT_A_TIME.lock().await;
    let config = peer.config().await;
    let (mut places, mut lines) = (Vec::new(), Vec::new());
    for (feature, losses) in FEATURES {
        let judging = checks.iter().filter(|check| check.feature == *feature);
        let names: Vec<_> = judging.map(|check| check.name.as_str()).collect();
        if !names.is_empty() {
            let place = Place::without(config.clone(), losses).await;
            lines.push(place.line(feature, &names));
            places.push(place);
        }
    }
    let verdicts = peer.judge(&lines, None).await;
    let blind: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.ok)
        .map(|verdict| format!("{} passes without {}", verdict.name, verdict.run))
        .collect();
    assert!(
        blind.is_empty(),
        "checks of {peer:?} that judge nothing:\n{}",
        blind.join("\n")
    );
    assert_eq!(verdicts.len(), checks.len(), "verdicts");
}
