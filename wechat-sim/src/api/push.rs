//! Message pushes.

use serde_json::Value;

use crate::life::push::{self, PushBurst};
use crate::notify::push_envelope::PushFlaw;
use crate::notify::{push_events, push_templates};
use crate::simulator::Simulator;
use crate::world::PushSettings;

impl Simulator {
    /// Configures the message pushes of a mini program, after its server echoed as it has to.
    ///
    /// # Errors
    ///
    /// When the console would not take the settings, or the server did not echo: the text says how it differs.
    pub async fn configure_push(&self, app_id: &str, settings: PushSettings) -> anyhow::Result<()> {
        push::configure(&self.core, app_id, settings, true).await.map_err(anyhow::Error::msg)
    }

    /// As [`Self::configure_push`], without asking the server.
    pub async fn set_push(&self, app_id: &str, settings: PushSettings) -> anyhow::Result<()> {
        push::configure(&self.core, app_id, settings, false).await.map_err(anyhow::Error::msg)
    }

    /// Asks the server of a mini program to echo.
    pub async fn verify_push(&self, app_id: &str) -> anyhow::Result<()> {
        push::verify_app(&self.core, app_id).await.map_err(anyhow::Error::msg)
    }

    /// Sends a message; `from` is an openid, or empty for the platform. Members that all pushes have are added
    /// where they are missing. Answers [`crate::NotificationView::id`]; `None` when the app is not configured.
    pub fn send_push(&self, app_id: &str, from: &str, message: Value) -> Option<u64> {
        let core = &self.core;
        core.set(|world, now| push_events::post_push(core, world, app_id, from, message, now))
    }

    /// Sends an event of the protocol with likely values; `fields` takes the place of some. It changes nothing
    /// in the simulator.
    ///
    /// # Errors
    ///
    /// When there is no such event, or the app is not configured.
    pub fn send_event(
        &self,
        app_id: &str,
        openid: Option<&str>,
        event: &str,
        fields: &Value,
    ) -> anyhow::Result<u64> {
        let core = &self.core;
        let id = core.change(|world, now| {
            push_templates::post(core, world, (app_id, openid), (event, fields), now)
                .map_err(anyhow::Error::msg)
        })?;
        id.ok_or_else(|| anyhow::anyhow!("the app {app_id} has no address for pushes"))
    }

    /// The names of [`Self::send_event`].
    pub fn push_events() -> Vec<&'static str> {
        push_templates::ALL.iter().map(|template| template.name).collect()
    }

    /// Sends one push with one thing wrong, once; answers the HTTP status and the body of the receiver.
    ///
    /// # Errors
    ///
    /// When the app cannot have such a flaw in its mode, or nobody answered.
    pub async fn send_flawed_push(
        &self,
        app_id: &str,
        from: &str,
        message: Value,
        flaw: PushFlaw,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        push::flawed(&self.core, app_id, from, message, flaw).await.map_err(anyhow::Error::msg)
    }

    /// Sends events at once, in order or out of order; answers their numbers as they went out.
    pub async fn send_burst(&self, burst: PushBurst) -> anyhow::Result<Vec<u64>> {
        push::burst(&self.core, burst).await.map_err(anyhow::Error::msg)
    }
}
