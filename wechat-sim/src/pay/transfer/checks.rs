//! What the three ways to ask for a transfer are made of, and what no table says of it.

use serde_json::{Value, json};

use super::super::PayCall;
use super::super::prepay::known_payer;
use super::super::refusal::Refusal;
use super::super::shape::{Field, Rule, may, need};
use super::bills::Wish;
use super::scenes;
use crate::world::World;

/// From this sum on the name has to be given, in fen.
const NAMED_FROM: i64 = 200_000;
/// Below this sum it may not.
const NAMELESS_BELOW: i64 = 30;
/// The most a red packet can hold.
const RED_PACKET: i64 = 20_000;
/// The most of one transfer, where nothing else was agreed.
const MOST: i64 = 2_000_000;

pub(super) const OUT_NO: Rule = Rule::Word(1, 32, "");
pub(super) const SCENE_ID: Field = need("transfer_scene_id", Rule::Text(36));
const INFO: Rule = Rule::Object(&[need("info_type", Rule::Text(15)), need("info_content", Rule::Text(32))]);
const STYLE: Rule = Rule::Object(&[need("type", Rule::Choice(&["CONFIRM_PAGE", "RED_PACKET"]))]);
const AUTHORIZATION: Rule = Rule::Object(&[
    need("user_display_name", Rule::Text(32)),
    need("out_authorization_no", OUT_NO),
    need("authorization_notify_url", Rule::Url(256)),
]);

/// What all three have, with more members.
macro_rules! shape {
    ($($more:expr),* $(,)?) => {
        &[
            need("appid", Rule::Text(32)),
            need("out_bill_no", OUT_NO),
            SCENE_ID,
            may("user_name", Rule::Sealed),
            need("transfer_amount", Rule::Integer(10, i64::MAX)),
            need("transfer_remark", Rule::Text(32)),
            may("user_recv_perception", Rule::Text(32)),
            need("transfer_scene_report_infos", Rule::List(1, 10, &INFO)),
            $($more),*
        ]
    };
}

pub(super) const CONFIRM: &[Field] =
    shape![need("openid", Rule::Text(64)), may("notify_url", Rule::Url(256)), may("user_recv_style", STYLE),];
pub(super) const FIRST: &[Field] = shape![
    need("openid", Rule::Text(64)),
    may("notify_url", Rule::Url(256)),
    may("authorization_info", AUTHORIZATION),
    may("sponsor_mchid", Rule::Text(32)),
];
pub(super) const AUTHORIZED: &[Field] = shape![
    may("authorization_id", Rule::Text(64)),
    may("out_authorization_no", OUT_NO),
    may("sponsor_mchid", Rule::Text(32)),
];

/// Checks what does not depend on what happened before.
pub(super) fn check(call: &PayCall<'_>, wish: &Wish, parameters: &Value) -> Result<(), Refusal> {
    call.bound_app(&wish.appid)?;
    if let Some(openid) = &wish.openid {
        known_payer(call, &wish.appid, openid, "/openid")?;
    }
    scenes::check(wish, parameters)?;
    let amount = wish.transfer_amount;
    if amount >= NAMED_FROM && wish.user_name.is_none() {
        return Err(Refusal::body("/user_name", &Value::Null, "转账金额大于等于2000元时必填"));
    }
    if let Some(name) = wish.user_name.as_ref().filter(|_| amount < NAMELESS_BELOW) {
        return Err(Refusal::body("/user_name", &json!(name), "转账金额小于0.3元时不允许填写"));
    }
    if wish.user_recv_style.as_ref().is_some_and(|style| style.kind == "RED_PACKET") && amount > RED_PACKET {
        return Err(Refusal::body("/transfer_amount", &json!(amount), "红包样式的转账金额不能超过200元"));
    }
    Ok(())
}

/// Checks what is agreed with the merchant.
pub(super) fn check_terms(world: &World, mchid: &str, scene: &str, amount: i64) -> Result<(), Refusal> {
    let terms = world.terms_of(mchid);
    if terms.scenes.is_some_and(|granted| !granted.contains(scene)) {
        return Err(Refusal::new(403, "NO_AUTH", "商户未获得该转账场景的权限"));
    }
    let most = terms.max_transfer.unwrap_or(MOST);
    if amount > most {
        let explanation = format!("{amount} fen, one transfer has {most} at most");
        return Err(Refusal::invalid("转账金额超过单笔限额").explained(explanation));
    }
    Ok(())
}
