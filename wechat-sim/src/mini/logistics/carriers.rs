//! The carriers that the simulator lists; WeChat has more than 1300.

/// `delivery_id`, `delivery_name`
pub(crate) const CARRIERS: &[(&str, &str)] = &[
    ("SF", "顺丰速运"),
    ("ZTO", "中通快递"),
    ("STO", "申通快递"),
    ("YTO", "圆通速递"),
    ("YD", "韵达速递"),
    ("YUNDA", "韵达快递"),
    ("JTSD", "极兔速递"),
    ("JD", "京东物流"),
    ("EMS", "EMS"),
    ("YZPY", "邮政快递包裹"),
    ("DBL", "德邦快递"),
    ("DBKD", "德邦物流"),
    ("HTKY", "百世快递"),
    ("BEST", "百世汇通"),
    ("HHTT", "天天快递"),
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
    ("PJ", "品骏快递"),
    ("LB", "龙邦快递"),
    ("GTO", "国通快递"),
    ("QFKD", "全峰快递"),
    ("RFD", "如风达"),
    ("DHL", "DHL"),
    ("UPS", "UPS"),
    ("FEDEX", "联邦快递"),
    ("BDT", "八达通"),
    ("(AU)", "Interparcel"),
];

/// How numbers of some carriers begin.
const BEGINNINGS: &[(&str, &str)] =
    &[("SF", "SF"), ("JT", "JTSD"), ("JD", "JD"), ("YT", "YTO"), ("DPK", "DBL"), ("FW", "FWX")];

/// The name of a carrier; one that is not listed is called by its id.
pub(crate) fn name(delivery_id: &str) -> &str {
    CARRIERS.iter().find(|(id, _)| *id == delivery_id).map_or(delivery_id, |(_, name)| name)
}

/// The carrier that a number of a waybill belongs to, where that can be told.
pub(crate) fn guess(waybill_id: &str) -> &'static str {
    let upper = waybill_id.to_uppercase();
    BEGINNINGS.iter().find(|(start, _)| upper.starts_with(start)).map_or("", |(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carrier_is_listed_once() {
        let mut ids: Vec<&str> = CARRIERS.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), CARRIERS.len());
    }
}
