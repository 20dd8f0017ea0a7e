//! `/wxa/set_user_notify` and its relatives: service cards that follow an order.

use serde_json::{Value, json};

use super::card_kinds::{self, CardKind};
use super::subscribe::SENSITIVE;
use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, done, known_app, ok, post, templates};
use crate::core::Core;
use crate::crypto::random_word;
use crate::notify::push_events::post_event;
use crate::operation::Operation;
use crate::world::{Card, Message, MessageKind, Order, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("set_user_notify", "/wxa/set_user_notify", set),
    post("set_user_notifyext", "/wxa/set_user_notifyext", set_ext),
    post("get_user_notify", "/wxa/get_user_notify", query),
];

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

impl Card {
    /// A card before its activation, of `(appid, openid)` and `(notify_type, notify_code)`.
    fn begun(owner: (&str, &str), what: (i64, &str), paid: bool, begun_at: i64) -> Self {
        Self {
            app_id: owner.0.to_owned(),
            openid: owner.1.to_owned(),
            notify_type: what.0,
            code: what.1.to_owned(),
            paid,
            begun_at,
            activated_at: None,
            status: 0,
            content: String::new(),
            code_state: 0,
            ext: None,
        }
    }

    /// Until when it can be activated, or updated.
    pub(crate) fn expires_at(&self) -> i64 {
        match (self.activated_at, self.paid) {
            (None, true) => self.begun_at + DAY,
            (None, false) => self.begun_at + 5 * MINUTE,
            (Some(at), true) => at + 30 * DAY,
            (Some(at), false) => at + DAY,
        }
    }
}

/// Which card a call means.
struct Target<'a> {
    openid: &'a str,
    kind: &'static CardKind,
    code: &'a str,
}

impl<'a> Target<'a> {
    fn read(body: &'a Value) -> Result<Self, Errcode> {
        let openid = body.filled("openid")?;
        let openid = openid.ok_or_else(|| Errcode::new(40003, "invalid openid"))?;
        let kind = card_kinds::find(body.number("notify_type")?.unwrap_or(0))?;
        let code = body.filled("notify_code")?;
        Ok(Self { openid, kind, code: code.ok_or_else(unknown_code)? })
    }

    /// The card, or what it will be when it is activated.
    fn card(&self, call: &MiniCall<'_>, world: &World, now: i64) -> Result<Card, Errcode> {
        let known = world.cards.get(&key(&call.app_id, self.code)).cloned();
        let card = known.map_or_else(|| self.begin(call, world, now), Ok)?;
        if card.openid != self.openid {
            return Err(Errcode::new(40003, "invalid openid"));
        }
        if card.notify_type != self.kind.notify_type {
            let used = card.activated_at.is_some();
            return Err(if used { Errcode::new(85448, "notify_code has used") } else { unknown_code() });
        }
        if now > card.expires_at() {
            return Err(Errcode::new(85438, "notify_code expired"));
        }
        Ok(card)
    }

    /// A card of a payment that nobody has activated.
    fn begin(&self, call: &MiniCall<'_>, world: &World, now: i64) -> Result<Card, Errcode> {
        let order = world.paid_order(self.code).filter(|order| order.app_id == call.app_id && self.kind.paid);
        let paid_at = order.and_then(|order| order.payment.as_ref()).map(|payment| payment.paid_at);
        let lag = call.core.time.wait(call.core.settings.card_lag);
        match (order, paid_at) {
            (Some(order), Some(paid_at)) if now >= paid_at.saturating_add(lag) => {
                let what = (self.kind.notify_type, self.code);
                Ok(Card::begun((&call.app_id, &order.openid), what, true, paid_at))
            }
            _ => Err(unknown_code()),
        }
    }
}

fn unknown_code() -> Errcode {
    Errcode::new(85437, "invalid notify_code")
}

fn set(call: &MiniCall<'_>) -> Reply {
    check_utf8(call, 85443, "content_json has illegal utf8 char")?;
    let body = call.body()?;
    let target = Target::read(&body)?;
    let content = body.text("content_json")?.unwrap_or_default();
    let state = json_object(content).ok_or_else(|| Errcode::new(85435, "invalid content_json"))?;
    let status = target.kind.check(&state)?;
    call.core.change(|world, now| {
        let mut card = target.card(call, world, now)?;
        check_usable(&card, content, status, target.kind)?;
        if card.activated_at.is_none() && card.paid {
            check_payment(world, &card, body.text("check_json")?)?;
        }
        card.activated_at = card.activated_at.or(Some(now));
        (card.status, card.content) = (status, content.to_owned());
        world.cards.insert(key(&card.app_id, &card.code), card.clone());
        show(call.core, world, &card, target.kind, &state, now);
        done()
    })
}

fn check_utf8(call: &MiniCall<'_>, code: i64, text: &'static str) -> Result<(), Errcode> {
    std::str::from_utf8(&call.request.body).map(drop).map_err(|_| Errcode::new(code, text))
}

fn json_object(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(Value::is_object)
}

fn check_usable(card: &Card, content: &str, status: i64, kind: &CardKind) -> Result<(), Errcode> {
    if card.code_state == 2 {
        return Err(Errcode::new(85436, "notify_code abnormal"));
    }
    if content.contains(SENSITIVE) {
        return Err(Errcode::new(85442, "content_json blocked by security audit"));
    }
    if card.activated_at.is_some() && card.content == content {
        return Err(Errcode::new(85448, "notify_code has used"));
    }
    if card.activated_at.is_some() { kind.check_step(card.status, status) } else { Ok(()) }
}

