use super::Carrier;
use crate::base::{LineId, OperatorId, OrderId, Problem, ShipmentId, Text, Timestamp, TradeId};
use crate::infra::http::Language;
use serde::Serialize;

crate::column_enum!(
    /// How goods come to the shopper.
    #[schema(as = ShipmentKind)]
    Kind {
        /// With a carrier.
        Express = "express",
        /// With a courier in the same city.
        Local = "local",
        /// There is nothing to carry.
        Virtual = "virtual",
        /// The shopper fetches them.
        Pickup = "pickup",
    }
);

crate::column_enum!(
    /// Where a parcel is.
    ParcelState {
        /// It left us.
        Sent = "sent",
        /// The carrier has it.
        Collected = "collected",
        /// It is on its way.
        InTransit = "in_transit",
        /// It is on the last part of its way.
        Delivering = "delivering",
        /// Somebody signed for it.
        Signed = "signed",
        /// Something is wrong with it.
        Abnormal = "abnormal",
    }
);

impl Kind {
    /// For people.
    pub fn text(self, language: Language) -> &'static str {
        match self {
            Self::Express => language.pick("快递", "Express"),
            Self::Local => language.pick("同城配送", "Local delivery"),
            Self::Virtual => language.pick("虚拟发货", "Nothing to carry"),
            Self::Pickup => language.pick("自提", "Pick-up"),
        }
    }
}

impl ParcelState {
    /// For people.
    pub fn text(self, language: Language) -> &'static str {
        match self {
            Self::Sent => language.pick("已发货", "Sent"),
            Self::Collected => language.pick("已揽收", "Collected"),
            Self::InTransit => language.pick("运输中", "In transit"),
            Self::Delivering => language.pick("派送中", "Out for delivery"),
            Self::Signed => language.pick("已签收", "Signed for"),
            Self::Abnormal => language.pick("异常", "Something is wrong"),
        }
    }
}

/// A carrier and its number of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Who carries it.
    pub carrier: Carrier,
    /// 4 to 40 letters, digits and `-`.
    pub tracking_no: String,
}

/// How a shipment goes, whole in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// With a carrier.
    Express(Parcel),
    /// In any other way; a courier in the same city may have a number too.
    Other(Kind, Option<String>),
}

impl Way {
    /// Checks that kind, carrier and number go together.
    pub fn new(
        kind: Kind,
        carrier: Option<Carrier>,
        tracking_no: Option<&Text<40>>,
    ) -> Result<Self, Problem> {
        let number = tracking_no.map(|number| checked_number(number.as_str())).transpose()?;
        match (kind, carrier, number) {
            (Kind::Express, Some(carrier), Some(tracking_no)) => {
                Ok(Self::Express(Parcel { carrier, tracking_no }))
            }
            (Kind::Express, None, _) => Err(Problem::field("carrier_code", "is needed for express")),
            (Kind::Express, _, None) => Err(Problem::field("tracking_no", "is needed for express")),
            (_, Some(_), _) => Err(Problem::field("carrier_code", "is only for express")),
            (Kind::Virtual | Kind::Pickup, _, Some(_)) => {
                Err(Problem::field("tracking_no", "is only for express and local"))
            }
            (kind, None, number) => Ok(Self::Other(kind, number)),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Express(_) => Kind::Express,
            Self::Other(kind, _) => *kind,
        }
    }

    /// The carrier's code, of a parcel.
    pub fn carrier_code(&self) -> Option<&'static str> {
        match self {
            Self::Express(parcel) => Some(parcel.carrier.code()),
            Self::Other(..) => None,
        }
    }

    /// The number, if it has one.
    pub fn tracking_no(&self) -> Option<&str> {
        match self {
            Self::Express(parcel) => Some(&parcel.tracking_no),
            Self::Other(_, number) => number.as_deref(),
        }
    }
}

/// What a table program made of a long number (`7.53E+13`) is refused.
fn checked_number(number: &str) -> Result<String, Problem> {
    let plain = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !plain || number.len() < 4 {
        return Err(Problem::field("tracking_no", "must be 4 to 40 letters, digits and -"));
    }
    Ok(number.to_owned())
}

/// One parcel, delivery or hand-over.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Shipment {
    /// Which.
    pub id: ShipmentId,
    /// Of which trade.
    pub trade_id: TradeId,
    /// Of which order.
    pub order_id: OrderId,
    /// How it goes.
    pub kind: Kind,
    /// With which carrier, as `/admin/v1/carriers` lists them.
    pub carrier_code: Option<String>,
    /// The carrier's number of it.
    pub tracking_no: Option<String>,
    /// Where it is.
    pub state: ParcelState,
    /// Nothing was left to send after it.
    #[serde(skip)]
    pub takes_rest: bool,
    /// What the operator wrote; not for the shopper.
    #[serde(skip)]
    pub note: Option<String>,
    /// Who sent it.
    #[serde(skip)]
    pub operator_id: Option<OperatorId>,
    /// WeChat's name of the waybill, sealed.
    #[serde(skip)]
    pub waybill_token_sealed: Option<String>,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When something of it last changed.
    pub updated_at: Timestamp,
}

impl Shipment {
    /// The carrier's name for people.
    pub fn carrier_name(&self) -> Option<&'static str> {
        let carrier = Carrier::try_from(self.carrier_code.clone()?).ok()?;
        Some(carrier.name())
    }

    /// Whether a carrier may still have news of it.
    pub fn is_followed(&self) -> bool {
        self.kind == Kind::Express && self.state != ParcelState::Signed
    }

    /// Whether it goes this way already.
    pub fn goes(&self, way: &Way) -> bool {
        (self.kind, self.carrier_code.as_deref(), self.tracking_no.as_deref())
            == (way.kind(), way.carrier_code(), way.tracking_no())
    }
}

/// What of a line is in a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Contents {
    /// In which shipment.
    #[serde(skip)]
    pub shipment_id: ShipmentId,
    /// Of which line.
    pub line_id: LineId,
    /// How many pieces.
    pub quantity: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(kind: Kind, carrier: Option<&str>, number: Option<&str>) -> Result<Way, String> {
        let carrier = carrier.map(|code| Carrier::try_from(code.to_owned()).unwrap());
        let number = number.map(|number| Text::try_from(number.to_owned()).unwrap());
        Way::new(kind, carrier, number.as_ref()).map_err(|problem| problem.errors[0].field.clone())
    }

    #[test]
    fn kind_carrier_and_number_go_together() {
        for good in [
            (Kind::Express, Some("SF"), Some("SF1234567890")),
            (Kind::Local, None, None),
            (Kind::Local, None, Some("A-12345")),
            (Kind::Pickup, None, None),
            (Kind::Virtual, None, None),
        ] {
            let made = way(good.0, good.1, good.2).unwrap();
            assert_eq!((made.kind(), made.carrier_code(), made.tracking_no()), good);
        }
        for (kind, carrier, number, field) in [
            (Kind::Express, None, Some("12345"), "carrier_code"),
            (Kind::Express, Some("SF"), None, "tracking_no"),
            (Kind::Express, Some("SF"), Some("7.53E+13"), "tracking_no"),
            (Kind::Express, Some("SF"), Some("123"), "tracking_no"),
            (Kind::Express, Some("SF"), Some("12 345"), "tracking_no"),
            (Kind::Local, Some("SF"), None, "carrier_code"),
            (Kind::Pickup, None, Some("12345"), "tracking_no"),
        ] {
            assert_eq!(way(kind, carrier, number), Err(field.to_owned()), "{kind} {carrier:?} {number:?}");
        }
    }
}
