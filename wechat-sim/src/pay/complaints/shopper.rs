//! What shoppers and the platform do about complaints, and what refunds change.

use serde::Deserialize;
use serde_json::json;

use super::view::ComplaintView;
use super::{images, missing, tell};
use crate::core::Core;
use crate::pay::refusal::Refusal;
use crate::world::{
    Complaint, ComplaintState, Decision, Operator, Order, ProblemType, Refund, RefundStatus, UserTag, World,
    key, long_number,
};

/// What a shopper complains about; only `detail` is needed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComplaintOptions {
    /// What the shopper writes.
    pub detail: String,
    /// The problem the shopper chose from a list.
    pub problem_description: Option<String>,
    /// `REFUND` where money is asked for, else `OTHERS`.
    #[serde(rename = "type")]
    pub problem_type: Option<ProblemType>,
    /// What the shopper wants back, in fen; the whole order for a complaint of the type `REFUND`.
    pub apply_refund_amount: Option<i64>,
    /// Where the shopper can be called.
    pub phone: Option<String>,
    /// JPEG, PNG or BMP in base64.
    pub images: Vec<String>,
    /// What the platform knows about the shopper.
    pub user_tags: Vec<UserTag>,
    /// Whether it has to be answered at once.
    pub need_immediate_service: bool,
    /// Whether a machine complained for the shopper.
    pub is_agent_mode: bool,
}

/// What happens to a complaint on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum ComplaintStep {
    /// The shopper writes.
    Reply {
        /// What is written.
        text: String,
        /// JPEG, PNG or BMP in base64.
        #[serde(default)]
        images: Vec<String>,
    },
    /// The shopper complains again after it was processed.
    Continue {
        /// What is written.
        text: String,
    },
    /// The shopper takes the complaint back.
    Withdraw {},
    /// The shopper asks the platform for help.
    AskPlatform {
        /// Chosen from a list.
        #[serde(default)]
        reason: String,
        /// What is written.
        #[serde(default)]
        text: String,
    },
    /// The shopper needs no help any more.
    CancelPlatform {},
    /// The platform writes.
    PlatformReply {
        /// What is written.
        text: String,
    },
    /// The platform ends its help.
    FinishPlatform {},
    /// The money that was asked for has come.
    RefundDone {},
}

/// The number of the payment of an order.
pub(crate) fn payment_of(core: &Core, mchid: &str, out_trade_no: &str) -> Result<String, Refusal> {
    core.read(|world| {
        let order = world.orders.get(&key(mchid, out_trade_no)).ok_or_else(Refusal::no_order)?;
        let payment = order.payment.as_ref().ok_or_else(|| Refusal::invalid("订单未支付"))?;
        Ok(payment.transaction_id.clone())
    })
}

/// A shopper complains about a paid order that no other complaint is under way about.
pub(crate) fn open(
    core: &Core,
    transaction_id: &str,
    options: &ComplaintOptions,
) -> Result<ComplaintView, Refusal> {
    core.change(|world, now| {
        let order = world.paid_order(transaction_id).cloned().ok_or_else(Refusal::no_order)?;
        let mut complaint = new_complaint(&order, transaction_id, options, now)?;
        let busy = |other: &Complaint| other.transaction_id == transaction_id && other.is_open();
        if world.complaints.values().any(busy) {
            return Err(Refusal::invalid("the order has a complaint under way: reply to it or withdraw it"));
        }
        complaint.images = images::take(world, &order.mchid, &options.images)?;
        let pictures = complaint.images.clone();
        let told = options.detail.as_str();
        complaint.note(now, Operator::Shopper, "USER_CREATE_COMPLAINT", told).images = pictures;
        complaint.note(now, Operator::System, "USER_CREATE_COMPLAINT_SYSTEM_MESSAGE", "已通知商户处理");
        world.complaints.insert(&complaint.id, complaint.clone());
        tell(core, world, &complaint.id, "CREATE_COMPLAINT", now);
        Ok(ComplaintView::from(&complaint))
    })
}

