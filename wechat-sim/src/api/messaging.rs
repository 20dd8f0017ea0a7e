//! What shoppers allow and open; what the platform knows of pages and templates.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::mini::site::{self, SiteChange};
use crate::mini::subscriptions::{self, Answers, OwnTemplate, Popup, Switch};
use crate::mini::{Errcode, cards, link_visits};
use crate::simulator::Simulator;

/// What is special about a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateOptions {
    /// An accepted request allows any number of messages.
    pub long_term: bool,
    /// The platform has banned it.
    pub banned: bool,
    /// What the enums may be, by their keys (`enum_string2`).
    pub choices: BTreeMap<String, Vec<String>>,
}

impl Simulator {
    /// `wx.requestSubscribeMessage`: the shopper answers `accept`, `reject`, … to all templates. Gives what the
    /// mini program gets: a word for each template, or an `errCode`.
    pub fn subscribe(
        &self,
        app_id: &str,
        openid: &str,
        template_ids: &[&str],
        answer: &str,
    ) -> anyhow::Result<Value> {
        self.popup(app_id, openid, template_ids, Answers::All(answer.to_owned()))
    }

    /// As [`Self::subscribe`], with an answer for each template; those without one are accepted.
    pub fn subscribe_each(
        &self,
        app_id: &str,
        openid: &str,
        answers: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        let ids: Vec<&str> = answers.iter().map(|(id, _)| *id).collect();
        let words: BTreeMap<String, String> =
            answers.iter().map(|(id, word)| ((*id).to_owned(), (*word).to_owned())).collect();
        self.popup(app_id, openid, &ids, Answers::Each(words))
    }

    fn popup(&self, app_id: &str, openid: &str, ids: &[&str], answers: Answers) -> anyhow::Result<Value> {
        let template_ids = ids.iter().map(|id| (*id).to_owned()).collect();
        let popup = Popup { app_id: app_id.to_owned(), openid: openid.to_owned(), template_ids, answers };
        told(subscriptions::ask(&self.core, &popup))
    }

    /// The notification centre: allows (`accept`) or refuses (`reject`) a template, or without one everything
    /// of the mini program.
    pub fn change_subscription(
        &self,
        app_id: &str,
        openid: &str,
        template_id: Option<&str>,
        status: &str,
    ) -> anyhow::Result<Value> {
        let switch = Switch {
            app_id: app_id.to_owned(),
            openid: openid.to_owned(),
            template_id: template_id.map(str::to_owned),
            status: status.to_owned(),
        };
        told(subscriptions::switch(&self.core, &switch))
    }

    /// Puts a one-time template into the account of a mini program, with the id it has in real life.
    pub fn template(&self, app_id: &str, id: &str, title: &str, content: &str) -> anyhow::Result<String> {
        self.template_with(app_id, id, title, content, TemplateOptions::default())
    }

    /// As [`Self::template`], of some special kind.
    pub fn template_with(
        &self,
        app_id: &str,
        id: &str,
        title: &str,
        content: &str,
        options: TemplateOptions,
    ) -> anyhow::Result<String> {
        let own = OwnTemplate {
            app_id: app_id.to_owned(),
            id: Some(id.to_owned()),
            title: title.to_owned(),
            content: content.to_owned(),
            long_term: options.long_term,
            banned: options.banned,
            choices: options.choices,
        };
        told(subscriptions::put_template(&self.core, own))
    }

    /// Bans subscribe messages of a mini program, or allows them again.
    pub fn ban_messages(&self, app_id: &str, banned: bool) -> anyhow::Result<()> {
        let change = SiteChange { app_id: app_id.to_owned(), banned: Some(banned), ..SiteChange::default() };
        told(site::change(&self.core, change).map(drop))
    }

    /// A shopper presses the button of a service card; gives the `notify_code`.
    pub fn card_button(&self, app_id: &str, openid: &str, notify_type: i64) -> anyhow::Result<String> {
        told(cards::press(&self.core, app_id, openid, notify_type))
    }

    /// Sets the `code_state` of a service card: 0 normal, 1 with risk, 2 abnormal, 10 refused by the shopper.
    pub fn card_state(&self, app_id: &str, code: &str, state: i64) -> anyhow::Result<()> {
        told(cards::set_state(&self.core, app_id, code, state))
    }

    /// The pages of the release, by which links and codes are checked from now on; none at all is no release.
    pub fn publish(&self, app_id: &str, pages: &[&str]) -> anyhow::Result<()> {
        let pages = Some(pages.iter().map(|page| (*page).to_owned()).collect());
        let change = SiteChange { app_id: app_id.to_owned(), pages, ..SiteChange::default() };
        told(site::change(&self.core, change).map(drop))
    }

    /// Opens a link, or what a code says: where it leads, or why it does not.
    pub fn open_link(&self, link: &str) -> anyhow::Result<Value> {
        told(link_visits::open(&self.core, link))
    }
}

fn told<T>(reply: Result<T, Errcode>) -> anyhow::Result<T> {
    reply.map_err(|Errcode(code, text)| anyhow::anyhow!("{code} {text}"))
}
