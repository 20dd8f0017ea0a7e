//! Electronic receipts of transfers.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::super::shape::{Field, Rule, need};
use super::super::{Given, PayCall, Reply};
use super::checks::OUT_NO;
use super::query::missing;
use crate::crypto::digest::sha256_hex;
use crate::crypto::random_hex;
use crate::wire::text;
use crate::world::{Receipt, Transfer, TransferState, World, key};

/// How long a receipt is being made.
const DELAY: Duration = Duration::from_secs(10);

const BY_NUMBER: &[Field] = &[need("out_bill_no", OUT_NO)];
const BY_ID: &[Field] = &[need("transfer_bill_no", Rule::Text(64))];

pub(super) fn apply(call: &PayCall<'_>) -> Reply {
    let body = call.body(BY_NUMBER)?;
    make(call, &key(&call.mchid, body["out_bill_no"].as_str().unwrap_or_default()))
}

pub(super) fn apply_by_id(call: &PayCall<'_>) -> Reply {
    let body = call.body(BY_ID)?;
    make(call, &by_id(call, body["transfer_bill_no"].as_str().unwrap_or_default()))
}

fn by_id(call: &PayCall<'_>, id: &str) -> String {
    call.core.read(|world| world.transfer_ids.get(id).cloned()).unwrap_or_default()
}

/// Asking again finds the receipt that was asked for.
fn make(call: &PayCall<'_>, bill: &str) -> Reply {
    call.core.change(|world, now| {
        let transfer = own(world, call, bill)?;
        if transfer.state != TransferState::Success {
            return Err(Refusal::invalid("转账单未成功，不支持申请电子回单"));
        }
        if !world.receipts.contains(bill) {
            let ready_at = now.saturating_add(call.core.time.wait(DELAY));
            let receipt = Receipt { created_at: now, ready_at, token: random_hex::<16>().to_lowercase() };
            world.receipts.insert(bill, receipt);
        }
        let receipt = world.receipts.get(bill).ok_or_else(missing)?;
        let state = if now < receipt.ready_at { "GENERATING" } else { "FINISHED" };
        Ok(json!({"state": state, "create_time": text::rfc3339(receipt.created_at)}).into())
    })
}

fn own<'a>(world: &'a World, call: &PayCall<'_>, bill: &str) -> Result<&'a Transfer, Refusal> {
    world.transfers.get(bill).filter(|transfer| transfer.mchid == call.mchid).ok_or_else(missing)
}

pub(super) fn query(call: &PayCall<'_>) -> Reply {
    look(call, &key(&call.mchid, call.argument()))
}

pub(super) fn query_by_id(call: &PayCall<'_>) -> Reply {
    look(call, &by_id(call, call.argument()))
}

fn look(call: &PayCall<'_>, bill: &str) -> Reply {
    call.core.read(|world| {
        let transfer = own(world, call, bill)?;
        let receipt = world.receipts.get(bill);
        let receipt = receipt.ok_or_else(|| Refusal::new(404, "NOT_FOUND", "电子回单申请单不存在"))?;
        let ready = call.core.now() >= receipt.ready_at;
        let updated = if ready { receipt.ready_at } else { receipt.created_at };
        let mut body: Value = json!({
            "state": if ready { "FINISHED" } else { "GENERATING" },
            "create_time": text::rfc3339(receipt.created_at),
            "update_time": text::rfc3339(updated),
        });
        if ready {
            let host = call.request.header("host").unwrap_or("api.mch.weixin.qq.com");
            body["hash_type"] = json!("SHA256");
            body["hash_value"] = json!(sha256_hex(&file(transfer)));
            body["download_url"] = json!(format!("http://{host}/v3/transferelecvoucher/{}", receipt.token));
        }
        Ok(body.into())
    })
}

/// What the receipt says; a real one is a PDF with a seal.
fn file(transfer: &Transfer) -> Vec<u8> {
    let body = super::bill_view(transfer);
    format!("%PDF-1.4\n% simulated receipt\n% {body}\n%%EOF\n").into_bytes()
}

pub(super) fn download(call: &PayCall<'_>) -> Reply {
    call.core.read(|world| {
        let mut all = world.receipts.iter();
        let found = all.find(|(_, receipt)| receipt.token == call.argument());
        let transfer = found.map(|(bill, _)| own(world, call, bill)).transpose()?.ok_or_else(missing)?;
        Ok(Given::File("application/pdf", file(transfer)))
    })
}
