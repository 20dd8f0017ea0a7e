//! `/wxa/sec/famousbrand/*`: wishes to be a known brand.

use serde_json::{Value, json};

use crate::core::Core;
use crate::mini::{Errcode, Members as _, MiniCall, MiniServe, Reply, done, ok, post};
use crate::operation::Operation;
use crate::world::BrandWish;

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("famous_brand_apply", "/wxa/sec/famousbrand/apply", apply),
    post("famous_brand_status", "/wxa/sec/famousbrand/get_status", status),
];

fn parameter() -> Errcode {
    Errcode::new(10_210_001, "参数错误")
}

fn apply(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let wish = &body["Application"];
    let apply_for = wish.number("apply_for")?.filter(|kind| matches!(kind, 1 | 2)).ok_or_else(parameter)?;
    if apply_for == 1 {
        check_brand(&wish["audit_info"])?;
    }
    call.core.change(|world, _| {
        let app = world.trade_apps.entry(&call.app_id);
        if app.brand.as_ref().is_some_and(|brand| brand.status != 2) {
            return Err(Errcode::new(10_210_002, "状态错误"));
        }
        app.brand = Some(BrandWish { apply_for, status: 1, reason: String::new() });
        done()
    })
}

fn check_brand(brand: &Value) -> Result<(), Errcode> {
    let proof = |name: &str| brand[name].as_array().is_some_and(|list| !list.is_empty());
    let named = brand.text("brand_name")?.is_some_and(|name| !name.is_empty());
    let proven = match brand.number("brand_type")? {
        Some(4) => brand.text("flagship_in_which_ec_platform")?.is_some() && proof("ec_platform_proof_list"),
        Some(7) => proof("authority_certified_proof_list"),
        Some(kind) => (1..=8).contains(&kind),
        None => false,
    };
    if named && proven { Ok(()) } else { Err(parameter()) }
}

fn status(call: &MiniCall<'_>) -> Reply {
    let brand = call.core.read(|world| world.trade_apps.get(&call.app_id).and_then(|app| app.brand.clone()));
    let brand = brand.unwrap_or(BrandWish { apply_for: 1, status: 0, reason: String::new() });
    ok(json!({
        "progress": {"status": brand.status},
        "application": {
            "apply_for": brand.apply_for,
            "audit_info": {"audit_reason": brand.reason},
            "status": brand.status,
        },
    }))
}

/// The platform grants a wish, or refuses it for a reason.
pub(crate) fn audit(core: &Core, app_id: &str, refused: Option<&str>) -> Result<(), Errcode> {
    core.change(|world, _| {
        let wish = world.trade_apps.get_mut(app_id).and_then(|app| app.brand.as_mut());
        let wish = wish.ok_or_else(|| Errcode::new(10_210_002, "状态错误"))?;
        wish.status = if refused.is_some() { 2 } else { 3 };
        refused.unwrap_or_default().clone_into(&mut wish.reason);
        Ok(())
    })
}
