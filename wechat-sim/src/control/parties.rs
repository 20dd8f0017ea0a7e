//! Merchants, mini programs and the keys of the platform, as JSON.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{Reply, split};
use crate::console::PlatformOptions;
use crate::core::Core;
use crate::keys::MerchantKit;
use crate::pay::certificates;
use crate::pay::refusal::Refusal;
use crate::world::Rotated;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MerchantFields {
    mchid: String,
    /// Instead of those it was bound to.
    apps: Option<BTreeSet<String>>,
    merchant_certificate_pem: Option<String>,
    api_v3_key: Option<String>,
}

/// Makes a merchant, or changes one; answers what it is configured with.
pub(super) fn merchant(core: &Core, fields: &MerchantFields) -> Reply {
    check_name("mchid", &fields.mchid)?;
    // Keys are made on threads that a call of its own may wait for: this is one of those for blocking work.
    let made = tokio::runtime::Handle::current().block_on(core.merchant(&fields.mchid));
    made.map_err(|error| Refusal::new(500, "SYSTEM_ERROR", &error.to_string()))?;
    let kit = equip(core, fields)?;
    core.change(|world, _| {
        if let (Some(apps), Some(merchant)) = (&fields.apps, world.merchants.get_mut(&fields.mchid)) {
            merchant.apps.clone_from(apps);
        }
        Ok(json!(kit))
    })
}

fn equip(core: &Core, fields: &MerchantFields) -> Result<MerchantKit, Refusal> {
    let (pem, key) = (fields.merchant_certificate_pem.as_deref(), fields.api_v3_key.as_deref());
    core.equip(&fields.mchid, pem, key).map_err(|error| Refusal::invalid(&error.to_string()))
}

/// Names stand in keys of the state, between slashes.
pub(super) fn check_name(name: &str, value: &str) -> Result<(), Refusal> {
    let plain = value.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if plain && (1..=32).contains(&value.len()) {
        Ok(())
    } else {
        Err(Refusal::invalid(&format!("{name} has 1 to 32 letters and digits")))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateFields {
    mchid: String,
    #[serde(default)]
    what: Rotated,
    /// The new keys are known, but do not sign yet.
    #[serde(default)]
    announce_only: bool,
    /// Makes nothing new: what was announced signs from now on.
    #[serde(default)]
    activate: bool,
}

pub(super) fn rotate(core: &Core, fields: &RotateFields) -> Reply {
    if fields.activate {
        return Ok(json!(certificates::activate(core, &fields.mchid)?));
    }
    Ok(json!(certificates::rotate_with(core, &fields.mchid, fields.what, fields.announce_only)?))
}

/// `mchid` and the members of [`PlatformOptions`].
pub(super) fn platform(core: &Core, body: &Value) -> Reply {
    #[derive(Deserialize)]
    struct Target {
        mchid: String,
    }
    let (Target { mchid }, options): (_, PlatformOptions) = split(body, &["mchid"])?;
    core.set_platform(&mchid, &options)?;
    Ok(json!(core.merchant_views().into_iter().find(|merchant| merchant.mchid == mchid)))
}
