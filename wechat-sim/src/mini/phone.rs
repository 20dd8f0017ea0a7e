//! `POST /wxa/business/getuserphonenumber`

use serde_json::{Value, json};

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, codes, ok, post};
use crate::operation::Operation;
use crate::world::Code;

pub(crate) const OPERATIONS: &[Operation<MiniServe>] =
    &[post("phone", "/wxa/business/getuserphonenumber", phone_number)];

fn phone_number(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let phone_code = body.needed_text("code")?;
    call.core.change(|world, now| {
        check_openid(world.phone_codes.get(phone_code), body.text("openid")?)?;
        let used = call.core.settings.used_code_errcode;
        let phone = codes::take(&mut world.phone_codes, &call.app_id, phone_code, used, now)?;
        ok(phone_info(&phone, &call.app_id, now))
    })
}

fn check_openid(code: Option<&Code>, openid: Option<&str>) -> Result<(), Errcode> {
    match (code.and_then(|code| code.openid.as_deref()), openid) {
        (Some(owner), Some(named)) if owner != named => Err(Errcode::new(40029, "invalid code")),
        _ => Ok(()),
    }
}

fn phone_info(code: &Code, app_id: &str, now: i64) -> Value {
    let (pure, country) = (&code.subject, &code.country);
    let whole = if country == "86" { pure.clone() } else { format!("+{country}{pure}") };
    json!({
        "phone_info": {
            "phoneNumber": whole,
            "purePhoneNumber": pure,
            "countryCode": country,
            "watermark": {"timestamp": now / 1000, "appid": app_id},
        },
    })
}
