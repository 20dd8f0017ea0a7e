//! The rules of the house that the compiler cannot hold by itself.

use std::fs;
use std::path::{Path, PathBuf};

/// The tiers, lowest first; each may import what stands before it.
const TIERS: &[&str] = &["base", "infra", "mall", "flow"];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(dir: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix("src").unwrap().to_owned(), text));
            }
        }
    }
    let mut found = vec![];
    walk(Path::new("src"), &mut found);
    assert!(found.len() > 40, "the scanner found only {} files", found.len());
    found
}

fn part(path: &Path, place: usize) -> String {
    let part = path.iter().nth(place).map(|part| part.to_string_lossy().into_owned());
    part.unwrap_or_default().trim_end_matches(".rs").to_owned()
}

/// Every `crate::tier::module` that a file names, also those in braces.
fn imports(text: &str) -> Vec<(String, String)> {
    let mut found = vec![];
    for (at, _) in text.match_indices("crate::") {
        for (tier, rest) in branches(&text[at + 7..]) {
            let modules = rest.strip_prefix("::").map(branches).unwrap_or_default();
            let modules = modules.into_iter().map(|(module, _)| (tier.clone(), module));
            found.extend(modules.chain([(tier.clone(), String::new())]));
        }
    }
    found
}

/// The first word of a path, or of each path in braces, with what follows it.
fn branches(text: &str) -> Vec<(String, &str)> {
    let Some(inner) = text.strip_prefix('{') else { return vec![word(text)] };
    let (mut depth, mut start, mut found) = (0_i32, 0, vec![]);
    for (at, c) in inner.char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth < 0 || (depth == 0 && c == ',') {
            found.push(word(inner[start..].trim_start()));
            start = at + 1;
        }
        if depth < 0 {
            break;
        }
    }
    found
}

fn word(text: &str) -> (String, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

#[test]
fn imports_in_braces_are_seen() {
    let text = "use crate::{base::Id, mall::{order::{self, Line}, stock}};\nuse crate::infra::db::Conn;";
    let found = imports(text);
    for (tier, module) in [("base", "Id"), ("mall", "order"), ("mall", "stock"), ("infra", "db")] {
        assert!(found.contains(&(tier.to_owned(), module.to_owned())), "{tier}::{module} in {found:?}");
    }
}

#[test]
fn slices_do_not_climb_to_their_neighbours() {
    for (path, text) in sources() {
        let depth = path.iter().count();
        if part(&path, 0) == "mall" && depth <= 3 {
            assert!(!text.contains("super::super::"), "{} climbs out of its slice", path.display());
        }
    }
}

#[test]
fn imports_go_one_way() {
    let mut wrong = vec![];
    for (path, text) in sources() {
        let Some(own) = TIERS.iter().position(|tier| *tier == part(&path, 0)) else { continue };
        for (tier, module) in imports(&text) {
            let target = TIERS.iter().position(|name| *name == tier);
            let above = target.is_some_and(|target| target > own);
            let top = ["app", "config", "demo", "router", "serve", "workers"].contains(&&*tier);
            let neighbour = own == 2 && tier == "mall" && !module.is_empty() && module != part(&path, 1);
            if above || top || neighbour {
                wrong.push(format!("{} may not import crate::{tier}::{module}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn sql_stands_only_in_stores_and_infra() {
    for (path, text) in sources() {
        let may = part(&path, 0) == "infra" || path.ends_with("store.rs");
        assert!(may || !text.contains(".query("), "{} must leave SQL to its store.rs", path.display());
    }
}

#[test]
fn what_happened_is_never_rewritten() {
    for (path, text) in sources() {
        for table in [
            "ledger_transaction",
            "ledger_entry",
            "order_history",
            "after_sale_history",
            "stock_move",
            "wechat_call",
        ] {
            for change in ["update", "delete from"] {
                let found = text.contains(&format!("{change} {table}"));
                assert!(!found, "{}: rows of {table} are only ever added", path.display());
            }
        }
    }
}

/// The names under which the types of a file stand in the contract.
fn schemas(text: &str) -> Vec<String> {
    let (mut found, mut other, mut is_near) = (vec![], None, false);
    for line in text.lines().map(str::trim) {
        is_near |= line.starts_with("#[derive(") && line.contains("ToSchema");
        is_near |= line.ends_with("column_enum!(");
        other = other.or(line.strip_prefix("#[schema(as = ").map(|rest| word(rest).0));
        let is_attribute = line.starts_with(['#', '/', ')']) || line.ends_with("column_enum!(");
        if is_near && !is_attribute {
            let words =
                line.split_once("struct ").or(line.split_once("enum ")).map_or(line, |(_, name)| name);
            found.push(other.take().unwrap_or_else(|| word(words).0));
            is_near = false;
        }
    }
    // Those of macros have none.
    found.retain(|name| !name.is_empty());
    found
}

/// Of two types of one name the contract would describe one only, in both places.
#[test]
fn types_of_the_contract_have_names_of_their_own() {
    let mut known = std::collections::HashMap::new();
    for (path, text) in sources() {
        for name in schemas(&text) {
            if let Some(other) = known.insert(name.clone(), path.clone()) {
                panic!("{name} stands in {} and in {}: #[schema(as = …)]", other.display(), path.display());
            }
        }
    }
    assert!(known.len() > 140 && known.contains_key("LedgerKind") && known.contains_key("TradeState"));
}

#[test]
fn files_stay_small() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 500, "{} has {lines} lines: cut it along its meaning", path.display());
    }
}
