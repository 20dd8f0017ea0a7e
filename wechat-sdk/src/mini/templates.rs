//! The templates of subscribe messages: WeChat's public ones, and those the app has picked.

use crate::{ConfigError, Done, answer, mini_call, open_enum};

/// The categories of the app, by which public templates are found.
///
/// # Errors
/// 200100: not the account of a mini program.
#[mini_call(
    GET "/wxaapi/newtmpl/getcategory", Read -> MessageCategories,
    page = "mp-message-management/subscribe-message/api_getcategory"
)]
pub struct GetMessageCategories {}

/// The categories of the app.
#[answer]
pub struct MessageCategories {
    /// All of them.
    pub data: Vec<MessageCategory>,
}

/// A category of the app.
#[answer]
pub struct MessageCategory {
    /// For [`GetPublicTemplateTitles`].
    pub id: i64,
    /// Its name in Chinese.
    pub name: String,
}

/// The public templates of some categories, page by page.
///
/// # Errors
/// 200018, 200019: the categories are not those of the app.
#[mini_call(
    GET "/wxaapi/newtmpl/getpubtemplatetitles", Read -> PublicTemplateTitles,
    page = "mp-message-management/subscribe-message/api_getpubnewtemplatetitles",
    new = of, check = page
)]
pub struct GetPublicTemplateTitles {
    ids: String,
    start: i64,
    limit: i64,
}

impl GetPublicTemplateTitles {
    /// `limit` templates, at most 30, after the first `start` of the categories `ids`.
    #[must_use]
    pub fn new(ids: &[i64], start: i64, limit: i64) -> Self {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        Self::of(ids.join(","), start, limit)
    }

    fn page(&self) -> Result<(), ConfigError> {
        if self.ids.is_empty() || self.start < 0 || !(1..=30).contains(&self.limit) {
            return Err(ConfigError::new(
                "templates are asked for by category, from 0 on, 1 to 30 at a time",
            ));
        }
        Ok(())
    }
}

/// Public templates.
#[answer]
pub struct PublicTemplateTitles {
    /// How many there are, not only on this page.
    pub count: Option<i64>,
    /// This page of them.
    pub data: Vec<PublicTemplateTitle>,
}

/// A public template.
#[answer]
#[serde(rename_all = "camelCase")]
pub struct PublicTemplateTitle {
    /// For [`GetPublicTemplateKeywords`] and [`AddMessageTemplate`].
    pub tid: String,
    /// Its title.
    pub title: String,
    /// How often it may be sent.
    #[serde(rename = "type")]
    pub kind: Option<TemplateKind>,
    /// Its category.
    pub category_id: Option<i64>,
}

/// How often messages of a template may be sent.
#[open_enum(i64)]
pub enum TemplateKind {
    /// Once for each time the user agrees.
    #[wire(2)]
    OneTime,
    /// From then on; only for some public services.
    #[wire(3)]
    LongTerm,
}

/// What a public template can have in it.
///
/// # Errors
/// 200014: no such template.
#[mini_call(
    GET "/wxaapi/newtmpl/getpubtemplatekeywords", Read -> PublicTemplateKeywords,
    page = "mp-message-management/subscribe-message/api_getpubnewtemplatekeywords"
)]
pub struct GetPublicTemplateKeywords {
    /// The public template.
    tid: String,
}

/// What a public template can have in it.
#[answer]
pub struct PublicTemplateKeywords {
    /// How many there are.
    pub count: Option<i64>,
    /// All of them.
    pub data: Vec<PublicTemplateKeyword>,
}

/// A line that a template can have.
#[answer]
pub struct PublicTemplateKeyword {
    /// For [`AddMessageTemplate`].
    pub kid: i64,
    /// Its title.
    pub name: String,
    /// For instance.
    pub example: Option<String>,
    /// What its text may be, `thing` for instance: see [`TemplateData`](super::messaging::TemplateData).
    pub rule: Option<String>,
}

