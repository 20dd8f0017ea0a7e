//! Links into mini programs, and what their quotas are counted by.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A link into a mini program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) app_id: String,
    pub(crate) kind: LinkKind,
    /// Without a query and without a slash in front; empty is the home page.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) env_version: String,
    /// As the call gave it, or null.
    pub(crate) cloud_base: Value,
    pub(crate) made_at: i64,
    /// `None` lives for ever.
    pub(crate) expires_at: Option<i64>,
    pub(crate) visits: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LinkKind {
    UrlLink,
    Scheme,
    NfcScheme,
    ShortLink,
}

/// What the platform knows of a mini program beyond its secret: its pages, and how much of its quotas is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Site {
    /// The pages of the release; `None` is not known, so that nothing is checked. Empty is not released.
    pub(crate) pages: Option<BTreeSet<String>>,
    /// The pages that plain schemes may open.
    pub(crate) plain: BTreeSet<String>,
    /// The ability to send subscribe messages is banned.
    pub(crate) banned: bool,
    /// Codes of the two limited interfaces, ever.
    pub(crate) codes: u64,
    /// Permanent short links, ever.
    pub(crate) permanent: u64,
    /// The day of UTC+8 that the following are of.
    pub(crate) day: i64,
    pub(crate) links_today: u64,
    pub(crate) shorts_today: u64,
    pub(crate) visits_today: u64,
}
