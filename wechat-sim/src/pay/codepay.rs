//! `POST /v3/pay/transactions/codepay` and `…/out-trade-no/{out_trade_no}/reverse`: the merchant reads a code
//! from the shopper's phone.

use serde::Deserialize;
use serde_json::{Value, json};

use super::payment::{self, PayOptions, settle, stranger};
use super::prepay::{DAY, SETTLE, Settle};
use super::query::transaction;
use super::refusal::Refusal;
use super::shape::{CURRENCY, FEN, FEN_OR_NONE, Field, OUT_TRADE_NO, Rule, may, need};
use super::{PayCall, PayServe, Reply, post};
use crate::core::Core;
use crate::crypto::random_digits;
use crate::operation::Operation;
use crate::world::{Entry, EntryKind, Order, PayCode, Product, Task, TradeState, World, key};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("codepay", "/v3/pay/transactions/codepay", pay),
    post("reverse", "/v3/pay/transactions/out-trade-no/{out_trade_no}/reverse", reverse),
];

/// The life of a code.
const MINUTE: i64 = 60_000;
/// How long a shopper may think about the password.
const PASSWORD: i64 = 5 * MINUTE;
/// How long after the payment an order can be reversed.
const REVERSIBLE: i64 = 7 * DAY;

const GOODS: Rule = Rule::Object(&[
    need("merchant_goods_id", Rule::Text(32)),
    may("wxpay_goods_id", Rule::Text(32)),
    may("goods_name", Rule::Text(256)),
    need("quantity", FEN),
    need("unit_price", FEN_OR_NONE),
]);
const DETAIL: Rule = Rule::Small(
    6144,
    &[
        may("cost_price", FEN_OR_NONE),
        may("invoice_id", Rule::Text(32)),
        need("goods_detail", Rule::List(1, 6144, &GOODS)),
    ],
);
const SCENE: Rule = Rule::Object(&[
    may("device_id", Rule::Text(32)),
    may("device_ip", Rule::Ip),
    need("store_info", Rule::Object(&[may("id", Rule::Text(32)), may("out_id", Rule::Text(32))])),
]);
const SHAPE: &[Field] = &[
    need("appid", Rule::Text(32)),
    need("mchid", Rule::Text(32)),
    need("description", Rule::Text(127)),
    need("out_trade_no", OUT_TRADE_NO),
    may("attach", Rule::Text(128)),
    may("goods_tag", Rule::Text(32)),
    may("support_fapiao", Rule::Boolean),
    need("payer", Rule::Object(&[need("auth_code", Rule::Word(18, 18, ""))])),
    need("amount", Rule::Object(&[need("total", FEN), may("currency", CURRENCY)])),
    need("scene_info", SCENE),
    may("detail", DETAIL),
    may("settle_info", SETTLE),
];
const REVERSE: &[Field] = &[need("appid", Rule::Text(32)), need("mchid", Rule::Text(32))];

#[derive(Debug, Deserialize)]
struct Wish {
    appid: String,
    mchid: String,
    description: String,
    out_trade_no: String,
    attach: Option<String>,
    payer: Payer,
    amount: Amount,
    settle_info: Option<Settle>,
}

#[derive(Debug, Deserialize)]
struct Payer {
    auth_code: String,
}

#[derive(Debug, Deserialize)]
struct Amount {
    total: i64,
}

fn pay(call: &PayCall<'_>) -> Reply {
    let (parameters, wish): (Value, Wish) = call.read(SHAPE)?;
    call.own_mchid("/mchid", &wish.mchid)?;
    call.bound_app(&wish.appid)?;
    check_form(&wish.payer.auth_code)?;
    let order = key(&call.mchid, &wish.out_trade_no);
    call.core.change(|world, now| {
        match world.orders.get(&order) {
            Some(existing) => check_repeat(existing, &parameters)?,
            None => charge(world, &order, &wish, &parameters, now)?,
        }
        world.orders.get(&order).map(|order| answer(order).into()).ok_or_else(Refusal::no_order)
    })
}

/// Eighteen digits that begin with 10 to 15.
fn check_form(code: &str) -> Result<(), Refusal> {
    let begins = code.get(..2).and_then(|digits| digits.parse::<u8>().ok());
    let digits = code.bytes().all(|byte| byte.is_ascii_digit());
    if digits && begins.is_some_and(|begins| (10..=15).contains(&begins)) {
        Ok(())
    } else {
        Err(Refusal::body("/payer/auth_code", &Value::from(code), "不是合法的付款码"))
    }
}

/// The same number with the same parameters is the same payment, as far as it has come by now.
fn check_repeat(order: &Order, parameters: &Value) -> Result<(), Refusal> {
    if order.parameters != *parameters || order.product != Product::Micropay {
        return Err(Refusal::invalid("请求重入时，参数与首次请求时不一致"));
    }
    match order.state {
        TradeState::Revoked => Err(Refusal::new(400, "ORDER_CLOSED", "订单已撤销，请重新下单支付")),
        _ => Ok(()),
    }
}

fn charge(
    world: &mut World,
    order_key: &str,
    wish: &Wish,
    parameters: &Value,
    now: i64,
) -> Result<(), Refusal> {
    let code = use_up(world, &wish.payer.auth_code, now)?;
    let openid = if code.app_id == wish.appid { code.openid } else { stranger() };
    let order = Order { openid, ..new_order(wish, code.asks_password, parameters, now) };
    let due = order.expires_at.saturating_add(1);
    world.orders.insert(order_key, order);
    if code.asks_password {
        world.agenda.add(due, Task::EndPassword(order_key.to_owned()));
        return Ok(());
    }
    settle(world, order_key, &PayOptions::default(), now).map(drop)
}

