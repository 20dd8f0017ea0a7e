//! `POST /wxa/business/getuserphonenumber`

use serde_json::{Value, json};

use super::{Errcode, Reply, codes, json_body, token_store};
use crate::core::Core;
use crate::http::Request;
use crate::state::Code;

pub(crate) fn serve(core: &Core, request: &Request) -> Reply {
    let token = request.parameter("access_token").filter(|token| !token.is_empty());
    let token = token.ok_or(Errcode(41001, "access_token missing"))?;
    let now = core.now();
    let app_id = core.read(|world| token_store::owner(world, &token, now))?;
    let body = json_body(request)?;
    let phone_code = body["code"].as_str().ok_or(Errcode(47001, "data format error"))?;
    core.change(|world, now| {
        check_openid(world.phone_codes.get(phone_code), &body["openid"])?;
        let used = core.settings.used_code_errcode;
        let phone = codes::take(&mut world.phone_codes, &app_id, phone_code, used, now)?;
        Ok(phone_info(&phone, &app_id, now))
    })
}

fn check_openid(code: Option<&Code>, openid: &Value) -> Result<(), Errcode> {
    match (code.and_then(|code| code.openid.as_deref()), openid.as_str()) {
        (Some(owner), Some(named)) if owner != named => Err(Errcode(40029, "invalid code")),
        _ => Ok(()),
    }
}

fn phone_info(code: &Code, app_id: &str, now: i64) -> Value {
    let (pure, country) = (&code.subject, &code.country);
    let whole = if country == "86" { pure.clone() } else { format!("+{country}{pure}") };
    json!({
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": whole,
            "purePhoneNumber": pure,
            "countryCode": country,
            "watermark": {"timestamp": now / 1000, "appid": app_id},
        },
    })
}
