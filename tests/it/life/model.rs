//! What the life of a trade should be. Pure: no clock, no database, no WeChat.

/// One article of a trade.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: String,
    pub sku: usize,
    pub quantity: i64,
    /// What of the payment falls to it.
    pub payable: i64,
    pub shipped: i64,
    pub claimed: i64,
    pub cancelled: i64,
    pub claimed_amount: i64,
}

impl Line {
    pub fn to_ship(&self) -> i64 {
        self.quantity - self.shipped - self.cancelled
    }

    pub fn returnable(&self) -> i64 {
        self.shipped - (self.claimed - self.cancelled)
    }

    /// What further pieces are worth: all pieces together are worth what was paid.
    fn worth(&self, more: i64) -> i64 {
        (self.payable * (self.claimed + more) / self.quantity - self.claimed_amount).max(0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Cancel,
    RefundOnly,
    ReturnRefund,
    Goodwill,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::RefundOnly => "refund_only",
            Self::ReturnRefund => "return_refund",
            Self::Goodwill => "goodwill",
        }
    }
}

/// What somebody wants back.
#[derive(Debug, Clone)]
pub struct Case {
    pub id: String,
    pub kind: Kind,
    /// Which line, how many pieces, for how much.
    pub pieces: Vec<(usize, i64, i64)>,
    /// What all of them are worth.
    pub worth: i64,
    /// What goes back, once that is decided.
    pub amount: i64,
    pub state: String,
    /// When it came there.
    pub since: i64,
}

impl Case {
    pub fn is_live(&self) -> bool {
        !matches!(self.state.as_str(), "rejected" | "cancelled")
    }

    pub fn is_open(&self) -> bool {
        self.is_live() && self.state != "done"
    }

    /// Whether its money goes or went back.
    pub fn pays(&self) -> bool {
        matches!(self.state.as_str(), "refunding" | "done")
    }
}

/// How the money lies at WeChat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Money {
    Nowhere,
    Asked,
    Collected,
}

/// A trade of one order.
#[derive(Debug, Clone)]
pub struct Trade {
    pub id: String,
    pub order: String,
    pub shopper: usize,
    pub number: Option<String>,
    pub total: i64,
    pub expires_at: i64,
    pub money: Money,
    pub state: String,
    pub order_state: String,
    /// When the order came to its state.
    pub since: i64,
    /// Somebody asked to close it.
    pub closing: bool,
    pub lines: Vec<Line>,
    pub cases: Vec<Case>,
}

/// Seconds of the timers, as the settings have them.
const DAY: i64 = 86_400_000;

impl Trade {
    /// Money that goes or went back.
    pub fn refunding(&self) -> i64 {
        self.cases.iter().filter(|case| case.pays()).map(|case| case.amount).sum()
    }

    pub fn may_start_payment(&self, now: i64) -> bool {
        self.state == "unpaid" && !self.closing && now < self.expires_at
    }

    /// The order comes to a state.
    pub fn set_order(&mut self, state: &str, now: i64) {
        if self.order_state != state {
            self.since = now;
        }
        state.clone_into(&mut self.order_state);
    }

    /// Sends pieces; `false` when that must be refused.
    pub fn ship(&mut self, wanted: &[(usize, i64)]) -> bool {
        let fits = wanted.iter().all(|&(line, pieces)| pieces <= self.lines[line].to_ship());
        let given_back = self.total > 0 && self.refunding() == self.total;
        if !matches!(self.order_state.as_str(), "paid" | "shipped") || !fits || given_back {
            return false;
        }
        for &(line, pieces) in wanted {
            self.lines[line].shipped += pieces;
        }
        true
    }

    /// Something was sent, nothing is left to send, and nobody is to decide whether it is.
    pub fn all_sent(&self) -> bool {
        let undecided = self.cases.iter().any(|case| case.kind == Kind::Cancel && case.state == "requested");
        let sent = self.lines.iter().any(|line| line.shipped > 0);
        sent && !undecided && self.lines.iter().all(|line| line.to_ship() == 0)
    }

