//! The carriers that parcels may go with, by WeChat's ids (`get_delivery_list`), which the shipping
//! management and the trace query both want.

use serde::{Deserialize, Serialize};

/// Where the list is served.
const LIST: &str = "/admin/v1/carriers";

/// WeChat's id and the name of each.
const CARRIERS: &[(&str, &str)] = &[
    ("SF", "顺丰速运"),
    ("ZTO", "中通快递"),
    ("YTO", "圆通速递"),
    ("STO", "申通快递"),
    ("YD", "韵达速递"),
    ("JTSD", "极兔速递"),
    ("JD", "京东物流"),
    ("EMS", "EMS"),
    ("YZPY", "邮政快递包裹"),
    ("DBL", "德邦快递"),
    ("DBKD", "德邦物流"),
    ("HTKY", "百世快递"),
    ("BEST", "百世汇通"),
    ("UC", "优速快递"),
    ("ZJS", "宅急送"),
    ("FWX", "丰网速运"),
    ("DNWL", "丹鸟物流"),
    ("CNZS", "菜鸟直送"),
    ("KYSY", "跨越速运"),
    ("ANE", "安能物流"),
    ("ANEKY", "安能快运"),
    ("ZTOKY", "中通快运"),
    ("YDKY", "韵达快运"),
    ("SFKY", "顺丰快运"),
    ("JDKY", "京东快运"),
    ("SXJD", "顺心捷达"),
    ("YMDD", "壹米滴答"),
    ("SURE", "速尔快递"),
    ("DHL", "DHL"),
    ("UPS", "UPS"),
    ("FEDEX", "联邦快递"),
];

/// A carrier of the list, by its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "SF")]
pub struct Carrier(usize);

impl Carrier {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CARRIERS.len()).map(Self)
    }

    /// WeChat's id.
    pub fn code(self) -> &'static str {
        CARRIERS[self.0].0
    }

    /// For people.
    pub fn name(self) -> &'static str {
        CARRIERS[self.0].1
    }

    /// Whether WeChat wants to know who sends or gets the parcel.
    pub fn needs_contact(self) -> bool {
        self.code() == "SF"
    }
}

impl TryFrom<String> for Carrier {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        let wanted = code.trim();
        Self::all().find(|carrier| carrier.code().eq_ignore_ascii_case(wanted)).ok_or_else(|| {
            let shown: String = wanted.chars().take(20).collect();
            format!("must be the code of a carrier of {LIST}, is {shown:?}")
        })
    }
}

impl From<Carrier> for String {
    fn from(carrier: Carrier) -> Self {
        carrier.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carrier_is_found_by_its_code_and_nothing_else_is() {
        for carrier in Carrier::all() {
            assert_eq!(Carrier::try_from(carrier.code().to_lowercase()), Ok(carrier));
            assert_eq!(CARRIERS.iter().filter(|(code, _)| *code == carrier.code()).count(), 1);
        }
        for wrong in ["", "顺丰", "SF Express", "XX"] {
            assert!(
                Carrier::try_from(wrong.to_owned()).unwrap_err().contains("/admin/v1/carriers"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn only_sf_wants_a_contact() {
        assert_eq!(Carrier::all().filter(|carrier| carrier.needs_contact()).count(), 1);
    }
}
