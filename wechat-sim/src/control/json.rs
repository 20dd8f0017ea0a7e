//! The control paths that speak JSON.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::faults::Fault;
use super::{listed, nothing_here};
use crate::core::Core;
use crate::mini::codes;
use crate::pay::payment::{self, PayOptions};
use crate::pay::refusal::Refusal;
use crate::settings::check_speed;
use crate::state::{Material, RefundStatus, World};

type Reply = Result<Value, Refusal>;

/// `GET` of a list.
pub(crate) fn list(core: &Core, name: &str) -> Reply {
    match name {
        "orders" => Ok(listed(name, core.order_views())),
        "refunds" => Ok(listed(name, core.refund_views())),
        "notifications" => Ok(listed(name, core.notification_views())),
        "clock" => Ok(json!({"now_millis": core.now(), "speed": core.speed()})),
        _ => Err(nothing_here()),
    }
}

/// `POST` of a command.
pub(crate) fn command(core: &Core, path: &[&str], body: &Value) -> Reply {
    match path {
        ["login_codes"] => login_code(core, &parse(body)?),
        ["phone_codes"] => phone_code(core, &parse(body)?),
        ["pay"] => pay(core, body),
        ["cancel"] => cancel(core, &parse(body)?),
        ["faults"] => faults(core, body),
        ["clock"] => clock(core, &parse(body)?),
        ["signing"] => signing(core, &parse(body)?),
        ["notifications", id, "resend"] => resend(core, id),
        _ => Err(nothing_here()),
    }
}

fn parse<T: DeserializeOwned>(body: &Value) -> Result<T, Refusal> {
    T::deserialize(body).map_err(|error| Refusal::new(400, "PARAM_ERROR", &error.to_string()))
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

fn known_app(world: &World, app_id: &str) -> Result<(), Refusal> {
    if world.apps.contains_key(app_id) {
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
    mchid: Option<String>,
}

fn pay(core: &Core, body: &Value) -> Reply {
    let target: Target = parse(body)?;
    let mut options = body.clone();
    if let Some(members) = options.as_object_mut() {
        members.retain(|name, _| !["prepay_id", "out_trade_no", "mchid"].contains(&name.as_str()));
    }
    let options: PayOptions = parse(&options)?;
    let paid = match (&target.prepay_id, &target.out_trade_no) {
        (Some(prepay_id), _) => payment::pay_prepay(core, prepay_id, &options)?,
        (None, Some(number)) => payment::pay(core, &owner(core, &target, number)?, number, &options)?,
        (None, None) => return Err(Refusal::invalid("prepay_id or out_trade_no is needed")),
    };
    Ok(paid.transaction)
}

/// The merchant of an order number, which need not be named while only one has that number.
fn owner(core: &Core, target: &Target, number: &str) -> Result<String, Refusal> {
    if let Some(mchid) = &target.mchid {
        return Ok(mchid.clone());
    }
    let mchids: Vec<String> = core.read(|world| {
        world
            .orders
            .values()
            .filter(|order| order.out_trade_no == number)
            .map(|order| order.mchid.clone())
            .collect()
    });
    match &mchids[..] {
        [mchid] => Ok(mchid.clone()),
        [] => Err(Refusal::no_order()),
        _ => Err(Refusal::invalid("several merchants have this number: name the mchid")),
    }
}

/// The user closes the payment sheet: nothing changes, the client gets `fail cancel`.
fn cancel(core: &Core, target: &Target) -> Reply {
    let known = core.read(|world| match (&target.prepay_id, &target.out_trade_no) {
        (Some(prepay_id), _) => world.prepays.contains_key(prepay_id),
        (None, Some(number)) => world.orders.values().any(|order| order.out_trade_no == *number),
        (None, None) => false,
    });
    if known { Ok(json!({"errMsg": "requestPayment:fail cancel"})) } else { Err(Refusal::no_order()) }
}

/// Members that are no fault of one operation.
#[derive(Deserialize)]
struct Switches {
    notifications: Option<String>,
    delivery: Option<String>,
    refund_outcome: Option<RefundStatus>,
    refund_delay_ms: Option<u64>,
    #[serde(default)]
    clear: bool,
}

fn faults(core: &Core, body: &Value) -> Reply {
    let switches: Switches = parse(body)?;
    let (off, paused) = (switch(switches.notifications.as_deref())?, switch(switches.delivery.as_deref())?);
    if switches.refund_outcome == Some(RefundStatus::Processing) {
        return Err(Refusal::invalid("a refund ends as SUCCESS, ABNORMAL or CLOSED"));
    }
    let fault = planned_fault(body)?;
    core.change(|world, _| {
        if switches.clear {
            world.faults = super::faults::FaultPlan::default();
        }
        world.outbox.off = off.unwrap_or(world.outbox.off);
        world.outbox.paused = paused.unwrap_or(world.outbox.paused);
        world.faults.refund_outcome = switches.refund_outcome.unwrap_or(world.faults.refund_outcome);
        world.faults.refund_delay_ms = switches.refund_delay_ms.or(world.faults.refund_delay_ms);
        if let Some(fault) = fault {
            world.faults.plan(fault);
        }
        Ok(json!({
            "notifications": if world.outbox.off { "off" } else { "on" },
            "delivery": if world.outbox.paused { "off" } else { "on" },
            "refund_outcome": world.faults.refund_outcome,
            "refund_delay_ms": world.faults.refund_delay_ms,
            "answers": world.faults.answers,
        }))
    })
}

/// Whether `off` is asked for.
fn switch(text: Option<&str>) -> Result<Option<bool>, Refusal> {
    match text {
        None => Ok(None),
        Some("off") => Ok(Some(true)),
        Some("on") => Ok(Some(false)),
        Some(_) => Err(Refusal::invalid("a switch is on or off")),
    }
}

/// The members that are no switches make up a fault, if there are any.
fn planned_fault(body: &Value) -> Result<Option<Fault>, Refusal> {
    let switches = ["notifications", "delivery", "refund_outcome", "refund_delay_ms", "clear"];
    let mut members = body.as_object().cloned().unwrap_or_default();
    members.retain(|name, _| !switches.contains(&name.as_str()));
    if members.is_empty() {
        return Ok(None);
    }
    let fault: Fault = parse(&Value::Object(members))?;
    if Fault::OPERATIONS.contains(&fault.operation.as_str()) {
        Ok(Some(fault))
    } else {
        Err(Refusal::invalid("no such operation"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockFields {
    speed: Option<f64>,
}

fn clock(core: &Core, fields: &ClockFields) -> Reply {
    if let Some(speed) = fields.speed {
        check_speed(speed).map_err(|error| Refusal::invalid(&error.to_string()))?;
        core.set_speed(speed)?;
    }
    list(core, "clock")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SigningFields {
    mchid: String,
    material: Material,
}

fn signing(core: &Core, fields: &SigningFields) -> Reply {
    core.change(|world, _| {
        let merchant = world.merchants.get_mut(&fields.mchid);
        let merchant = merchant.ok_or_else(|| Refusal::new(404, "NOT_FOUND", "no such merchant"))?;
        merchant.signs_with = fields.material;
        Ok(json!({"mchid": fields.mchid, "material": fields.material}))
    })
}

fn resend(core: &Core, id: &str) -> Reply {
    let id: u64 = id.parse().map_err(|_| nothing_here())?;
    let known = core.change(|world, now| Ok::<_, Refusal>(world.resend(id, now)))?;
    if known { Ok(json!({"id": id, "state": "pending"})) } else { Err(nothing_here()) }
}
