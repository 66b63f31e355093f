//! The table of features in the documentation, held to the checks that there are.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    catalog::{Check, checks},
    features::FEATURES,
    peer::Peer,
};

/// The checks that the table names: those of Python stand in its second column, those of JavaScript in its third.
fn told(column: usize) -> BTreeSet<Check> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../listener-local/FEATURES.md");
    let page = fs::read_to_string(page).expect("the page of features");
    page.lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let feature = cells[0].split('`').nth(1).expect("a feature").to_owned();
            let names = cells[column].split(", ").filter(|name| !name.is_empty());
            names
                .map(|name| Check {
                    feature: feature.clone(),
                    name: name.trim_matches('`').to_owned(),
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_table_of_features_names_every_check_and_no_other() {
    for (column, peer) in [(2, Peer::Python), (3, Peer::JavaScript)] {
        let there: BTreeSet<_> = checks(peer).into_iter().collect();
        let told = told(column);
        let missing: Vec<_> = there.difference(&told).collect();
        let invented: Vec<_> = told.difference(&there).collect();
        assert!(
            missing.is_empty(),
            "checks of {peer:?} that the table does not name: {missing:#?}"
        );
        assert!(
            invented.is_empty(),
            "checks of {peer:?} that are not there: {invented:#?}"
        );
    }
}

#[test]
fn every_check_judges_a_feature_that_can_be_taken_away() {
    for peer in [Peer::Python, Peer::JavaScript] {
        for check in checks(peer) {
            let known = FEATURES
                .iter()
                .any(|(feature, _)| *feature == check.feature);
            assert!(
                known,
                "{} judges {}, which is no feature",
                check.name, check.feature
            );
        }
    }
}

#[test]
fn every_feature_that_can_be_taken_away_is_judged() {
    let judged: BTreeSet<_> = [Peer::Python, Peer::JavaScript]
        .into_iter()
        .flat_map(checks)
        .map(|check| check.feature)
        .collect();
    for (feature, _) in FEATURES {
        assert!(judged.contains(*feature), "nobody judges {feature}");
    }
}
