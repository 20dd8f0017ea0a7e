//! What WeChat's order shipping management is to know of a payment, and what to do about what it
//! knows. Pure.

use crate::infra::crypto;
use crate::mall::order::Line;
use crate::mall::shipment::{Carrier, Contents, Kind, Shipment};
use anyhow::Context as _;
use serde::Serialize;
use wechat_sdk::mini::shipping::{self, Contact, DeliveryMode, LocalDelivery, LogisticsType, Parcel};
use wechat_sdk::mini::shipping_orders::{OrderState, ShippedParcel, Shipping, ShippingOrder};

/// WeChat takes so many parcels of one payment.
const MOST_PARCELS: usize = 15;
/// And so many characters about one.
const LONGEST: usize = 120;

/// Everything that was sent of a trade, as WeChat is to see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Wish {
    kind: Kind,
    parcels: Vec<Piece>,
    /// Nothing is to follow.
    complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Piece {
    carrier: String,
    tracking_no: String,
    description: String,
}

/// What is to be done about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Tell it; in parts, and as the second shipping, or not.
    Upload {
        /// There are several parcels, or may be.
        split: bool,
        /// It uses the second shipping up.
        again: bool,
    },
    /// WeChat knows.
    Known,
    /// The shopper has the goods.
    Confirmed,
    /// Everything was given back.
    Needless,
    /// The second shipping was used before: only WeChat's own pages help.
    Spent,
}

impl Wish {
    /// `None` as long as there is nothing that WeChat can be told: only parcels may come in parts.
    /// Where parcels and other ways meet in one payment, WeChat takes the parcels.
    pub(super) fn of(sent: &[(Shipment, Vec<Contents>)], lines: &[Line], complete: bool) -> Option<Self> {
        let express = sent.iter().filter(|(shipment, _)| shipment.kind == Kind::Express);
        let express: Vec<_> = express.cloned().collect();
        if !express.is_empty() {
            let mut parcels = parcels(&express, lines);
            parcels.truncate(MOST_PARCELS);
            return Some(Self { kind: Kind::Express, parcels, complete });
        }
        let (first, _) = sent.first()?;
        let all: Vec<_> = sent.iter().flat_map(|(_, contents)| contents).copied().collect();
        let whole = Piece {
            carrier: String::new(),
            tracking_no: first.tracking_no.clone().unwrap_or_default(),
            description: describe(&all, lines),
        };
        complete.then(|| Self { kind: first.kind, parcels: vec![whole], complete })
    }

    /// Equal for equal wishes.
    pub(super) fn digest(&self) -> anyhow::Result<String> {
        Ok(crypto::sha256(&serde_json::to_vec(self)?))
    }

    /// Whether nothing is to follow.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// What to do, now that WeChat has told how it stands there.
    pub(super) fn next(&self, told: &ShippingOrder) -> Step {
        match told.order_state {
            OrderState::Refunded => return Step::Needless,
            OrderState::Received | OrderState::Done | OrderState::ToSettle => return Step::Confirmed,
            _ => {}
        }
        let before = told.shipping.as_ref().filter(|shipping| shipping.logistics_type.is_some());
        let Some(before) = before else {
            return Step::Upload { split: self.must_split(), again: false };
        };
        self.after(before)
    }

    fn after(&self, before: &Shipping) -> Step {
        let finished = before.finish_shipping == Some(true);
        if self.is_known(&before.shipping_list) && (finished || !self.complete) {
            return Step::Known;
        }
        let same_kind = before.logistics_type == Some(logistics(self.kind));
        let split = self.must_split() || (same_kind && before.delivery_mode == Some(DeliveryMode::Split));
        let same_mode = split == (before.delivery_mode == Some(DeliveryMode::Split));
        let again = finished || !same_kind || !same_mode;
        if again && before.finish_shipping_count.unwrap_or_default() >= 2 {
            return Step::Spent;
        }
        Step::Upload { split, again }
    }

    fn must_split(&self) -> bool {
        self.kind == Kind::Express && (self.parcels.len() > 1 || !self.complete)
    }

    fn is_known(&self, told: &[ShippedParcel]) -> bool {
        self.parcels.iter().all(|piece| {
            told.iter().any(|parcel| {
                parcel.tracking_no.as_deref().unwrap_or_default() == piece.tracking_no
                    && (self.kind != Kind::Express
                        || parcel.express_company.as_deref() == Some(&piece.carrier))
            })
        })
    }

