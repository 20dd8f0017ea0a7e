use super::compose::compose;
use super::event::{Event, Kind, Value};
use crate::base::{Problem, Text, Timestamp};
use crate::infra::db::Json;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

crate::column_enum!(
    /// Why nothing was sent, or nobody knows.
    #[schema(as = NoticeReason)]
    Reason {
        /// The tenant has no template for it, or has turned it off.
        NoTemplate = "no_template",
        /// The shopper has not allowed it.
        NoGrant = "no_grant",
        /// It is not so any more.
        Outdated = "outdated",
        /// A value does not fit its place in the template.
        BadValue = "bad_value",
        /// WeChat refused it.
        Refused = "refused",
        /// The app has sent as much as it may.
        Quota = "quota",
        /// It may have been sent; it is not sent again.
        Unknown = "unknown",
    }
);

/// What stands at one place of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Field {
    /// One of our values.
    Value(Value),
    /// The same in every message.
    Text(String),
}

/// How an event is told: a template of WeChat's console and what stands in it.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = NoticeTemplate)]
pub struct Template {
    /// What it tells.
    pub kind: Kind,
    /// As WeChat's console shows it.
    pub template_id: String,
    /// What stands at each key of the template, such as `thing1`, `amount2`.
    #[schema(value_type = BTreeMap<String, Field>)]
    pub fields: Json<BTreeMap<String, Field>>,
    /// The page that opens; `{id}` becomes the id of the trade, or of the order where one is meant.
    pub page: Option<String>,
    /// Accepted once, allowed until refused; otherwise every accept allows one message.
    pub long_term: bool,
    /// Whether it is sent and asked for.
    pub enabled: bool,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What an operator sets.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeTemplateInput)]
pub struct TemplateInput {
    /// As WeChat's console shows it.
    pub template_id: Text<64>,
    /// What stands at each key of the template: all of its keys and no other, or WeChat refuses it.
    pub fields: BTreeMap<String, Field>,
    /// The page that opens; `{id}` becomes the id of the trade, or of the order where one is meant.
    pub page: Option<Text<500>>,
    /// Accepted once, allowed until refused.
    #[serde(default)]
    pub long_term: bool,
    /// Whether it is sent and asked for.
    pub enabled: bool,
}

/// The most places of a template. WeChat has five.
const MOST_FIELDS: usize = 10;

impl TemplateInput {
    /// The template, if an event of the kind could be told by it.
    pub fn checked(self, kind: Kind, now: Timestamp) -> Result<Template, Problem> {
        if self.fields.is_empty() || self.fields.len() > MOST_FIELDS {
            return Err(Problem::field("fields", format!("must have 1 to {MOST_FIELDS} keys")));
        }
        let template = Template {
            kind,
            template_id: self.template_id.into(),
            fields: Json(self.fields),
            page: self.page.map(String::from),
            long_term: self.long_term,
            enabled: self.enabled,
            updated_at: now,
        };
        compose(&template, &Event::example(kind), "商品").map_err(|why| Problem::field("fields", why))?;
        Ok(template)
    }
}
