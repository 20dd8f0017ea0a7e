//! What must not be printed: neither by `Debug` of a call or an answer, nor by a log or an error.

use serde_json::Value;

/// Members that are secret or say who somebody is. Names that mean something else elsewhere are told apart by what they
/// stand in.
const SECRET: &[&str] = &[
    "access_token",
    "address",
    "appsecret",
    "auth_code",
    "bank_account",
    "complaint_detail",
    "cert_no",
    "contact_name",
    "content_json",
    "download_url",
    "encrypt_key",
    "iv",
    "js_code",
    "mobile",
    "mobile_no",
    "operate_details",
    "package_info",
    "payer_phone",
    "phone",
    "phoneNumber",
    "problem_description",
    "purePhoneNumber",
    "real_name",
    "receiver_phone",
    "response_content",
    "secret",
    "sender_phone",
    "session_key",
    "tel",
    "user_name",
    "user_received_account",
    "waybill_token",
];
/// The same below these members only.
const SECRET_IN: &[(&str, &[&str])] = &[
    ("sender", &["name", "area"]),
    ("receiver", &["name", "area"]),
    ("biz_addr", &["name", "area"]),
    ("user_addr", &["name", "area"]),
    ("identity", &["number", "name"]),
    ("contact", &["consignor_contact", "receiver_contact"]),
];

/// The texts of a JSON that must not be printed. Short ones would be found by chance.
pub(crate) fn secrets(json: &Value) -> Vec<String> {
    let mut found = vec![];
    collect(json, "", "", &mut found);
    found
}

fn collect(json: &Value, parent: &str, name: &str, found: &mut Vec<String>) {
    match json {
        Value::Object(members) => {
            for (member, value) in members {
                collect(value, name, member, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, parent, name, found)),
        Value::String(text) => {
            let text = text.trim_start_matches('🔒');
            let sealed = text.len() < json.as_str().map_or(0, str::len);
            let within = SECRET_IN.iter().any(|(outer, names)| *outer == parent && names.contains(&name));
            // The address of a shop is on its door.
            let public = parent == "store_info";
            if (sealed || within || (SECRET.contains(&name) && !public)) && text.chars().count() >= 3 {
                found.push(text.to_owned());
            }
        }
        _ => {}
    }
}

/// Which of them a text shows.
pub(crate) fn shown<'s>(secrets: &'s [String], printed: &str) -> Option<&'s str> {
    secrets.iter().find(|secret| printed.contains(secret.as_str())).map(String::as_str)
}

/// Whether the member at this path, dots between the levels, has a lock.
pub(crate) fn is_locked(json: &Value, path: &str) -> bool {
    match json {
        Value::Array(values) => values.iter().any(|value| is_locked(value, path)),
        Value::Object(members) => {
            let (head, rest) = path.split_once('.').unwrap_or((path, ""));
            members.get(head).is_some_and(|value| is_locked(value, rest))
        }
        Value::String(text) => path.is_empty() && text.starts_with('🔒'),
        _ => false,
    }
}
