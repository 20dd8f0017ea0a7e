//! `POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund`: another way for money that could not
//! be delivered.

use serde::Deserialize;
use serde_json::Value;

use super::{missing, view};
use crate::operation::Operation;
use crate::pay::refusal::Refusal;
use crate::pay::shape::{Field, OUT_REFUND_NO, Rule, may, need};
use crate::pay::{PayCall, PayServe, Reply, post};
use crate::world::{Abnormal, Refund, RefundStatus, Task, World};

pub(crate) const OPERATIONS: &[Operation<PayServe>] =
    &[post("refund_abnormal", "/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund", apply)];

/// The banks whose debit cards can take a refund.
const BANKS: &[(&str, &str)] = &[
    ("CMB_DEBIT", "招商银行"),
    ("COMM_DEBIT", "交通银行"),
    ("ABC_DEBIT", "农业银行"),
    ("CCB_DEBIT", "建设银行"),
    ("ICBC_DEBIT", "工商银行"),
    ("BOC_DEBIT", "中国银行"),
    ("PAB_DEBIT", "平安银行"),
    ("SPDB_DEBIT", "浦发银行"),
    ("CITIC_DEBIT", "中信银行"),
    ("CEB_DEBIT", "光大银行"),
    ("CMBC_DEBIT", "民生银行"),
    ("CIB_DEBIT", "兴业银行"),
    ("GDB_DEBIT", "广发银行"),
    ("PSBC_DEBIT", "邮储银行"),
    ("NBCB_DEBIT", "宁波银行"),
];
const SHAPE: &[Field] = &[
    need("out_refund_no", OUT_REFUND_NO),
    need("type", Rule::Choice(&["USER_BANK_CARD", "MERCHANT_BANK_CARD"])),
    may("bank_type", Rule::Text(32)),
    may("bank_account", Rule::Sealed),
    may("real_name", Rule::Sealed),
];

#[derive(Debug, Deserialize)]
struct Wish {
    out_refund_no: String,
    #[serde(rename = "type")]
    way: String,
    bank_type: Option<String>,
    bank_account: Option<String>,
    real_name: Option<String>,
}

fn apply(call: &PayCall<'_>) -> Reply {
    let (_, wish): (Value, Wish) = call.read(SHAPE)?;
    let way = wish.opened(call)?;
    let (outcome, delay) = super::course(call.core);
    call.core.change(|world, now| {
        let refund_key = find(world, call, &wish.out_refund_no)?;
        let refund = world.refunds.get_mut(&refund_key).ok_or_else(missing)?;
        if is_new(refund, &way)? {
            refund.abnormal = Some(way);
            refund.status = RefundStatus::Processing;
            refund.outcome = outcome.status().unwrap_or_default();
            let due = now.saturating_add(call.core.time.wait(delay));
            world.agenda.add(due, Task::SettleRefund(refund_key.clone()));
        }
        world.refunds.get(&refund_key).map(|refund| view(refund).into()).ok_or_else(missing)
    })
}

fn find(world: &World, call: &PayCall<'_>, out_refund_no: &str) -> Result<String, Refusal> {
    let found = world.refund_ids.get(call.argument()).filter(|key| {
        world
            .refunds
            .get(key)
            .is_some_and(|refund| refund.mchid == call.mchid && refund.out_refund_no == out_refund_no)
    });
    found.cloned().ok_or_else(missing)
}

/// Whether the wish is a new one, and not a repetition of the one that is being worked on.
fn is_new(refund: &Refund, way: &Abnormal) -> Result<bool, Refusal> {
    match refund.status {
        RefundStatus::Abnormal => Ok(true),
        _ if refund.abnormal.as_ref() == Some(way) => Ok(false),
        _ => Err(Refusal::invalid("退款单状态不是退款异常，不能发起异常退款")),
    }
}

impl Wish {
    /// Where the money goes, in the open.
    fn opened(&self, call: &PayCall<'_>) -> Result<Abnormal, Refusal> {
        let to_merchant = self.way == "MERCHANT_BANK_CARD";
        let members = [
            ("/bank_type", &self.bank_type),
            ("/bank_account", &self.bank_account),
            ("/real_name", &self.real_name),
        ];
        let absent = members.iter().find(|(_, member)| !to_merchant && member.is_none());
        if let Some((pointer, _)) = absent {
            return Err(Refusal::body(pointer, &Value::Null, "退款至用户银行卡时必填"));
        }
        Ok(Abnormal {
            to_merchant,
            bank: self.bank_type.as_deref().map(bank).transpose()?,
            bank_account: self.card(call)?,
            real_name: unsealed(call, "/real_name", self.real_name.as_deref())?,
        })
    }

    /// The number of the card, digits only.
    fn card(&self, call: &PayCall<'_>) -> Result<Option<String>, Refusal> {
        let card = unsealed(call, "/bank_account", self.bank_account.as_deref())?;
        match card {
            Some(number) if !number.bytes().all(|byte| byte.is_ascii_digit()) => {
                let sealed = Value::from(self.bank_account.as_deref());
                Err(Refusal::body("/bank_account", &sealed, "不是合法的银行卡号"))
            }
            card => Ok(card),
        }
    }
}

fn bank(bank_type: &str) -> Result<String, Refusal> {
    let known = BANKS.iter().find(|(name, _)| *name == bank_type);
    let stranger = || Refusal::body("/bank_type", &Value::from(bank_type), "不在枚举范围内");
    known.map(|(_, bank)| (*bank).to_owned()).ok_or_else(stranger)
}

fn unsealed(call: &PayCall<'_>, pointer: &str, sealed: Option<&str>) -> Result<Option<String>, Refusal> {
    sealed.map(|sealed| call.unsealed(pointer, sealed)).transpose()
}
