//! `POST /v3/combine-transactions/{jsapi|app|h5|native}`

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::closed;
use crate::pay::prepay::{H5_INFO, PAYER, Payer, SETTLE, Settle, answer, expiry, issue, known_payer};
use crate::pay::refusal::Refusal;
use crate::pay::shape::{CURRENCY, Field, OUT_TRADE_NO, Rule, may, need};
use crate::pay::{PayCall, Reply};
use crate::world::{Combine, Order, Product, TradeState, World, key};

/// Ten million yuan.
const MOST: i64 = 1_000_000_000;
/// The longest life of a combined order.
const DAYS: i64 = 7;

const PART: Rule = Rule::Object(&[
    need("mchid", Rule::Text(32)),
    need("out_trade_no", OUT_TRADE_NO),
    need("description", Rule::Text(127)),
    need("attach", Rule::Text(128)),
    need("amount", Rule::Object(&[need("total_amount", Rule::Integer(1, MOST)), need("currency", CURRENCY)])),
    may("goods_tag", Rule::Text(32)),
    may("settle_info", SETTLE),
]);
const SCENE: Rule = Rule::Object(&[need("payer_client_ip", Rule::Ip), may("device_id", Rule::Text(16))]);
const H5_SCENE: Rule = Rule::Object(&[
    need("payer_client_ip", Rule::Ip),
    may("device_id", Rule::Text(16)),
    need("h5_info", H5_INFO),
]);

/// What all four have, with one or two more members.
macro_rules! shape {
    ($($more:expr),*) => {
        &[
            need("combine_appid", Rule::Text(32)),
            need("combine_mchid", Rule::Text(32)),
            need("combine_out_trade_no", OUT_TRADE_NO),
            need("sub_orders", Rule::List(2, 10, &PART)),
            may("time_expire", Rule::Time(64)),
            need("notify_url", Rule::Url(255)),
            $($more),*
        ]
    };
}

pub(super) const JSAPI: &[Field] = shape![need("combine_payer_info", PAYER), may("scene_info", SCENE)];
pub(super) const OTHERS: &[Field] = shape![may("scene_info", SCENE)];
pub(super) const H5: &[Field] = shape![need("scene_info", H5_SCENE)];

#[derive(Debug, Deserialize)]
struct Wish {
    combine_appid: String,
    combine_mchid: String,
    combine_out_trade_no: String,
    sub_orders: Vec<Part>,
    combine_payer_info: Option<Payer>,
    time_expire: Option<String>,
    notify_url: String,
}

#[derive(Debug, Deserialize)]
struct Part {
    mchid: String,
    out_trade_no: String,
    description: String,
    attach: String,
    amount: Amount,
    settle_info: Option<Settle>,
}

#[derive(Debug, Deserialize)]
struct Amount {
    total_amount: i64,
}

pub(super) fn prepay(call: &PayCall<'_>, product: Product, shape: &[Field]) -> Reply {
    let (parameters, wish): (Value, Wish) = call.read(shape)?;
    call.own_mchid("/combine_mchid", &wish.combine_mchid)?;
    call.bound_app(&wish.combine_appid)?;
    check_parts(call, &wish)?;
    check_payer(call, &wish)?;
    let whole = key(&call.mchid, &wish.combine_out_trade_no);
    call.core.change(|world, now| {
        match world.combines.get(&whole) {
            Some(existing) => check_repeat(world, existing, product, &parameters, now)?,
            None => create(world, &whole, &wish, product, &parameters, now)?,
        }
        let ticket = issue(world, product, &whole, true, now);
        hand_out(world, &whole, &ticket);
        Ok(answer(product, &ticket).into())
    })
}

/// Every merchant is bound to the app of the whole, and no number comes twice.
fn check_parts(call: &PayCall<'_>, wish: &Wish) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (index, part) in wish.sub_orders.iter().enumerate() {
        if !seen.insert((&part.mchid, &part.out_trade_no)) {
            let pointer = format!("/sub_orders/{index}/out_trade_no");
            return Err(Refusal::body(&pointer, &Value::from(part.out_trade_no.as_str()), "子单号重复"));
        }
        check_merchant(call, &wish.combine_appid, &part.mchid)?;
    }
    Ok(())
}