    /// In the words of the SDK. `phone` is the receiver's.
    pub(super) fn shipment(&self, split: bool, phone: &str) -> anyhow::Result<shipping::Shipment> {
        let first = self.parcels.first().context("a wish without a parcel")?;
        let mut local = LocalDelivery::new(&first.description);
        if !first.tracking_no.is_empty() {
            local = local.tracking_no(&first.tracking_no);
        }
        Ok(match self.kind {
            Kind::Express if split => {
                let parcels = self.parcels.iter().map(|piece| piece.parcel(phone));
                shipping::Shipment::split(parcels, self.complete)
            }
            Kind::Express => shipping::Shipment::express(first.parcel(phone)),
            Kind::Local => shipping::Shipment::same_city(local),
            Kind::Virtual => shipping::Shipment::without_goods(&first.description),
            Kind::Pickup => shipping::Shipment::pick_up(&first.description),
        })
    }
}

impl Piece {
    fn parcel(&self, phone: &str) -> Parcel {
        let parcel = Parcel::new(&self.carrier, &self.tracking_no, &self.description);
        if Carrier::try_from(self.carrier.clone()).is_ok_and(Carrier::needs_contact) {
            // WeChat takes digits, stars and dashes.
            let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
            return parcel.contact(Contact::receiver(digits));
        }
        parcel
    }
}

fn logistics(kind: Kind) -> LogisticsType {
    match kind {
        Kind::Express => LogisticsType::Express,
        Kind::Local => LogisticsType::SameCity,
        Kind::Virtual => LogisticsType::Virtual,
        Kind::Pickup => LogisticsType::PickUp,
    }
}

/// Shipments with the same number are one parcel.
fn parcels(express: &[(Shipment, Vec<Contents>)], lines: &[Line]) -> Vec<Piece> {
    let mut found: Vec<(String, String, Vec<Contents>)> = vec![];
    for (shipment, contents) in express {
        let carrier = shipment.carrier_code.clone().unwrap_or_default();
        let number = shipment.tracking_no.clone().unwrap_or_default();
        match found.iter_mut().find(|(other, same, _)| *other == carrier && *same == number) {
            Some((_, _, inside)) => inside.extend(contents),
            None => found.push((carrier, number, contents.clone())),
        }
    }
    found
        .into_iter()
        .map(|(carrier, tracking_no, inside)| Piece {
            carrier,
            tracking_no,
            description: describe(&inside, lines),
        })
        .collect()
}

