//! Faults that happen on purpose.

use std::collections::VecDeque;
use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::core::Core;
use crate::http::Answer;
use crate::mini;
use crate::state::RefundStatus;

/// The next answers of one operation go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// `code2session`, `token`, `stable_token`, `phone`, `prepay`, `query`, `close`, `refund`,
    /// `refund_query` or `certificates`.
    pub operation: String,
    /// How many answers go wrong.
    pub times: u32,
    /// The HTTP status; 0 leaves it to the operation: 500 on the pay side, 200 on the mini-program side.
    pub status: u16,
    /// The `code` or `errcode`; with neither this nor a status the answer is only late.
    pub code: String,
    /// The work is done before the answer goes wrong.
    pub after_commit: bool,
    /// How much later the answer comes, in real time.
    pub delay_ms: u64,
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            operation: String::new(),
            times: 1,
            status: 0,
            code: String::new(),
            after_commit: false,
            delay_ms: 0,
        }
    }
}

impl Fault {
    /// The operations that can go wrong.
    pub const OPERATIONS: [&'static str; 10] = [
        "code2session",
        "token",
        "stable_token",
        "phone",
        "prepay",
        "query",
        "close",
        "refund",
        "refund_query",
        "certificates",
    ];

    pub(crate) fn replaces_answer(&self) -> bool {
        self.status != 0 || !self.code.is_empty()
    }

    pub(crate) async fn delay(&self) {
        tokio::time::sleep(Duration::from_millis(self.delay_ms)).await;
    }

    fn status_or(&self, default: StatusCode) -> StatusCode {
        if self.status == 0 { default } else { StatusCode::from_u16(self.status).unwrap_or(default) }
    }

    pub(crate) fn mini_answer(&self) -> Answer {
        let body = mini::error_body(self.code.parse().unwrap_or(-1), "a planned fault");
        Answer::json(self.status_or(StatusCode::OK), &body)
    }

    pub(crate) fn pay_answer(&self) -> Answer {
        let status = self.status_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = if self.code.is_empty() { "SYSTEM_ERROR" } else { &self.code };
        Answer::json(status, &json!({"code": code, "message": "预设的故障"})).with_request_id()
    }
}

/// Everything that is planned to go wrong.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FaultPlan {
    pub(crate) answers: VecDeque<Fault>,
    pub(crate) refund_outcome: RefundStatus,
    pub(crate) refund_delay_ms: Option<u64>,
}

impl FaultPlan {
    /// The oldest fault of an operation, used up once more.
    fn take(&mut self, operation: &str) -> Option<Fault> {
        let place = self.answers.iter().position(|fault| fault.operation == operation)?;
        let fault = self.answers[place].clone();
        self.answers[place].times -= 1;
        self.answers.retain(|fault| fault.times > 0);
        Some(fault)
    }

    pub(crate) fn plan(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.answers.push_back(fault);
        }
    }
}

impl Core {
    pub(crate) fn take_fault(&self, operation: &str) -> Option<Fault> {
        let planned =
            self.read(|world| world.faults.answers.iter().any(|fault| fault.operation == operation));
        if planned { self.set(|world, _| world.faults.take(operation)) } else { None }
    }
}
