//! What a merchant tells about an order, so that its risk can be judged.

use serde_json::Value;

use super::{NUMBER, TEXT, known_order, member, own_names};
use crate::pay::shape::{FEN_OR_NONE, Field, Rule, may};
use crate::pay::{PayCall, Reply};

/// A number whose meaning the documents keep to themselves.
const CODE: Rule = Rule::Integer(0, i32::MAX as i64);
const ONE_OF_TWO: Rule = Rule::Integer(1, 2);
const SIX: Rule = Rule::Integer(1, 6);
const SEVEN: Rule = Rule::Integer(1, 7);

const RECHARGE: Rule = Rule::Object(&[may("account_type", CODE), may("account", TEXT)]);
const LIVING: Rule = Rule::Object(&[
    may("acc_no", TEXT),
    may("type", CODE),
    may("city", TEXT),
    may("address", TEXT),
    may("acc_name", TEXT),
    may("company_name", TEXT),
    may("amount", FEN_OR_NONE),
]);
const SUB_ORDER: Rule = Rule::Object(&[
    may("out_trade_no", NUMBER),
    may("mch_id", NUMBER),
    may("delivery_province", TEXT),
    may("delivery_city", TEXT),
    may("risky_goods", SIX),
    may("user_risk_level", SEVEN),
    may("sp_risk_level", SEVEN),
]);

const REPORT: &[Field] = &[
    may("sp_mchid", NUMBER),
    may("acquiring_bank_id", NUMBER),
    may("channel_id", NUMBER),
    may("sub_mchid", NUMBER),
    may("out_trade_no", NUMBER),
    may("openid", TEXT),
    may("phone", Rule::Sealed),
    may("certificates_number", Rule::Sealed),
    may("client_ip", Rule::Ip),
    may("risk_level", CODE),
    may("line_type", ONE_OF_TWO),
    may("goods_type", ONE_OF_TWO),
    may("seller_type", ONE_OF_TWO),
    may("is_need_deliver", Rule::Boolean),
    may("device_type", Rule::Integer(1, 3)),
    may("userid", TEXT),
    may("phone_from", CODE),
    may("seller_userid", TEXT),
    may("scene", Rule::Integer(0, 2)),
    may("recharge_fields", RECHARGE),
    may("living_expenses_fields", LIVING),
    may("extra_fields1", TEXT),
    may("extra_fields2", TEXT),
    may("extra_fields3", TEXT),
    may("high_risk_goods", CODE),
    may("same_deviced", Rule::Boolean),
    may("reliable_device", Rule::Boolean),
    may("delivery_province", TEXT),
    may("delivery_city", TEXT),
    may("new_address", Rule::Boolean),
    may("last_pay_openid", TEXT),
    may("risky_goods", SIX),
    may("offline_delivery_label", ONE_OF_TWO),
    may("proxy_payment", Rule::Boolean),
    may("order_phone_number", TEXT),
    may("user_risk_level", SEVEN),
    may("sp_risk_level", SEVEN),
    may("phone_number_location", TEXT),
    may("goods_category", TEXT),
    may("pre_opening_behavior", TEXT),
    may("new_store", Rule::Boolean),
    may("store_identifier", TEXT),
    may("goods_listing_time", TEXT),
    may("combine_out_trade_no", NUMBER),
    may("combine_mchid", NUMBER),
    may("sub_orders", Rule::List(0, 50, &SUB_ORDER)),
];

/// What of a report its answer repeats.
const REPEATED: [&str; 5] = ["sp_mchid", "acquiring_bank_id", "channel_id", "sub_mchid", "out_trade_no"];

pub(super) fn report(call: &PayCall<'_>) -> Reply {
    let mut body = call.body(REPORT)?;
    own_names(call, |name| member(&body, name))?;
    for name in ["phone", "certificates_number"] {
        if let Some(sealed) = member(&body, name) {
            body[name] = Value::from(call.unsealed(&format!("/{name}"), &sealed)?);
        }
    }
    let mut echo = body.clone();
    if let Some(members) = echo.as_object_mut() {
        members.retain(|name, _| REPEATED.contains(&name.as_str()));
    }
    call.core.change(|world, _| {
        let order = known_order(world, call, &body)?;
        world.risk_answers.entry(&order).reports.push(body);
        Ok(echo.into())
    })
}
