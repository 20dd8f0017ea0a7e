use serde_json::{Value, json};
use wechat_sdk::OpenId;
use wechat_sdk::mini::express::{
    BindExpressAccount, GetExpressAccounts, GetExpressCarriers, GetExpressPrinters, GetExpressQuota,
    TestUpdateExpressOrder, UpdateExpressPrinter,
};
use wechat_sdk::mini::express_orders::ExpressAction;

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let printer = || OpenId::new("oPrinter_of-labels").unwrap();
    let mut all = accounts();
    all.extend([
        mini(
            UpdateExpressPrinter::bind(printer()).tagid_list("7,19"),
            "/cgi-bin/express/business/printer/update",
            json!({"openid": "oPrinter_of-labels", "update_type": "bind", "tagid_list": "7,19"}),
            json!({}),
            |_| (),
        ),
        mini(
            UpdateExpressPrinter::unbind(printer()),
            "/cgi-bin/express/business/printer/update",
            json!({"openid": "oPrinter_of-labels", "update_type": "unbind"}),
            json!({}),
            |_| (),
        ),
        mini(
            GetExpressPrinters::new(),
            "/cgi-bin/express/business/printer/getall",
            Value::Null,
            json!({"count": 1, "openid": ["oPrinter_of-labels"], "tagid_list": ["7", "19"]}),
            |printers| {
                assert_eq!((printers.count, printers.openid[0].as_str()), (Some(1), "oPrinter_of-labels"));
                assert_eq!(printers.tagid_list, ["7", "19"]);
            },
        ),
        mini(
            TestUpdateExpressOrder::new(
                "P-1",
                "T0001",
                1_780_000_000,
                ExpressAction::Signed,
                "left at the gate",
            ),
            "/cgi-bin/express/business/test_update_order",
            json!({
                "biz_id": "test_biz_id", "delivery_id": "TEST", "order_id": "P-1", "waybill_id": "T0001",
                "action_time": 1_780_000_000, "action_type": 300_003, "action_msg": "left at the gate",
            }),
            json!({}),
            |_| (),
        ),
    ]);
    all
}

fn accounts() -> Vec<Exercise> {
    vec![
        mini(
            GetExpressCarriers::new(),
            "/cgi-bin/express/business/delivery/getall",
            Value::Null,
            json!({"count": 2, "data": [
                {
                    "delivery_id": "SF", "delivery_name": "顺丰速运", "can_use_cash": 1, "can_get_quota": 0,
                    "cash_biz_id": "SF_CASH", "service_type": [{"service_type": 2, "service_name": "顺丰特快"}],
                },
                {"delivery_id": "ZTO", "delivery_name": "中通快递"},
            ]}),
            |carriers| {
                let carrier = &carriers.data[0];
                assert_eq!((carrier.can_use_cash, carrier.can_get_quota), (Some(true), Some(false)));
                assert_eq!(carrier.service_type[0].service_type, 2);
                assert!(carriers.data[1].service_type.is_empty());
            },
        ),
        mini(
            BindExpressAccount::bind("EMS", "K77").password("hush").remark_content("电话：010-1"),
            "/cgi-bin/express/business/account/bind",
            json!({
                "type": "bind", "delivery_id": "EMS", "biz_id": "K77", "password": "hush",
                "remark_content": "电话：010-1",
            }),
            json!({}),
            |_| (),
        ),
        mini(
            BindExpressAccount::unbind("EMS", "K77"),
            "/cgi-bin/express/business/account/bind",
            json!({"type": "unbind", "delivery_id": "EMS", "biz_id": "K77"}),
            json!({}),
            |_| (),
        ),
        mini(
            GetExpressAccounts::new(),
            "/cgi-bin/express/business/account/getall",
            Value::Null,
            json!({"count": 1, "list": [{
                "biz_id": "K77", "delivery_id": "EMS", "create_time": 1_780_000_000, "update_time": 1_780_000_600,
                "status_code": 0, "alias": "north", "remark_wrong_msg": "", "remark_content": "电话：010-1",
                "quota_num": "40", "quota_update_time": 1_780_000_500,
                "service_type": {"service_type": 6, "service_name": "标准快递"},
            }]}),
            |accounts| {
                let account = &accounts.list[0];
                assert_eq!((account.status_code, account.quota_num), (Some(0), Some(40)));
                assert_eq!(account.service_type[0].service_type, 6);
                assert_eq!(account.remark_content.as_ref().unwrap().expose(), "电话：010-1");
            },
        ),
        mini(
            GetExpressQuota::new("ZTO", "K78"),
            "/cgi-bin/express/business/quota/get",
            json!({"delivery_id": "ZTO", "biz_id": "K78"}),
            json!({"quota_num": 12}),
            |quota| assert_eq!(quota.quota_num, 12),
        ),
    ]
}