fn use_up(world: &mut World, code: &str, now: i64) -> Result<PayCode, Refusal> {
    let invalid =
        || Refusal::new(400, "AUTH_CODE_INVALID", "付款码无效").explained("nobody shows this payment code");
    let known = world.pay_codes.get_mut(code).ok_or_else(invalid)?;
    if known.used || now > known.expires_at {
        return Err(Refusal::new(400, "AUTHCODEEXPIRE", "付款码已过期，请用户在微信上刷新条码")
            .explained("a payment code lives a minute and works once"));
    }
    known.used = true;
    Ok(known.clone())
}

fn new_order(wish: &Wish, asks_password: bool, parameters: &Value, now: i64) -> Order {
    Order {
        mchid: wish.mchid.clone(),
        app_id: wish.appid.clone(),
        out_trade_no: wish.out_trade_no.clone(),
        description: wish.description.clone(),
        product: Product::Micropay,
        openid: String::new(),
        attach: wish.attach.clone(),
        combine: None,
        profit_sharing: wish.settle_info.as_ref().and_then(|settle| settle.profit_sharing).unwrap_or(false),
        total: wish.amount.total,
        notify_url: String::new(),
        parameters: parameters.clone(),
        created_at: now,
        expires_at: now.saturating_add(PASSWORD),
        state: if asks_password { TradeState::UserPaying } else { TradeState::NotPay },
        prepay_ids: Vec::new(),
        payment: None,
        refunds: Vec::new(),
    }
}

/// As the query answers it, without the scene.
fn answer(order: &Order) -> Value {
    let mut body = transaction(order);
    if let Some(members) = body.as_object_mut() {
        members.remove("scene_info");
    }
    body
}

fn reverse(call: &PayCall<'_>) -> Reply {
    let body = call.body(REVERSE)?;
    call.own_mchid("/mchid", body["mchid"].as_str().unwrap_or_default())?;
    let order_key = key(&call.mchid, call.argument());
    call.core.change(|world, now| {
        let order = world.orders.get(&order_key).ok_or_else(Refusal::no_order)?;
        check_reversible(order, &body["appid"], now)?;
        if world.freezes.get(&order_key).is_some_and(|freeze| !freeze.sharings.is_empty()) {
            return Err(Refusal::new(403, "TRADE_ERROR", "订单已发生分账，不能撤销"));
        }
        let answer = json!({"appid": order.app_id, "mchid": order.mchid, "out_trade_no": order.out_trade_no});
        revoke(world, &order_key, now);
        Ok(answer.into())
    })
}

fn check_reversible(order: &Order, app_id: &Value, now: i64) -> Result<(), Refusal> {
    if *app_id != order.app_id {
        return Err(Refusal::body("/appid", app_id, "与下单时不一致"));
    }
    if order.product != Product::Micropay {
        return Err(Refusal::invalid("只有付款码支付的订单可以撤销"));
    }
    match order.state {
        TradeState::Refund => Err(Refusal::new(403, "TRADE_ERROR", "订单已发生退款，不能撤销")),
        TradeState::Success if now - order.created_at > REVERSIBLE => {
            Err(Refusal::invalid("订单已超过可撤销的最大期限，请使用退款接口"))
        }
        _ => Ok(()),
    }
}

/// Takes an order back: what was paid goes back to the shopper at once.
fn revoke(world: &mut World, order_key: &str, now: i64) {
    let Some(order) = world.orders.get_mut(order_key) else { return };
    let paid = order.state == TradeState::Success;
    order.state = TradeState::Revoked;
    let order = order.clone();
    if let Some(payment) = order.payment.as_ref().filter(|_| paid) {
        let taken = payment::entry(&order, payment);
        let back = Entry {
            at: now,
            kind: EntryKind::Refund,
            amount: -taken.amount,
            cash: -taken.cash,
            fee: -taken.fee,
            ..taken
        };
        world.book(back);
    }
}

/// A new code on the phone of a person, or of a new one: the code and the openid.
pub(crate) fn show(
    world: &mut World,
    app_id: &str,
    openid: Option<&str>,
    asks_password: bool,
    now: i64,
) -> (String, String) {
    let code = format!("13{}", random_digits::<16>());
    let openid = openid.map_or_else(stranger, str::to_owned);
    let shown = PayCode {
        app_id: app_id.to_owned(),
        openid: openid.clone(),
        asks_password,
        expires_at: now.saturating_add(MINUTE),
        used: false,
    };
    world.pay_codes.insert(&code, shown);
    (code, openid)
}

/// The shopper does not enter the password; nothing happens to an order that does not wait for it.
pub(crate) fn refuse_password(core: &Core, mchid: &str, out_trade_no: &str) -> Result<(), Refusal> {
    core.change(|world, _| {
        end_password(world, &key(mchid, out_trade_no));
        Ok(())
    })
}

/// The time for the password is over.
pub(crate) fn end_password(world: &mut World, order_key: &str) {
    if world.orders.get(order_key).is_some_and(|order| order.state == TradeState::UserPaying)
        && let Some(order) = world.orders.get_mut(order_key)
    {
        order.state = TradeState::PayError;
    }
}
