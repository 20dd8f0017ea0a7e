//! A part of the state: records by key, with a memory of what a change under way has touched.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Records by key. What a change touches is remembered as it was, so that a change that fails can be taken
/// back, and only what a change touched has to be written down.
#[derive(Debug)]
pub(crate) struct Table<T> {
    records: BTreeMap<String, T>,
    before: BTreeMap<String, Option<T>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), before: BTreeMap::new() }
    }
}

/// A record as it is written down; without a body it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) part: &'static str,
    pub(crate) key: String,
    pub(crate) body: Option<String>,
}

impl<T> Table<T> {
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.records.get(key)
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.records.contains_key(key)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.records.values()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &T)> {
        self.records.iter()
    }

    /// The number behind the last one, in a table whose keys are numbers.
    pub(crate) fn next_number(&self) -> u64 {
        let last = self.records.last_key_value().and_then(|(key, _)| key.parse::<u64>().ok());
        last.unwrap_or(0) + 1
    }

    pub(crate) fn first(&self) -> Option<(&String, &T)> {
        self.records.first_key_value()
    }

    /// The records whose keys begin with `prefix`, in order.
    pub(crate) fn below<'a>(
        &'a self,
        prefix: &str,
    ) -> impl Iterator<Item = (&'a String, &'a T)> + use<'a, T> {
        let prefix = prefix.to_owned();
        let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        self.records.range::<str, _>(from).take_while(move |(key, _)| key.starts_with(&prefix))
    }
}

impl<T: Clone> Table<T> {
    fn remember(&mut self, key: &str) {
        if !self.before.contains_key(key) {
            self.before.insert(key.to_owned(), self.records.get(key).cloned());
        }
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        if self.records.contains_key(key) {
            self.remember(key);
        }
        self.records.get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: impl Into<String>, record: T) {
        let key = key.into();
        self.remember(&key);
        self.records.insert(key, record);
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<T> {
        self.remember(key);
        self.records.remove(key)
    }

    /// Removes what `keep` does not want.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str, &T) -> bool) {
        let gone: Vec<String> = self
            .records
            .iter()
            .filter(|(key, record)| !keep(key, record))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.remove(&key);
        }
    }
}

impl<T: Clone + Default> Table<T> {
    /// The record, made first where it is missing.
    pub(crate) fn entry(&mut self, key: &str) -> &mut T {
        self.remember(key);
        self.records.entry(key.to_owned()).or_default()
    }
}

/// What the whole state asks of each of its parts.
pub(crate) trait Part {
    /// Takes the change under way back.
    fn undo(&mut self);
    /// Ends the change under way; what it touched goes into `rows` if they are wanted.
    fn settle(&mut self, part: &'static str, rows: Option<&mut Vec<Row>>);
    /// Puts in a record that was written down.
    fn load(&mut self, key: String, body: &str) -> Result<(), serde_json::Error>;
}

impl<T: Clone + Serialize + DeserializeOwned> Part for Table<T> {
    fn undo(&mut self) {
        for (key, record) in std::mem::take(&mut self.before) {
            match record {
                Some(record) => drop(self.records.insert(key, record)),
                None => drop(self.records.remove(&key)),
            }
        }
    }

    fn settle(&mut self, part: &'static str, rows: Option<&mut Vec<Row>>) {
        let touched = std::mem::take(&mut self.before);
        let Some(rows) = rows else { return };
        for key in touched.into_keys() {
            let body = self.records.get(&key).map(|record| {
                serde_json::to_string(record).expect("the records of the simulator have texts as keys")
            });
            rows.push(Row { part, key, body });
        }
    }

    fn load(&mut self, key: String, body: &str) -> Result<(), serde_json::Error> {
        self.records.insert(key, serde_json::from_str(body)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<i64> {
        let mut table = Table::default();
        table.insert("a", 1);
        table.insert("b", 2);
        table.settle("t", None);
        table
    }

    #[test]
    fn a_change_that_fails_leaves_nothing_behind() {
        let mut table = table();
        *table.get_mut("a").unwrap() = 5;
        table.remove("b");
        table.insert("c", 3);
        *table.entry("c") = 4;
        table.undo();
        assert_eq!(
            table.iter().map(|(key, value)| (key.as_str(), *value)).collect::<Vec<_>>(),
            [("a", 1), ("b", 2)]
        );
    }

    #[test]
    fn only_what_was_touched_is_written_down() {
        let mut table = table();
        *table.get_mut("a").unwrap() = 5;
        table.remove("b");
        assert!(table.get_mut("nobody").is_none());
        let mut rows = Vec::new();
        table.settle("t", Some(&mut rows));
        let row = |key: &str, body: Option<&str>| Row {
            part: "t",
            key: key.to_owned(),
            body: body.map(str::to_owned),
        };
        assert_eq!(rows, [row("a", Some("5")), row("b", None)]);
        let mut none = Vec::new();
        table.settle("t", Some(&mut none));
        assert!(none.is_empty());
    }

    #[test]
    fn finds_what_begins_alike() {
        let mut table = Table::default();
        for key in ["a/1", "a/2", "b/1"] {
            table.insert(key, 0);
        }
        assert_eq!(table.below("a/").map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a/1", "a/2"]);
    }
}
