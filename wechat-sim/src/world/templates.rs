//! Templates of subscribe messages, and who allows how many.

use serde::{Deserialize, Serialize};

/// A template in the account of a mini program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Template {
    /// The `priTmplId`.
    pub(crate) id: String,
    pub(crate) app_id: String,
    /// The title of the public library it was made from; `None` when it was put in by control.
    pub(crate) tid: Option<u32>,
    /// The picked keywords, in the order they are shown.
    pub(crate) kids: Vec<u32>,
    pub(crate) title: String,
    /// Empty for the templates of service cards, which no message can be sent with.
    pub(crate) content: String,
    pub(crate) example: String,
    pub(crate) scene: String,
    /// An accepted request allows any number of messages.
    pub(crate) long_term: bool,
    pub(crate) choices: Vec<Choice>,
    pub(crate) banned: bool,
    pub(crate) made_at: i64,
}

/// What an enum of a template may be, an entry of `keywordEnumValueList`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Choice {
    /// `enum_string2.DATA`
    pub(crate) keyword_code: String,
    pub(crate) enum_value_list: Vec<String>,
}

impl Template {
    pub(crate) fn is_card(&self) -> bool {
        self.content.is_empty()
    }
}

/// What a shopper allows a template to do; that of the empty template is the main switch of the mini program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Grant {
    /// So many messages may still come; without meaning for long-term templates.
    pub(crate) left: u32,
    /// A long-term template was accepted.
    pub(crate) standing: bool,
    /// Switched off in the notification centre.
    pub(crate) refused: bool,
}
