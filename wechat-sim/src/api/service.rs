//! The customer service.

use crate::mini::conversations::{self, Said, Saying};
use crate::simulator::Simulator;

impl Simulator {
    /// A shopper does something in a session of the customer service.
    ///
    /// # Errors
    ///
    /// When there is no such app, or nobody could do that.
    pub fn say(&self, app_id: &str, openid: &str, said: &Said) -> anyhow::Result<Saying> {
        let core = &self.core;
        core.change(|world, now| {
            conversations::say(core, world, (app_id, openid), said, now).map_err(anyhow::Error::msg)
        })
    }

    /// Human staff says something, or keeps the conversation without a word.
    pub fn staff_says(&self, app_id: &str, openid: &str, text: Option<&str>) -> anyhow::Result<()> {
        self.staff(app_id, openid, text, false)
    }

    /// Human staff gives the conversation back.
    pub fn staff_ends(&self, app_id: &str, openid: &str) -> anyhow::Result<()> {
        self.staff(app_id, openid, None, true)
    }

    fn staff(&self, app_id: &str, openid: &str, text: Option<&str>, ends: bool) -> anyhow::Result<()> {
        self.core.change(|world, now| {
            conversations::staff(world, (app_id, openid), text, ends, now).map_err(anyhow::Error::msg)
        })
    }

    /// An account of the customer service signs in or out.
    pub fn set_online(&self, app_id: &str, kf_account: &str, online: bool) -> anyhow::Result<()> {
        self.core.change(|world, _| {
            conversations::set_online(world, app_id, kf_account, online).map_err(anyhow::Error::msg)
        })
    }
}
