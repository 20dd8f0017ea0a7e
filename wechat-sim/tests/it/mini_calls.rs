//! Calls of a mini program's server, and the pushes it gets.

use serde_json::Value;
use wechat_sim::PushSettings;

use crate::support::{APP, MCHID, NOWHERE, SECRET, Shop};

/// Calls as the app of the shop.
pub async fn mini(shop: &Shop, path: &str, body: &Value) -> Value {
    mini_as(shop, (APP, SECRET), path, body).await
}

pub async fn mini_as(shop: &Shop, (app_id, secret): (&str, &str), path: &str, body: &Value) -> Value {
    let token = shop.token(app_id, secret).await;
    let url = format!("{}{path}?access_token={token}", shop.sim.base_url());
    shop.http.post(url).json(body).send().await.unwrap().json().await.unwrap()
}

pub async fn mini_get(shop: &Shop, path: &str) -> Value {
    let token = shop.token(APP, SECRET).await;
    let url = format!("{}{path}?access_token={token}", shop.sim.base_url());
    shop.http.get(url).send().await.unwrap().json().await.unwrap()
}

/// A shopper opens the mini program.
pub async fn visit(shop: &Shop, app_id: &str, secret: &str, openid: &str) {
    let code = shop.sim.login_code(app_id, Some(openid)).code;
    let url = format!(
        "{}/sns/jscode2session?appid={app_id}&secret={secret}&js_code={code}&grant_type=authorization_code",
        shop.sim.base_url()
    );
    shop.http.get(url).send().await.unwrap();
}

/// Takes pushes without delivering them: what is in them is seen in the list of notifications.
pub async fn take_pushes(shop: &Shop) {
    shop.sim.pause_delivery();
    let aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".to_owned();
    let (url, token) = (NOWHERE.to_owned(), "token".to_owned());
    shop.sim.set_push(APP, PushSettings { url, token, aes_key, ..Default::default() }).await.unwrap();
}

/// What the app was told by an event, oldest first.
pub fn events(shop: &Shop, event: &str) -> Vec<Value> {
    let all = shop.sim.notifications().into_iter();
    all.filter(|push| push.app_id == APP && push.event_type == event).map(|push| push.content).collect()
}

/// A paid order; answers its transaction id.
pub async fn bought(shop: &Shop, number: &str) -> String {
    shop.prepaid(number, 100, NOWHERE).await;
    shop.sim.pay(MCHID, number).unwrap().transaction_id
}
