//! `/v3/merchant-service/complaint-notifications`: where notifications of complaints go.

use serde_json::json;

use crate::pay::refusal::Refusal;
use crate::pay::shape::{Field, Rule, need};
use crate::pay::{Given, PayCall, Reply};

const SHAPE: &[Field] = &[need("url", Rule::Url(255))];

pub(super) fn create(call: &PayCall<'_>) -> Reply {
    let url = wished(call)?;
    call.core.change(|world, _| {
        if world.complaint_urls.contains(&call.mchid) {
            let refusal = Refusal::new(400, "RESOURCE_ALREADY_EXISTS", "投诉通知回调地址已存在");
            return Err(refusal.explained("there is an address already: change it with PUT"));
        }
        world.complaint_urls.insert(&call.mchid, url.clone());
        Ok(view(call, &url))
    })
}

pub(super) fn query(call: &PayCall<'_>) -> Reply {
    call.core.read(|world| world.complaint_urls.get(&call.mchid).map(|url| view(call, url))).ok_or_else(none)
}

pub(super) fn update(call: &PayCall<'_>) -> Reply {
    let url = wished(call)?;
    call.core.change(|world, _| {
        let known = world.complaint_urls.get_mut(&call.mchid).ok_or_else(none)?;
        known.clone_from(&url);
        Ok(view(call, &url))
    })
}

pub(super) fn remove(call: &PayCall<'_>) -> Reply {
    call.core.change(|world, _| {
        world.complaint_urls.remove(&call.mchid).ok_or_else(none)?;
        Ok(Given::Nothing)
    })
}

fn wished(call: &PayCall<'_>) -> Result<String, Refusal> {
    Ok(call.body(SHAPE)?["url"].as_str().unwrap_or_default().to_owned())
}

fn view(call: &PayCall<'_>, url: &str) -> Given {
    json!({"mchid": call.mchid, "url": url}).into()
}

/// 400 and not 404, as the page of this call says.
fn none() -> Refusal {
    Refusal::new(400, "RESOURCE_NOT_EXISTS", "投诉通知回调地址不存在")
}
