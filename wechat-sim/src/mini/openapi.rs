//! Tools for those who look for a fault: what was refused and why, and where the servers are.

use serde_json::{Value, json};

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, get, ok, post};
use crate::operation::Operation;

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("get_rid_info", "/cgi-bin/openapi/rid/get", rid_info),
    post("callback_check", "/cgi-bin/callback/check", callback_check),
    get("get_api_domain_ip", "/cgi-bin/get_api_domain_ip", addresses),
    get("get_callback_ip", "/cgi-bin/getcallbackip", addresses),
];

/// So long a refusal can be asked for, in milliseconds.
const LIFE: i64 = 7 * 24 * 3_600_000;

fn rid_info(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let rid = body.text("rid")?.filter(|rid| looks_like_rid(rid));
    let rid = rid.ok_or_else(|| Errcode::new(76002, "rid is error"))?;
    let found = call.core.journal(|journal| journal.refused(rid));
    let (refused, request) = found.ok_or_else(|| Errcode::new(76001, "rid not found"))?;
    if refused.app_id != call.app_id {
        return Err(Errcode::new(76003, "could not query this rid,no permission"));
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    if path.starts_with("/sns/") {
        return Err(Errcode::new(76022, "could not use this cgi_path, no permission"));
    }
    if refused.began + LIFE <= call.core.now() {
        return Err(Errcode::new(76004, "rid time is error"));
    }
    ok(json!({"request": {
        "invoke_time": refused.began / 1000,
        "cost_in_ms": (request.at - refused.began).max(0),
        "request_url": query,
        "request_body": request.request_body,
        "response_body": request.answer_body,
        "client_ip": refused.caller,
    }}))
}

/// Three numbers of eight digits of hex.
fn looks_like_rid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.len() == 3 && parts.iter().all(hex)
}

/// Nobody is asked, since nothing leaves this machine: the address is what the URL says, or this machine's.
fn callback_check(call: &MiniCall<'_>) -> Reply {
    const OPERATORS: [&str; 4] = ["CHINANET", "UNICOM", "CAP", "DEFAULT"];
    let body = call.body()?;
    let action = body.text("action")?.filter(|action| ["all", "dns", "ping"].contains(action));
    let action = action.ok_or_else(|| Errcode::new(40202, "invalid action"))?;
    let operator = body.text("check_operator")?.filter(|operator| OPERATORS.contains(operator));
    let operator = operator.ok_or_else(|| Errcode::new(40203, "invalid check_operator"))?;
    let url = call.core.read(|world| Some(world.apps.get(&call.app_id)?.push.as_ref()?.url.clone()));
    let ip = url.and_then(|url| address(&url)).ok_or_else(|| Errcode::new(40201, "invalid url"))?;
    ok(seen(&ip, action, operator))
}

fn seen(ip: &str, action: &str, operator: &str) -> Value {
    let operator = if operator == "DEFAULT" { "UNICOM" } else { operator };
    let mut answer = json!({});
    if action != "ping" {
        answer["dns"] = json!([{"ip": ip, "real_operator": "UNICOM"}]);
    }
    if action != "dns" {
        let found = json!({"ip": ip, "from_operator": operator, "package_loss": "0%", "time": "1.024ms"});
        answer["ping"] = json!([found]);
    }
    answer
}

fn address(url: &str) -> Option<String> {
    let host = url::Url::parse(url).ok()?.host_str()?.to_owned();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    Some(if bare.parse::<std::net::IpAddr>().is_ok() { bare } else { "127.0.0.1" }.to_owned())
}

/// Calls are taken here, and pushes come from here.
fn addresses(call: &MiniCall<'_>) -> Reply {
    let ip = call.core.settings.bind.ip();
    let list: Value = json!([if ip.is_unspecified() { "127.0.0.1".to_owned() } else { ip.to_string() }]);
    ok(json!({"ip_list": list}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_shows_what_was_asked_for() {
        let dns = json!({"dns": [{"ip": "10.0.0.1", "real_operator": "UNICOM"}]});
        assert_eq!(seen("10.0.0.1", "dns", "CAP"), dns);
        let ping = json!({"ping": [
            {"ip": "10.0.0.1", "from_operator": "CAP", "package_loss": "0%", "time": "1.024ms"},
        ]});
        assert_eq!(seen("10.0.0.1", "ping", "CAP"), ping);
        let both = seen("10.0.0.1", "all", "DEFAULT");
        assert_eq!((&both["dns"], &both["ping"][0]["from_operator"]), (&dns["dns"], &json!("UNICOM")));
    }

    #[test]
    fn addresses_are_read_from_urls_and_never_looked_up() {
        let addresses =
            ["http://10.0.0.1:80/push", "https://[::1]/push", "https://shop.example/push", "push"];
        let expected = [Some("10.0.0.1"), Some("::1"), Some("127.0.0.1"), None];
        assert_eq!(addresses.map(address), expected.map(|ip| ip.map(str::to_owned)));
    }
}