    /// What the pieces are worth, if they may be asked back; by an operator in the shopper's place also
    /// unsent ones whose money went back.
    pub fn ask(
        &self,
        kind: Kind,
        wanted: &[(usize, i64)],
        by_operator: bool,
    ) -> Option<Vec<(usize, i64, i64)>> {
        let state = self.order_state.as_str();
        let cancellable = state == "paid" || (state == "refunded" && by_operator);
        let fits = |&(line, pieces): &(usize, i64)| match kind {
            Kind::Cancel => cancellable && pieces <= self.lines[line].to_ship(),
            _ => matches!(state, "paid" | "shipped" | "received") && pieces <= self.lines[line].returnable(),
        };
        let pieces = wanted.iter().map(|&(line, pieces)| (line, pieces, self.lines[line].worth(pieces)));
        wanted.iter().all(fits).then(|| pieces.collect())
    }

    pub fn claim(&mut self, kind: Kind, pieces: &[(usize, i64, i64)], sign: i64) {
        for &(line, pieces, amount) in pieces {
            let line = &mut self.lines[line];
            line.claimed += sign * pieces;
            line.claimed_amount += sign * amount;
            if kind == Kind::Cancel {
                line.cancelled += sign * pieces;
            }
        }
    }

    /// What a case gives back if it is decided now: what is left of what was paid, at most.
    pub fn payout(&self, place: usize) -> i64 {
        self.cases[place].worth.min(self.total - self.refunding())
    }

    /// A case comes to a state; what it claimed is free again when it gives nothing back.
    pub fn set_case(&mut self, place: usize, state: &str, now: i64) {
        let payout = self.payout(place);
        let case = &mut self.cases[place];
        let was_live = case.is_live();
        if matches!(state, "refunding" | "done") && !case.pays() {
            case.amount = payout;
        }
        if case.state != state {
            case.since = now;
        }
        state.clone_into(&mut case.state);
        let freed = was_live && !case.is_live();
        let (kind, pieces) = (case.kind, case.pieces.clone());
        if freed {
            self.claim(kind, &pieces, -1);
        }
    }

    /// Whether time, WeChat and the jobs may have brought a trade from here to `state`.
    pub fn may_drift(&self, state: &str, now: i64) -> bool {
        match (self.state.as_str(), state) {
            ("unpaid", "paid") => self.money == Money::Collected,
            ("unpaid", "closed") => {
                self.money != Money::Collected && (self.closing || now >= self.expires_at)
            }
            (from, to) => from == to,
        }
    }

    /// The same for its order.
    pub fn order_may_drift(&self, trade: &str, state: &str, refunded: i64, now: i64) -> bool {
        let waited = |days: i64| now - self.since >= days * DAY;
        match (self.order_state.as_str(), state) {
            ("unpaid", "paid") => trade == "paid",
            ("unpaid", "closed") => trade == "closed",
            ("paid" | "shipped" | "received" | "completed", "refunded") => refunded == self.total,
            // The last cancellation was decided.
            ("paid", "shipped") => self.all_sent(),
            ("shipped", "received") => waited(10),
            ("received", "completed") => waited(7),
            (from, to) => from == to,
        }
    }

    /// The same for one of its cases. `back`: WeChat has given the money back.
    pub fn case_may_drift(&self, place: usize, state: &str, now: i64) -> bool {
        let case = &self.cases[place];
        let waited = |days: i64| now - case.since >= days * DAY;
        match (case.state.as_str(), state) {
            ("refunding", "done") => true,
            ("requested", "approved") => case.kind == Kind::ReturnRefund && waited(3),
            ("requested", "refunding" | "done") => case.kind != Kind::ReturnRefund && waited(3),
            ("approved", "cancelled") => waited(7),
            ("returned", "refunding" | "done") => waited(10),
            (from, to) => from == to,
        }
    }
}

/// A mall as it should be.
#[derive(Debug, Default)]
pub struct Model {
    /// Pieces that lie on the shelf at the beginning.
    pub pieces: Vec<i64>,
    pub trades: Vec<Trade>,
    /// Pieces that operators put back.
    pub restocked: Vec<i64>,
}

impl Model {
    /// `on_hand` and `reserved` of an SKU.
    pub fn stock(&self, sku: usize) -> (i64, i64) {
        let of = |state: &'static str| {
            let trades = self.trades.iter().filter(move |trade| trade.state == state);
            let lines = trades.flat_map(|trade| &trade.lines).filter(|line| line.sku == sku);
            lines.map(|line| line.quantity).sum::<i64>()
        };
        (self.pieces[sku] - of("paid") + self.restocked[sku], of("unpaid"))
    }

    pub fn available(&self, sku: usize) -> i64 {
        let (on_hand, reserved) = self.stock(sku);
        on_hand - reserved
    }
}
