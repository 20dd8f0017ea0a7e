//! The shops of a platform, each with customer service of its own.

use serde_json::{Value, json};

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, done, media, ok, post};
use crate::operation::Operation;
use crate::world::{Business, World, key, numbered};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("business_register", "/cgi-bin/business/register", register),
    post("business_update", "/cgi-bin/business/update", update),
    post("business_get", "/cgi-bin/business/get", one),
    post("business_list", "/cgi-bin/business/list", list),
];

/// The shop with a number, which comes as a number or as a text.
pub(super) fn find<'a>(world: &'a World, app_id: &str, id: &Value) -> Result<&'a Business, Errcode> {
    let number = id.as_u64().or_else(|| id.as_str()?.parse().ok());
    let found = number.and_then(|number| world.businesses.get(&key(app_id, &numbered(number))));
    found.ok_or_else(|| Errcode::new(45071, "business not exist"))
}

fn of_app<'a>(world: &'a World, app_id: &str) -> impl Iterator<Item = &'a Business> + use<'a> {
    world.businesses.below(&key(app_id, "")).map(|(_, business)| business)
}

fn register(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let account_name = body.needed_text("account_name")?;
    let (nickname, icon) = (body.needed_text("nickname")?, body.needed_text("icon_media_id")?);
    let transfer_to_commkf = body.boolean("transfer_to_commkf")?.unwrap_or(false);
    if !is_account_name(account_name) {
        return Err(Errcode::new(45091, "invalid account_name"));
    }
    check_nickname(nickname)?;
    call.core.change(|world, now| {
        media::picture(world, &call.app_id, icon, &["image"], now)?;
        if of_app(world, &call.app_id).any(|business| business.account_name == account_name) {
            return Err(Errcode::new(45070, "account_name has been created"));
        }
        let id = of_app(world, &call.app_id).map(|business| business.id).max().unwrap_or(0) + 1;
        let business = Business {
            id,
            account_name: account_name.to_owned(),
            nickname: nickname.to_owned(),
            icon_media_id: icon.to_owned(),
            transfer_to_commkf,
        };
        world.businesses.insert(key(&call.app_id, &numbered(id)), business);
        ok(json!({"business_id": id}))
    })
}

fn is_account_name(name: &str) -> bool {
    (6..=30).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// 4 to 30 wide, of Chinese characters, which are two wide, letters and digits.
fn check_nickname(nickname: &str) -> Result<(), Errcode> {
    let width = |letter: char| match letter {
        '\u{4e00}'..='\u{9fff}' => Some(2),
        letter if letter.is_ascii_alphanumeric() => Some(1),
        _ => None,
    };
    let whole: Option<usize> = nickname.chars().map(width).sum();
    match whole {
        Some(4..=30) => Ok(()),
        _ => Err(Errcode::new(45078, "invalid nickname")),
    }
}

/// Empty members change nothing.
fn update(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (nickname, icon) = (body.filled("nickname")?, body.filled("icon_media_id")?);
    nickname.map_or(Ok(()), check_nickname)?;
    call.core.change(|world, now| {
        let id = find(world, &call.app_id, &body["business_id"])?.id;
        if let Some(icon) = icon {
            media::picture(world, &call.app_id, icon, &["image"], now)?;
        }
        if let Some(business) = world.businesses.get_mut(&key(&call.app_id, &numbered(id))) {
            if let Some(nickname) = nickname {
                nickname.clone_into(&mut business.nickname);
            }
            if let Some(icon) = icon {
                icon.clone_into(&mut business.icon_media_id);
            }
        }
        done()
    })
}

fn row(call: &MiniCall<'_>, business: &Business) -> Value {
    json!({
        "business_id": business.id,
        "account_name": business.account_name,
        "nickname": business.nickname,
        "icon_media_id": business.icon_media_id,
        "icon_url": media::address(call.core, &call.app_id, &business.icon_media_id),
    })
}

fn one(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let named = body.text("account_name")?;
    call.core.read(|world| {
        let business = match named.filter(|_| body["business_id"].is_null()) {
            Some(name) => of_app(world, &call.app_id)
                .find(|business| business.account_name == name)
                .ok_or_else(|| Errcode::new(45071, "business not exist"))?,
            None => find(world, &call.app_id, &body["business_id"])?,
        };
        ok(json!({"business_info": row(call, business)}))
    })
}

fn list(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (offset, count) = (body.needed_number("offset")?, body.needed_number("count")?);
    let (Ok(offset), Ok(count @ 0..=200)) = (usize::try_from(offset), usize::try_from(count)) else {
        return Err(Errcode::new(40097, "invalid args"));
    };
    let rows: Vec<Value> = call.core.read(|world| {
        of_app(world, &call.app_id).skip(offset).take(count).map(|business| row(call, business)).collect()
    });
    ok(json!({"list": rows}))
}
