//! The kinds of service cards a shop needs, and what their states ask for.

use serde_json::Value;

use super::Errcode;

/// A kind of service card.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CardKind {
    pub(crate) notify_type: i64,
    /// By which `addtemplate` puts its template into an account.
    pub(crate) tid: u32,
    pub(crate) name: &'static str,
    /// Whether its code is the transaction id of a payment; otherwise a button gives it.
    pub(crate) paid: bool,
}

const fn kind(notify_type: i64, tid: u32, name: &'static str, paid: bool) -> CardKind {
    CardKind { notify_type, tid, name, paid }
}

pub(crate) static KINDS: [CardKind; 6] = [
    kind(2001, 10_000_001, "购物（实体物流）服务动态", true),
    kind(2002, 10_000_002, "购物（自提）服务动态", true),
    kind(2003, 10_000_003, "购物（虚拟发货）服务动态", true),
    kind(2006, 10_000_006, "购物&餐饮（同城配送）服务动态", true),
    kind(1003, 10_000_019, "同城配送服务动态", false),
    kind(1004, 10_000_020, "取餐等候服务动态", false),
];

/// Documented kinds that are not for the category of a shop.
const NOT_FOR_SHOPS: [i64; 9] = [2004, 2005, 2007, 2008, 2009, 2010, 2011, 1001, 1005];

pub(crate) fn find(notify_type: i64) -> Result<&'static CardKind, Errcode> {
    if NOT_FOR_SHOPS.contains(&notify_type) {
        return Err(Errcode::new(85461, "notify_type access deny"));
    }
    let found = KINDS.iter().find(|kind| kind.notify_type == notify_type);
    found.ok_or_else(|| Errcode::new(85434, "invalid notify_type"))
}

pub(crate) fn by_tid(tid: u32) -> Option<&'static CardKind> {
    KINDS.iter().find(|kind| kind.tid == tid)
}

impl CardKind {
    /// Those whose states are documented alike.
    fn is_shopping(&self) -> bool {
        (2001..=2003).contains(&self.notify_type)
    }

    /// Checks a `content_json` that was read; answers its `cur_status`.
    pub(crate) fn check(&self, content: &Value) -> Result<i64, Errcode> {
        let status = needed(content, "cur_status", Value::as_i64)?;
        needed(content, "wxa_path_query", Value::as_str)?;
        if self.is_shopping() && [1, 2].contains(&status) {
            needed(content, "product_count", uint32)?;
            check_products(needed(content, "product_list", Some)?)?;
        }
        for name in ["product_count", "send_time", "pickup_time"] {
            if !content[name].is_null() {
                needed(content, name, uint32)?;
            }
        }
        if status < 1 { Err(wrong_status()) } else { Ok(status) }
    }

    /// Whether a card may go from one state to another: forward, more parts of a part, and from 7 back to
    /// any. The states of the other kinds are not known here: only the same one again is refused.
    pub(crate) fn check_step(&self, from: i64, to: i64) -> Result<(), Errcode> {
        let fine = if self.is_shopping() {
            to > from || (from == 7 && to != 7) || (from == 3 && to == 3)
        } else {
            to != from
        };
        if fine { Ok(()) } else { Err(wrong_status()) }
    }

    /// What the shopper reads.
    pub(crate) fn status_text(&self, status: i64) -> String {
        match (self.notify_type, status) {
            (2001..=2003, 1) => "已支付".to_owned(),
            (2001, 2) => "待发货".to_owned(),
            (2001, 3) => "部分发货".to_owned(),
            (2001, 4) => "已发货".to_owned(),
            _ => format!("状态{status}"),
        }
    }
}

fn wrong_status() -> Errcode {
    Errcode::new(85439, "content_json with wrong status")
}

fn check_products(list: &Value) -> Result<(), Errcode> {
    let products = needed(list, "info_list", Value::as_array)?;
    for product in products {
        for name in ["product_img", "product_name", "product_path_query"] {
            needed(product, name, Value::as_str)?;
        }
    }
    if products.is_empty() {
        Err(Errcode::new(85440, "content_json lack need field info_list"))
    } else {
        Ok(())
    }
}

fn needed<'a, T>(
    content: &'a Value,
    name: &str,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Result<T, Errcode> {
    match &content[name] {
        Value::Null => Err(Errcode::new(85440, format!("content_json lack need field {name}"))),
        value => {
            read(value).ok_or_else(|| Errcode::new(85441, format!("content_json has unformat field {name}")))
        }
    }
}

fn uint32(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shopping_goes_forward_and_comes_back_from_the_seventh_state() {
        let shopping = find(2001).unwrap();
        for (from, to, fine) in [(1, 2, true), (1, 4, true), (3, 3, true), (4, 3, false), (2, 2, false)] {
            assert_eq!(shopping.check_step(from, to).is_ok(), fine, "{from} {to}");
        }
        for (from, to, fine) in [(4, 7, true), (7, 4, true), (7, 7, false), (2, 1, false)] {
            assert_eq!(shopping.check_step(from, to).is_ok(), fine, "{from} {to}");
        }
        assert!(find(1003).unwrap().check_step(5, 2).is_ok());
        assert!(find(1003).unwrap().check_step(5, 5).is_err());
    }
}
