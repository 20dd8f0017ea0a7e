use serde_json::json;
use wechat_sdk::mini::express_parcel::Contact;
use wechat_sdk::mini::returns::{
    AddReturnId, GetReturnId, ReturnStatus, ReturnWay, ReturnedGoods, UnbindReturnId,
};
use wechat_sdk::{Fen, OpenId, TransactionId};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let shop = Contact::with_mobile("仓库", "13900000001", "浙江省", "杭州市", "余杭区", "文一西路 1 号")
        .country("中国");
    let user = Contact::with_mobile("赵六", "13900000002", "四川省", "成都市", "武侯区", "天府大道 2 号");
    vec![
        mini(
            AddReturnId::new(
                "R-1",
                shop,
                OpenId::new("oReturns_the-cup").unwrap(),
                "pages/return?id=1",
                [ReturnedGoods::new("cup", "https://img.example/2")],
                Fen(1990),
                TransactionId::new("4200000000202601010000000002").unwrap(),
            )
            .user_addr(user),
            "/cgi-bin/express/delivery/no_worry_return/add",
            json!({
                "shop_order_id": "R-1",
                "biz_addr": {
                    "name": "仓库", "mobile": "13900000001", "country": "中国", "province": "浙江省",
                    "city": "杭州市", "area": "余杭区", "address": "文一西路 1 号",
                },
                "user_addr": {
                    "name": "赵六", "mobile": "13900000002", "province": "四川省", "city": "成都市",
                    "area": "武侯区", "address": "天府大道 2 号",
                },
                "openid": "oReturns_the-cup",
                "order_path": "pages/return?id=1",
                "goods_list": [{"name": "cup", "url": "https://img.example/2"}],
                "order_price": 1990,
                "wx_pay_id": "4200000000202601010000000002",
            }),
            json!({"return_id": "1900000000000000001"}),
            |added| assert_eq!(added.return_id, "1900000000000000001"),
        ),
        mini(
            GetReturnId::new("1900000000000000001"),
            "/cgi-bin/express/delivery/no_worry_return/get",
            json!({"return_id": "1900000000000000001"}),
            json!({
                "status": "2", "waybill_id": "ST0004", "order_status": 13, "delivery_id": "STO",
                "delivery_name": "申通快递",
            }),
            |found| {
                assert_eq!(
                    (found.status, found.order_status),
                    (ReturnWay::Sent, Some(ReturnStatus::GoingBack))
                );
                assert_eq!(found.waybill_id.as_deref(), Some("ST0004"));
            },
        ),
        mini(
            UnbindReturnId::new("1900000000000000001"),
            "/cgi-bin/express/delivery/no_worry_return/unbind",
            json!({"return_id": "1900000000000000001"}),
            json!({}),
            |_| (),
        ),
    ]
}
