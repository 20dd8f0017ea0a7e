//! `get_order` and `get_order_list`.

use serde_json::{Value, json};

use super::find::{self, Named, Paid};
use super::view;
use super::wish::parameter;
use crate::mini::{Errcode, Members as _, MiniCall, Reply, ok};
use crate::world::World;

/// Payments of one page; the most is not documented and taken to be the default.
const PAGE: i64 = 100;

/// The payment of `transaction_id`, or of `merchant_id` and `merchant_trade_no`.
pub(super) fn number(body: &Value) -> Result<Named<'_>, Errcode> {
    body.text("sub_merchant_id")?;
    let merchant = (body.filled("merchant_id")?, body.filled("merchant_trade_no")?);
    match (body.filled("transaction_id")?, merchant) {
        (Some(id), _) => Ok(Named::Transaction(id)),
        (None, (Some(mchid), Some(number))) => Ok(Named::Merchant(mchid, number)),
        _ => Err(parameter("transaction_id 或 merchant_id 与 merchant_trade_no")),
    }
}

pub(super) fn one(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let number = number(&body)?;
    call.core.read(|world| {
        let paid = find::find(call.core, world, &call.app_id, number, call.core.now())?;
        ok(json!({"order": view::order(world, &paid)}))
    })
}

/// What the payments of a page have in common.
#[derive(Debug)]
struct Wanted<'a> {
    from: i64,
    /// Inclusive; seconds, as `from`.
    to: i64,
    state: Option<i64>,
    openid: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn read(body: &'a Value) -> Result<Self, Errcode> {
        let range = &body["pay_time_range"];
        if !matches!(range, Value::Null | Value::Object(_)) {
            return Err(Errcode::format("pay_time_range is no object"));
        }
        let state = body.number("order_state")?;
        if state.is_some_and(|state| !(1..=6).contains(&state)) {
            return Err(parameter("order_state"));
        }
        Ok(Self {
            from: range.number("begin_time")?.unwrap_or_default(),
            to: range.number("end_time")?.unwrap_or(i64::from(u32::MAX)),
            state,
            openid: body.filled("openid")?,
        })
    }

    fn fits(&self, world: &World, paid: &Paid<'_>) -> bool {
        (self.from..=self.to).contains(&(paid.payment.paid_at / 1000))
            && self.state.is_none_or(|state| state == paid.state(world) as i64)
            && self.openid.is_none_or(|openid| openid == paid.order.openid)
    }
}

/// Where a payment stands in the list: oldest first.
fn place(paid: &Paid<'_>) -> String {
    format!("{:012x}{}", paid.payment.paid_at.max(0), paid.id())
}

pub(super) fn many(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let wanted = Wanted::read(&body)?;
    let size = body.number("page_size")?.unwrap_or(PAGE);
    let size = usize::try_from(size).ok().filter(|size| (1..=100).contains(size));
    let size = size.ok_or_else(|| parameter("page_size"))?;
    let after = body.text("last_index")?.unwrap_or_default();
    call.core.read(|world| {
        let found = find::payments(call.core, world, &call.app_id, call.core.now());
        let mut all: Vec<(String, Paid<'_>)> = found.map(|paid| (place(&paid), paid)).collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        if !after.is_empty() && !all.iter().any(|(place, _)| place == after) {
            return Err(Errcode::new(10_060_011, "last_index不合法"));
        }
        all.retain(|(place, paid)| place.as_str() > after && wanted.fits(world, paid));
        ok(page(world, &all, size))
    })
}

fn page(world: &World, found: &[(String, Paid<'_>)], size: usize) -> Value {
    let page = &found[..found.len().min(size)];
    json!({
        "order_list": page.iter().map(|(_, paid)| view::order(world, paid)).collect::<Vec<_>>(),
        "last_index": page.last().map_or("", |(place, _)| place),
        "has_more": found.len() > size,
    })
}
