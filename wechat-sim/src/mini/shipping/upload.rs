//! Uploads of what was shipped.

use super::find::{self, Named, State};
use super::life;
use super::wish::{MOST_PARCELS, Wish, number_type, order_key, parameter, payer, upload_time};
use crate::core::Core;
use crate::mini::{Errcode, MiniCall, Reply, done};
use crate::world::{Shipment, ShippedParcel, World};

pub(super) fn single(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let number = order_key(&body["order_key"])?;
    let (at, payer) = (upload_time(&body)?, payer(&body)?);
    call.core.change(|world, now| {
        let wish = Wish::read(&body, now, false)?;
        ship(call, world, number, (payer, at), wish, now)?;
        done()
    })
}

/// The parts of a combined order; either all are taken or none.
pub(super) fn combined(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (at, payer) = (upload_time(&body)?, payer(&body)?);
    let master = order_key(&body["order_key"])?;
    let parts = body["sub_orders"].as_array().filter(|parts| !parts.is_empty());
    let parts = parts.ok_or_else(|| parameter("sub_orders"))?;
    let kind = number_type(&body["order_key"])?;
    call.core.change(|world, now| {
        let combine = combination(world, master)?;
        for part in parts {
            if number_type(&part["order_key"])? != kind {
                return Err(Errcode::new(268_485_194, "子单和主单的订单单号类型必须一致"));
            }
            let number = order_key(&part["order_key"])?;
            check_part(call.core, world, &call.app_id, number, &combine, now)?;
            ship(call, world, number, (payer, at), Wish::read(part, now, true)?, now)?;
        }
        done()
    })
}

/// The key of a combined order: by its own number, or by the transaction of one of its parts.
fn combination(world: &World, master: Named<'_>) -> Result<String, Errcode> {
    let combine = match master {
        Named::Merchant(mchid, number) => Some(crate::world::key(mchid, number)),
        Named::Transaction(_) => find::named(world, master).and_then(|paid| paid.order.combine.clone()),
    };
    combine.ok_or_else(find::unknown)
}

fn check_part(
    core: &Core,
    world: &World,
    app_id: &str,
    number: Named<'_>,
    combine: &str,
    now: i64,
) -> Result<(), Errcode> {
    let paid = find::find(core, world, app_id, number, now)?;
    if paid.order.combine.as_deref() == Some(combine) { Ok(()) } else { Err(find::unknown()) }
}

fn ship(
    call: &MiniCall<'_>,
    world: &mut World,
    number: Named<'_>,
    (payer, at): (&str, i64),
    wish: Wish,
    now: i64,
) -> Result<(), Errcode> {
    let paid = find::find(call.core, world, &call.app_id, number, now)?;
    if paid.order.openid != payer {
        return Err(Errcode::new(10_060_031, "该笔支付单不属于 openid 所指定的用户"));
    }
    if !matches!(paid.state(world), State::ToShip | State::Shipped) {
        return Err(Errcode::new(10_060_004, "支付单处于不可发货的状态"));
    }
    let before = paid.shipment.cloned().unwrap_or_default();
    let id = paid.id().to_owned();
    let after = next(&before, wish, at, now)?;
    let finished = before.round != after.round;
    world.shipments.insert(&id, after);
    world.trade_apps.entry(&call.app_id).has_shipped = true;
    if finished {
        life::finished(call.core, world, &id, now);
    }
    Ok(())
}

/// The shipping after an upload, or why it is refused.
fn next(before: &Shipment, wish: Wish, at: i64, now: i64) -> Result<Shipment, Errcode> {
    let fresh = before.logistics_type == 0;
    let changes_kind =
        !fresh && (before.delivery_mode, before.logistics_type) != (wish.delivery_mode, wish.logistics_type);
    let (finished, known) = (before.finished_at.is_some(), all_known(&before.parcels, &wish.parcels));
    if !fresh && !changes_kind && known && (finished || !wish.is_last) {
        return Err(Errcode::new(10_060_023, "发货信息未更新"));
    }
    let again = finished || changes_kind;
    let parcels = if again { wish.parcels } else { merged(&before.parcels, wish.parcels) };
    if again && before.again {
        let code = if wish.is_last { 10_060_003 } else { 10_060_002 };
        return Err(Errcode::new(code, "支付单已使用重新发货机会"));
    }
    if !fresh && at <= before.uploaded {
        return Err(parameter("upload_time 必须比之前的请求更新"));
    }
    if parcels.len() > MOST_PARCELS {
        return Err(Errcode::new(10_060_024, "物流信息列表太长"));
    }
    if parcels.is_empty() && wish.is_last {
        return Err(Errcode::new(10_060_020, "该笔支付单在没有任何商品描述的情况下不允许完成发货"));
    }
    Ok(Shipment {
        logistics_type: wish.logistics_type,
        delivery_mode: wish.delivery_mode,
        parcels,
        uploaded: at,
        finished_at: wish.is_last.then_some(now),
        again: before.again || again,
        round: before.round + u32::from(wish.is_last),
        ..before.clone()
    })
}

/// Parcels that were there keep their places; what is said about them anew counts.
fn merged(before: &[ShippedParcel], new: Vec<ShippedParcel>) -> Vec<ShippedParcel> {
    let mut parcels = before.to_vec();
    for parcel in new {
        match parcels.iter_mut().find(|old| old.tracking_no == parcel.tracking_no) {
            Some(old) if same_parcel(old, &parcel) => {}
            Some(old) => *old = parcel,
            None => parcels.push(parcel),
        }
    }
    parcels
}

fn all_known(before: &[ShippedParcel], new: &[ShippedParcel]) -> bool {
    new.iter().all(|parcel| before.iter().any(|old| same_parcel(old, parcel)))
}

fn same_parcel(left: &ShippedParcel, right: &ShippedParcel) -> bool {
    let known = |parcel: &ShippedParcel| ShippedParcel { uploaded_at: 0, ..parcel.clone() };
    known(left) == known(right)
}
