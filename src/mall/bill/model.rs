use crate::base::{BillId, Day, DifferenceId, Money, OperatorId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

crate::column_enum!(
    /// Which bill of a day.
    BillKind {
        /// Payments and refunds, by WeChat's and our numbers.
        Trade = "trade",
        /// What moved on the merchant's account.
        FundFlow = "fund_flow",
    }
);

crate::column_enum!(
    /// Where a bill stands.
    BillState {
        /// WeChat has not given it yet.
        Wanted = "wanted",
        /// WeChat says that there was no business.
        Empty = "empty",
        /// It was compared with our books.
        Compared = "compared",
        /// What WeChat gave could not be believed or read; nothing of it was used.
        Refused = "refused",
    }
);

crate::column_enum!(
    /// How WeChat and we differ.
    #[schema(as = DifferenceClass)]
    Class {
        /// WeChat has it, we do not; or WeChat has it more than once.
        OnlyWechat = "only_wechat",
        /// We have it, WeChat does not.
        OnlyUs = "only_us",
        /// Both have it, with different amounts.
        Amount = "amount",
        /// Both have it, in states that do not go together.
        State = "state",
        /// The fees are not as they should be.
        Fee = "fee",
    }
);

crate::column_enum!(
    /// What a difference is about.
    Subject {
        /// A payment; its number is the `out_trade_no`.
        Payment = "payment",
        /// A refund; its number is the `out_refund_no`.
        Refund = "refund",
        /// Any other movement of money; its number is WeChat's.
        Movement = "movement",
        /// The fees of a day; its number is the kind of the bill.
        Fees = "fees",
    }
);

crate::column_enum!(
    /// Whether somebody still has to act.
    DifferenceState {
        /// Yes.
        Open = "open",
        /// No.
        Resolved = "resolved",
    }
);

crate::column_enum!(
    /// What became of a difference.
    Resolution {
        /// By rule: the money was asked for at WeChat and has paid its trade.
        Delivered = "delivered",
        /// By rule: the money was asked for at WeChat and goes, or went, back.
        Refunded = "refunded",
        /// An operator had it booked into the account `suspense`, so that our books show what WeChat's do.
        Booked = "booked",
        /// An operator found out why, and there is nothing to book.
        Explained = "explained",
    }
);

/// What the lines of a bill add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Totals {
    /// How many lines brought money: payments, in a trade bill.
    pub incomes: i64,
    /// What they brought, before fees.
    pub income: Money,
    /// How many took money: refunds, in a trade bill.
    pub expenses: i64,
    /// What they took.
    pub expense: Money,
    /// What WeChat charged for payments.
    pub fees_charged: Money,
    /// What it gave back of that for refunds.
    pub fees_returned: Money,
}

impl Totals {
    /// What WeChat kept.
    pub fn fees(&self) -> Money {
        Money::fen(self.fees_charged.as_fen().saturating_sub(self.fees_returned.as_fen()))
    }

    /// Counts one line; less than nothing is an expense.
    pub fn add(&mut self, gain: Money) {
        let (count, sum) = if gain < Money::ZERO {
            (&mut self.expenses, &mut self.expense)
        } else {
            (&mut self.incomes, &mut self.income)
        };
        *count += 1;
        *sum = Money::fen(sum.as_fen().saturating_add(gain.as_fen().saturating_abs()));
    }
}

/// One bill of one day.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Bill {
    /// Which.
    pub id: BillId,
    /// Of which day, in China.
    pub day: Day,
    /// Which bill of the day.
    pub kind: BillKind,
    /// Where it stands.
    pub state: BillState,
    /// SHA-1 of the file that was compared last.
    pub hash: Option<String>,
    /// What it adds up to.
    #[serde(flatten)]
    #[sqlx(flatten)]
    pub totals: Totals,
    /// When it was compared last.
    pub compared_at: Option<Timestamp>,
    /// Why the last run did not compare it.
    pub last_error: Option<String>,
}

/// Something on which WeChat and we do not agree.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Difference {
    /// Which.
    pub id: DifferenceId,
    /// Of which day, in China.
    pub day: Day,
    /// The bill that showed it first.
    pub bill_kind: BillKind,
    /// How the sides differ.
    pub class: Class,
    /// What it is about.
    pub subject: Subject,
    /// Its number at WeChat and here.
    pub number: String,
    /// The payment or refund of ours, the part behind the underscore of its id.
    #[serde(serialize_with = "suffix")]
    #[schema(value_type = Option<String>)]
    pub source_id: Option<Uuid>,
    /// What our books gained; nothing: they do not know of it.
    pub ours: Option<Money>,
    /// What the merchant gained at WeChat; nothing: WeChat does not know of it.
    pub theirs: Option<Money>,
    /// Where it stands here.
    pub our_state: Option<String>,
    /// WeChat's word for where it stands, or for what moved.
    pub their_state: Option<String>,
    /// How many lines of the bill bear the number.
    pub lines: i64,
    /// Whether somebody has to act.
    pub state: DifferenceState,
    /// Who does.
    pub owner_id: Option<OperatorId>,
    /// What became of it.
    pub resolution: Option<Resolution>,
    /// What the operator wrote.
    pub note: Option<String>,
    /// When it was found.
    pub found_at: Timestamp,
    /// When a run found it last.
    pub seen_at: Timestamp,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
}

