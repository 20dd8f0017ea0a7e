//! Settings by name, for the command line.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::Settings;

/// What a setting is.
enum Place<'a> {
    Switch(&'a mut bool),
    /// In seconds, also with a fraction.
    Wait(&'a mut Duration),
    Errcode(&'a mut i64),
    Hour(&'a mut u32),
    /// 0 is without a limit.
    Limit(&'a mut Option<u32>),
}

/// The settings that have a name, in the order of the README.
pub const SWITCHES: [&str; 22] = [
    "nonce_check",
    "known_openids_only",
    "used_code_errcode",
    "keep_session_key",
    "lost_session_errcode",
    "refuse_repeated_close",
    "query_lag",
    "refund_delay",
    "refund_spacing",
    "failing_refunds_per_second",
    "refund_from_balance",
    "bill_hour",
    "refuse_unrelated_receivers",
    "complaint_links",
    "complaint_answer_first",
    "shipping_lag",
    "receipt_delay_express",
    "receipt_delay_other",
    "media_check_delay",
    "push_retry_keeps_stamp",
    "passive_replies",
    "subscribe_msgid",
];

impl Settings {
    /// Sets one of [`SWITCHES`] by its name: a switch to `true` or `false`, a wait to seconds, the others to a
    /// number.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or the value is none for it.
    pub fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        let place = self.place(name);
        let place = place
            .with_context(|| format!("there is no setting {name:?}; there are {}", SWITCHES.join(", ")))?;
        match place {
            Place::Switch(switch) => *switch = read(name, value, "true or false")?,
            Place::Errcode(errcode) => *errcode = read(name, value, "a number")?,
            Place::Hour(hour) => *hour = read(name, value, "an hour")?,
            Place::Limit(limit) => *limit = Some(read(name, value, "a number")?).filter(|most| *most > 0),
            Place::Wait(wait) => {
                let secs: f64 = read(name, value, "seconds")?;
                *wait = Duration::try_from_secs_f64(secs).with_context(|| format!("{name} is no {value}"))?;
            }
        }
        Ok(())
    }

    fn place(&mut self, name: &str) -> Option<Place<'_>> {
        Some(match name {
            "nonce_check" => Place::Switch(&mut self.nonce_check),
            "known_openids_only" => Place::Switch(&mut self.known_openids_only),
            "used_code_errcode" => Place::Errcode(&mut self.used_code_errcode),
            "keep_session_key" => Place::Switch(&mut self.keep_session_key),
            "lost_session_errcode" => Place::Errcode(&mut self.lost_session_errcode),
            "refuse_repeated_close" => Place::Switch(&mut self.refuse_repeated_close),
            "query_lag" => Place::Wait(&mut self.query_lag),
            "refund_delay" => Place::Wait(&mut self.refund_delay),
            "refund_spacing" => Place::Wait(&mut self.refund_spacing),
            "failing_refunds_per_second" => Place::Limit(&mut self.failing_refunds_per_second),
            "refund_from_balance" => Place::Switch(&mut self.refund_from_balance),
            "bill_hour" => Place::Hour(&mut self.bill_hour),
            "refuse_unrelated_receivers" => Place::Switch(&mut self.refuse_unrelated_receivers),
            "complaint_links" => Place::Switch(&mut self.complaint_links),
            "complaint_answer_first" => Place::Switch(&mut self.complaint_answer_first),
            "shipping_lag" => Place::Wait(&mut self.shipping_lag),
            "receipt_delay_express" => Place::Wait(&mut self.receipt_delay_express),
            "receipt_delay_other" => Place::Wait(&mut self.receipt_delay_other),
            "media_check_delay" => Place::Wait(&mut self.media_check_delay),
            "push_retry_keeps_stamp" => Place::Switch(&mut self.push_retry_keeps_stamp),
            "passive_replies" => Place::Switch(&mut self.passive_replies),
            "subscribe_msgid" => Place::Switch(&mut self.subscribe_msgid),
            _ => return None,
        })
    }
}

fn read<T: FromStr>(name: &str, value: &str, kind: &str) -> anyhow::Result<T> {
    match value.parse() {
        Ok(read) => Ok(read),
        Err(_) => bail!("{name} is {kind}, not {value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_setting() {
        let mut settings = Settings::default();
        for name in SWITCHES {
            assert!(settings.place(name).is_some(), "{name}");
        }
    }

    #[test]
    fn values_are_read_as_what_they_are() {
        let mut settings = Settings::default();
        settings.set("keep_session_key", "true").unwrap();
        settings.set("query_lag", "1.5").unwrap();
        settings.set("failing_refunds_per_second", "6").unwrap();
        assert!(settings.keep_session_key);
        assert_eq!(settings.query_lag, Duration::from_millis(1500));
        assert_eq!(settings.failing_refunds_per_second, Some(6));
        settings.set("failing_refunds_per_second", "0").unwrap();
        assert_eq!(settings.failing_refunds_per_second, None);
        for (name, value) in
            [("keep_session_key", "yes"), ("query_lag", "-1"), ("bill_hour", "ten"), ("bind", "x")]
        {
            assert!(settings.set(name, value).is_err(), "{name}={value}");
        }
    }
}
