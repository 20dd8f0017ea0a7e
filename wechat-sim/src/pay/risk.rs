//! Risky orders: the platform finds them, the merchant says what it did about them.

mod report;

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::shape::{FEN_OR_NONE, Field, Rule, may, need};
use super::{PayCall, PayServe, Reply, get, post};
use crate::core::Core;
use crate::notify::pay_events;
use crate::operation::Operation;
use crate::wire::text;
use crate::world::{RiskKind, RiskTrade, World, key};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("risk_trades", "/v3/merchant-risk-manage/ec-trade-risk/query-risk-trades", trades),
    post("risk_disposal", "/v3/merchant-risk-manage/ec-trade-risk/recv-dispose-result", dispose),
    post("risk_report", "/v3/merchant-risk-manage/report-trade-union-information", report::report),
    get("risk_information", "/v3/merchant-risk-manage/trade-risk-information", information),
    post("risk_result", "/v3/merchant-risk-manage/trade-risk-result", result),
];

/// Where the documents name no limit.
const TEXT: Rule = Rule::Text(1024);
const NUMBER: Rule = Rule::Text(32);
const PUNISHMENTS: Rule = Rule::Choice(&PUNISH_TYPES);
const PUNISH_TYPES: [&str; 10] = [
    "OTHER_PUNISH",
    "DISABLE_PAYMENT",
    "SUSPEND_SETTLEMENT",
    "DISABLE_WITHDRAW",
    "REMOVE_MERCHANTS",
    "ADD_MERCHANTS_BLACKLIST",
    "REFUND",
    "FREEZING_FUND_BY_TRANSACTION",
    "FREEZING_FUND_BY_MERCHANTS",
    "BLOCKED_USER",
];

/// Direct merchants speak for nobody but themselves.
fn own_names(call: &PayCall<'_>, named: impl Fn(&str) -> Option<String>) -> Result<(), Refusal> {
    let members = ["sp_mchid", "sub_mchid", "mchid", "combine_mchid"];
    if members.into_iter().filter_map(named).all(|mchid| mchid == call.mchid) {
        return Ok(());
    }
    Err(Refusal::new(403, "NO_AUTH", "商户号与签名商户号不一致"))
}

fn member(body: &Value, name: &str) -> Option<String> {
    body[name].as_str().map(str::to_owned)
}

fn missing() -> Refusal {
    Refusal::new(404, "RESOURCE_NOT_EXISTS", "风险订单不存在")
}

const TRADES: &[Field] = &[
    may("sp_mchid", NUMBER),
    may("sub_mchid", NUMBER),
    may("mchid", NUMBER),
    may("start_time", Rule::Time(64)),
    may("end_time", Rule::Time(64)),
    may("page_index", Rule::Integer(1, i32::MAX as i64)),
    may("page_size", Rule::Integer(1, 100)),
];

/// Newest first; pages are counted from 1.
fn trades(call: &PayCall<'_>) -> Reply {
    let body = call.body(TRADES)?;
    own_names(call, |name| member(&body, name))?;
    let moment = |name: &str| body[name].as_str().and_then(text::parse_rfc3339);
    let (from, to) = (moment("start_time").unwrap_or(0), moment("end_time").unwrap_or(i64::MAX));
    if from > to {
        return Err(Refusal::body("/end_time", &body["end_time"], "早于开始时间"));
    }
    call.core.read(|world| {
        let mut found: Vec<&RiskTrade> = of(world, &call.mchid).collect();
        found.retain(|trade| (from..=to).contains(&trade.found_at));
        found.sort_by_key(|trade| std::cmp::Reverse(trade.found_at));
        let count = |name: &str, usual| {
            body[name].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(usual)
        };
        let (page, size) = (count("page_index", 1), count("page_size", 10));
        let shown = found.iter().skip((page - 1).saturating_mul(size)).take(size);
        let list: Vec<Value> = shown.map(|trade| view(trade)).collect();
        Ok(json!({"total_num": found.len(), "risk_trade_list": list}).into())
    })
}