fn new_complaint(
    order: &Order,
    transaction_id: &str,
    options: &ComplaintOptions,
    now: i64,
) -> Result<Complaint, Refusal> {
    let amount = order.payment.as_ref().map_or(order.total, |payment| payment.total);
    let (problem_type, apply_refund_amount) = wanted(options, amount)?;
    Ok(Complaint {
        id: long_number("200", now),
        mchid: order.mchid.clone(),
        order: key(&order.mchid, &order.out_trade_no),
        transaction_id: transaction_id.to_owned(),
        out_trade_no: order.out_trade_no.clone(),
        amount,
        openid: order.openid.clone(),
        created_at: now,
        state: ComplaintState::Pending,
        detail: options.detail.clone(),
        problem_description: options.problem_description.clone().unwrap_or_else(|| "其他问题".to_owned()),
        problem_type,
        apply_refund_amount,
        phone: options.phone.clone(),
        images: Vec::new(),
        user_tags: options.user_tags.clone(),
        times: 1,
        unanswered: false,
        in_platform_service: false,
        need_immediate_service: options.need_immediate_service,
        is_agent_mode: options.is_agent_mode,
        withdrawn: false,
        decision: None,
        history: Vec::new(),
        immediate: std::collections::BTreeMap::new(),
    })
}

/// Type and sum of a complaint that make sense together.
fn wanted(options: &ComplaintOptions, amount: i64) -> Result<(ProblemType, Option<i64>), Refusal> {
    if options.detail.is_empty() {
        return Err(Refusal::invalid("detail is needed"));
    }
    let kind = options.problem_type;
    match (kind, options.apply_refund_amount) {
        (Some(ProblemType::Refund), None) => Ok((ProblemType::Refund, Some(amount))),
        (None | Some(ProblemType::Refund), Some(asked)) if (1..=amount).contains(&asked) => {
            Ok((ProblemType::Refund, Some(asked)))
        }
        (_, Some(_)) => {
            Err(Refusal::invalid("apply_refund_amount goes with the type REFUND, up to the order"))
        }
        (kind, None) => Ok((kind.unwrap_or(ProblemType::Others), None)),
    }
}

/// Does one step of the other side.
pub(crate) fn step(core: &Core, id: &str, step: &ComplaintStep) -> Result<ComplaintView, Refusal> {
    core.change(|world, now| play(core, world, id, step, now))
}

fn play(
    core: &Core,
    world: &mut World,
    id: &str,
    step: &ComplaintStep,
    now: i64,
) -> Result<ComplaintView, Refusal> {
    let before = world.complaints.get(id).ok_or_else(missing)?;
    step.check(before)?;
    let mchid = before.mchid.clone();
    let pictures = match step {
        ComplaintStep::Reply { images, .. } => images::take(world, &mchid, images)?,
        _ => Vec::new(),
    };
    let complaint = world.complaints.get_mut(id).ok_or_else(missing)?;
    step.mark(complaint);
    let (by, kind, action) = step.record();
    let record = complaint.note(now, by, kind, step.text());
    record.images = pictures;
    if let ComplaintStep::AskPlatform { reason, text } = step {
        // The names are misspelled in the protocol.
        record.more.insert("user_appy_platform_service_reason".to_owned(), json!(reason));
        record.more.insert("user_appy_platform_service_reason_description".to_owned(), json!(text));
    }
    let view = ComplaintView::from(&*complaint);
    if let Some(action) = action {
        tell(core, world, id, action, now);
    }
    Ok(view)
}

impl ComplaintStep {
    fn check(&self, complaint: &Complaint) -> Result<(), Refusal> {
        let (fits, why) = match self {
            Self::Continue { .. } => {
                (!complaint.is_open() && !complaint.withdrawn, "only a processed complaint is continued")
            }
            Self::AskPlatform { .. } => {
                (complaint.is_open() && !complaint.in_platform_service, "it is closed, or the platform helps")
            }
            Self::CancelPlatform {} | Self::FinishPlatform {} => {
                (complaint.in_platform_service, "the platform does not help with it")
            }
            Self::RefundDone {} => {
                (complaint.is_open() && complaint.apply_refund_amount.is_some(), "no refund is waited for")
            }
            Self::PlatformReply { .. } => (true, ""),
            Self::Reply { .. } | Self::Withdraw {} => (complaint.is_open(), "the complaint is processed"),
        };
        if fits { Ok(()) } else { Err(Refusal::invalid(why)) }
    }

