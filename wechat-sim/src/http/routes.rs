//! Which operation a request asks for.

use http::Method;

use super::{Answer, Request};
use crate::core::Core;
use crate::{mini, pay};

/// Which of WeChat's two servers answers: they differ in how they say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Mini,
    Pay,
}

/// A call the simulator knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    Login,
    Token,
    StableToken,
    Phone,
    Prepay,
    QueryByNumber(String),
    QueryById(String),
    Close(String),
    Refund,
    RefundQuery(String),
    Certificates,
}

impl Operation {
    pub(crate) fn find(request: &Request) -> Option<Self> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if segments.first() == Some(&"v3") {
            find_pay(&request.method, &segments[1..])
        } else {
            find_mini(&segments)
        }
    }

    /// The name by which faults are planned.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Login => "code2session",
            Self::Token => "token",
            Self::StableToken => "stable_token",
            Self::Phone => "phone",
            Self::Prepay => "prepay",
            Self::QueryByNumber(_) | Self::QueryById(_) => "query",
            Self::Close(_) => "close",
            Self::Refund => "refund",
            Self::RefundQuery(_) => "refund_query",
            Self::Certificates => "certificates",
        }
    }

    pub(crate) fn family(&self) -> Family {
        match self {
            Self::Login | Self::Token | Self::StableToken | Self::Phone => Family::Mini,
            _ => Family::Pay,
        }
    }

    pub(crate) fn serve(&self, core: &Core, request: &Request) -> Answer {
        core.tick();
        match self.family() {
            Family::Mini => mini::serve(core, self, request),
            Family::Pay => pay::serve(core, self, request),
        }
    }
}

/// The mini-program side finds by path alone: a wrong method is one of its own error codes.
fn find_mini(segments: &[&str]) -> Option<Operation> {
    match segments {
        ["sns", "jscode2session"] => Some(Operation::Login),
        ["cgi-bin", "token"] => Some(Operation::Token),
        ["cgi-bin", "stable_token"] => Some(Operation::StableToken),
        ["wxa", "business", "getuserphonenumber"] => Some(Operation::Phone),
        _ => None,
    }
}

fn find_pay(method: &Method, segments: &[&str]) -> Option<Operation> {
    let get = method == Method::GET;
    let post = method == Method::POST;
    match segments {
        ["pay", "transactions", "jsapi"] if post => Some(Operation::Prepay),
        ["pay", "transactions", "out-trade-no", number] if get => {
            Some(Operation::QueryByNumber((*number).to_owned()))
        }
        ["pay", "transactions", "id", id] if get => Some(Operation::QueryById((*id).to_owned())),
        ["pay", "transactions", "out-trade-no", number, "close"] if post => {
            Some(Operation::Close((*number).to_owned()))
        }
        ["refund", "domestic", "refunds"] if post => Some(Operation::Refund),
        ["refund", "domestic", "refunds", number] if get => {
            Some(Operation::RefundQuery((*number).to_owned()))
        }
        ["certificates"] if get => Some(Operation::Certificates),
        _ => None,
    }
}
