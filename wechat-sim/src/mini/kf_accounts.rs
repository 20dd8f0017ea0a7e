//! The accounts of those who answer shoppers.

use serde_json::{Value, json};

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, business, done, get, post};
use crate::crypto::random_word;
use crate::operation::Operation;
use crate::world::{KfAccount, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("kf_add", "/customservice/kfaccount/add", add),
    post("kf_del", "/customservice/kfaccount/del", delete),
    get("kf_setadmin", "/customservice/kfaccount/setadmin", set_admin),
    get("kf_canceladmin", "/customservice/kfaccount/canceladmin", cancel_admin),
    get("kf_list", "/cgi-bin/customservice/getkflist", list),
    get("kf_online", "/cgi-bin/customservice/getonlinekflist", online),
];

/// The most accounts of an app.
const MOST: usize = 100;

fn add(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (account, nickname) = (body.needed_text("kf_account")?, body.needed_text("nickname")?);
    if !is_account(account) {
        return Err(Errcode::new(65404, "illegal custom service account"));
    }
    if nickname.chars().count() > 16 {
        return Err(Errcode::new(65403, "illegal nickname"));
    }
    call.core.change(|world, _| {
        let business_id = of_business(world, &call.app_id, &body["business_id"])?;
        let name = key(&call.app_id, account);
        if world.kf_accounts.contains(&name) {
            return Err(Errcode::new(65406, "custom service account exists"));
        }
        let ids: Vec<u64> = accounts(world, &call.app_id).map(|(_, account)| account.kf_id).collect();
        if ids.len() >= MOST {
            return Err(Errcode::new(65405, "custom service account number reach limit"));
        }
        let record = KfAccount {
            kf_id: ids.into_iter().max().unwrap_or(1000) + 1,
            nickname: nickname.to_owned(),
            openid: format!("o{}", random_word::<20>()),
            business_id,
            ..KfAccount::default()
        };
        world.kf_accounts.insert(name, record);
        done()
    })
}

/// `prefix@suffix`: ten letters, digits or underscores at most, and thirty characters at most.
fn is_account(account: &str) -> bool {
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    account.split_once('@').is_some_and(|(prefix, suffix)| {
        (1..=10).contains(&prefix.len())
            && word(prefix)
            && (1..=30).contains(&suffix.len())
            && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    })
}

/// The shop that is named, as a text, if one is.
fn of_business(world: &World, app_id: &str, id: &Value) -> Result<Option<String>, Errcode> {
    if id.is_null() {
        return Ok(None);
    }
    business::find(world, app_id, id).map(|business| Some(business.id.to_string()))
}

fn delete(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let account = body.needed_text("kf_account")?;
    call.core.change(|world, _| match world.kf_accounts.remove(&key(&call.app_id, account)) {
        Some(_) => done(),
        None => Err(Errcode::new(65401, "invalid custom service account")),
    })
}

fn set_admin(call: &MiniCall<'_>) -> Reply {
    admin(call, true)
}

fn cancel_admin(call: &MiniCall<'_>) -> Reply {
    admin(call, false)
}

fn admin(call: &MiniCall<'_>, is_admin: bool) -> Reply {
    let openid = call.parameter("kf_openid");
    call.core.change(|world, _| {
        let of_openid = |(_, account): &(&String, &KfAccount)| Some(&account.openid) == openid.as_ref();
        let found = accounts(world, &call.app_id).find(of_openid).map(|(name, _)| name.clone());
        let account = found.and_then(|name| world.kf_accounts.get_mut(&name));
        account.ok_or_else(|| Errcode::new(40003, "invalid openid"))?.admin = is_admin;
        done()
    })
}

/// The accounts of an app with their keys.
fn accounts<'a>(
    world: &'a World,
    app_id: &str,
) -> impl Iterator<Item = (&'a String, &'a KfAccount)> + use<'a> {
    world.kf_accounts.below(&key(app_id, ""))
}

/// The accounts of the shop that is asked for, or of the app itself.
fn rows(call: &MiniCall<'_>, row: impl Fn(&str, &KfAccount) -> Option<Value>) -> Result<Vec<Value>, Errcode> {
    let id = call.parameter("business_id").map_or(Value::Null, Value::String);
    call.core.read(|world| {
        let business = of_business(world, &call.app_id, &id)?;
        let mut all: Vec<_> = accounts(world, &call.app_id)
            .filter(|(_, account)| account.business_id == business)
            .map(|(name, account)| (&name[call.app_id.len() + 1..], account))
            .collect();
        all.sort_by_key(|(_, account)| account.kf_id);
        Ok(all.into_iter().filter_map(|(name, account)| row(name, account)).collect())
    })
}

fn list(call: &MiniCall<'_>) -> Reply {
    let rows = rows(call, |name, account| {
        Some(json!({
            "kf_account": name, "kf_nick": account.nickname, "kf_id": account.kf_id.to_string(),
            "kf_headimgurl": "", "kf_wx": format!("wx_{}", account.kf_id), "kf_openid": account.openid,
        }))
    })?;
    Ok(json!({"kf_list": rows}).into())
}

fn online(call: &MiniCall<'_>) -> Reply {
    let (now, prefix) = (call.core.now(), key(&call.app_id, ""));
    let cases = call.core.read(|world| {
        world.conversations.below(&prefix).filter(|(_, conversation)| conversation.staff_until > now).count()
    });
    let mut rows = rows(call, |name, account| {
        account.online.then(|| {
            json!({
                "kf_account": name, "status": 1, "kf_id": account.kf_id.to_string(),
                "kf_openid": account.openid, "accepted_case": 0,
            })
        })
    })?;
    // Whoever comes first takes all.
    if let Some(first) = rows.first_mut() {
        first["accepted_case"] = json!(cases);
    }
    Ok(json!({"kf_online_list": rows}).into())
}
