//! Which call a request asks for.

use crate::faults::Place;
use crate::mini::{self, MiniServe};
use crate::operation::{LIMIT, Operation, Verb};
use crate::pay::{self, PayServe};
use crate::wire::Request;

/// A call of one of the two servers: they differ in how they say no.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    Mini(&'static Operation<MiniServe>),
    Pay(&'static Operation<PayServe>),
}

/// What a request asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    Call(Call),
    /// The path is known, the method is another.
    OtherMethod(Call),
    Nothing,
}

impl Call {
    pub(crate) fn place(self) -> Place {
        match self {
            Self::Mini(operation) => operation.place(false),
            Self::Pay(operation) => operation.place(true),
        }
    }

    pub(crate) fn verb(self) -> Verb {
        match self {
            Self::Mini(operation) => operation.verb,
            Self::Pay(operation) => operation.verb,
        }
    }

    fn limit(self) -> usize {
        match self {
            Self::Mini(operation) => operation.limit,
            Self::Pay(operation) => operation.limit,
        }
    }
}

impl Found {
    /// The most bytes the body may have.
    pub(crate) fn limit(self) -> usize {
        match self {
            Self::Call(call) => call.limit(),
            _ => LIMIT,
        }
    }
}

/// Every call of both servers.
pub(crate) fn all() -> impl Iterator<Item = Call> {
    let pay = pay::OPERATIONS.iter().copied().flatten().map(Call::Pay);
    pay.chain(mini::OPERATIONS.iter().copied().flatten().map(Call::Mini))
}

/// Every call: the name that [`crate::Fault::at`] knows it by, its HTTP method and its path.
pub fn calls() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    all().map(|call| (call.place().name, call.verb().as_str(), call.place().path))
}

pub(crate) fn find(request: &Request) -> Found {
    let segments: Vec<&str> = request.path.split('/').skip(1).collect();
    let method = request.method.as_str();
    if segments.first() == Some(&"v3") {
        among(pay::OPERATIONS, &segments, method, Call::Pay)
    } else {
        among(mini::OPERATIONS, &segments, method, Call::Mini)
    }
}

fn among<F: Copy>(
    areas: &'static [&'static [Operation<F>]],
    segments: &[&str],
    method: &str,
    call: fn(&'static Operation<F>) -> Call,
) -> Found {
    let mut other = Found::Nothing;
    for operation in areas.iter().copied().flatten().filter(|operation| operation.matches(segments)) {
        if operation.verb.as_str() == method {
            return Found::Call(call(operation));
        }
        other = Found::OtherMethod(call(operation));
    }
    other
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn asked(method: Method, path: &str) -> Option<&'static str> {
        let request = Request { method, path: path.to_owned(), ..Request::default() };
        match find(&request) {
            Found::Call(call) => Some(call.place().name),
            _ => None,
        }
    }

    #[test]
    fn finds_by_method_and_path() {
        let close = "/v3/pay/transactions/out-trade-no/a1/close";
        assert_eq!(asked(Method::POST, close), Some("close"));
        assert_eq!(asked(Method::GET, close), None);
        assert_eq!(asked(Method::GET, "/v3/pay/transactions/out-trade-no/"), None);
        assert_eq!(asked(Method::GET, "/sns/jscode2session"), Some("code2session"));
    }

    #[test]
    fn every_call_has_a_name_of_its_own() {
        let mut names: Vec<&str> = all().map(|call| call.place().name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    /// Areas that a shop can live without; the README says so too.
    const LEFT_OUT: [&str; 9] = [
        "mini.live",
        "mini.instant_delivery",
        "mini.logistics.intracity",
        "mini.trade_guarantee",
        "pay.cash_coupons",
        "pay.gift_activity",
        "pay.marketing_media",
        "pay.merchant_coupons",
        "pay.partnership",
    ];

    #[test]
    fn every_call_of_a_shop_is_served_but_for_the_areas_left_out() {
        let endpoints = include_str!("../tests/data/endpoints.csv").lines().skip(1);
        let missing: Vec<&str> = endpoints
            .filter(|line| !LEFT_OUT.iter().any(|area| line.starts_with(&format!("{area},"))))
            .filter(|line| {
                let mut parts = line.split(',').skip(1);
                let (method, path) = (parts.next().unwrap(), parts.next().unwrap());
                asked(method.parse().unwrap(), path).is_none()
            })
            .collect();
        assert!(missing.is_empty(), "{missing:#?}");
        let readme = include_str!("../README.md");
        for area in LEFT_OUT {
            assert!(readme.contains(area), "the README does not say that {area} is left out");
        }
    }
}
