use serde_json::{Value, json};
use wechat_sdk::mini::templates::{
    AddMessageTemplate, DeleteMessageTemplate, GetMessageCategories, GetMessageTemplates,
    GetPublicTemplateKeywords, GetPublicTemplateTitles, TemplateKind,
};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    vec![
        mini(
            GetMessageCategories::new(),
            "/wxaapi/newtmpl/getcategory",
            Value::Null,
            json!({"data": [{"id": 307, "name": "食品"}, {"id": "308", "name": "茶叶"}]}),
            |categories| {
                let [food, tea] = categories.data.as_slice() else { panic!("{categories:?}") };
                assert_eq!((food.id, tea.id, tea.name.as_str()), (307, 308, "茶叶"));
            },
        ),
        mini(
            GetPublicTemplateTitles::new(&[307, 308], 0, 30),
            "/wxaapi/newtmpl/getpubtemplatetitles?ids=307%2C308&limit=30&start=0",
            Value::Null,
            json!({"count": 41, "data": [{"tid": 1203, "title": "发货提醒", "type": 2, "categoryId": "307"}]}),
            |titles| {
                let title = &titles.data[0];
                assert_eq!(
                    (titles.count, title.tid.as_str(), title.category_id),
                    (Some(41), "1203", Some(307))
                );
                assert_eq!((title.title.as_str(), &title.kind), ("发货提醒", &Some(TemplateKind::OneTime)));
            },
        ),
        mini(
            GetPublicTemplateKeywords::new("1203"),
            "/wxaapi/newtmpl/getpubtemplatekeywords?tid=1203",
            Value::Null,
            json!({"count": 1, "data": [
                {"kid": 6, "name": "快递单号", "example": "SF001", "rule": "character_string"}
            ]}),
            |keywords| {
                let keyword = &keywords.data[0];
                assert_eq!((keywords.count, keyword.kid, keyword.name.as_str()), (Some(1), 6, "快递单号"));
                assert_eq!(keyword.example.as_deref(), Some("SF001"));
                assert_eq!(keyword.rule.as_deref(), Some("character_string"));
            },
        ),
        mini(
            AddMessageTemplate::with_lines("1203", [6, 2, 9], "发货时告知买家"),
            "/wxaapi/newtmpl/addtemplate",
            json!({"tid": "1203", "kidList": [6, 2, 9], "sceneDesc": "发货时告知买家"}),
            json!({"priTmplId": "tea-template-1"}),
            |added| assert_eq!(added.pri_tmpl_id, "tea-template-1"),
        ),
        mini(
            AddMessageTemplate::for_service_card("10000001", "订单动态"),
            "/wxaapi/newtmpl/addtemplate",
            json!({"tid": "10000001", "kidList": [], "sceneDesc": "订单动态"}),
            json!({"priTmplId": "card-template-1"}),
            |added| assert_eq!(added.pri_tmpl_id, "card-template-1"),
        ),
        mini(
            DeleteMessageTemplate::new("tea-template-1"),
            "/wxaapi/newtmpl/deltemplate",
            json!({"priTmplId": "tea-template-1"}),
            json!({}),
            |_| (),
        ),
        mini(
            GetMessageTemplates::new(),
            "/wxaapi/newtmpl/gettemplate",
            Value::Null,
            json!({"data": [{
                "priTmplId": "tea-template-1",
                "title": "发货提醒",
                "content": "快递单号:{{character_string6.DATA}}\n仓库：{{enum_string2.DATA}}\n",
                "example": "快递单号:SF001\n仓库：杭州\n",
                "type": 3,
                "keywordEnumValueList": [
                    {"keywordCode": "enum_string2.DATA", "enumValueList": ["杭州", "武夷山"]}
                ]
            }]}),
            |templates| {
                let template = &templates.data[0];
                let keys: Vec<_> = template.keys().collect();
                assert_eq!(keys, [("快递单号", "character_string6"), ("仓库", "enum_string2")]);
                assert_eq!(
                    (template.pri_tmpl_id.as_str(), template.title.as_str()),
                    ("tea-template-1", "发货提醒")
                );
                assert_eq!(template.kind, Some(TemplateKind::LongTerm));
                assert!(template.example.as_ref().unwrap().contains("SF001"));
                let values = &template.keyword_enum_value_list[0];
                assert_eq!(values.keyword_code, "enum_string2.DATA");
                assert_eq!(values.enum_value_list, ["杭州", "武夷山"]);
            },
        ),
    ]
}
