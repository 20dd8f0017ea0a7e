//! The public library of message templates, as far as a shop needs it. The texts and numbers are made up.

use serde_json::{Value, json};

use crate::world::Choice;

/// A category that apps can be in and titles belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Category {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
}

/// A title of the library, from which an app makes a template by picking keywords.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Title {
    pub(crate) tid: u32,
    pub(crate) name: &'static str,
    pub(crate) category: u32,
    pub(crate) keywords: &'static [Keyword],
}

/// A line that a template may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Keyword {
    pub(crate) kid: u32,
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
    /// The type of its value, see `template_values`.
    pub(crate) rule: &'static str,
    /// What an enum may be; empty for all other rules.
    pub(crate) choices: &'static [&'static str],
}

impl Category {
    /// An entry of `getcategory`.
    pub(crate) fn row(&self) -> Value {
        json!({ "id": self.id, "name": self.name })
    }
}

impl Title {
    /// An entry of `getpubtemplatetitles`. The category is a text there, although it is a number elsewhere.
    pub(crate) fn row(&self) -> Value {
        json!({ "tid": self.tid, "title": self.name, "type": ONE_TIME, "categoryId": self.category.to_string() })
    }

    /// The keywords of a `kidList` in its order; `None` if one is unknown or comes twice.
    pub(crate) fn pick(&self, kids: &[u32]) -> Option<Vec<&'static Keyword>> {
        let twice = kids.iter().enumerate().any(|(index, kid)| kids[..index].contains(kid));
        let find = |kid: &u32| self.keywords.iter().find(|keyword| keyword.kid == *kid);
        if twice { None } else { kids.iter().map(find).collect() }
    }
}

impl Keyword {
    /// An entry of `getpubtemplatekeywords`.
    pub(crate) fn row(&self) -> Value {
        json!({ "kid": self.kid, "name": self.name, "example": self.example, "rule": self.rule })
    }

    /// What a message calls its value, such as `thing1`.
    pub(crate) fn key(&self) -> String {
        format!("{}{}", self.rule, self.kid)
    }
}

/// The `type` of all titles: an accepted request allows one message. Long-term titles are for public services.
pub(crate) const ONE_TIME: u8 = 2;

pub(crate) fn find(tid: u32) -> Option<&'static Title> {
    TITLES.iter().find(|title| title.tid == tid)
}

/// The `content` of a template: a label and a placeholder on each line.
pub(crate) fn content_for(keywords: &[&Keyword]) -> String {
    lines(keywords, |keyword| format!("{{{{{}.DATA}}}}", keyword.key()))
}

/// The `example` of a template: its content with examples in place of the placeholders.
pub(crate) fn example_for(keywords: &[&Keyword]) -> String {
    lines(keywords, |keyword| keyword.example.to_owned())
}

/// The `keywordEnumValueList` of a template; empty without an enum.
pub(crate) fn choices_for(keywords: &[&Keyword]) -> Vec<Choice> {
    let enums = keywords.iter().filter(|keyword| !keyword.choices.is_empty());
    let choice = |keyword: &&Keyword| Choice {
        keyword_code: format!("{}.DATA", keyword.key()),
        enum_value_list: keyword.choices.iter().map(ToString::to_string).collect(),
    };
    enums.map(choice).collect()
}

fn lines(keywords: &[&Keyword], value: impl Fn(&Keyword) -> String) -> String {
    keywords
        .iter()
        .flat_map(|keyword| [keyword.name.to_owned(), ":".into(), value(keyword), "\n".into()])
        .collect()
}

const fn line(kid: u32, name: &'static str, rule: &'static str, example: &'static str) -> Keyword {
    Keyword { kid, name, example, rule, choices: &[] }
}

