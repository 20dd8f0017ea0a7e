//! The parameters of a JSAPI order.

use super::refusal::Refusal;
use super::validate::Object;

const TOP: &[&str] = &[
    "appid",
    "mchid",
    "description",
    "out_trade_no",
    "time_expire",
    "attach",
    "notify_url",
    "goods_tag",
    "limit_pay",
    "support_fapiao",
    "amount",
    "payer",
    "detail",
    "scene_info",
    "settle_info",
];
/// The most bytes `detail` may have as compact JSON.
const DETAIL_BYTES: usize = 6144;

/// What an order needs of its checked parameters.
#[derive(Debug)]
pub(crate) struct PrepayFields<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) out_trade_no: &'a str,
    pub(crate) description: &'a str,
    pub(crate) attach: Option<&'a str>,
    pub(crate) notify_url: &'a str,
    pub(crate) total: i64,
    pub(crate) openid: &'a str,
    pub(crate) time_expire: Option<i64>,
}

impl<'a> PrepayFields<'a> {
    pub(crate) fn check(value: &'a serde_json::Value, mchid: &str) -> Result<Self, Refusal> {
        let top = Object::top(value, TOP)?;
        top.own_mchid(mchid)?;
        check_options(&top)?;
        let amount = top.needed_object("amount", &["total", "currency"])?;
        amount.currency(false)?;
        Ok(Self {
            app_id: top.needed_text("appid", 32)?,
            out_trade_no: top.needed_word("out_trade_no", (6, 32), "_-|*")?,
            description: top.needed_text("description", 127)?,
            attach: top.text("attach", 128)?,
            notify_url: top.notify_url(255)?.ok_or_else(|| top.wrong("notify_url", "必填"))?,
            total: amount.needed_integer("total", 1)?,
            openid: top.needed_object("payer", &["openid"])?.needed_text("openid", 128)?,
            time_expire: time_expire(&top)?,
        })
    }
}

fn time_expire(top: &Object<'_>) -> Result<Option<i64>, Refusal> {
    let Some(text) = top.text("time_expire", 64)? else { return Ok(None) };
    let time = crate::text::parse_rfc3339(text);
    time.map(Some).ok_or_else(|| top.wrong("time_expire", "应为 RFC 3339 格式的时间"))
}

/// Parameters the simulator checks and then only compares.
fn check_options(top: &Object<'_>) -> Result<(), Refusal> {
    top.text("goods_tag", 32)?;
    top.choices("limit_pay", &["no_credit", "no_debit", "no_balance", "balance_only"])?;
    top.boolean("support_fapiao")?;
    check_detail(top)?;
    check_scene(top)?;
    if let Some(settle) = top.object("settle_info", &["profit_sharing"])? {
        settle.boolean("profit_sharing")?;
    }
    Ok(())
}

fn check_detail(top: &Object<'_>) -> Result<(), Refusal> {
    let Some(detail) = top.object("detail", &["cost_price", "invoice_id", "goods_detail"])? else {
        return Ok(());
    };
    if detail.compact_len() > DETAIL_BYTES {
        return Err(top.wrong("detail", "长度超过限制"));
    }
    detail.integer("cost_price", 0)?;
    detail.text("invoice_id", 32)?;
    let known = ["merchant_goods_id", "wechatpay_goods_id", "goods_name", "quantity", "unit_price"];
    for goods in detail.objects("goods_detail", &known)?.unwrap_or_default() {
        goods.needed_word("merchant_goods_id", (1, 32), "_-")?;
        goods.text("wechatpay_goods_id", 32)?;
        goods.text("goods_name", 256)?;
        goods.needed_integer("quantity", 1)?;
        goods.needed_integer("unit_price", 0)?;
    }
    Ok(())
}

fn check_scene(top: &Object<'_>) -> Result<(), Refusal> {
    let Some(scene) = top.object("scene_info", &["payer_client_ip", "device_id", "store_info"])? else {
        return Ok(());
    };
    if scene.needed_text("payer_client_ip", 45)?.parse::<std::net::IpAddr>().is_err() {
        return Err(scene.wrong("payer_client_ip", "不是合法的 IP 地址"));
    }
    scene.text("device_id", 32)?;
    if let Some(store) = scene.object("store_info", &["id", "name", "area_code", "address"])? {
        store.needed_text("id", 32)?;
        store.text("name", 256)?;
        store.text("area_code", 32)?;
        store.text("address", 512)?;
    }
    Ok(())
}
