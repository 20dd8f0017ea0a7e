//! The control paths have no password, so pages of other origins are kept from reaching them.

use serde_json::{Value, json};

use crate::core::Core;
use crate::pay::refusal::Refusal;
use crate::wire::Request;

/// Refuses requests that a page of another origin made a browser send.
pub(crate) fn check(core: &Core, request: &Request) -> Result<(), Refusal> {
    let host = request.header("host").unwrap_or_default();
    if !core.settings.allow_public && !is_loopback(host) {
        return Err(Refusal::new(403, "NO_AUTH", "the control paths answer to loopback names only"));
    }
    match request.header("origin") {
        Some(origin) if origin.split_once("://").is_none_or(|(_, from)| from != host) => {
            Err(Refusal::new(403, "NO_AUTH", "the control paths take no requests of other origins"))
        }
        _ => Ok(()),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(host, |(name, _)| name);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The body of a command; none is an empty object. Its type is one that no HTML form can send.
pub(crate) fn json_body(request: &Request) -> Result<Value, Refusal> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    if !request.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Refusal::new(415, "PARAM_ERROR", "a command is application/json"));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::new(400, "PARAM_ERROR", &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn knows_loopback_names() {
        for good in ["localhost:1", "127.0.0.1:80", "127.0.0.1", "[::1]:80", "[::1]"] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in ["shop.example", "127.0.0.1.shop.example:80", "", "10.0.0.1:80"] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