impl Difference {
    /// What our books lack to agree with WeChat's.
    pub fn gap(&self) -> Money {
        let fen = |amount: Option<Money>| amount.unwrap_or_default().as_fen();
        Money::fen(fen(self.theirs).saturating_sub(fen(self.ours)))
    }

    /// Why booking it would not bring the sides together, if it would not. A fee that is not what its rate
    /// says was taken all the same, and is in the books. A state is put right by WeChat's answer, with the
    /// books: what was booked besides would count twice.
    pub fn not_bookable(&self) -> Option<&'static str> {
        let in_books = self.class == Class::Fee && self.subject != Subject::Fees;
        if in_books || self.gap() == Money::ZERO {
            return Some("there is nothing to book: our books have the money");
        }
        let settles = self.class == Class::State;
        settles.then_some("it is booked when WeChat confirms it: both sides know this money")
    }
}

#[expect(clippy::ref_option, reason = "serde hands it over so")]
fn suffix<S: serde::Serializer>(id: &Option<Uuid>, to: S) -> Result<S::Ok, S::Error> {
    id.map(crate::base::id::encode).serialize(to)
}

/// What a line of a bill says of one payment, refund or movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub subject: Subject,
    /// Its number.
    pub number: String,
    /// What the merchant gains.
    pub gain: Money,
    /// The same before fees, where the line may show either.
    pub gross: Money,
    /// WeChat's word for its state, or for what moved.
    pub state: String,
    /// What the fee should be and is, where the line names both and they are apart.
    pub odd_fee: Option<(Money, Money)>,
}

/// What our books say of the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    /// The payment or refund.
    pub id: Uuid,
    /// Where it stands.
    pub state: String,
    /// What it should bring: less than nothing for a refund; nothing for a payment that nobody paid.
    pub amount: Option<Money>,
    /// Whether our books say that the money moved.
    pub moved: bool,
}

impl Ours {
    fn gained(&self) -> Option<Money> {
        self.amount.filter(|_| self.moved)
    }
}

/// A difference as a comparison finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How the sides differ.
    pub class: Class,
    /// What it is about.
    pub subject: Subject,
    /// Its number.
    pub number: String,
    /// The payment or refund of ours.
    pub source_id: Option<Uuid>,
    /// What our books gained.
    pub ours: Option<Money>,
    /// What the merchant gained at WeChat.
    pub theirs: Option<Money>,
    /// Where it stands here.
    pub our_state: Option<String>,
    /// WeChat's word for it.
    pub their_state: Option<String>,
    /// How many lines bear the number.
    pub lines: i64,
}

/// Compares a line with our books: the first thing on which they do not agree is the case.
pub fn judge(line: &Line, ours: Option<&Ours>) -> Option<Finding> {
    let Some(ours) = ours else { return Some(Finding::of(line, None, Class::OnlyWechat)) };
    if !states_agree(line.subject, &line.state, &ours.state) {
        return Some(Finding::of(line, Some(ours), Class::State));
    }
    if ours.amount.is_some_and(|amount| amount != line.gain && amount != line.gross) {
        return Some(Finding::of(line, Some(ours), Class::Amount));
    }
    let (due, taken) = line.odd_fee?;
    let fee = Finding::of(line, Some(ours), Class::Fee);
    Some(Finding { ours: Some(-due), theirs: Some(-taken), ..fee })
}

impl Finding {
    fn of(line: &Line, ours: Option<&Ours>, class: Class) -> Self {
        Self {
            class,
            subject: line.subject,
            number: line.number.clone(),
            source_id: ours.map(|ours| ours.id),
            ours: ours.and_then(Ours::gained),
            theirs: Some(line.gain),
            our_state: ours.map(|ours| ours.state.clone()),
            their_state: Some(line.state.clone()),
            lines: 1,
        }
    }

    /// The bill has a line for what it told before.
    pub fn repeated(line: &Line, ours: &Ours) -> Self {
        Self { lines: 2, ..Self::of(line, Some(ours), Class::OnlyWechat) }
    }

    /// The bill does not know what our books do.
    pub fn absent(subject: Subject, ours: Ours) -> Self {
        Self {
            class: Class::OnlyUs,
            subject,
            number: crate::base::id::encode(ours.id),
            source_id: Some(ours.id),
            ours: Some(ours.amount.unwrap_or_default()),
            theirs: None,
            our_state: Some(ours.state),
            their_state: None,
            lines: 0,
        }
    }

    /// The fees of a day are not those that we know.
    pub fn fees(bill: BillKind, ours: Money, theirs: Money) -> Self {
        Self {
            class: Class::Fee,
            subject: Subject::Fees,
            number: bill.as_str().to_owned(),
            source_id: None,
            ours: Some(-ours),
            theirs: Some(-theirs),
            our_state: None,
            their_state: None,
            lines: 0,
        }
    }
}

