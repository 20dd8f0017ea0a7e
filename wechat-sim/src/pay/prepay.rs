//! `POST /v3/pay/transactions/{jsapi|native|app|h5}`

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::shape::{CURRENCY, FEN, FEN_OR_NONE, Field, OUT_TRADE_NO, Rule, may, need};
use super::{PayCall, PayServe, Reply, post};
use crate::crypto::{random_alphanumeric, random_hex};
use crate::operation::Operation;
use crate::wire::text;
use crate::world::{Order, Prepay, Product, TradeState, World, key};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("prepay_jsapi", "/v3/pay/transactions/jsapi", |call| prepay(call, Product::Jsapi, JSAPI)),
    post("prepay_native", "/v3/pay/transactions/native", |call| prepay(call, Product::Native, NATIVE)),
    post("prepay_app", "/v3/pay/transactions/app", |call| prepay(call, Product::App, NATIVE)),
    post("prepay_h5", "/v3/pay/transactions/h5", |call| prepay(call, Product::Mweb, H5)),
];

const MINUTE: i64 = 60_000;
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;

const LIMIT_PAY: Rule = Rule::Choice(&["no_credit", "no_debit", "no_balance", "balance_only"]);
const GOODS: Rule = Rule::Object(&[
    need("merchant_goods_id", Rule::Word(1, 32, "_-")),
    may("wechatpay_goods_id", Rule::Text(32)),
    may("goods_name", Rule::Text(256)),
    need("quantity", FEN),
    need("unit_price", FEN_OR_NONE),
]);
const DETAIL: Rule = Rule::Small(
    6144,
    &[
        may("cost_price", FEN_OR_NONE),
        may("invoice_id", Rule::Text(32)),
        may("goods_detail", Rule::List(1, 6144, &GOODS)),
    ],
);
const STORE: Rule = Rule::Object(&[
    need("id", Rule::Text(32)),
    may("name", Rule::Text(256)),
    may("area_code", Rule::Text(32)),
    may("address", Rule::Text(512)),
]);
const SCENE: Rule = Rule::Object(&[
    need("payer_client_ip", Rule::Ip),
    may("device_id", Rule::Text(32)),
    may("store_info", STORE),
]);
const H5_SCENE: Rule = Rule::Object(&[
    need("payer_client_ip", Rule::Ip),
    may("device_id", Rule::Text(32)),
    may("store_info", STORE),
    need("h5_info", H5_INFO),
]);
pub(crate) const H5_INFO: Rule = Rule::Object(&[
    need("type", Rule::Choice(&["iOS", "Android", "Wap"])),
    may("app_name", Rule::Text(64)),
    may("app_url", Rule::Text(128)),
    may("bundle_id", Rule::Text(128)),
    may("package_name", Rule::Text(128)),
]);
pub(crate) const SETTLE: Rule = Rule::Object(&[may("profit_sharing", Rule::Boolean)]);
pub(crate) const PAYER: Rule = Rule::Object(&[need("openid", Rule::Text(128))]);

/// What all four have, with two more members.
macro_rules! shape {
    ($($more:expr),*) => {
        &[
            need("appid", Rule::Text(32)),
            need("mchid", Rule::Text(32)),
            need("description", Rule::Text(127)),
            need("out_trade_no", OUT_TRADE_NO),
            may("time_expire", Rule::Time(64)),
            may("attach", Rule::Text(128)),
            need("notify_url", Rule::Url(255)),
            may("goods_tag", Rule::Text(32)),
            may("limit_pay", Rule::List(1, 4, &LIMIT_PAY)),
            may("support_fapiao", Rule::Boolean),
            need("amount", Rule::Object(&[need("total", FEN), may("currency", CURRENCY)])),
            may("detail", DETAIL),
            may("settle_info", SETTLE),
            $($more),*
        ]
    };
}

const JSAPI: &[Field] = shape![need("payer", PAYER), may("scene_info", SCENE)];
const NATIVE: &[Field] = shape![may("scene_info", SCENE)];
const H5: &[Field] = shape![need("scene_info", H5_SCENE)];

/// What an order needs of its parameters; the rest is checked and compared.
#[derive(Debug, Deserialize)]
struct Wish {
    appid: String,
    mchid: String,
    description: String,
    out_trade_no: String,
    time_expire: Option<String>,
    attach: Option<String>,
    notify_url: String,
    amount: Amount,
    payer: Option<Payer>,
    settle_info: Option<Settle>,
}

