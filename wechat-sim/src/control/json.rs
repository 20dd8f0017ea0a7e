//! The control paths that speak JSON.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    bills, complaints, listed, messaging, nothing_here, parties, people, push, service, sharing, till, trade,
    transfers,
};
use crate::core::Core;
use crate::faults::{Chaos, Fault, RefundOutcome};
use crate::mini::{codes, shipping, token_store};
use crate::pay::complaints::view;
use crate::pay::payment::{self, PayOptions};
use crate::pay::refusal::Refusal;
use crate::pay::{codepay, combine, risk};
use crate::routes::{self, Call};
use crate::time::{check_advance, check_speed};
use crate::world::{Material, World, key};

pub(super) type Reply = Result<Value, Refusal>;

/// `GET` of a list.
pub(crate) fn list(core: &Core, name: &str) -> Reply {
    match name {
        "orders" => Ok(listed(name, core.order_views())),
        "refunds" => Ok(listed(name, core.refund_views())),
        "notifications" => Ok(listed(name, core.notification_views())),
        "clock" => Ok(json!({
            "now_millis": core.now(), "stamp_millis": core.time.stamp(), "speed": core.time.speed(), "rate": core.time.rate(),
        })),
        "requests" => Ok(listed(name, core.journal(|journal| journal.views()))),
        "merchants" => Ok(listed(name, core.merchant_views())),
        "faults" => Ok(planned(core)),
        "apps" => Ok(listed(name, core.read(World::app_views))),
        "shoppers" => Ok(listed(name, core.read(World::shopper_views))),
        "limits" => Ok(listed(name, core.limit_views())),
        "api_security" => Ok(listed(name, core.api_security_kits())),
        "complaints" => Ok(listed(name, core.read(view::all))),
        "risk_trades" => Ok(listed(name, risk::all(core))),
        "messages" => Ok(listed(name, core.message_views())),
        "transfers" => Ok(transfers::bills(core)),
        "authorizations" => Ok(transfers::authorizations(core)),
        "shipping" => Ok(listed(name, shipping::all(core))),
        _ => messaging::list(core, name).ok_or_else(nothing_here),
    }
}

/// `POST` of a command.
pub(crate) fn command(core: &Core, path: &[&str], body: &Value) -> Reply {
    match path {
        ["bills", "style"] => bills::style(core, body),
        ["bills", "tamper"] => bills::tamper(core, &parse(body)?),
        ["merchants"] => parties::merchant(core, &parse(body)?),
        ["rotate"] => parties::rotate(core, &parse(body)?),
        ["platform"] => parties::platform(core, body),
        ["login_codes"] => login_code(core, &parse(body)?),
        ["phone_codes"] => phone_code(core, &parse(body)?),
        ["pay_codes"] => till::pay_code(core, &parse(body)?),
        ["balance"] => till::balance(core, &parse(body)?),
        ["pay"] => pay(core, body),
        ["cancel"] => cancel(core, &parse(body)?),
        ["faults"] => faults(core, &parse(body)?),
        ["chaos"] => chaos(core, &parse(body)?),
        ["tokens", "invalidate"] => invalidate_tokens(core, &parse(body)?),
        ["clock"] => clock(core, &parse(body)?),
        ["signing"] => signing(core, &parse(body)?),
        ["apps"] => people::app(core, body),
        ["shoppers"] => people::shopper(core, body),
        ["plugin_codes"] => people::plugin_code(core, &parse(body)?),
        ["encrypted_data"] => people::encrypted_data(core, parse(body)?),
        ["user_keys"] => people::user_key(core, &parse(body)?),
        ["limits"] => people::limit(core, &parse(body)?),
        ["api_security"] => people::api_security(core, body),
        ["complaints"] => complaints::open(core, body),
        ["complaints", id, step] => complaints::step(core, id, step, body),
        ["risk_trades"] => complaints::risk(core, body),
        ["names"] => sharing::name(core, body),
        ["sharing", path @ ..] => sharing::command(core, path, body),
        ["transfers", path @ ..] => transfers::command(core, path, body),
        ["authorizations", path @ ..] => transfers::authorization_command(core, path, body),
        ["notifications", id, "resend"] => resend(core, id),
        ["push", "send"] => push::send(core, &parse(body)?),
        ["push", "events"] => push::event(core, &parse(body)?),
        ["conversations", "say"] => service::say(core, &parse(body)?),
        ["conversations", "staff"] => service::staff(core, &parse(body)?),
        ["conversations", "online"] => service::online(core, &parse(body)?),
        ["apps", "trade_managed" | "brand"]
        | ["shipping" | "waybills" | "returns", _]
        | ["security", "words" | "media" | "rank"] => trade::command(core, path, body),
        path => messaging::command(core, path, body),
    }
}

