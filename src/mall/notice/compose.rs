//! An event becomes the values of a subscribe message, within WeChat's limits.

use super::event::Event;
use super::template::{Field, Template};
use wechat_sdk::mini::messaging::TemplateData;

/// What is said where there is nothing to say: WeChat refuses empty values.
const NOTHING: &str = "无";

/// The message that tells `event`. Words that are too long are cut; `Err` names the key whose value
/// cannot be made to fit, and never the value.
pub fn compose(template: &Template, event: &Event, goods: &str) -> Result<TemplateData, String> {
    let mut data = TemplateData::new();
    for (key, field) in &template.fields.0 {
        let text = match field {
            Field::Text(text) => text.clone(),
            Field::Value(value) => event
                .value(*value, goods)
                .ok_or_else(|| format!("{key}: {} has no {value}", template.kind))?,
        };
        data = data.set(key, fit(key, &text));
    }
    data.check().map_err(|error| error.to_string())?;
    Ok(data)
}

/// Cuts what may be cut. A number, an amount or a time that is cut would be another one.
fn fit(key: &str, text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match (key.trim_end_matches(|c: char| c.is_ascii_digit()), line.trim()) {
        ("thing" | "phrase", "") => NOTHING.to_owned(),
        ("thing", line) => cut(line, 20),
        ("name", line) => cut(line, 10),
        (_, line) => line.to_owned(),
    }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::infra::db::Json;
    use crate::mall::notice::{Kind, Value};

    fn template(kind: Kind, fields: &[(&str, Field)]) -> Template {
        Template {
            kind,
            template_id: "t".to_owned(),
            fields: Json(fields.iter().map(|(key, field)| ((*key).to_owned(), field.clone())).collect()),
            page: None,
            long_term: false,
            enabled: true,
            updated_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn values_stand_where_the_template_wants_them() {
        let fields = [
            ("character_string1", Field::Value(Value::Number)),
            ("amount2", Field::Value(Value::Amount)),
            ("time3", Field::Value(Value::Time)),
            ("thing4", Field::Value(Value::Goods)),
            ("thing5", Field::Text("感谢惠顾".to_owned())),
        ];
        let data = compose(&template(Kind::Paid, &fields), &Event::example(Kind::Paid), "茶");
        let json = serde_json::to_value(data.unwrap()).unwrap();
        assert_eq!(json["amount2"]["value"], "￥99.00");
        assert_eq!(json["thing4"]["value"], "茶");
        assert_eq!(json["thing5"]["value"], "感谢惠顾");
        assert_eq!(json["character_string1"]["value"].as_str().unwrap().len(), 26);
    }

    #[test]
    fn words_are_cut_and_numbers_are_not() {
        let long = "长".repeat(21);
        assert_eq!(fit("thing1", &long), format!("{}…", "长".repeat(19)));
        assert_eq!(fit("thing20", &"长".repeat(20)), "长".repeat(20));
        assert_eq!(fit("thing1", "两\n行 "), "两 行");
        assert_eq!(fit("thing1", " "), "无");
        assert_eq!(fit("character_string1", &"1".repeat(40)), "1".repeat(40));
        let number = [("character_string1", Field::Value(Value::Goods))];
        let refused = compose(&template(Kind::Paid, &number), &Event::example(Kind::Paid), "茶").unwrap_err();
        assert!(refused.starts_with("character_string1:") && !refused.contains('茶'), "{refused}");
    }

    #[test]
    fn what_an_event_does_not_have_is_named() {
        let fields = [("thing1", Field::Value(Value::Carrier))];
        let refused = compose(&template(Kind::Paid, &fields), &Event::example(Kind::Paid), "茶").unwrap_err();
        assert_eq!(refused, "thing1: paid has no carrier");
    }
}