#[derive(Debug, Deserialize)]
struct Amount {
    total: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Payer {
    pub(crate) openid: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Settle {
    pub(crate) profit_sharing: Option<bool>,
}

fn prepay(call: &PayCall<'_>, product: Product, shape: &[Field]) -> Reply {
    let (parameters, wish): (Value, Wish) = call.read(shape)?;
    call.own_mchid("/mchid", &wish.mchid)?;
    call.bound_app(&wish.appid)?;
    if let Some(payer) = &wish.payer {
        known_payer(call, &wish.appid, &payer.openid, "/payer/openid")?;
    }
    let order = key(&call.mchid, &wish.out_trade_no);
    call.core.change(|world, now| {
        match world.orders.get(&order) {
            Some(existing) => check_repeat(existing, product, &parameters, now)?,
            None => world.orders.insert(&order, new_order(&wish, product, &parameters, now)),
        }
        let ticket = issue(world, product, &order, false, now);
        if let Some(order) = world.orders.get_mut(&order) {
            order.prepay_ids.push(ticket.clone());
        }
        Ok(answer(product, &ticket).into())
    })
}

/// Whoever is to pay has to be a shopper of this app, as far as that can be known here.
pub(crate) fn known_payer(
    call: &PayCall<'_>,
    app_id: &str,
    openid: &str,
    pointer: &str,
) -> Result<(), Refusal> {
    let known = call.core.read(|world| {
        let mut apps = world.apps.iter().map(|(app, _)| app);
        world.shoppers.contains(&key(app_id, openid))
            || !call.core.settings.known_openids_only
                && !apps.any(|app| world.shoppers.contains(&key(app, openid)))
    });
    if known { Ok(()) } else { Err(Refusal::body(pointer, &Value::from(openid), "与appid不匹配")) }
}

/// A number may come again as long as its order is open and nothing about it differs.
fn check_repeat(order: &Order, product: Product, parameters: &Value, now: i64) -> Result<(), Refusal> {
    let same = order.parameters == *parameters && order.product == product && order.combine.is_none();
    match order.state {
        TradeState::Closed => Err(Refusal::new(400, "ORDER_CLOSED", "订单已关闭")),
        TradeState::Success | TradeState::Refund => {
            Err(Refusal::new(403, "OUT_TRADE_NO_USED", "商户订单号已支付"))
        }
        TradeState::UserPaying | TradeState::Revoked | TradeState::PayError => {
            Err(Refusal::new(403, "OUT_TRADE_NO_USED", "商户订单号重复"))
        }
        TradeState::NotPay if !same => Err(Refusal::invalid("请求重入时，参数与首次请求时不一致")),
        TradeState::NotPay if now > order.expires_at => Err(Refusal::invalid("订单已过支付截止时间")),
        TradeState::NotPay => Ok(()),
    }
}

fn new_order(wish: &Wish, product: Product, parameters: &Value, now: i64) -> Order {
    Order {
        mchid: wish.mchid.clone(),
        app_id: wish.appid.clone(),
        out_trade_no: wish.out_trade_no.clone(),
        description: wish.description.clone(),
        product,
        openid: wish.payer.as_ref().map(|payer| payer.openid.clone()).unwrap_or_default(),
        attach: wish.attach.clone(),
        combine: None,
        profit_sharing: wish.settle_info.as_ref().and_then(|settle| settle.profit_sharing).unwrap_or(false),
        total: wish.amount.total,
        notify_url: wish.notify_url.clone(),
        parameters: parameters.clone(),
        created_at: now,
        expires_at: expiry(wish.time_expire.as_deref(), 15, now),
        state: TradeState::NotPay,
        prepay_ids: Vec::new(),
        payment: None,
        refunds: Vec::new(),
    }
}

/// The last moment an order can be paid: in a minute at least, in `days` at most, in seven days by default.
pub(crate) fn expiry(asked: Option<&str>, days: i64, now: i64) -> i64 {
    let asked = asked.and_then(text::parse_rfc3339);
    asked.map_or(now + 7 * DAY, |time| time.clamp(now + MINUTE, now + days * DAY))
}

/// A new `prepay_id`, `code_url` or `h5_url` for an order, or for a combined one.
pub(crate) fn issue(world: &mut World, product: Product, order: &str, combined: bool, now: i64) -> String {
    let (ticket, minutes) = match product {
        Product::Jsapi | Product::App | Product::Micropay => {
            (format!("wx{}{}0000", text::compact(now), random_hex::<8>().to_lowercase()), 120)
        }
        Product::Native => {
            // A new code puts the older ones out of use.
            retire(world, order, combined);
            (format!("weixin://wxpay/bizpayurl/up?pr={}", random_alphanumeric::<10>()), 120)
        }
        Product::Mweb => {
            let id = format!("wx{}{}", text::compact(now), random_hex::<8>().to_lowercase());
            let package = random_hex::<4>().to_lowercase();
            (
                format!(
                    "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={id}&package={package}"
                ),
                5,
            )
        }
    };
    let prepay = Prepay { order: order.to_owned(), combined, expires_at: now + minutes * MINUTE };
    world.prepays.insert(&ticket, prepay);
    ticket
}

fn retire(world: &mut World, order: &str, combined: bool) {
    let tickets = if combined {
        world.combines.get(order).map(|combine| combine.prepay_ids.clone())
    } else {
        world.orders.get(order).map(|order| order.prepay_ids.clone())
    };
    for ticket in tickets.unwrap_or_default() {
        world.prepays.remove(&ticket);
    }
}

pub(crate) fn answer(product: Product, ticket: &str) -> Value {
    match product {
        Product::Jsapi | Product::App | Product::Micropay => json!({"prepay_id": ticket}),
        Product::Native => json!({"code_url": ticket}),
        Product::Mweb => json!({"h5_url": ticket}),
    }
}
