//! Shipping, parcels and content: what shoppers, carriers and the platform do.

use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{AppFields, Reply, parse, yes};
use super::nothing_here;
use crate::core::Core;
use crate::mini::logistics::{self, Step};
use crate::mini::shipping::{Named, app, brand, life};
use crate::mini::{goods_return, security};
use crate::pay::refusal::Refusal;
use crate::world::{Suggest, Verdict};

pub(super) fn command(core: &Core, path: &[&str], body: &Value) -> Reply {
    match path {
        ["apps", "trade_managed"] => managed(core, &parse(body)?),
        ["apps", "brand"] => brand_audit(core, &parse(body)?),
        ["shipping", "controlled"] => controlled(core, &parse(body)?),
        ["shipping", "confirm"] => confirm(core, &parse(body)?),
        ["shipping", "complaint"] => complaint(core, &parse(body)?),
        ["waybills", "move"] => move_waybill(core, &parse(body)?),
        ["returns", "fill"] => fill_return(core, &parse(body)?),
        ["security", "words"] => word(core, &parse(body)?),
        ["security", "media"] => media(core, &parse(body)?),
        ["security", "rank"] => rank(core, &parse(body)?),
        _ => Err(nothing_here()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManagedFields {
    app_id: String,
    managed: bool,
    /// Whether the merchants agreed; as `managed` where it is left out.
    confirmed: Option<bool>,
}

fn managed(core: &Core, fields: &ManagedFields) -> Reply {
    app::manage(core, &fields.app_id, fields.managed, fields.confirmed)?;
    Ok(json!({"app_id": fields.app_id, "managed": fields.managed}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrandFields {
    app_id: String,
    /// Why it is refused; granted without.
    refused: Option<String>,
}

fn brand_audit(core: &Core, fields: &BrandFields) -> Reply {
    brand::audit(core, &fields.app_id, fields.refused.as_deref())?;
    Ok(json!({"app_id": fields.app_id, "status": if fields.refused.is_some() { 2 } else { 3 }}))
}

fn controlled(core: &Core, fields: &AppFields) -> Reply {
    app::control(core, &fields.app_id)?;
    Ok(json!({"app_id": fields.app_id}))
}

/// A payment by either number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentFields {
    transaction_id: Option<String>,
    mchid: Option<String>,
    out_trade_no: Option<String>,
    #[serde(default = "yes")]
    in_complaint: bool,
}

impl PaymentFields {
    fn named(&self) -> Result<Named<'_>, Refusal> {
        match (&self.transaction_id, &self.mchid, &self.out_trade_no) {
            (Some(id), ..) => Ok(Named::Transaction(id)),
            (None, Some(mchid), Some(number)) => Ok(Named::Merchant(mchid, number)),
            _ => Err(Refusal::invalid("transaction_id, or mchid and out_trade_no are needed")),
        }
    }
}

fn confirm(core: &Core, fields: &PaymentFields) -> Reply {
    Ok(json!({"transaction_id": life::confirm(core, fields.named()?)?, "status": "success"}))
}

fn complaint(core: &Core, fields: &PaymentFields) -> Reply {
    let id = life::complain(core, fields.named()?, fields.in_complaint)?;
    Ok(json!({"transaction_id": id, "in_complaint": fields.in_complaint}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveFields {
    waybill_id: String,
    status: i64,
    message: Option<String>,
}

fn move_waybill(core: &Core, fields: &MoveFields) -> Reply {
    let message = fields.message.as_deref();
    logistics::move_to(core, Step { waybill_id: &fields.waybill_id, status: fields.status, message })?;
    Ok(json!({"waybill_id": fields.waybill_id, "status": fields.status}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReturnFields {
    return_id: String,
    status: i64,
    waybill_id: String,
    #[serde(default)]
    delivery_id: String,
}

fn fill_return(core: &Core, fields: &ReturnFields) -> Reply {
    let ReturnFields { return_id, status, waybill_id, delivery_id } = fields;
    goods_return::fill(core, return_id, *status, waybill_id, delivery_id)?;
    Ok(json!({"return_id": return_id, "status": status}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordFields {
    word: String,
    label: i64,
    #[serde(default = "risky")]
    suggest: Suggest,
}

fn risky() -> Suggest {
    Suggest::Risky
}

fn word(core: &Core, fields: &WordFields) -> Reply {
    let verdict = Verdict { label: fields.label, suggest: fields.suggest };
    security::add_word(core, &fields.word, verdict)?;
    Ok(json!({"word": fields.word, "label": fields.label, "suggest": fields.suggest}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MediaFields {
    app_id: String,
    unreachable: bool,
}

fn media(core: &Core, fields: &MediaFields) -> Reply {
    security::set_unreachable(core, &fields.app_id, fields.unreachable)?;
    Ok(json!({"app_id": fields.app_id, "unreachable": fields.unreachable}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RankFields {
    app_id: String,
    openid: String,
    rank: i64,
}

fn rank(core: &Core, fields: &RankFields) -> Reply {
    security::set_rank(core, &fields.app_id, &fields.openid, fields.rank)?;
    Ok(json!({"app_id": fields.app_id, "openid": fields.openid, "rank": fields.rank}))
}
