//! Uploads for combined orders, whose payments are made by hand here.

use serde_json::{Value, json};

use crate::core::Core;
use crate::mini::{Errcode, Given, MiniCall};
use crate::settings::Settings;
use crate::wire::Request;
use crate::world::{Order, Payment, Product, TradeState, key};

const APP: &str = "wx1";

fn order(core: &Core, number: &str, combine: &str) -> Order {
    Order {
        mchid: "m1".to_owned(),
        app_id: APP.to_owned(),
        out_trade_no: number.to_owned(),
        description: "袜子".to_owned(),
        product: Product::Jsapi,
        openid: "oUser".to_owned(),
        attach: None,
        combine: Some(key("m0", combine)),
        profit_sharing: false,
        total: 100,
        notify_url: String::new(),
        parameters: Value::Null,
        created_at: core.now(),
        expires_at: core.now(),
        state: TradeState::Success,
        prepay_ids: Vec::new(),
        payment: Some(Payment {
            transaction_id: format!("4200{number}"),
            total: 100,
            payer_total: 100,
            paid_at: core.now(),
        }),
        refunds: Vec::new(),
    }
}

/// Two parts of one combined order and one of another.
fn core() -> Core {
    let core = Core::open(Settings::default()).unwrap();
    let orders =
        [("a", "c1"), ("b", "c1"), ("x", "c2")].map(|(number, combine)| order(&core, number, combine));
    core.set(|world, _| {
        for order in orders {
            let order_key = key("m1", &order.out_trade_no);
            world.transactions.insert(format!("4200{}", order.out_trade_no), order_key.clone());
            world.orders.insert(order_key, order);
        }
    });
    core
}

fn part(number: &str) -> Value {
    json!({
        "order_key": {"order_number_type": 1, "mchid": "m1", "out_trade_no": number},
        "logistics_type": 4, "delivery_mode": 1, "shipping_list": [{"item_desc": "袜子"}],
    })
}

fn body(numbers: &[&str]) -> Value {
    json!({
        "order_key": {"order_number_type": 1, "mchid": "m0", "out_trade_no": "c1"},
        "sub_orders": numbers.iter().map(|number| part(number)).collect::<Vec<_>>(),
        "upload_time": "2026-01-15T13:29:35.120+08:00", "payer": {"openid": "oUser"},
    })
}

fn upload(core: &Core, body: &Value) -> i64 {
    let request = Request { body: body.to_string().into(), ..Request::default() };
    let call = MiniCall { core, request: &request, app_id: APP.to_owned() };
    match super::upload::combined(&call) {
        Ok(Given::Json(body)) => body["errcode"].as_i64().unwrap(),
        Ok(Given::File(..)) => panic!("a file"),
        Err(Errcode(number, _)) => number,
    }
}

#[test]
fn all_parts_are_shipped_or_none() {
    let core = core();
    assert_eq!(upload(&core, &body(&["a", "x"])), 10_060_001, "x is of another order");
    let mut bare = body(&["a", "b"]);
    bare["sub_orders"][1]["shipping_list"] = Value::Null;
    assert_eq!(upload(&core, &bare), 10_060_020);
    assert!(core.read(|world| world.shipments.is_empty()));
    assert_eq!(upload(&core, &body(&["a", "b"])), 0);
    let finished = |id: &str| core.read(|world| world.shipments.get(id).unwrap().finished_at.is_some());
    assert!(finished("4200a") && finished("4200b"));
}

#[test]
fn the_order_is_named_by_a_transaction_of_its_parts_too() {
    let core = core();
    let mut by_id = body(&["a"]);
    by_id["order_key"] = json!({"order_number_type": 2, "transaction_id": "4200b"});
    assert_eq!(upload(&core, &by_id), 268_485_194, "the kinds of numbers agree");
    by_id["sub_orders"][0]["order_key"] = json!({"order_number_type": 2, "transaction_id": "4200a"});
    assert_eq!(upload(&core, &by_id), 0);
}
