//! `POST /v3/pay/transactions/jsapi`

use serde_json::{Value, json};

use super::prepay_fields::PrepayFields;
use super::refusal::Refusal;
use super::validate;
use crate::core::Core;
use crate::crypto::random_hex;
use crate::state::{Order, Prepay, TradeState, World, key};
use crate::text;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// How long a `prepay_id` can be used.
const PREPAY_LIFE: i64 = 120 * MINUTE;

pub(crate) fn serve(core: &Core, mchid: &str, body: &[u8]) -> Result<Value, Refusal> {
    let parameters = validate::parse(body)?;
    let fields = PrepayFields::check(&parameters, mchid)?;
    let prepay_id = core.change(|world, now| {
        check_parties(world, mchid, &fields)?;
        let order = key(mchid, fields.out_trade_no);
        match world.orders.get(&order) {
            Some(existing) => check_repeat(existing, &parameters, now)?,
            None => drop(world.orders.insert(order.clone(), new_order(mchid, &fields, &parameters, now))),
        }
        Ok::<_, Refusal>(issue(world, &order, now))
    })?;
    Ok(json!({"prepay_id": prepay_id}))
}

fn check_parties(world: &World, mchid: &str, fields: &PrepayFields<'_>) -> Result<(), Refusal> {
    let bound = world.merchants.get(mchid).is_some_and(|merchant| merchant.apps.contains(fields.app_id));
    if !bound {
        return Err(Refusal::new(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配"));
    }
    let known_to = |app_id: &str| world.sessions.contains_key(&key(app_id, fields.openid));
    if !known_to(fields.app_id) && world.apps.keys().any(|app_id| known_to(app_id)) {
        return Err(Refusal::body("/payer/openid", &Value::from(fields.openid), "与appid不匹配"));
    }
    Ok(())
}

/// A number may come again as long as its order is open and nothing about it differs.
fn check_repeat(order: &Order, parameters: &Value, now: i64) -> Result<(), Refusal> {
    match order.state {
        TradeState::Closed => Err(Refusal::new(400, "ORDER_CLOSED", "订单已关闭")),
        TradeState::Success | TradeState::Refund => {
            Err(Refusal::new(403, "OUT_TRADE_NO_USED", "商户订单号已支付"))
        }
        TradeState::NotPay if order.parameters != *parameters => {
            Err(Refusal::invalid("请求重入时，参数与首次请求时不一致"))
        }
        TradeState::NotPay if now > order.expires_at => Err(Refusal::invalid("订单已过支付截止时间")),
        TradeState::NotPay => Ok(()),
    }
}

fn new_order(mchid: &str, fields: &PrepayFields<'_>, parameters: &Value, now: i64) -> Order {
    let latest = fields.time_expire.map(|time| time.clamp(now + MINUTE, now + 15 * DAY));
    Order {
        mchid: mchid.to_owned(),
        app_id: fields.app_id.to_owned(),
        out_trade_no: fields.out_trade_no.to_owned(),
        description: fields.description.to_owned(),
        openid: fields.openid.to_owned(),
        attach: fields.attach.map(str::to_owned),
        total: fields.total,
        notify_url: fields.notify_url.to_owned(),
        parameters: parameters.clone(),
        created_at: now,
        expires_at: latest.unwrap_or(now + 7 * DAY),
        state: TradeState::NotPay,
        prepay_ids: Vec::new(),
        payment: None,
    }
}

fn issue(world: &mut World, order: &str, now: i64) -> String {
    let prepay_id = format!("wx{}{}0000", text::compact(now), random_hex::<8>().to_lowercase());
    world
        .prepays
        .insert(prepay_id.clone(), Prepay { order: order.to_owned(), expires_at: now + PREPAY_LIFE });
    if let Some(order) = world.orders.get_mut(order) {
        order.prepay_ids.push(prepay_id.clone());
    }
    prepay_id
}
