//! Every call of the SDK is sent, and the list of calls is the list of endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use wechat_outside::exercises;

/// The areas that a mall lives on.
const AREAS: &[&str] = &[
    "mini.login",
    "mini.access_token",
    "mini.user",
    "mini.messaging",
    "mini.customer_service",
    "mini.qr_and_links",
    "mini.security_risk",
    "mini.shipping_mgmt",
    "mini.express",
    "mini.logistics.waybill_query",
    "mini.logistics.waybill_msg",
    "mini.logistics.return",
    "mini.openapi_mgmt",
    "pay.transactions",
    "pay.combine",
    "pay.refunds",
    "pay.bills",
    "pay.common",
    "pay.profit_sharing",
    "pay.transfer_bills",
    "pay.complaints",
    "pay.risk",
];

#[tokio::test]
async fn every_call_goes_out_as_wechat_wants_it_and_its_answer_is_read() {
    let all = exercises();
    let mut wrong = vec![];
    for exercise in &all {
        wrong.extend(exercise.run().await.err());
    }
    assert!(wrong.is_empty(), "{} of {} calls:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

/// All that is logged while every call is sent, at the loudest level, and what every error says.
#[tokio::test]
async fn no_log_and_no_error_shows_a_secret() {
    let log = Log::default();
    let layer =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let guard = tracing::subscriber::set_default(layer);
    let mut printed = String::new();
    for exercise in exercises() {
        exercise.run().await.unwrap();
        for refusal in wechat_outside::REFUSALS {
            printed += &exercise.refused(refusal).await;
        }
    }
    drop(guard);
    printed += &String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        printed.contains("a call to WeChat failed") && printed.len() > 100_000,
        "{} bytes",
        printed.len()
    );
    let secrets: BTreeSet<String> = exercises().iter().flat_map(wechat_outside::Exercise::secrets).collect();
    assert!(secrets.len() > 30, "{secrets:?}");
    // Short ones would be found by chance in so much text.
    for secret in secrets.iter().filter(|secret| secret.len() >= 6) {
        assert!(!printed.contains(secret), "{secret} is printed");
    }
}

#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

struct Endpoint {
    area: String,
    method: String,
    path: String,
    core: bool,
}

/// No field of the list has a comma.
fn endpoints() -> Vec<Endpoint> {
    let text = include_str!("../data/endpoints.csv");
    let mut lines = text.lines();
    assert_eq!(lines.next().map(|head| head.split(',').count()), Some(10));
    let endpoint = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), 10, "{line}");
        let [area, method, path, core] = [0, 2, 3, 9].map(|place| fields[place].to_owned());
        Endpoint { area, method, path, core: core == "yes" }
    };
    lines.map(endpoint).collect()
}

/// Prints the coverage by area.
#[test]
fn the_calls_are_the_endpoints_of_the_list() {
    let sent: BTreeSet<(String, String)> =
        exercises().iter().map(|call| (call.method.to_string(), call.path.to_owned())).collect();
    let mut areas: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut missing = vec![];
    let endpoints = endpoints();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.core) {
        let covered = sent.contains(&(endpoint.method.clone(), endpoint.path.clone()));
        let area = areas.entry(endpoint.area.clone()).or_default();
        (area.0, area.1) = (area.0 + usize::from(covered), area.1 + 1);
        if !covered && AREAS.contains(&endpoint.area.as_str()) {
            missing.push(format!("{} {} {}", endpoint.area, endpoint.method, endpoint.path));
        }
    }
    for (area, (covered, all)) in &areas {
        println!("{area:32} {covered:3} of {all:3}");
    }
    let sum = |of: fn(&(usize, usize)) -> usize, wanted: bool| {
        let counted = areas.iter().filter(|(area, _)| !wanted || AREAS.contains(&area.as_str()));
        counted.map(|(_, counts)| of(counts)).sum::<usize>()
    };
    println!("areas of a mall: {} of {}", sum(|counts| counts.0, true), sum(|counts| counts.1, true));
    println!("all core rows:   {} of {}", sum(|counts| counts.0, false), sum(|counts| counts.1, false));
    assert!(missing.is_empty(), "not covered:\n{}", missing.join("\n"));
    let listed: BTreeSet<_> =
        endpoints.into_iter().map(|endpoint| (endpoint.method, endpoint.path)).collect();
    let invented: Vec<_> = sent.difference(&listed).collect();
    assert!(invented.is_empty(), "no document has {invented:?}");
}

/// A call that is written but not exercised would be uncallable for all we know.
#[test]
fn every_call_that_is_written_is_sent() {
    fn count(folder: &str) -> usize {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let in_each = entries.map(|path| {
            if path.is_dir() {
                return count(path.to_str().unwrap());
            }
            let text = fs::read_to_string(&path).unwrap();
            text.lines()
                .filter(|line| line.starts_with("#[mini_call(") || line.starts_with("#[pay_call("))
                .count()
        });
        in_each.sum()
    }
    let written = count(concat!(env!("CARGO_MANIFEST_DIR"), "/../src"));
    let sent: BTreeSet<_> = exercises().iter().map(|call| call.name).collect();
    assert_eq!(written, sent.len(), "calls written, and names of calls sent");
}

/// A path that leads nowhere would send a name in the clear.
#[test]
fn every_member_that_must_be_sealed_is_seen_sealed() {
    let mut paths: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for call in exercises() {
        for (path, locked) in &call.sealed {
            *paths.entry((call.name, *path)).or_default() |= locked;
        }
    }
    assert!(paths.len() > 10, "{paths:?}");
    let open: Vec<_> = paths.iter().filter(|(_, locked)| !**locked).collect();
    assert!(open.is_empty(), "no exercise has these sealed: {open:?}");
}

#[test]
fn every_call_names_its_page() {
    for call in exercises() {
        assert!(call.page.starts_with("https://"), "{call:?}: {}", call.page);
    }
}