const fn choice(kid: u32, name: &'static str, choices: &'static [&'static str]) -> Keyword {
    Keyword { kid, name, example: choices[0], rule: "enum_string", choices }
}

const fn title(tid: u32, category: u32, name: &'static str, keywords: &'static [Keyword]) -> Title {
    Title { tid, name, category, keywords }
}

const GOODS: u32 = 307;
const FOOD: u32 = 310;
const STORES: u32 = 315;

pub(crate) static CATEGORIES: [Category; 3] = [
    Category { id: GOODS, name: "百货" },
    Category { id: FOOD, name: "食品" },
    Category { id: STORES, name: "便利店" },
];

pub(crate) static TITLES: [Title; 14] = [
    title(
        1201,
        GOODS,
        "订单支付成功通知",
        &[
            line(1, "商品名称", "thing", "青花瓷茶杯一对"),
            line(2, "支付金额", "amount", "￥128.00"),
            line(3, "订单编号", "character_string", "MS20260105000123"),
            line(4, "支付时间", "time", "2026年1月5日 15:01"),
            line(5, "支付方式", "phrase", "微信支付"),
            line(6, "温馨提示", "thing", "我们会尽快为您发货"),
        ],
    ),
    title(
        1202,
        GOODS,
        "订单发货通知",
        &[
            line(1, "订单编号", "character_string", "MS20260105000123"),
            line(2, "商品名称", "thing", "青花瓷茶杯一对"),
            line(3, "快递公司", "thing", "顺丰速运"),
            line(4, "快递单号", "character_string", "SF1234567890123"),
            line(5, "发货时间", "time", "2026年1月6日 09:30"),
            choice(6, "配送方式", &["快递配送", "同城配送", "到店自提"]),
            line(7, "快递代码", "letter", "SF"),
            line(8, "收货人", "name", "张三"),
        ],
    ),
    title(
        1203,
        GOODS,
        "订单待付款提醒",
        &[
            line(1, "商品名称", "thing", "青花瓷茶杯一对"),
            line(2, "待付金额", "amount", "128.00元"),
            line(3, "下单时间", "time", "2026年1月5日 14:50"),
            line(4, "截止时间", "time", "2026年1月5日 15:20"),
            line(5, "订单编号", "character_string", "MS20260105000123"),
            line(6, "温馨提示", "thing", "逾期未付款将自动取消"),
        ],
    ),
    title(
        1204,
        GOODS,
        "退款成功通知",
        &[
            line(1, "退款金额", "amount", "￥64.00"),
            line(2, "商品名称", "thing", "青花瓷茶杯"),
            line(3, "退款时间", "time", "2026年1月9日 10:12"),
            line(4, "退款去向", "thing", "原路退回"),
            line(5, "订单编号", "character_string", "MS20260105000123"),
        ],
    ),
    title(
        1205,
        GOODS,
        "退款结果通知",
        &[
            line(1, "退款结果", "phrase", "退款失败"),
            line(2, "退款金额", "amount", "￥64.00"),
            line(3, "退款单号", "character_string", "TK20260109000007"),
            line(4, "原因", "thing", "银行卡已注销，请联系客服"),
            line(5, "处理时间", "date", "2026-01-09 10:12"),
        ],
    ),
    title(
        1206,
        GOODS,
        "售后状态通知",
        &[
            line(1, "售后单号", "character_string", "SH20260108000004"),
            line(2, "商品名称", "thing", "青花瓷茶杯"),
            line(3, "售后状态", "phrase", "待寄回"),
            choice(4, "售后类型", &["仅退款", "退货退款", "换货"]),
            line(5, "更新时间", "time", "2026年1月8日 18:00"),
            line(6, "说明", "thing", "请在七天内寄回商品"),
        ],
    ),
    title(
        1207,
        GOODS,
        "订单取消通知",
        &[
            line(1, "订单编号", "character_string", "MS20260105000123"),
            line(2, "商品名称", "thing", "青花瓷茶杯一对"),
            line(3, "取消原因", "thing", "超时未付款"),
            line(4, "取消时间", "time", "2026年1月5日 15:20"),
            line(5, "订单金额", "amount", "￥128.00"),
        ],
    ),
    title(
        1208,
        GOODS,
        "确认收货提醒",
        &[
            line(1, "商品名称", "thing", "青花瓷茶杯一对"),
            line(2, "签收时间", "time", "2026年1月8日 11:40"),
            line(3, "自动确认日期", "date", "2026年1月18日"),
            line(4, "订单编号", "character_string", "MS20260105000123"),
        ],
    ),
    title(
        1209,
        GOODS,
        "评价提醒",
        &[
            line(1, "商品名称", "thing", "青花瓷茶杯一对"),
            line(2, "商品评分", "symbol", "★★★★★"),
            line(3, "完成日期", "date", "2026年1月18日"),
            line(4, "可得积分", "number", "20"),
        ],
    ),
    title(
        2301,
        FOOD,
        "到货通知",
        &[
            line(1, "商品名称", "thing", "明前龙井 250克"),
            line(2, "商品价格", "amount", "￥368.00"),
            line(3, "到货日期", "date", "4月2日"),
            line(4, "库存数量", "number", "30"),
            line(5, "温馨提示", "thing", "数量有限，先到先得"),
        ],
    ),
    title(
        2302,
        FOOD,
        "优惠券到期提醒",
        &[
            line(1, "优惠券名称", "thing", "满200减30"),
            line(2, "有效期", "date", "2026.03.01~2026.03.31"),
            line(3, "优惠金额", "amount", "30元"),
            line(4, "数量", "number", "1"),
        ],
    ),
    title(
        3401,
        STORES,
        "取货提醒",
        &[
            line(1, "取货码", "character_string", "6-2-1048"),
            line(2, "取货门店", "thing", "人民路店"),
            line(3, "营业时间", "time", "09:00~21:00"),
            line(4, "门店电话", "phone_number", "+86-0571-88880000"),
            line(5, "商品名称", "thing", "明前龙井 250克"),
            line(6, "取货人", "name", "李四"),
        ],
    ),
    title(
        3402,
        STORES,
        "订单配送通知",
        &[
            line(1, "配送员", "name", "王师傅"),
            line(2, "联系电话", "phone_number", "13800138000"),
            line(3, "预计送达", "time", "18:30~19:00"),
            line(4, "车牌号", "car_number", "浙A12345"),
            line(5, "订单编号", "character_string", "MS20260105000123"),
        ],
    ),
    title(
        3403,
        STORES,
        "取货超时提醒",
        &[
            line(1, "取货码", "character_string", "6-2-1048"),
            line(2, "截止日期", "date", "01-12"),
            line(3, "商品件数", "number", "2"),
            line(4, "温馨提示", "thing", "逾期将退回并退款"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mini::template_values::{check, placeholders};
    use std::collections::HashSet;

    #[test]
    fn every_number_of_the_library_is_used_once() {
        let tids: HashSet<_> = TITLES.iter().map(|title| title.tid).collect();
        assert_eq!(tids.len(), TITLES.len());
        for title in &TITLES {
            let kids: Vec<_> = title.keywords.iter().map(|keyword| keyword.kid).collect();
            assert!(title.pick(&kids).is_some(), "{} has a keyword twice", title.name);
            assert!(CATEGORIES.iter().any(|category| category.id == title.category), "{}", title.name);
            assert!(title.keywords.len() >= 2, "{} cannot become a template", title.name);
        }
    }

    #[test]
    fn every_example_keeps_the_rule_of_its_keyword() {
        for keyword in TITLES.iter().flat_map(|title| title.keywords) {
            let choices: Vec<_> = keyword.choices.iter().map(ToString::to_string).collect();
            assert_eq!(check(keyword.rule, keyword.example, &choices), Ok(()), "{keyword:?}");
        }
    }

    #[test]
    fn a_content_numbers_its_keys_by_keyword_and_keeps_the_picked_order() {
        let picked = find(1202).unwrap().pick(&[4, 2, 6]).unwrap();
        let content =
            "快递单号:{{character_string4.DATA}}\n商品名称:{{thing2.DATA}}\n配送方式:{{enum_string6.DATA}}\n";
        assert_eq!(content_for(&picked), content);
        assert_eq!(
            example_for(&picked),
            "快递单号:SF1234567890123\n商品名称:青花瓷茶杯一对\n配送方式:快递配送\n"
        );
        let choices = json!([
            { "keywordCode": "enum_string6.DATA", "enumValueList": ["快递配送", "同城配送", "到店自提"] }
        ]);
        assert_eq!(json!(choices_for(&picked)), choices);
    }

    #[test]
    fn the_placeholders_of_a_content_are_its_keywords() {
        for title in &TITLES {
            let keywords: Vec<_> = title.keywords.iter().collect();
            let content = content_for(&keywords);
            let read: Vec<_> = placeholders(&content).iter().map(|gap| (gap.label, gap.prefix)).collect();
            let meant: Vec<_> = keywords.iter().map(|keyword| (keyword.name, keyword.rule)).collect();
            assert_eq!(read, meant);
        }
    }

    #[test]
    fn a_kid_that_is_unknown_or_comes_twice_picks_nothing() {
        let title = find(1201).unwrap();
        assert_eq!(title.pick(&[1, 99]), None);
        assert_eq!(title.pick(&[1, 2, 1]), None);
        assert_eq!(find(99), None);
    }

    #[test]
    fn rows_have_the_documented_members() {
        let title = json!({ "tid": 1201, "title": "订单支付成功通知", "type": 2, "categoryId": "307" });
        assert_eq!(TITLES[0].row(), title);
        let keyword = json!({ "kid": 2, "name": "支付金额", "example": "￥128.00", "rule": "amount" });
        assert_eq!(TITLES[0].keywords[1].row(), keyword);
        assert_eq!(CATEGORIES[0].row(), json!({ "id": 307, "name": "百货" }));
    }
}
