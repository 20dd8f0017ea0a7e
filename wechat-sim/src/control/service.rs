//! The control paths of the customer service.

use serde::Deserialize;
use serde_json::json;

use super::json::Reply;
use crate::core::Core;
use crate::mini::conversations::{self, Said};
use crate::pay::refusal::Refusal;

#[derive(Deserialize)]
pub(super) struct SayFields {
    app_id: String,
    openid: String,
    #[serde(flatten)]
    said: Said,
}

/// `{"app_id", "openid", "text": "…"}`, or `image`, `page` or `enter` instead of `text`.
pub(super) fn say(core: &Core, fields: &SayFields) -> Reply {
    core.change(|world, now| {
        let said = conversations::say(core, world, (&fields.app_id, &fields.openid), &fields.said, now);
        said.map(|saying| json!(saying)).map_err(|why| Refusal::new(400, "PARAM_ERROR", &why))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffFields {
    app_id: String,
    openid: String,
    /// What staff says.
    text: Option<String>,
    /// Gives the conversation back.
    #[serde(default)]
    ends: bool,
}

pub(super) fn staff(core: &Core, fields: &StaffFields) -> Reply {
    core.change(|world, now| {
        let shopper = (fields.app_id.as_str(), fields.openid.as_str());
        conversations::staff(world, shopper, fields.text.as_deref(), fields.ends, now)
            .map_err(|why| Refusal::new(404, "NOT_FOUND", &why))?;
        Ok(json!({"app_id": fields.app_id, "openid": fields.openid}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlineFields {
    app_id: String,
    kf_account: String,
    online: bool,
}

/// An account of the customer service signs in or out.
pub(super) fn online(core: &Core, fields: &OnlineFields) -> Reply {
    core.change(|world, _| {
        conversations::set_online(world, &fields.app_id, &fields.kf_account, fields.online)
            .map_err(|why| Refusal::new(404, "NOT_FOUND", &why))?;
        Ok(json!({"kf_account": fields.kf_account, "online": fields.online}))
    })
}
