//! The contract with clients: a change of it is seen in the diff.

use jishi::router::contract;
use std::fs;

const FILE: &str = "docs/openapi.json";

#[test]
fn the_contract_is_the_one_that_is_written_down() {
    let now = contract().to_pretty_json().unwrap();
    let written = fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        written.trim_end() == now,
        "{FILE} differs from the routes: look at the change, then cargo run -- openapi > {FILE}"
    );
}

#[test]
fn words_of_the_contract_are_those_on_the_wire() {
    let contract = serde_json::to_value(contract()).unwrap();
    let schemas = contract["components"]["schemas"].as_object().unwrap();
    let words = schemas.values().filter_map(|schema| schema["enum"].as_array()).flatten();
    let words: Vec<_> = words.map(|word| word.as_str().unwrap()).collect();
    assert!(words.contains(&"unpaid") && words.contains(&"refunding"));
    assert!(words.iter().all(|word| **word == word.to_lowercase()), "{words:?}");
}

#[test]
fn every_operation_is_described() {
    let contract = serde_json::to_value(contract()).unwrap();
    let mut names = std::collections::HashSet::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{place} has no summary");
            assert!(operation["tags"][0].is_string(), "{place} has no tag");
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{place}: the name {name} is taken");
        }
    }
}