    fn mark(&self, complaint: &mut Complaint) {
        match self {
            Self::Reply { .. } => complaint.unanswered = true,
            Self::Continue { .. } => {
                complaint.state = ComplaintState::Pending;
                complaint.times = complaint.times.saturating_add(1);
                complaint.decision = None;
            }
            Self::Withdraw {} => {
                complaint.state = ComplaintState::Processed;
                complaint.withdrawn = true;
                complaint.in_platform_service = false;
            }
            Self::AskPlatform { .. } => complaint.in_platform_service = true,
            Self::CancelPlatform {} | Self::FinishPlatform {} => complaint.in_platform_service = false,
            Self::PlatformReply { .. } => {}
            Self::RefundDone {} => complaint.state = ComplaintState::Processed,
        }
    }

    /// Who does it, and what history and notification call it; no notification tells of a withdrawal.
    fn record(&self) -> (Operator, &'static str, Option<&'static str>) {
        use Operator::{Platform, Shopper, System};
        match self {
            Self::Reply { .. } => (Shopper, "USER_RESPONSE", Some("USER_RESPONSE")),
            Self::Continue { .. } => (Shopper, "USER_CONTINUE_COMPLAINT", Some("CONTINUE_COMPLAINT")),
            Self::Withdraw {} => (Shopper, "USER_REVOKE_COMPLAINT", None),
            Self::AskPlatform { .. } => {
                (Shopper, "USER_APPLY_PLATFORM_SERVICE", Some("USER_APPLY_PLATFORM_SERVICE"))
            }
            Self::CancelPlatform {} => {
                (Shopper, "USER_CANCEL_PLATFORM_SERVICE", Some("USER_CANCEL_PLATFORM_SERVICE"))
            }
            Self::PlatformReply { .. } => (Platform, "PLATFORM_RESPONSE", Some("RESPONSE_BY_PLATFORM")),
            Self::FinishPlatform {} => {
                (Platform, "PLATFORM_SERVICE_FINISHED", Some("PLATFORM_SERVICE_FINISHED"))
            }
            Self::RefundDone {} => {
                (System, "COMPLAINT_REFUND_RECEIVED_SYSTEM_MESSAGE", Some("REFUND_SUCCESS"))
            }
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Reply { text, .. }
            | Self::Continue { text }
            | Self::AskPlatform { text, .. }
            | Self::PlatformReply { text } => text,
            _ => "",
        }
    }
}

/// Whether the shopper has all money of the order back.
pub(super) fn is_refunded(world: &World, complaint: &Complaint) -> bool {
    let back = world.orders.get(&complaint.order).map_or(0, |order| world.given_back(order));
    back >= complaint.amount
}

/// Notes a refund that has come in the complaints about its order. One that asked for money ends, when the
/// refund was granted or nothing is left to give back.
pub(crate) fn refunded(core: &Core, world: &mut World, refund: &Refund, now: i64) {
    if refund.status != RefundStatus::Success {
        return;
    }
    let about = |complaint: &&Complaint| complaint.order == refund.order && complaint.is_open();
    let found: Vec<Complaint> = world.complaints.values().filter(about).cloned().collect();
    for mut complaint in found {
        let whole = is_refunded(world, &complaint);
        let how = if whole { "FULL" } else { "PARTIAL" };
        complaint.note(now, Operator::System, &format!("COMPLAINT_{how}_REFUNDED_SYSTEM_MESSAGE"), "");
        world.complaints.insert(&complaint.id, complaint.clone());
        if whole {
            tell(core, world, &complaint.id, "SELLER_REFUND", now);
        }
        if whole || complaint.decision == Some(Decision::Approve) {
            // Complaints that asked for nothing go on.
            let _ = play(core, world, &complaint.id, &ComplaintStep::RefundDone {}, now);
        }
    }
}
