//! What the platform thinks of texts, pictures and people.

use serde::{Deserialize, Serialize};

/// What becomes of a content; the worst of several counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suggest {
    /// Nothing is wrong.
    #[default]
    Pass,
    /// A person has to look at it.
    Review,
    /// It must not be shown.
    Risky,
}

impl Suggest {
    /// The spelling of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Risky => "risky",
        }
    }
}

/// What a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) label: i64,
    pub(crate) suggest: Suggest,
}

/// A picture or a sound that is being looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MediaCheck {
    pub(crate) app_id: String,
    pub(crate) url: String,
}
