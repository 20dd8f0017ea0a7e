//! What a shopper allowed. The same accept is told twice: by the mini program, which got it from
//! `wx.requestSubscribeMessage`, and by WeChat's `subscribe_msg_popup_event`. Either may be lost, and
//! they come in any order.

use crate::base::Timestamp;
use std::time::Duration;

crate::column_enum!(
    /// What a shopper answered.
    #[derive(PartialOrd, Ord)]
    Answer {
        /// Yes.
        Accept = "accept",
        /// No, this time.
        Reject = "reject",
        /// The template is banned; nobody was asked.
        Ban = "ban",
    }
);

impl Answer {
    /// Reads a word of `wx.requestSubscribeMessage`. `None` for what is no answer: `filter` (asked
    /// under another id) and words that are not known yet.
    pub fn of_client(word: &str) -> Option<Self> {
        match word {
            "accept" | "acceptWithAudio" | "acceptWithAlert" | "acceptWithForcePush" => Some(Self::Accept),
            "reject" => Some(Self::Reject),
            "ban" => Some(Self::Ban),
            _ => None,
        }
    }
}

/// Who told of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    /// The mini program.
    Client,
    /// WeChat, by an event about the pop-up.
    Popup,
    /// WeChat, by an event about its notification centre.
    Centre,
}

/// What a shopper allows of one template.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Grant {
    /// How many messages may still be sent.
    pub remaining: i64,
    /// Whether any number may.
    pub always: bool,
    /// Whether the shopper switched it off in WeChat's notification centre.
    pub blocked: bool,
    /// The last answer.
    pub answer: Option<Answer>,
    /// Accepts that only the client has told (positive) or only WeChat (negative) so far.
    pub unmatched: i64,
    /// When one was last told.
    pub told_at: Timestamp,
}

/// Accepts that the two tell further apart than this are two.
const SAME: Duration = Duration::from_mins(10);

/// More grants than anybody taps; a client that goes on telling is mistaken.
const MOST: i64 = 1000;

impl Grant {
    /// Takes note of an answer of the moment `at`.
    pub fn hear(&mut self, teller: Teller, answer: Answer, long_term: bool, at: Timestamp) {
        if teller == Teller::Centre {
            // Only refusals are told.
            self.blocked = answer != Answer::Accept;
            return;
        }
        self.answer = Some(answer);
        if answer == Answer::Accept {
            self.blocked = false;
            self.accept(teller, long_term, at);
        }
    }

    fn accept(&mut self, teller: Teller, long_term: bool, at: Timestamp) {
        if self.told_at.after(SAME) < at || at.after(SAME) < self.told_at {
            self.unmatched = 0;
        }
        self.told_at = at.max(self.told_at);
        let step = if teller == Teller::Client { 1 } else { -1 };
        let known = self.unmatched * step < 0;
        self.unmatched += step;
        if long_term {
            self.always = true;
        } else if !known {
            self.remaining = (self.remaining + 1).min(MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Teller::{Client, Popup};
    use super::*;

    fn grant() -> Grant {
        Grant {
            remaining: 0,
            always: false,
            blocked: false,
            answer: None,
            unmatched: 0,
            told_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn an_accept_counts_once_whoever_tells_it_first() {
        // Who tells at which second, and how many grants that makes.
        let cases: &[(&[(Teller, i64)], i64)] = &[
            (&[(Client, 0)], 1),
            (&[(Popup, 0)], 1),
            (&[(Client, 0), (Popup, 3)], 1),
            (&[(Popup, 0), (Client, 3)], 1),
            (&[(Client, 0), (Client, 1), (Popup, 2), (Popup, 3)], 2),
            (&[(Popup, 0), (Popup, 1), (Client, 2), (Client, 3)], 2),
            (&[(Client, 0), (Popup, 1), (Client, 2), (Popup, 3)], 2),
            // An event that comes late says when it happened.
            (&[(Client, 100), (Popup, 90)], 1),
            // What is lost on one side does not swallow the next on the other.
            (&[(Client, 0), (Popup, 3600)], 2),
            (&[(Popup, 0), (Client, 3600), (Popup, 3601)], 2),
        ];
        for (told, count) in cases {
            let mut grant = grant();
            for (teller, second) in *told {
                grant.hear(*teller, Answer::Accept, false, Timestamp::from_millis(second * 1000));
            }
            assert_eq!(grant.remaining, *count, "{told:?}");
        }
    }

    #[test]
    fn a_refusal_gives_nothing_and_takes_nothing() {
        let (mut grant, at) = (grant(), Timestamp::from_millis(0));
        grant.hear(Client, Answer::Accept, false, at);
        grant.hear(Client, Answer::Reject, false, at);
        assert_eq!((grant.remaining, grant.answer, grant.blocked), (1, Some(Answer::Reject), false));
        grant.hear(Teller::Centre, Answer::Reject, false, at);
        assert!(grant.blocked);
        grant.hear(Client, Answer::Accept, true, at);
        assert!(grant.always && !grant.blocked);
    }

    #[test]
    fn words_of_the_client_are_read() {
        for (word, answer) in [
            ("accept", Some(Answer::Accept)),
            ("acceptWithAudio", Some(Answer::Accept)),
            ("reject", Some(Answer::Reject)),
            ("ban", Some(Answer::Ban)),
            ("filter", None),
            ("requestSubscribeMessage:ok", None),
        ] {
            assert_eq!(Answer::of_client(word), answer, "{word}");
        }
    }
}