pub(super) fn parse<T: DeserializeOwned>(body: &Value) -> Result<T, Refusal> {
    T::deserialize(body).map_err(|error| Refusal::new(400, "PARAM_ERROR", &error.to_string()))
}

/// What a command is about, by the members `names`, and its other members, which are options.
pub(super) fn split<T, O>(body: &Value, names: &[&str]) -> Result<(T, O), Refusal>
where
    T: DeserializeOwned,
    O: DeserializeOwned,
{
    let mut options = body.clone();
    if let Some(members) = options.as_object_mut() {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
    Ok((parse(body)?, parse(&options)?))
}

/// What most switches of a command are where nothing is said.
pub(super) fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginFields {
    app_id: String,
    openid: Option<String>,
}

fn login_code(core: &Core, fields: &LoginFields) -> Reply {
    core.change(|world, now| {
        known_app(world, &fields.app_id)?;
        let login = codes::login(world, &fields.app_id, fields.openid.as_deref(), now);
        Ok(json!({"code": login.code, "openid": login.openid}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhoneFields {
    app_id: String,
    phone: String,
    openid: Option<String>,
    #[serde(default = "china")]
    country_code: String,
}

fn china() -> String {
    "86".to_owned()
}

fn phone_code(core: &Core, fields: &PhoneFields) -> Reply {
    core.change(|world, now| {
        known_app(world, &fields.app_id)?;
        let number = (fields.country_code.as_str(), fields.phone.as_str());
        let issued = codes::phone(world, &fields.app_id, number, fields.openid.as_deref(), now);
        Ok(json!({"code": issued}))
    })
}

pub(super) fn known_app(world: &World, app_id: &str) -> Result<(), Refusal> {
    if world.apps.contains(app_id) {
        Ok(())
    } else {
        Err(Refusal::new(404, "NOT_FOUND", "no such mini program"))
    }
}

/// Which order is meant; the other members of a payment are its [`PayOptions`].
#[derive(Deserialize)]
struct Target {
    prepay_id: Option<String>,
    out_trade_no: Option<String>,
    combine_out_trade_no: Option<String>,
    mchid: Option<String>,
}

const TARGET: &[&str] = &["prepay_id", "out_trade_no", "combine_out_trade_no", "mchid"];

fn pay(core: &Core, body: &Value) -> Reply {
    let (target, options): (Target, PayOptions) = split(body, TARGET)?;
    let paid = match (&target.prepay_id, &target.out_trade_no, &target.combine_out_trade_no) {
        (Some(prepay_id), ..) => payment::pay_prepay(core, prepay_id, &options)?,
        (None, Some(number), _) => payment::pay(core, &target.owner(core, number)?, number, &options)?,
        (None, None, Some(number)) => {
            combine::payment::pay(core, &target.combiner(core, number)?, number, &options)?
        }
        (None, None, None) => {
            return Err(Refusal::invalid("prepay_id, out_trade_no or combine_out_trade_no is needed"));
        }
    };
    Ok(paid.transaction)
}

impl Target {
    /// The merchant of an order.
    fn owner(&self, core: &Core, number: &str) -> Result<String, Refusal> {
        self.merchant(core, |world, mchid| world.orders.contains(&key(mchid, number)))
    }

    /// The merchant of a combined order.
    fn combiner(&self, core: &Core, number: &str) -> Result<String, Refusal> {
        self.merchant(core, |world, mchid| world.combines.contains(&key(mchid, number)))
    }

    /// The merchant that has something, which need not be named while it is the only one.
    fn merchant(&self, core: &Core, has: impl Fn(&World, &str) -> bool) -> Result<String, Refusal> {
        if let Some(mchid) = &self.mchid {
            return Ok(mchid.clone());
        }
        let mchids: Vec<String> = core.read(|world| {
            let all = world.merchants.iter().map(|(mchid, _)| mchid);
            all.filter(|mchid| has(world, mchid)).cloned().collect()
        });
        match &mchids[..] {
            [mchid] => Ok(mchid.clone()),
            [] => Err(Refusal::no_order()),
            _ => Err(Refusal::invalid("several merchants have this number: name the mchid")),
        }
    }
}

/// The user closes the payment sheet: nothing changes, the client gets `fail cancel`. Only a payment that waits
/// for a password fails.
fn cancel(core: &Core, target: &Target) -> Reply {
    let known = match (&target.prepay_id, &target.out_trade_no, &target.combine_out_trade_no) {
        (Some(prepay_id), ..) => core.read(|world| world.prepays.contains(prepay_id)),
        (None, Some(number), _) => {
            codepay::refuse_password(core, &target.owner(core, number)?, number)?;
            true
        }
        (None, None, Some(number)) => target.combiner(core, number).is_ok(),
        (None, None, None) => false,
    };
    if known { Ok(json!({"errMsg": "requestPayment:fail cancel"})) } else { Err(Refusal::no_order()) }
}

/// Faults and switches; what is left out stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    /// Forgets what was planned before.
    #[serde(default)]
    clear: bool,
    #[serde(default)]
    #[serde(rename = "plan")]
    faults: Vec<Fault>,
    notifications: Option<Switch>,
    delivery: Option<Switch>,
    refund_outcome: Option<RefundOutcome>,
    refund_delay_ms: Option<u64>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Switch {
    On,
    Off,
}

fn faults(core: &Core, plan: &Plan) -> Reply {
    for fault in &plan.faults {
        fault.check(routes::all().map(Call::place)).map_err(|reason| Refusal::invalid(&reason))?;
    }
    core.faults(|faults| {
        if plan.clear {
            faults.clear();
        }
        faults.refund_outcome = plan.refund_outcome.unwrap_or(faults.refund_outcome);
        faults.refund_delay_ms = plan.refund_delay_ms.or(faults.refund_delay_ms);
        plan.faults.iter().cloned().for_each(|fault| faults.plan(fault));
    });
    let is_off = |switch: &Option<Switch>| switch.as_ref().map(|switch| *switch == Switch::Off);
    core.switch_deliveries(is_off(&plan.notifications), is_off(&plan.delivery));
    Ok(planned(core))
}

fn planned(core: &Core) -> Value {
    let on = |off: bool| if off { "off" } else { "on" };
    core.faults(|faults| {
        json!({
            "plan": faults.planned().collect::<Vec<_>>(),
            "notifications": on(faults.notifications_off),
            "delivery": on(faults.delivery_paused),
            "refund_outcome": faults.refund_outcome,
            "refund_delay_ms": faults.refund_delay_ms,
            "chaos": faults.chaos(),
        })
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChaosFields {
    rate: f64,
    #[serde(default = "one")]
    seed: u64,
}

fn one() -> u64 {
    1
}

/// Begins chaos; a rate of 0 ends it.
fn chaos(core: &Core, fields: &ChaosFields) -> Reply {
    if !(0.0..=1.0).contains(&fields.rate) {
        return Err(Refusal::invalid("a rate of chaos lies between 0 and 1"));
    }
    let chaos = (fields.rate > 0.0).then_some(Chaos { rate: fields.rate, seed: fields.seed });
    core.faults(|faults| faults.set_chaos(chaos));
    Ok(planned(core))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppFields {
    pub(super) app_id: String,
}

fn invalidate_tokens(core: &Core, fields: &AppFields) -> Reply {
    core.change(|world, now| {
        known_app(world, &fields.app_id)?;
        token_store::invalidate_all(world, &fields.app_id, now);
        Ok(json!({"app_id": fields.app_id}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockFields {
    speed: Option<f64>,
    rate: Option<f64>,
    #[serde(default)]
    advance_ms: i64,
    /// By how much the stamps of signatures are off.
    skew_ms: Option<i64>,
}

fn clock(core: &Core, fields: &ClockFields) -> Reply {
    for speed in [fields.speed, fields.rate].into_iter().flatten() {
        check_speed(speed).map_err(|error| Refusal::invalid(&error.to_string()))?;
    }
    check_advance(core.now(), fields.advance_ms).map_err(|error| Refusal::invalid(&error.to_string()))?;
    if let Some(speed) = fields.speed {
        core.set_speed(speed)?;
    }
    if fields.advance_ms != 0 || fields.rate.is_some() {
        core.bend_time(fields.advance_ms, fields.rate)?;
    }
    if let Some(skew) = fields.skew_ms {
        core.time.set_skew(skew);
    }
    list(core, "clock")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SigningFields {
    mchid: String,
    /// `null` follows the merchant.
    material: Option<Material>,
}

fn signing(core: &Core, fields: &SigningFields) -> Reply {
    core.change(|world, _| {
        let merchant = world.merchants.get_mut(&fields.mchid);
        let merchant = merchant.ok_or_else(Refusal::no_merchant)?;
        merchant.signs_with = fields.material;
        Ok(json!({"mchid": fields.mchid, "material": fields.material}))
    })
}

fn resend(core: &Core, id: &str) -> Reply {
    let id: u64 = id.parse().map_err(|_| nothing_here())?;
    if core.resend(id) { Ok(json!({"id": id, "state": "pending"})) } else { Err(nothing_here()) }
}
