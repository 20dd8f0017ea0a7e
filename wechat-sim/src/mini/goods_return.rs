//! Goods that go back: `/cgi-bin/express/delivery/no_worry_return/*`.

use serde_json::{Value, json};

use super::logistics::carriers;
use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, done, ok, post};
use crate::core::Core;
use crate::crypto::random_digits;
use crate::operation::Operation;
use crate::world::{GoodsReturn, World};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("return_add", "/cgi-bin/express/delivery/no_worry_return/add", add),
    post("return_get", "/cgi-bin/express/delivery/no_worry_return/get", get),
    post("return_unbind", "/cgi-bin/express/delivery/no_worry_return/unbind", unbind),
];

fn add(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let text = |name: &str| Ok::<_, Errcode>(body.text(name)?.unwrap_or_default().to_owned());
    let (shop_order_id, pay_id) = (text("shop_order_id")?, text("wx_pay_id")?);
    check(&body, &shop_order_id, &pay_id)?;
    let new = GoodsReturn {
        app_id: call.app_id.clone(),
        shop_order_id,
        openid: body.needed_text("openid")?.to_owned(),
        status: 0,
        waybill_id: String::new(),
        delivery_id: String::new(),
    };
    call.core.change(|world, _| {
        check_payment(world, &new, &pay_id)?;
        let return_id = format!("19{}", random_digits::<17>());
        world.goods_returns.insert(&return_id, new);
        ok(json!({"return_id": return_id}))
    })
}

fn check(body: &Value, shop_order_id: &str, pay_id: &str) -> Result<(), Errcode> {
    if shop_order_id.is_empty() || !body["biz_addr"].is_object() {
        return Err(Errcode::new(40097, "order_id为空或者退货地址为空"));
    }
    if pay_id.is_empty() {
        return Err(Errcode::new(9_300_569, "wx_pay_id 为空"));
    }
    body.needed_text("order_path")?;
    body.needed_number("order_price")?;
    let goods = body["goods_list"].as_array().filter(|goods| !goods.is_empty());
    for item in goods.ok_or_else(|| Errcode::format("goods_list is missing"))? {
        item.needed_text("name")?;
        item.needed_text("url")?;
    }
    Ok(())
}

/// Insurances are not simulated: every payment of the app counts as insured.
fn check_payment(world: &World, new: &GoodsReturn, pay_id: &str) -> Result<(), Errcode> {
    let order = world.paid_order(pay_id);
    if order.is_none_or(|order| order.app_id != new.app_id) {
        return Err(Errcode::new(9_300_570, "该微信支付单号填写错误或未投保"));
    }
    let known = |old: &GoodsReturn| (&old.app_id, &old.shop_order_id) == (&new.app_id, &new.shop_order_id);
    if world.goods_returns.values().any(known) {
        return Err(Errcode::new(9_300_522, "shop_order_id 已存在"));
    }
    Ok(())
}

fn return_id(body: &Value) -> Result<&str, Errcode> {
    let id = body.filled("return_id")?;
    id.ok_or_else(|| Errcode::new(40097, "return_id为空"))
}

fn find<'a>(world: &'a World, app_id: &str, return_id: &str) -> Result<&'a GoodsReturn, Errcode> {
    let found = world.goods_returns.get(return_id).filter(|found| found.app_id == app_id);
    found.ok_or_else(unknown)
}

fn unknown() -> Errcode {
    Errcode::new(931_023, "运单不存在")
}

fn get(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let return_id = return_id(&body)?;
    call.core.read(|world| {
        let found = find(world, &call.app_id, return_id)?;
        let order_status = world.tracks.get(&found.waybill_id).map_or(0, |track| track.status);
        ok(json!({
            "status": found.status,
            "waybill_id": found.waybill_id,
            "order_status": order_status,
            "delivery_id": found.delivery_id,
            "delivery_name": carriers::name(&found.delivery_id),
        }))
    })
}

/// A return for which a courier is on the way stays.
fn unbind(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let return_id = return_id(&body)?;
    call.core.change(|world, _| {
        if find(world, &call.app_id, return_id)?.status == 1 {
            return Err(Errcode::new(40097, "用户已预约上门取件，不支持解绑"));
        }
        world.goods_returns.remove(return_id);
        done()
    })
}

/// What the shopper fills in: 1 orders a courier, 2 names the waybill of the parcel.
pub(crate) fn fill(
    core: &Core,
    return_id: &str,
    status: i64,
    waybill_id: &str,
    delivery_id: &str,
) -> Result<(), Errcode> {
    if !matches!(status, 1 | 2) || waybill_id.is_empty() {
        return Err(Errcode::new(40097, "status 1 or 2 and a waybill_id are needed"));
    }
    core.change(|world, _| {
        let found = world.goods_returns.get_mut(return_id);
        let found = found.ok_or_else(unknown)?;
        found.status = status;
        waybill_id.clone_into(&mut found.waybill_id);
        delivery_id.clone_into(&mut found.delivery_id);
        Ok(())
    })
}