fn of<'a>(world: &'a World, mchid: &'a str) -> impl Iterator<Item = &'a RiskTrade> {
    world.risk_trades.values().filter(move |trade| trade.mchid == mchid)
}

/// The last name is misspelled in the protocol.
fn view(trade: &RiskTrade) -> Value {
    json!({
        "mchid": trade.mchid,
        "out_trade_no": trade.out_trade_no,
        "risk_type": trade.risk_type,
        "risk_level": trade.risk_level,
        "risk_discove_time": text::rfc3339(trade.found_at),
    })
}

const DISPOSAL: &[Field] = &[
    may("sp_mchid", NUMBER),
    may("sub_mchid", NUMBER),
    may("mchid", NUMBER),
    need("out_trade_no", NUMBER),
    may("final_risk_result", Rule::Integer(1, 2)),
    may("final_risk_type", Rule::Integer(1, 4)),
    may("disp_conclusion", Rule::List(0, 3, &Rule::Integer(1, 3))),
    may("disp_addition", TEXT),
    may("exist_complaint", Rule::Boolean),
    may("refund_amount", FEN_OR_NONE),
];

fn dispose(call: &PayCall<'_>) -> Reply {
    let body = call.body(DISPOSAL)?;
    own_names(call, |name| member(&body, name))?;
    let trade = key(&call.mchid, body["out_trade_no"].as_str().unwrap_or_default());
    call.core.change(|world, _| {
        if !world.risk_trades.contains(&trade) {
            return Err(missing());
        }
        world.risk_answers.entry(&trade).disposals.push(body);
        Ok(json!({"rsp_msg": "success"}).into())
    })
}

/// What is known about the risk of a paid order; one that nobody found risky has the score 0.
fn information(call: &PayCall<'_>) -> Reply {
    own_names(call, |name| call.parameter(name))?;
    let trade = key(&call.mchid, &call.needed_parameter("out_trade_no")?);
    call.core.read(|world| {
        world.orders.get(&trade).filter(|order| order.state.is_paid()).ok_or_else(Refusal::no_order)?;
        let Some(trade) = world.risk_trades.get(&trade) else { return Ok(json!({"risk_score": 0}).into()) };
        let mut body = json!({"risk_score": trade.score, "risk_type": trade.kind});
        if let Some(punish_type) = &trade.punish_type {
            body["punish_type"] = json!(punish_type);
            body["punish_description"] = json!(described(punish_type));
        }
        Ok(body.into())
    })
}

fn described(punish_type: &str) -> &'static str {
    match punish_type {
        "DISABLE_PAYMENT" => "关闭支付权限",
        "SUSPEND_SETTLEMENT" => "延迟结算",
        "DISABLE_WITHDRAW" => "关闭提现权限",
        "REMOVE_MERCHANTS" => "清退商户",
        "ADD_MERCHANTS_BLACKLIST" => "加入商户黑名单",
        "REFUND" => "退款",
        "FREEZING_FUND_BY_TRANSACTION" => "冻结交易资金",
        "FREEZING_FUND_BY_MERCHANTS" => "冻结商户资金",
        "BLOCKED_USER" => "限制用户",
        _ => "其他处置",
    }
}

const RESULT: &[Field] = &[
    may("sp_mchid", NUMBER),
    may("acquiring_bank_id", NUMBER),
    may("channel_id", NUMBER),
    may("sub_mchid", NUMBER),
    may("out_trade_no", NUMBER),
    may("risk_type", Rule::Choice(&["OTHER_RISK", "INDUCE_PAYMENT", "FRAUD", "GAMBLING", "CYBERSEX"])),
    need("punish_type", PUNISHMENTS),
    may("additional_punish_type", TEXT),
    may("complaints_information", TEXT),
];

