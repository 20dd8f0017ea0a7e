//! Who gets access tokens and who does not.

use crate::support::{APP, SECRET, Shop, shop};
use serde_json::{Value, json};
use wechat_sim::AppOptions;

async fn token_from(shop: &Shop, ip: Option<&str>) -> (Value, Value) {
    let base = shop.sim.base_url();
    let legacy = format!("{base}/cgi-bin/token?grant_type=client_credential&appid={APP}&secret={SECRET}");
    let body = json!({"grant_type": "client_credential", "appid": APP, "secret": SECRET});
    let stable = shop.http.post(format!("{base}/cgi-bin/stable_token")).json(&body);
    let mut answers = Vec::new();
    for request in [shop.http.get(legacy), stable] {
        let request = match ip {
            Some(ip) => request.header("x-forwarded-for", ip),
            None => request,
        };
        answers.push(request.send().await.unwrap().json::<Value>().await.unwrap());
    }
    let stable = answers.remove(1);
    (answers.remove(0), stable)
}

async fn errcodes(shop: &Shop, ip: Option<&str>) -> (Value, Value) {
    let (legacy, stable) = token_from(shop, ip).await;
    (legacy["errcode"].clone(), stable["errcode"].clone())
}

#[tokio::test]
async fn only_listed_addresses_get_tokens() {
    let shop = shop().await;
    let list = json!({"app_id": APP, "ip_whitelist": ["10.1.2.3", "10.1.2.4"]});
    let (status, view) = shop.control("apps", &list).await;
    assert_eq!((status, &view["ip_whitelist"]), (200, &list["ip_whitelist"]));
    assert_eq!(errcodes(&shop, None).await, (json!(40164), json!(40164)));
    let (legacy, _) = token_from(&shop, Some("10.1.2.5")).await;
    assert!(legacy["errmsg"].as_str().unwrap().contains("10.1.2.5"), "{legacy}");
    let (legacy, stable) = token_from(&shop, Some("10.1.2.4, 192.168.0.1")).await;
    assert!(legacy["access_token"].is_string() && stable["access_token"].is_string());
    shop.control("apps", &json!({"app_id": APP, "ip_whitelist": []})).await;
    assert_eq!(errcodes(&shop, None).await, (Value::Null, Value::Null));
}

#[tokio::test]
async fn frozen_secrets_and_accounts_get_no_tokens() {
    let shop = shop().await;
    let set = |options| shop.sim.set_app(APP, options).unwrap();
    assert!(set(AppOptions { secret_frozen: Some(true), ..AppOptions::default() }).secret_frozen);
    assert_eq!(errcodes(&shop, None).await, (json!(40243), json!(40243)));
    let code = shop.sim.login_code(APP, None).code;
    let login = format!(
        "{}/sns/jscode2session?appid={APP}&secret={SECRET}&js_code={code}&grant_type=authorization_code",
        shop.sim.base_url()
    );
    let answer: Value = shop.http.get(login).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["errcode"], 40243);
    set(AppOptions { secret_frozen: Some(false), frozen: Some(true), ..AppOptions::default() });
    assert_eq!(errcodes(&shop, None).await, (json!(50007), json!(50007)));
    set(AppOptions { frozen: Some(false), ..AppOptions::default() });
    assert_eq!(errcodes(&shop, None).await, (Value::Null, Value::Null));
}

#[tokio::test]
async fn a_mini_program_is_registered_with_a_secret() {
    let shop = shop().await;
    assert_eq!(shop.control("apps", &json!({"app_id": "wxnew"})).await.0, 404);
    assert_eq!(shop.control("apps", &json!({"app_id": "wxnew", "frozen": 1})).await.0, 400);
    assert_eq!(shop.control("apps", &json!({"app_id": "wxnew", "secret": "s"})).await.0, 200);
    assert_eq!(shop.sim.apps().len(), 2);
    let all = shop.http.get(format!("{}/_control/apps", shop.sim.base_url())).send().await.unwrap();
    let all = all.text().await.unwrap();
    assert!(all.contains("wxnew") && !all.contains(SECRET), "{all}");
}
