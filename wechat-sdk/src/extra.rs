//! What an answer has besides.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Members of an answer that this crate does not list, as they came. `Debug` shows their names only: the values may
/// be personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extra(Map<String, Value>);

impl Extra {
    /// One member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| !names.contains(&name.as_str()));
        self
    }

    /// Whether everything was listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Rest)
    }
}

struct Rest;

impl<'de> Visitor<'de> for Rest {
    type Value = Extra;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// `errcode` 0 and its `errmsg` say nothing.
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Extra, A::Error> {
        let mut rest = Map::new();
        while let Some((name, value)) = from.next_entry::<String, Value>()? {
            rest.insert(name, value);
        }
        if rest.get("errcode").is_none_or(|code| *code == 0 || *code == "0") {
            rest.remove("errcode");
            rest.remove("errmsg");
        }
        Ok(Extra(rest))
    }
}