/// Answers what came, with a description.
fn result(call: &PayCall<'_>) -> Reply {
    let body = call.body(RESULT)?;
    own_names(call, |name| member(&body, name))?;
    let mut echo = body.clone();
    if let Some(members) = echo.as_object_mut() {
        members.remove("complaints_information");
    }
    echo["punish_description"] = json!(described(body["punish_type"].as_str().unwrap_or_default()));
    call.core.change(|world, _| {
        let trade = known_order(world, call, &body)?;
        world.risk_answers.entry(&trade).results.push(body);
        Ok(echo.into())
    })
}

/// The key of the order a body names, or of what concerns no single order.
fn known_order(world: &World, call: &PayCall<'_>, body: &Value) -> Result<String, Refusal> {
    let number = body["out_trade_no"].as_str().unwrap_or_default();
    let order = key(&call.mchid, number);
    if number.is_empty() || world.orders.contains(&order) { Ok(order) } else { Err(Refusal::no_order()) }
}

/// What the platform finds about an order.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskOptions {
    /// 1 to 4
    pub risk_type: i64,
    /// 1 to 3
    pub risk_level: i64,
    /// What `trade-risk-information` answers.
    pub score: i64,
    /// What `trade-risk-information` answers.
    pub kind: RiskKind,
    /// What the platform did about it: `DISABLE_PAYMENT`, `REFUND`, …
    pub punish_type: Option<String>,
    /// Where `RISKTRADE.IDENTIFICATION` goes; no call sets that address.
    pub notify_url: Option<String>,
}

impl Default for RiskOptions {
    fn default() -> Self {
        Self {
            risk_type: 1,
            risk_level: 1,
            score: 80,
            kind: RiskKind::default(),
            punish_type: None,
            notify_url: None,
        }
    }
}

impl RiskOptions {
    fn check(&self) -> Result<(), Refusal> {
        let numbers = (1..=4).contains(&self.risk_type) && (1..=3).contains(&self.risk_level);
        let punished = self.punish_type.as_ref().is_none_or(|kind| PUNISH_TYPES.contains(&kind.as_str()));
        if numbers && punished {
            return Ok(());
        }
        Err(Refusal::invalid("risk_type is 1 to 4, risk_level 1 to 3, punish_type one of the protocol"))
    }
}

/// The platform finds an order risky; finding it again replaces what was found.
pub(crate) fn plant(
    core: &Core,
    mchid: &str,
    out_trade_no: &str,
    options: &RiskOptions,
) -> Result<Value, Refusal> {
    options.check()?;
    core.change(|world, now| {
        let trade_key = key(mchid, out_trade_no);
        world.orders.get(&trade_key).filter(|order| order.state.is_paid()).ok_or_else(Refusal::no_order)?;
        let trade = RiskTrade {
            mchid: mchid.to_owned(),
            out_trade_no: out_trade_no.to_owned(),
            found_at: now,
            risk_type: options.risk_type,
            risk_level: options.risk_level,
            score: options.score,
            kind: options.kind,
            punish_type: options.punish_type.clone(),
        };
        let mut told = view(&trade);
        world.risk_trades.insert(&trade_key, trade);
        if let Some(url) = &options.notify_url {
            if let Some(members) = told.as_object_mut() {
                members.remove("risk_discove_time");
            }
            let event = ("RISKTRADE.IDENTIFICATION", "risktrade", "风险订单通知");
            pay_events::post_event(core, world, (mchid, url), event, told.clone(), now);
        }
        Ok(told)
    })
}

/// The risky orders with what their merchants said about them.
pub(crate) fn all(core: &Core) -> Vec<Value> {
    core.read(|world| {
        let mut keys: Vec<&String> = world.risk_trades.iter().map(|(key, _)| key).collect();
        keys.extend(world.risk_answers.iter().map(|(key, _)| key));
        keys.sort();
        keys.dedup();
        keys.into_iter().map(|key| told(world, key)).collect()
    })
}

fn told(world: &World, key: &str) -> Value {
    let (mchid, out_trade_no) = key.split_once('/').unwrap_or((key, ""));
    json!({
        "mchid": mchid,
        "out_trade_no": out_trade_no,
        "trade": world.risk_trades.get(key),
        "answers": world.risk_answers.get(key),
    })
}