/// `明前龙井*2; 竹编收纳篮*1`, as far as it fits.
fn describe(contents: &[Contents], lines: &[Line]) -> String {
    let named = contents.iter().filter_map(|piece| {
        let line = lines.iter().find(|line| line.id == piece.line_id)?;
        Some(format!("{}*{}", line.title, piece.quantity))
    });
    named.collect::<Vec<_>>().join("; ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{LineId, Money, OrderId, ProductId, ShipmentId, SkuId, Timestamp, TradeId};
    use crate::infra::db::Json;
    use crate::mall::shipment::ParcelState;
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn line(title: &str) -> Line {
        Line {
            id: LineId::fresh(NOW),
            order_id: OrderId::fresh(NOW),
            sku_id: SkuId::fresh(NOW),
            product_id: ProductId::fresh(NOW),
            title: title.to_owned(),
            specs: Json(Value::Null),
            image_url: String::new(),
            price: Money::fen(1),
            quantity: 9,
            total: Money::fen(9),
            discount: Money::ZERO,
            freight: Money::ZERO,
            payable: Money::fen(9),
            shipped: 0,
            claimed: 0,
            cancelled: 0,
            claimed_amount: Money::ZERO,
        }
    }

    fn sent(kind: Kind, number: &str, line: &Line) -> (Shipment, Vec<Contents>) {
        let express = kind == Kind::Express;
        let shipment = Shipment {
            id: ShipmentId::fresh(NOW),
            trade_id: TradeId::fresh(NOW),
            order_id: line.order_id,
            kind,
            carrier_code: express.then(|| "ZTO".to_owned()),
            tracking_no: express.then(|| number.to_owned()),
            state: ParcelState::Sent,
            takes_rest: false,
            note: None,
            operator_id: None,
            waybill_token_sealed: None,
            created_at: NOW,
            updated_at: NOW,
        };
        let inside = Contents { shipment_id: shipment.id, line_id: line.id, quantity: 2 };
        (shipment, vec![inside])
    }

    fn wish(numbers: &[&str], complete: bool) -> Wish {
        let tea = line("茶");
        let all: Vec<_> = numbers.iter().map(|number| sent(Kind::Express, number, &tea)).collect();
        Wish::of(&all, &[tea], complete).unwrap()
    }

    fn told(state: i64, shipping: &Value) -> ShippingOrder {
        let order = json!({ "transaction_id": "4200000000000000000000000001", "order_state": state, "shipping": shipping });
        serde_json::from_value(order).unwrap()
    }

    fn shipping(numbers: &[&str], mode: i64, count: i64) -> Value {
        let parcels = numbers.iter().map(|number| json!({ "tracking_no": number, "express_company": "ZTO" }));
        json!({
            "delivery_mode": mode, "logistics_type": 1, "finish_shipping": count > 0,
            "finish_shipping_count": count, "shipping_list": parcels.collect::<Vec<_>>(),
        })
    }

    #[test]
    fn what_is_done_depends_on_what_wechat_knows() {
        let upload = |split, again| Step::Upload { split, again };
        for (numbers, complete, state, known, step) in [
            (&["A1"][..], true, 1, json!({}), upload(false, false)),
            (&["A1"], false, 1, json!({}), upload(true, false)),
            (&["A1", "A2"], true, 1, json!({}), upload(true, false)),
            // Began in parts: it goes on so.
            (&["A1"], true, 1, shipping(&["A1"], 2, 0), upload(true, false)),
            (&["A1"], false, 1, shipping(&["A1"], 2, 0), Step::Known),
            (&["A1", "A2"], true, 1, shipping(&["A1"], 2, 0), upload(true, false)),
            (&["A1"], true, 2, shipping(&["A1"], 1, 1), Step::Known),
            (&["A1", "A2"], true, 2, shipping(&["A1", "A2"], 2, 1), Step::Known),
            // A correction, and one too many.
            (&["A2"], true, 2, shipping(&["A1"], 1, 1), upload(false, true)),
            (&["A3"], true, 2, shipping(&["A2"], 1, 2), Step::Spent),
            (&["A1"], true, 3, shipping(&["A1"], 1, 1), Step::Confirmed),
            (&["A2"], true, 4, shipping(&["A1"], 1, 1), Step::Confirmed),
            (&["A1"], true, 6, shipping(&["A1"], 1, 1), Step::Confirmed),
            (&["A1"], true, 5, json!({}), Step::Needless),
        ] {
            let next = wish(numbers, complete).next(&told(state, &known));
            assert_eq!(next, step, "{numbers:?} {complete} {state} {known}");
        }
    }

    #[test]
    fn one_number_is_one_parcel_and_wechat_takes_fifteen() {
        assert_eq!(wish(&["A1", "A1"], true).parcels.len(), 1);
        assert_eq!(wish(&["A1", "A1"], true).parcels[0].description, "茶*2; 茶*2");
        let many: Vec<String> = (0..20).map(|number| format!("A{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(wish(&many, true).parcels.len(), MOST_PARCELS);
    }

    #[test]
    fn a_description_is_cut_where_wechat_ends() {
        let long = line(&"长".repeat(300));
        let wish = Wish::of(&[sent(Kind::Express, "A1", &long)], &[long], true).unwrap();
        assert_eq!(wish.parcels[0].description.chars().count(), LONGEST);
    }

    #[test]
    fn only_parcels_come_in_parts() {
        let tea = line("茶");
        let picked = [sent(Kind::Pickup, "", &tea)];
        assert_eq!(Wish::of(&picked, std::slice::from_ref(&tea), false), None);
        assert_eq!(Wish::of(&picked, std::slice::from_ref(&tea), true).unwrap().kind, Kind::Pickup);
        let mixed = [sent(Kind::Local, "", &tea), sent(Kind::Express, "A1", &tea)];
        assert_eq!(Wish::of(&mixed, &[tea], false).unwrap().kind, Kind::Express);
        assert_eq!(Wish::of(&[], &[], true), None);
    }

    #[test]
    fn equal_wishes_have_equal_digests() {
        let tea = line("茶");
        let sent = [sent(Kind::Express, "A1", &tea)];
        let digest =
            |complete| Wish::of(&sent, std::slice::from_ref(&tea), complete).unwrap().digest().unwrap();
        assert_eq!(digest(true), digest(true));
        assert_ne!(digest(true), digest(false));
    }
}
