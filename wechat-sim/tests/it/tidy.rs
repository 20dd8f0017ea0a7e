//! The rules of the house that the compiler cannot hold by itself.

use std::fs;
use std::path::{Path, PathBuf};

/// The tiers, lowest first; each may name what stands before it, and itself.
const TIERS: &[&[&str]] = &[
    &["clock", "crypto", "picture", "xml"],
    &["wire"],
    &["journal", "keys", "nonces", "quotas", "time"],
    &["world"],
    &["faults"],
    &["operation", "settings"],
    &["core"],
    &["signature", "views"],
    &["notify"],
    &["pay", "mini"],
    &["console", "life", "routes"],
    &["play"],
    &["pages"],
    &["control"],
    &["server"],
    &["simulator"],
    &["api"],
];

fn sources(dir: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix("src").unwrap().to_owned(), text));
        }
    }
}

fn all() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(Path::new("src"), &mut found);
    assert!(found.len() > 60, "the scanner found only {} files", found.len());
    found
}

fn tier(module: &str) -> Option<usize> {
    TIERS.iter().position(|tier| tier.contains(&module))
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in all() {
        let module = path.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let own = tier(&module).unwrap_or_else(|| panic!("{module} stands in no tier"));
        // Tests may look at anything.
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (at, _) in code.match_indices("crate::") {
            let name: String = code[at + 7..]
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect();
            // Names at the root are public ones, in documentation.
            let Some(other) = tier(&name) else { continue };
            if other > own {
                wrong.push(format!("{} names {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pay_and_mini_know_nothing_of_each_other() {
    for (path, text) in all() {
        for (one, other) in [("pay", "crate::mini"), ("mini", "crate::pay")] {
            assert!(!(path.starts_with(one) && text.contains(other)), "{} names {other}", path.display());
        }
    }
}

#[test]
fn nothing_is_shared_with_the_sdk() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    assert!(!manifest.contains("wechat-sdk"), "the simulator is a second opinion");
    for (path, text) in all() {
        assert!(!text.contains("wechat_sdk"), "{}", path.display());
    }
}

#[test]
fn files_are_short() {
    for (path, text) in all() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}
