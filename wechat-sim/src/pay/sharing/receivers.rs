//! Who a merchant may share with.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::prepay::{DAY, known_payer};
use super::super::refusal::Refusal;
use super::super::shape::{Field, Rule, may, need};
use super::super::{PayCall, Reply};
use super::{ACCOUNT, KIND, MERCHANT, PERSON};
use crate::world::{Receiver, World};

/// The most receivers a merchant can have.
const MOST: usize = 20_000;

const RELATIONS: &[&str] = &[
    "STORE",
    "STAFF",
    "STORE_OWNER",
    "PARTNER",
    "HEADQUARTER",
    "BRAND",
    "DISTRIBUTOR",
    "USER",
    "SUPPLIER",
    "CUSTOM",
];
const ADD: &[Field] = &[
    need("appid", Rule::Text(32)),
    KIND,
    ACCOUNT,
    may("name", Rule::Sealed),
    need("relation_type", Rule::Choice(RELATIONS)),
    may("custom_relation", Rule::Text(10)),
];
const DELETE: &[Field] = &[need("appid", Rule::Text(32)), KIND, ACCOUNT];

#[derive(Debug, Deserialize)]
struct Wish {
    appid: String,
    #[serde(rename = "type")]
    kind: String,
    account: String,
    name: Option<String>,
    relation_type: Option<String>,
    custom_relation: Option<String>,
}

impl Wish {
    /// What no table of members says.
    fn check(&self, call: &PayCall<'_>) -> Result<(), Refusal> {
        if self.kind == MERCHANT && self.name.is_none() {
            return Err(Refusal::body("/name", &Value::Null, "接收方为商户时必填"));
        }
        let custom = self.relation_type.as_deref() == Some("CUSTOM");
        if custom && self.custom_relation.is_none() {
            return Err(Refusal::body("/custom_relation", &Value::Null, "关系类型为CUSTOM时必填"));
        }
        if !custom && let Some(relation) = &self.custom_relation {
            let value = Value::from(relation.as_str());
            return Err(Refusal::body("/custom_relation", &value, "仅在关系类型为CUSTOM时可填"));
        }
        if self.kind == PERSON { known_payer(call, &self.appid, &self.account, "/account") } else { Ok(()) }
    }
}

/// `mchid/type/account`
pub(super) fn receiver_key(mchid: &str, kind: &str, account: &str) -> String {
    format!("{mchid}/{kind}/{account}")
}

pub(super) fn add(call: &PayCall<'_>) -> Reply {
    let (_, wish): (_, Wish) = call.read(ADD)?;
    call.bound_app(&wish.appid)?;
    wish.check(call)?;
    let name = wish.name.as_deref().map(|name| call.unsealed("/name", name)).transpose()?;
    let mut body = json!({"type": wish.kind, "account": wish.account, "relation_type": wish.relation_type});
    if let Some(relation) = &wish.custom_relation {
        body["custom_relation"] = json!(relation);
    }
    if let Some(sealed) = name.as_deref().and_then(|name| call.sealed(name)) {
        body["name"] = json!(sealed);
    }
    call.core.change(|world, now| {
        known_name(world, &wish.account, name.as_deref())?;
        put(world, call, wish, name, now)?;
        Ok(body.into())
    })
}

/// A name that is given has to be the right one, where that is known.
pub(super) fn known_name(world: &World, account: &str, name: Option<&str>) -> Result<(), Refusal> {
    if name.is_none_or(|name| world.may_be_called(account, name)) {
        return Ok(());
    }
    Err(Refusal::invalid("分账接收方名称与实际名称不一致")
        .explained(format!("{account} is called something else here")))
}

fn put(
    world: &mut World,
    call: &PayCall<'_>,
    wish: Wish,
    name: Option<String>,
    now: i64,
) -> Result<(), Refusal> {
    let key = receiver_key(&call.mchid, &wish.kind, &wish.account);
    if world.receivers.get(&key).is_none_or(|receiver| !takes_place(receiver, now)) {
        let prefix = format!("{}/", call.mchid);
        let places = world.receivers.below(&prefix).filter(|(_, other)| takes_place(other, now)).count();
        if places >= MOST {
            return Err(Refusal::new(403, "RULE_LIMIT", "分账接收方数量超过上限"));
        }
    }
    let receiver = Receiver {
        mchid: call.mchid.clone(),
        app_id: wish.appid,
        kind: wish.kind,
        account: wish.account,
        name,
        relation: wish.relation_type.unwrap_or_default(),
        custom_relation: wish.custom_relation,
        deleted_at: None,
    };
    world.receivers.insert(key, receiver);
    Ok(())
}

/// Also a day after it was deleted.
fn takes_place(receiver: &Receiver, now: i64) -> bool {
    receiver.deleted_at.is_none_or(|at| now < at.saturating_add(DAY))
}

/// Deleting somebody who is not there has happened already.
pub(super) fn delete(call: &PayCall<'_>) -> Reply {
    let (_, wish): (_, Wish) = call.read(DELETE)?;
    call.bound_app(&wish.appid)?;
    call.core.change(|world, now| {
        let key = receiver_key(&call.mchid, &wish.kind, &wish.account);
        if let Some(receiver) = world.receivers.get_mut(&key) {
            receiver.deleted_at.get_or_insert(now);
        }
        Ok(json!({"type": wish.kind, "account": wish.account}).into())
    })
}

impl World {
    /// Whether a merchant may share with somebody: those it added, and itself.
    pub(super) fn is_receiver(&self, mchid: &str, kind: &str, account: &str) -> bool {
        let added = self.receivers.get(&receiver_key(mchid, kind, account));
        account == mchid || added.is_some_and(|receiver| receiver.deleted_at.is_none())
    }
}
