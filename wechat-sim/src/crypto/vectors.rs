//! The known answers that the tests of this folder compare with.

use std::sync::LazyLock;

use serde_json::Value;

static FILE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../tests/data/vectors.json")).expect("the vectors are JSON")
});

/// One known answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vector(&'static Value);

impl Vector {
    pub(super) fn named(id: &str) -> Self {
        let found = FILE["vectors"].as_array().and_then(|all| all.iter().find(|vector| vector["id"] == id));
        Self(found.unwrap_or_else(|| panic!("no vector {id}")))
    }

    fn text(self, pointer: &str) -> &'static str {
        let found = self.0.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text at {pointer} of {}", self.0["id"]))
    }

    pub(super) fn input(self, name: &str) -> &'static str {
        self.text(&format!("/input/{name}"))
    }

    pub(super) fn header(self, name: &str) -> &'static str {
        self.text(&format!("/input/headers/{name}"))
    }

    pub(super) fn expected(self, name: &str) -> &'static str {
        self.text(&format!("/expected/{name}"))
    }

    /// Members that are no text.
    pub(super) fn json(self) -> &'static Value {
        self.0
    }

    /// The PEM of the key that a member refers to.
    pub(super) fn pem(self, name: &str) -> &'static str {
        let reference = self.input(name).strip_prefix("keys.").expect("a reference to a key");
        key(reference)["pem"].as_str().expect("keys are PEM")
    }
}

/// One of the keys that vectors refer to.
pub(super) fn key(name: &str) -> &'static Value {
    FILE["keys"].get(name).unwrap_or_else(|| panic!("no key {name}"))
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hex is ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect()
}
