//! What an upload of shipping says, checked as far as that needs no payment.

use serde_json::Value;

use super::find::Named;
use crate::mini::{Errcode, Members as _};
use crate::wire::text::parse_rfc3339;
use crate::world::ShippedParcel;

/// Parcels of one payment.
pub(super) const MOST_PARCELS: usize = 15;
/// Bytes of numbers and carriers.
const LONGEST: usize = 128;
/// Characters of a description.
const LONGEST_DESCRIPTION: usize = 120;

/// What is shipped of one payment.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) logistics_type: i64,
    pub(super) delivery_mode: i64,
    /// Whether nothing more follows.
    pub(super) is_last: bool,
    pub(super) parcels: Vec<ShippedParcel>,
}

pub(super) fn parameter(what: &str) -> Errcode {
    Errcode::new(10_060_014, format!("参数错误: {what}"))
}

/// `order_number_type` of an `order_key`.
pub(super) fn number_type(order_key: &Value) -> Result<i64, Errcode> {
    match order_key.number("order_number_type")? {
        Some(kind @ (1 | 2)) => Ok(kind),
        _ => Err(Errcode::new(268_485_194, "订单单号类型非法")),
    }
}

pub(super) fn order_key(order_key: &Value) -> Result<Named<'_>, Errcode> {
    let member = |name: &str, code: i64| {
        let text = order_key.filled(name)?;
        text.ok_or_else(|| Errcode::new(code, format!("{name} 字段不能为空")))
    };
    if number_type(order_key)? == 2 {
        return Ok(Named::Transaction(member("transaction_id", 268_485_195)?));
    }
    Ok(Named::Merchant(member("mchid", 268_485_196)?, member("out_trade_no", 268_485_197)?))
}

/// Milliseconds of `upload_time`.
pub(super) fn upload_time(body: &Value) -> Result<i64, Errcode> {
    let time = body["upload_time"].as_str().and_then(parse_rfc3339);
    time.ok_or_else(|| Errcode::new(268_485_216, "上传时间非法，请按照 RFC 3339 格式填写"))
}

pub(super) fn payer(body: &Value) -> Result<&str, Errcode> {
    let openid = body["payer"].text("openid")?.unwrap_or_default();
    if openid.is_empty() || openid.len() > LONGEST { Err(parameter("payer.openid")) } else { Ok(openid) }
}

impl Wish {
    /// `list_optional`: the parts of a combined order may come without their parcels.
    pub(super) fn read(body: &Value, at: i64, list_optional: bool) -> Result<Self, Errcode> {
        let logistics_type = body.number("logistics_type")?.unwrap_or_default();
        let delivery_mode = body.number("delivery_mode")?.unwrap_or_default();
        let all = body.boolean("is_all_delivered")?;
        if !(1..=4).contains(&logistics_type) {
            return Err(Errcode::new(10_060_005, "物流类型有误"));
        }
        if !matches!(delivery_mode, 1 | 2) {
            return Err(Errcode::new(268_485_224, "发货模式非法"));
        }
        if delivery_mode == 2 && logistics_type != 1 {
            return Err(Errcode::new(10_060_006, "非快递发货时不允许分拆发货"));
        }
        if delivery_mode == 2 && all.is_none() {
            return Err(Errcode::new(10_060_007, "分拆发货模式下必须填写 is_all_delivered 字段"));
        }
        let parcels = parcels(body, delivery_mode, list_optional)?;
        let parcels = parcels.iter().map(|item| parcel(item, logistics_type, at));
        let parcels = parcels.collect::<Result<_, _>>()?;
        let is_last = delivery_mode == 1 || all == Some(true);
        Ok(Self { logistics_type, delivery_mode, is_last, parcels })
    }
}

fn parcels(body: &Value, delivery_mode: i64, optional: bool) -> Result<&[Value], Errcode> {
    let list = match &body["shipping_list"] {
        Value::Array(list) => list.as_slice(),
        Value::Null => &[],
        _ => return Err(Errcode::format("shipping_list is no array")),
    };
    match list.len() {
        0 if optional => Ok(list),
        count if delivery_mode == 1 && count != 1 => {
            Err(Errcode::new(268_485_228, "统一发货模式下，物流信息列表长度必须为 1"))
        }
        0 => Err(parameter("shipping_list")),
        count if count > MOST_PARCELS => Err(Errcode::new(10_060_024, "物流信息列表太长")),
        _ => Ok(list),
    }
}

fn parcel(item: &Value, logistics_type: i64, uploaded_at: i64) -> Result<ShippedParcel, Errcode> {
    let text = |name: &str| Ok::<_, Errcode>(item.text(name)?.unwrap_or_default().to_owned());
    let parcel = ShippedParcel {
        tracking_no: text("tracking_no")?,
        express_company: text("express_company")?,
        item_desc: text("item_desc")?,
        contact: contact(&item["contact"])?,
        uploaded_at,
    };
    check_carrier(&parcel, logistics_type == 1)?;
    if parcel.item_desc.is_empty() {
        return Err(Errcode::new(10_060_008, "商品描述 item_desc 字段不能为空"));
    }
    if parcel.item_desc.chars().count() > LONGEST_DESCRIPTION {
        return Err(Errcode::new(10_060_009, "商品描述 item_desc 字段太长"));
    }
    Ok(parcel)
}

fn check_carrier(parcel: &ShippedParcel, express: bool) -> Result<(), Errcode> {
    if express && parcel.tracking_no.is_empty() {
        return Err(Errcode::new(268_485_226, "物流单号不能为空"));
    }
    if express && parcel.express_company.is_empty() {
        return Err(Errcode::new(268_485_227, "物流公司编码不能为空"));
    }
    if parcel.express_company.len() > LONGEST {
        return Err(Errcode::new(10_060_025, "物流公司编码太长"));
    }
    if parcel.tracking_no.len() > LONGEST {
        return Err(Errcode::new(10_060_026, "物流单号太长"));
    }
    if express && parcel.express_company == "SF" && parcel.contact.is_none() {
        return Err(parameter("顺丰发货时联系方式 contact 必填"));
    }
    Ok(())
}

/// One of the two numbers, masked but for its end.
fn contact(contact: &Value) -> Result<Option<Value>, Errcode> {
    let mut numbers = Vec::new();
    for name in ["consignor_contact", "receiver_contact"] {
        numbers.extend(contact.filled(name)?);
    }
    match numbers.iter().all(|number| is_masked(number)) {
        true if numbers.is_empty() => Ok(None),
        true => Ok(Some(contact.clone())),
        false => Err(parameter("contact 须采用掩码且最后 4 位数字不能打掩码")),
    }
}

/// `189****1234`, `021-****1234`, `0**2-******23-10`
fn is_masked(number: &str) -> bool {
    let shape = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'-'));
    let end: Vec<u8> = number.bytes().rev().filter(|byte| *byte != b'-').take(4).collect();
    shape && number.len() <= 1024 && number.contains('*') && end.len() == 4 && !end.contains(&b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_masked_but_for_their_end() {
        for good in
            ["189****1234", "021-****1234", "****1234", "0**2-***1234", "0**2-******23-10", "****123-8008"]
        {
            assert!(is_masked(good), "{good}");
        }
        for bad in ["18900001234", "189****123*", "", "1234", "手机****1234"] {
            assert!(!is_masked(bad), "{bad}");
        }
    }
}
