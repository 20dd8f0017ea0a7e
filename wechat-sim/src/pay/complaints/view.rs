//! What tests and the control paths see of complaints.

use serde::Serialize;

use crate::world::{Complaint, ComplaintState, Negotiation, ProblemType, World};

/// A complaint.
#[expect(clippy::struct_excessive_bools, reason = "the marks of the protocol")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComplaintView {
    /// The platform's number of the complaint.
    pub complaint_id: String,
    /// The merchant it is about.
    pub mchid: String,
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The platform's number of the payment.
    pub transaction_id: String,
    /// How far it is.
    pub state: ComplaintState,
    /// What it is about.
    pub problem_type: ProblemType,
    /// What the shopper wrote first.
    pub detail: String,
    /// What the shopper wants back, in fen.
    pub apply_refund_amount: Option<i64>,
    /// How often the shopper complained of it.
    pub user_complaint_times: u32,
    /// Whether a message of the shopper waits for an answer.
    pub incoming_user_response: bool,
    /// Whether the platform helps.
    pub in_platform_service: bool,
    /// Whether it has to be answered at once.
    pub need_immediate_service: bool,
    /// Whether the shopper took it back.
    pub withdrawn: bool,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Oldest first.
    pub history: Vec<ComplaintRecord>,
}

/// What was said or done about a complaint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComplaintRecord {
    /// The platform's number of the record.
    pub log_id: String,
    /// For people.
    pub operator: String,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// `USER_CREATE_COMPLAINT`, `MERCHANT_RESPONSE`, …
    pub operate_type: String,
    /// What was written; empty for an answer in blocks.
    pub details: String,
    /// How many pictures came with it.
    pub pictures: usize,
}

impl From<&Complaint> for ComplaintView {
    fn from(complaint: &Complaint) -> Self {
        Self {
            complaint_id: complaint.id.clone(),
            mchid: complaint.mchid.clone(),
            out_trade_no: complaint.out_trade_no.clone(),
            transaction_id: complaint.transaction_id.clone(),
            state: complaint.state,
            problem_type: complaint.problem_type,
            detail: complaint.detail.clone(),
            apply_refund_amount: complaint.apply_refund_amount,
            user_complaint_times: complaint.times,
            incoming_user_response: complaint.unanswered,
            in_platform_service: complaint.in_platform_service,
            need_immediate_service: complaint.need_immediate_service,
            withdrawn: complaint.withdrawn,
            created_at: complaint.created_at,
            history: complaint.history.iter().map(ComplaintRecord::from).collect(),
        }
    }
}

impl From<&Negotiation> for ComplaintRecord {
    fn from(record: &Negotiation) -> Self {
        Self {
            log_id: record.log_id.clone(),
            operator: record.operator.clone(),
            at: record.at,
            operate_type: record.kind.clone(),
            details: record.details.clone(),
            pictures: record.images.len(),
        }
    }
}

/// All complaints, oldest first.
pub(crate) fn all(world: &World) -> Vec<ComplaintView> {
    let mut views: Vec<ComplaintView> = world.complaints.values().map(ComplaintView::from).collect();
    views.sort_by_key(|view| view.created_at);
    views
}
