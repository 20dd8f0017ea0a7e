//! What WeChat's answer to a message means.

use crate::mall::notice::{Ended, Reason};
use wechat_sdk::mini::messaging::SentMessage;
use wechat_sdk::{Error, Outcome};

/// What becomes of a notice, and of the permission that was taken for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is over; the permission is used up, or may be.
    Used(Ended),
    /// It is over; the permission is still there.
    Unused(Ended),
    /// WeChat knows of no permission, whatever we thought.
    NotAllowed(Ended),
    /// Surely not sent, and it may work later.
    Later,
}

/// Another message to the same shopper is under way; limits of a second and of a minute.
const SOON_OVER: [&str; 4] = ["43108", "44990", "44991", "45011"];
/// Somebody else has renewed the access token, again.
const TOKEN: [&str; 3] = ["40001", "40014", "42001"];
/// Limits of a day.
const QUOTA: [&str; 2] = ["44993", "45009"];

pub(super) fn verdict(answer: Result<SentMessage, Error>) -> Verdict {
    let error = match answer {
        Ok(sent) => return Verdict::Used(Ended { wechat_message_id: sent.msgid, ..Ended::default() }),
        Err(error) => error,
    };
    let has = |codes: &[&str]| codes.iter().any(|code| error.has_code(code));
    if matches!(error, Error::Token(_)) || has(&SOON_OVER) || has(&TOKEN) {
        return Verdict::Later;
    }
    if has(&["43101"]) {
        return Verdict::NotAllowed(ended(Reason::NoGrant, &error));
    }
    match error.outcome() {
        // It was taken, although its answer could not be read.
        Outcome::Done => Verdict::Used(Ended::default()),
        Outcome::Unknown => Verdict::Used(ended(Reason::Unknown, &error)),
        Outcome::NotDone if has(&QUOTA) => Verdict::Unused(ended(Reason::Quota, &error)),
        Outcome::NotDone if error.is_retryable() => Verdict::Later,
        Outcome::NotDone if matches!(error, Error::Config(_)) => {
            Verdict::Unused(ended(Reason::BadValue, &error))
        }
        Outcome::NotDone => Verdict::Unused(ended(Reason::Refused, &error)),
    }
}

fn ended(reason: Reason, error: &Error) -> Ended {
    let wechat_code = error.api().map(|refusal| refusal.code.as_str().to_owned());
    Ended { reason: Some(reason), detail: Some(error.to_string()), wechat_code, wechat_message_id: None }
}
