//! Logistics messages and queries: `/cgi-bin/express/delivery/open_msg/*`. A shop hands over the number of a
//! waybill with its payment and asks with the token it gets where the parcel is.

pub(crate) mod carriers;
mod track;

use serde_json::{Value, json};

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, done, ok, post};
use crate::crypto::random_word;
use crate::operation::Operation;
use crate::world::{Waybill, World};

use carriers::CARRIERS;
pub(crate) use track::{Step, action, move_to};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("get_delivery_list", "/cgi-bin/express/delivery/open_msg/get_delivery_list", delivery_list),
    post("follow_waybill", "/cgi-bin/express/delivery/open_msg/follow_waybill", hand_over),
    post("query_follow_trace", "/cgi-bin/express/delivery/open_msg/query_follow_trace", query),
    post(
        "update_follow_waybill_goods",
        "/cgi-bin/express/delivery/open_msg/update_follow_waybill_goods",
        update_goods,
    ),
    post("trace_waybill", "/cgi-bin/express/delivery/open_msg/trace_waybill", hand_over),
    post("query_trace", "/cgi-bin/express/delivery/open_msg/query_trace", query),
    post("update_waybill_goods", "/cgi-bin/express/delivery/open_msg/update_waybill_goods", update_goods),
    post("delivery_user_query", "/cgi-bin/express/delivery/userquery", for_carriers),
    post("delivery_path_notify", "/cgi-bin/express/delivery/pathnotify", for_carriers),
];

/// How often the goods of a waybill can be changed; the number is not documented.
const MOST_UPDATES: u32 = 10;
/// Characters.
const LONGEST_NAME: usize = 60;
const LONGEST_DESCRIPTION: usize = 40;

/// The documented call has no body.
fn delivery_list(_: &MiniCall<'_>) -> Reply {
    let list = CARRIERS.iter().map(|(id, name)| json!({"delivery_id": id, "delivery_name": name}));
    ok(json!({"delivery_list": list.collect::<Vec<_>>(), "count": CARRIERS.len()}))
}

fn hand_over(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let new = waybill(&body, &call.app_id)?;
    call.core.change(|world, _| {
        check_payment(world, &new)?;
        let same = |old: &Waybill| {
            (&old.app_id, &old.trans_id, &old.waybill_id) == (&new.app_id, &new.trans_id, &new.waybill_id)
        };
        let known = world.waybills.iter().find(|(_, old)| same(old)).map(|(token, _)| token.clone());
        let token = known.unwrap_or_else(|| {
            let token = random_word::<48>();
            world.waybills.insert(&token, new);
            token
        });
        ok(json!({"waybill_token": token}))
    })
}

fn waybill(body: &Value, app_id: &str) -> Result<Waybill, Errcode> {
    let waybill_id = body.needed_text("waybill_id")?;
    body.needed_text("receiver_phone")?;
    body.needed_text("order_detail_path")?;
    body.text("sender_phone")?;
    let delivery_id = body.filled("delivery_id")?;
    Ok(Waybill {
        app_id: app_id.to_owned(),
        openid: body.needed_text("openid")?.to_owned(),
        waybill_id: waybill_id.to_owned(),
        delivery_id: delivery_id.unwrap_or_else(|| carriers::guess(waybill_id)).to_owned(),
        trans_id: body.needed_text("trans_id")?.to_owned(),
        goods: goods(body)?,
        updates: 0,
    })
}

/// The `detail_list` of the goods.
fn goods(body: &Value) -> Result<Value, Errcode> {
    let list = &body["goods_info"]["detail_list"];
    let items = list.as_array().filter(|items| !items.is_empty());
    for item in items.ok_or_else(|| Errcode::format("goods_info.detail_list is missing"))? {
        item.needed_text("goods_img_url")?;
        let description = item.text("goods_desc")?.unwrap_or_default();
        let long = item.needed_text("goods_name")?.chars().count() > LONGEST_NAME
            || description.chars().count() > LONGEST_DESCRIPTION;
        if long {
            return Err(Errcode::new(40097, "invalid args: goods_info is too long"));
        }
    }
    Ok(list.clone())
}

/// The payment is one of the app and of this shopper.
fn check_payment(world: &World, new: &Waybill) -> Result<(), Errcode> {
    let order = world.paid_order(&new.trans_id);
    match order.filter(|order| order.app_id == new.app_id) {
        None => Err(Errcode::new(40097, "invalid args: trans_id")),
        Some(order) if order.openid == new.openid => Ok(()),
        Some(_) if world.shoppers.contains(&crate::world::key(&new.app_id, &new.openid)) => {
            Err(Errcode::new(9_300_534, "invalid shop args"))
        }
        Some(_) => Err(Errcode::new(40003, "invalid openid")),
    }
}

fn invalid_token() -> Errcode {
    Errcode::new(9_300_507, "invalid token")
}

fn query(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (token, openid) = (body.needed_text("waybill_token")?, body.text("openid")?);
    call.core.read(|world| {
        let waybill = world.waybills.get(token).filter(|waybill| waybill.app_id == call.app_id);
        let waybill = waybill.ok_or_else(invalid_token)?;
        if openid.is_some_and(|openid| !openid.is_empty() && openid != waybill.openid) {
            return Err(Errcode::new(9_300_534, "invalid shop args"));
        }
        ok(view(world, waybill))
    })
}

fn view(world: &World, waybill: &Waybill) -> Value {
    let status = world.tracks.get(&waybill.waybill_id).map_or(0, |track| track.status);
    json!({
        "waybill_info": {"status": status, "waybill_id": waybill.waybill_id},
        "shop_info": {"goods_info": {"detail_list": waybill.goods}},
        "delivery_info": {
            "delivery_id": waybill.delivery_id,
            "delivery_name": carriers::name(&waybill.delivery_id),
        },
    })
}

fn update_goods(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (token, goods) = (body.needed_text("waybill_token")?, goods(&body)?);
    call.core.change(|world, _| {
        let waybill = world.waybills.get_mut(token).filter(|waybill| waybill.app_id == call.app_id);
        let waybill = waybill.ok_or_else(invalid_token)?;
        if waybill.updates >= MOST_UPDATES {
            return Err(Errcode::new(9_300_560, "达到修改次数上限"));
        }
        waybill.updates += 1;
        waybill.goods = goods;
        done()
    })
}

/// Calls of carriers: no shop is one.
fn for_carriers(call: &MiniCall<'_>) -> Reply {
    call.body()?;
    Err(Errcode::new(150_004, "运力配置不存在"))
}
