//! What a shop agreed with carriers, and who prints.

use serde_json::json;

use crate::mini::{Errcode, Members as _, MiniCall, Reply, done, ok};
use crate::world::{ExpressAccount, World};

/// `delivery_id`, `delivery_name`; `TEST` is for trying out.
pub(super) const CARRIERS: &[(&str, &str)] = &[
    ("BEST", "百世快递"),
    ("EMS", "中国邮政速递物流"),
    ("OTP", "承诺达特快"),
    ("PJ", "品骏物流"),
    ("SF", "顺丰速运"),
    ("STO", "申通快递"),
    ("YTO", "圆通速递"),
    ("YUNDA", "韵达快递"),
    ("ZTO", "中通快递"),
    ("TEST", "测试快递"),
];
/// What can be used for trying out without binding it.
pub(super) const TEST: (&str, &str) = ("TEST", "test_biz_id");
/// The waybills of a new account; what is left of them nobody documents.
const QUOTA: i64 = 1000;

pub(super) fn known_carrier(delivery_id: &str) -> Result<(), Errcode> {
    if CARRIERS.iter().any(|(id, _)| *id == delivery_id) {
        Ok(())
    } else {
        Err(Errcode::new(9_300_503, "Specified delivery id is not registerred"))
    }
}

pub(super) fn bind(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (kind, biz_id) = (body.needed_text("type")?, body.needed_text("biz_id")?);
    let delivery_id = body.needed_text("delivery_id")?;
    let remark = body.text("remark_content")?.unwrap_or_default();
    known_carrier(delivery_id)?;
    let same = |account: &ExpressAccount| account.is(delivery_id, biz_id);
    call.core.change(|world, now| {
        let accounts = &mut world.express_apps.entry(&call.app_id).accounts;
        match kind {
            "bind" if accounts.iter().any(same) => done(),
            "bind" => {
                accounts.push(ExpressAccount {
                    biz_id: biz_id.to_owned(),
                    delivery_id: delivery_id.to_owned(),
                    created_at: now,
                    quota: QUOTA,
                    remark: remark.to_owned(),
                });
                done()
            }
            "unbind" if accounts.iter().any(same) => {
                accounts.retain(|account| !same(account));
                done()
            }
            "unbind" => Err(not_bound()),
            _ => Err(Errcode::new(930_561, "args error")),
        }
    })
}

pub(super) fn not_bound() -> Errcode {
    Errcode::new(9_300_525, "biz id not bind")
}

pub(super) fn all(call: &MiniCall<'_>) -> Reply {
    let app = call.core.read(|world| world.express_apps.get(&call.app_id).cloned().unwrap_or_default());
    let list = app.accounts.iter().map(|account| {
        json!({
            "biz_id": account.biz_id, "delivery_id": account.delivery_id,
            "create_time": account.created_at / 1000, "update_time": account.created_at / 1000,
            "status_code": 0, "alias": "", "remark_wrong_msg": "", "remark_content": account.remark,
            "quota_num": account.quota, "quota_update_time": account.created_at / 1000,
        })
    });
    let list: Vec<_> = list.collect();
    ok(json!({"count": list.len(), "list": list}))
}

pub(super) fn deliveries(_: &MiniCall<'_>) -> Reply {
    let data = CARRIERS.iter().map(|(id, name)| {
        json!({
            "delivery_id": id, "delivery_name": name, "can_use_cash": 0, "can_get_quota": 1,
            "service_type": [{"service_type": 0, "service_name": "标准快递"}],
        })
    });
    ok(json!({"count": CARRIERS.len(), "data": data.collect::<Vec<_>>()}))
}

impl ExpressAccount {
    fn is(&self, delivery_id: &str, biz_id: &str) -> bool {
        self.delivery_id == delivery_id && self.biz_id == biz_id
    }
}

/// The bound account of a carrier.
pub(super) fn account<'a>(
    world: &'a mut World,
    app_id: &str,
    delivery_id: &str,
    biz_id: &str,
) -> Result<&'a mut ExpressAccount, Errcode> {
    let accounts = world.express_apps.get_mut(app_id).map(|app| &mut app.accounts);
    let mut accounts = accounts.into_iter().flatten();
    let found = accounts.find(|account| account.is(delivery_id, biz_id));
    found.ok_or_else(not_bound)
}

pub(super) fn quota(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (delivery_id, biz_id) = (body.needed_text("delivery_id")?, body.needed_text("biz_id")?);
    known_carrier(delivery_id)?;
    call.core.read(|world| {
        let mut all = world.express_apps.get(&call.app_id).into_iter().flat_map(|app| &app.accounts);
        let found = all.find(|account| account.is(delivery_id, biz_id)).ok_or_else(not_bound)?;
        Ok(json!({"quota_num": found.quota}).into())
    })
}

pub(super) fn printers(call: &MiniCall<'_>) -> Reply {
    let app = call.core.read(|world| world.express_apps.get(&call.app_id).cloned().unwrap_or_default());
    ok(json!({"count": app.printers.len(), "openid": app.printers, "tagid_list": []}))
}

pub(super) fn update_printer(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (openid, kind) = (body.needed_text("openid")?, body.needed_text("update_type")?);
    body.text("tagid_list")?;
    if !matches!(kind, "bind" | "unbind") {
        return Err(Errcode::new(930_561, "args error"));
    }
    call.core.change(|world, _| {
        let printers = &mut world.express_apps.entry(&call.app_id).printers;
        printers.retain(|printer| printer != openid);
        if kind == "bind" {
            printers.push(openid.to_owned());
        }
        done()
    })
}