/// Whether WeChat's word in the bill goes together with our state. A refund stands in the bill as it
/// was when the bill was made: what was on its way then may have ended since, in any way.
fn states_agree(subject: Subject, theirs: &str, ours: &str) -> bool {
    match (subject, theirs) {
        (Subject::Payment, "REVOKED") => ours != "succeeded",
        (Subject::Payment, _) | (Subject::Refund, "SUCCESS") => ours == "succeeded",
        (Subject::Refund, "FAIL") => ours == "closed",
        (Subject::Refund, "CHANGE") => matches!(ours, "abnormal" | "succeeded" | "closed"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(subject: Subject, gain: i64, state: &str) -> Line {
        let gain = Money::fen(gain);
        Line { subject, number: "n".into(), gain, gross: gain, state: state.into(), odd_fee: None }
    }

    fn ours(state: &str, amount: Option<i64>) -> Ours {
        let moved = state == "succeeded";
        Ours { id: Uuid::nil(), state: state.into(), amount: amount.map(Money::fen), moved }
    }

    #[test]
    fn a_line_and_our_books_agree_or_differ_in_one_way() {
        use Class::{Amount, OnlyWechat, State};
        use Subject::{Movement, Payment, Refund};
        let cases = [
            (line(Payment, 5, "SUCCESS"), Some(ours("succeeded", Some(5))), None),
            (line(Payment, 5, "SUCCESS"), None, Some(OnlyWechat)),
            (line(Payment, 5, "SUCCESS"), Some(ours("succeeded", Some(6))), Some(Amount)),
            (line(Payment, 5, "SUCCESS"), Some(ours("closed", None)), Some(State)),
            (line(Payment, 5, "SUCCESS"), Some(ours("prepaid", None)), Some(State)),
            (line(Payment, 5, "REVOKED"), Some(ours("closed", None)), None),
            (line(Refund, -5, "SUCCESS"), Some(ours("succeeded", Some(-5))), None),
            (line(Refund, -5, "SUCCESS"), Some(ours("succeeded", Some(-4))), Some(Amount)),
            (line(Refund, -5, "SUCCESS"), Some(ours("submitted", Some(-5))), Some(State)),
            (line(Refund, -5, "PROCESSING"), Some(ours("submitted", Some(-5))), None),
            (line(Refund, -5, "PROCESSING"), Some(ours("succeeded", Some(-5))), None),
            (line(Refund, -5, "PROCESSING"), Some(ours("submitted", Some(-6))), Some(Amount)),
            (line(Refund, -5, "FAIL"), Some(ours("closed", Some(-5))), None),
            (line(Refund, -5, "FAIL"), Some(ours("succeeded", Some(-5))), Some(State)),
            (line(Refund, -5, "CHANGE"), Some(ours("abnormal", Some(-5))), None),
            (line(Refund, -5, "CHANGE"), Some(ours("submitted", Some(-5))), Some(State)),
            (line(Movement, -5, "提现"), None, Some(OnlyWechat)),
        ];
        for (line, ours, expected) in cases {
            let found = judge(&line, ours.as_ref());
            assert_eq!(found.map(|found| found.class), expected, "{line:?} {ours:?}");
        }
    }

    #[test]
    fn a_movement_may_be_shown_before_or_after_its_fee() {
        let net = Line { gross: Money::fen(-5000), ..line(Subject::Refund, -4970, "SUCCESS") };
        assert_eq!(judge(&net, Some(&ours("succeeded", Some(-5000)))), None);
        assert_eq!(judge(&net, Some(&ours("succeeded", Some(-4970)))), None);
        let found = judge(&net, Some(&ours("succeeded", Some(-4999)))).unwrap();
        assert_eq!((found.class, found.theirs), (Class::Amount, Some(Money::fen(-4970))));
    }

    #[test]
    fn a_fee_apart_from_its_rate_is_a_case_when_all_else_agrees() {
        let odd = Some((Money::fen(59), Money::fen(61)));
        let line = Line { odd_fee: odd, ..line(Subject::Payment, 9900, "SUCCESS") };
        let found = judge(&line, Some(&ours("succeeded", Some(9900)))).unwrap();
        assert_eq!((found.class, found.ours), (Class::Fee, Some(Money::fen(-59))));
        assert_eq!(judge(&line, None).unwrap().class, Class::OnlyWechat);
    }

    #[test]
    fn totals_tell_incomes_from_expenses() {
        let mut totals = Totals { fees_charged: Money::fen(6), ..Totals::default() };
        for gain in [100, -30, 5] {
            totals.add(Money::fen(gain));
        }
        assert_eq!((totals.incomes, totals.income), (2, Money::fen(105)));
        assert_eq!((totals.expenses, totals.expense, totals.fees()), (1, Money::fen(30), Money::fen(6)));
    }
}