/// The sum is that of the order or what was really paid, also of the whole of a combined order; the time may
/// be a minute off.
fn check_payment(world: &World, card: &Card, check: Option<&str>) -> Result<(), Errcode> {
    let wrong = || Errcode::new(85433, "invalid check_json");
    let check = check.and_then(json_object).ok_or_else(wrong)?;
    let amount = check["pay_amount"].as_i64().ok_or_else(wrong)?;
    let seconds = check["pay_time"].as_i64().ok_or_else(wrong)?;
    let in_time = seconds.abs_diff(card.begun_at / 1000) <= 60;
    let plain = check["pay_channel"].is_null() || check["pay_channel"] == 0;
    let fits = world.paid_order(&card.code).is_some_and(|order| amounts(world, order).contains(&amount));
    if in_time && plain && fits { Ok(()) } else { Err(wrong()) }
}

/// What the order is worth and what was paid for it, alone and together with its combined order.
fn amounts(world: &World, order: &Order) -> [i64; 4] {
    let paid = |order: &Order| order.payment.as_ref().map_or((0, 0), |paid| (paid.total, paid.payer_total));
    let (total, payer_total) = paid(order);
    let together = |found: &&Order| order.combine.is_some() && found.combine == order.combine;
    let parts = world.orders.values().filter(together).map(paid);
    let whole =
        parts.fold((0, 0), |sum: (i64, i64), one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)));
    let whole = if order.combine.is_some() { whole } else { (total, payer_total) };
    [total, payer_total, whole.0, whole.1]
}

/// Shows the state to the shopper, or says why that cannot be.
fn show(core: &Core, world: &mut World, card: &Card, kind: &CardKind, fields: &Value, now: i64) {
    let added = templates::of_app(world, &card.app_id).iter().any(|template| template.tid == Some(kind.tid));
    let failure = match (added, card.code_state) {
        (false, _) => Some((-1003, "template is not added")),
        (true, 10) => Some((-1004, "user reject message")),
        (true, _) => None,
    };
    if let Some((code, text)) = failure {
        let content = json!({
            "openid": card.openid, "notify_code": card.code, "notify_type": card.notify_type,
            "card_status": card.status, "fail_ret": code, "fail_msg": text,
        });
        let event = "notify_service_msg_send_result";
        post_event(core, world, &card.app_id, &card.openid, event, content, now);
        return;
    }
    world.deliver_message(Message {
        at: now,
        app_id: card.app_id.clone(),
        openid: card.openid.clone(),
        kind: MessageKind::ServiceCard,
        title: kind.name.to_owned(),
        content: json!({
            "notify_type": card.notify_type, "notify_code": card.code, "status": card.status,
            "text": kind.status_text(card.status), "fields": fields,
        }),
    });
}

fn set_ext(call: &MiniCall<'_>) -> Reply {
    check_utf8(call, 85471, "ext_json has illegal utf8 char")?;
    let body = call.body()?;
    let target = Target::read(&body)?;
    let ext = body.text("ext_json")?.and_then(json_object);
    let ext = ext.ok_or_else(|| Errcode::new(85470, "invalid ext_json"))?;
    check_ext(&ext)?;
    call.core.change(|world, now| {
        let mut card = target.card(call, world, now)?;
        if card.code_state == 2 {
            return Err(Errcode::new(85436, "notify_code abnormal"));
        }
        card.ext = Some(ext);
        world.cards.insert(key(&card.app_id, &card.code), card);
        done()
    })
}

/// The members are JSON texts themselves.
fn check_ext(ext: &Value) -> Result<(), Errcode> {
    let parts =
        [("pay_info", 85444), ("store_info", 85445), ("shipping_list", 85446), ("product_list", 85447)];
    for (name, code) in parts {
        let read = |text: &str| serde_json::from_str::<Value>(text).ok();
        let inner = ext[name].as_str().and_then(read).filter(|inner| inner.is_object() || inner.is_array());
        if !ext[name].is_null() && inner.is_none() {
            return Err(Errcode::new(code, format!("{name} check fail")));
        }
    }
    Ok(())
}

fn query(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let target = Target::read(&body)?;
    let now = call.core.now();
    let card = call.core.read(|world| target.card(call, world, now))?;
    ok(json!({"notify_info": {
        "notify_type": card.notify_type,
        "content_json": card.content,
        "code_state": card.code_state,
        "code_expire_time": card.expires_at() / 1000,
    }}))
}

/// A shopper presses `<button open-type="liveActivity">`; answers the code.
pub(crate) fn press(core: &Core, app_id: &str, openid: &str, notify_type: i64) -> Result<String, Errcode> {
    core.change(|world, now| {
        known_app(world, app_id)?;
        if card_kinds::find(notify_type)?.paid {
            return Err(Errcode::new(85434, "the code of this type is the transaction id of a payment"));
        }
        world.shopper(app_id, openid).seen_at = now;
        let notify_code = format!("c{}", random_word::<24>());
        let card = Card::begun((app_id, openid), (notify_type, &notify_code), false, now);
        world.cards.insert(key(app_id, &notify_code), card);
        Ok(notify_code)
    })
}

/// Sets the `code_state` of an activated card: 0 normal, 1 with risk, 2 abnormal, 10 refused by the shopper.
pub(crate) fn set_state(core: &Core, app_id: &str, notify_code: &str, state: i64) -> Result<(), Errcode> {
    core.change(|world, _| {
        let card = world.cards.get_mut(&key(app_id, notify_code)).ok_or_else(unknown_code)?;
        if ![0, 1, 2, 10].contains(&state) {
            return Err(Errcode::new(40097, "a state is 0, 1, 2 or 10"));
        }
        card.code_state = state;
        Ok(())
    })
}