fn check_merchant(call: &PayCall<'_>, app_id: &str, mchid: &str) -> Result<(), Refusal> {
    let bound =
        call.core.read(|world| world.merchants.get(mchid).map(|merchant| merchant.apps.contains(app_id)));
    match bound {
        Some(true) => Ok(()),
        Some(false) => Err(Refusal::new(400, "APPID_MCHID_NOT_MATCH", "combine_appid和子单mchid不匹配")
            .explained(format!("merchant {mchid} is not bound to {app_id}"))),
        None => Err(Refusal::new(400, "MCH_NOT_EXISTS", "子单商户号不存在")
            .explained(format!("there is no merchant {mchid}"))),
    }
}

fn check_payer(call: &PayCall<'_>, wish: &Wish) -> Result<(), Refusal> {
    let Some(payer) = &wish.combine_payer_info else { return Ok(()) };
    known_payer(call, &wish.combine_appid, &payer.openid, "/combine_payer_info/openid")
        .map_err(|_| Refusal::new(500, "OPENID_MISMATCH", "openid和appid不匹配"))
}

/// A number may come again as long as its order is open and nothing about it differs.
fn check_repeat(
    world: &World,
    combine: &Combine,
    product: Product,
    parameters: &Value,
    now: i64,
) -> Result<(), Refusal> {
    let used = |text| Err(Refusal::new(403, "OUT_TRADE_NO_USED", text));
    match world.parts_of(combine).first().map_or(TradeState::Closed, |part| part.state) {
        TradeState::NotPay if combine.parameters != *parameters || combine.product != product => {
            used("合单商户订单号重复，参数与首次请求时不一致")
        }
        TradeState::NotPay if now > combine.expires_at => Err(Refusal::invalid("订单已过支付截止时间")),
        TradeState::NotPay => Ok(()),
        TradeState::Closed => Err(closed()),
        _ => used("合单商户订单号已支付"),
    }
}

fn create(
    world: &mut World,
    whole: &str,
    wish: &Wish,
    product: Product,
    parameters: &Value,
    now: i64,
) -> Result<(), Refusal> {
    let combine = new_combine(wish, product, parameters, now);
    for (index, (part, name)) in wish.sub_orders.iter().zip(&combine.parts).enumerate() {
        if world.orders.contains(name) {
            return Err(Refusal::new(403, "OUT_TRADE_NO_USED", "子单商户订单号重复")
                .explained(format!("{} has an order {} already", part.mchid, part.out_trade_no)));
        }
        let order = new_order(&combine, whole, part, &parameters["sub_orders"][index]);
        world.orders.insert(name, order);
    }
    world.combines.insert(whole, combine);
    Ok(())
}

fn new_combine(wish: &Wish, product: Product, parameters: &Value, now: i64) -> Combine {
    Combine {
        mchid: wish.combine_mchid.clone(),
        app_id: wish.combine_appid.clone(),
        number: wish.combine_out_trade_no.clone(),
        product,
        openid: wish.combine_payer_info.as_ref().map(|payer| payer.openid.clone()).unwrap_or_default(),
        parts: wish.sub_orders.iter().map(|part| key(&part.mchid, &part.out_trade_no)).collect(),
        notify_url: wish.notify_url.clone(),
        parameters: parameters.clone(),
        created_at: now,
        expires_at: expiry(wish.time_expire.as_deref(), DAYS, now),
        prepay_ids: Vec::new(),
    }
}

fn new_order(combine: &Combine, whole: &str, part: &Part, parameters: &Value) -> Order {
    Order {
        mchid: part.mchid.clone(),
        app_id: combine.app_id.clone(),
        out_trade_no: part.out_trade_no.clone(),
        description: part.description.clone(),
        product: combine.product,
        openid: combine.openid.clone(),
        attach: Some(part.attach.clone()),
        combine: Some(whole.to_owned()),
        profit_sharing: part.settle_info.as_ref().and_then(|settle| settle.profit_sharing).unwrap_or(false),
        total: part.amount.total_amount,
        notify_url: combine.notify_url.clone(),
        parameters: parameters.clone(),
        created_at: combine.created_at,
        expires_at: combine.expires_at,
        state: TradeState::NotPay,
        prepay_ids: Vec::new(),
        payment: None,
        refunds: Vec::new(),
    }
}

/// Notes a ticket with the whole and with each part.
fn hand_out(world: &mut World, whole: &str, ticket: &str) {
    let Some(combine) = world.combines.get_mut(whole) else { return };
    combine.prepay_ids.push(ticket.to_owned());
    for part in combine.parts.clone() {
        if let Some(order) = world.orders.get_mut(&part) {
            order.prepay_ids.push(ticket.to_owned());
        }
    }
}