/// Picks a public template for the app. A repeat may pick it again, or be refused.
///
/// # Errors
/// 200022: picked before; 200012: the app has as many as it may; 200014: no such template; 200020: lines that
/// it does not have; 200021: the description is refused; 200011 and 200013: the account or the template is
/// banned.
#[mini_call(
    POST "/wxaapi/newtmpl/addtemplate", Unsafe -> AddedTemplate,
    page = "mp-message-management/subscribe-message/api_addwxanewtemplate",
    new = of, check = lines
)]
#[serde(rename_all = "camelCase")]
pub struct AddMessageTemplate {
    tid: String,
    kid_list: Vec<i64>,
    #[max(15)]
    scene_desc: String,
}

impl AddMessageTemplate {
    /// The public template `tid` with these lines, two to five in the order in which they are shown.
    /// `scene_desc` tells WeChat what it is for, in up to 15 characters.
    #[must_use]
    pub fn with_lines(
        tid: impl Into<String>,
        kid_list: impl Into<Vec<i64>>,
        scene_desc: impl Into<String>,
    ) -> Self {
        Self::of(tid, kid_list, scene_desc)
    }

    /// The template of a [service card](super::service_cards), whose lines are WeChat's; 10000001 is the one
    /// for goods that are delivered.
    #[must_use]
    pub fn for_service_card(tid: impl Into<String>, scene_desc: impl Into<String>) -> Self {
        Self::of(tid, [], scene_desc)
    }

    fn lines(&self) -> Result<(), ConfigError> {
        match self.kid_list.len() {
            0 | 2..=5 => Ok(()),
            _ => Err(ConfigError::new("a template has two to five lines")),
        }
    }
}

/// A template that was picked.
#[answer]
#[serde(rename_all = "camelCase")]
pub struct AddedTemplate {
    /// What messages name it by.
    pub pri_tmpl_id: String,
}

/// Gives a template of the app up.
///
/// # Errors
/// 200014: no such template.
#[mini_call(
    POST "/wxaapi/newtmpl/deltemplate", Keyed -> Done,
    page = "mp-message-management/subscribe-message/api_delwxanewtemplate"
)]
#[serde(rename_all = "camelCase")]
pub struct DeleteMessageTemplate {
    /// What messages name it by.
    pri_tmpl_id: String,
}

/// The templates of the app. Ask when the program starts: which keys a template has is for WeChat to say.
///
/// # Errors
/// 200100: not the account of a mini program.
#[mini_call(
    GET "/wxaapi/newtmpl/gettemplate", Read -> MessageTemplates,
    page = "mp-message-management/subscribe-message/api_getwxapubnewtemplate"
)]
pub struct GetMessageTemplates {}

/// The templates of the app.
#[answer]
pub struct MessageTemplates {
    /// All of them.
    pub data: Vec<MessageTemplate>,
}

/// A template of the app.
#[answer]
#[serde(rename_all = "camelCase")]
pub struct MessageTemplate {
    /// What messages name it by.
    pub pri_tmpl_id: String,
    /// Its title.
    pub title: String,
    /// Its lines, `名称:{{thing1.DATA}}` for instance; see [`keys`](Self::keys).
    pub content: String,
    /// The lines with texts in them.
    pub example: Option<String>,
    /// How often it may be sent.
    #[serde(rename = "type")]
    pub kind: Option<TemplateKind>,
    /// The texts that `enum_string` keys may have.
    pub keyword_enum_value_list: Vec<KeywordValues>,
}

impl MessageTemplate {
    /// The titles and keys of its lines, as `("名称", "thing1")`. A message has exactly these keys.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.content.lines().filter_map(|line| {
            let (title, rest) = line.split_once("{{")?;
            let (key, _) = rest.split_once(".DATA}}")?;
            Some((title.trim().trim_end_matches([':', '：']), key.trim()))
        })
    }
}

/// The texts that a key may have.
#[answer]
#[serde(rename_all = "camelCase")]
pub struct KeywordValues {
    /// The key with `.DATA` behind it.
    pub keyword_code: String,
    /// The texts.
    pub enum_value_list: Vec<String>,
}
