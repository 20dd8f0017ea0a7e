//! The transfer scenes: what has to be reported, and what the user may be shown.

use super::super::refusal::Refusal;
use super::bills::Wish;
use serde_json::{Value, json};

struct Scene {
    id: &'static str,
    reports: &'static [&'static str],
    perceptions: &'static [&'static str],
}

const fn scene(
    id: &'static str,
    reports: &'static [&'static str],
    perceptions: &'static [&'static str],
) -> Scene {
    Scene { id, reports, perceptions }
}

const SCENES: &[Scene] = &[
    scene("1000", &["活动名称", "奖励说明"], &["活动奖励", "现金奖励"]),
    scene("1002", &["补贴类型"], &["行政补贴", "行政奖励"]),
    scene("1004", &["保险产品备案编号", "保险名称", "保险操作单号"], &["保险理赔款"]),
    scene("1005", &["岗位类型", "报酬说明"], &["劳务报酬", "报销款", "企业补贴", "开工利是"]),
    scene("1009", &["采购商品名称"], &["货款"]),
    scene("1010", &["回收商品名称"], &["二手回收货款"]),
    scene("1011", &["赔付原因"], &["退款", "商家赔付"]),
    scene("1013", &["公益活动名称", "公益活动备案编号"], &["公益补助金"]),
];

/// Scenes that are not in the table can be granted, too: nothing is known of them.
pub(super) fn check(wish: &Wish, parameters: &Value) -> Result<(), Refusal> {
    check_perception(&wish.transfer_scene_id, wish.user_recv_perception.as_deref())?;
    let Some(scene) = SCENES.iter().find(|scene| scene.id == wish.transfer_scene_id) else { return Ok(()) };
    let mut given: Vec<&str> =
        wish.transfer_scene_report_infos.iter().map(|info| info.info_type.as_str()).collect();
    let mut wanted = scene.reports.to_vec();
    given.sort_unstable();
    wanted.sort_unstable();
    if given == wanted {
        return Ok(());
    }
    let infos = &parameters["transfer_scene_report_infos"];
    Err(Refusal::body("/transfer_scene_report_infos", infos, "与转账场景要求的报备信息不一致")
        .explained(format!("scene {} wants {}", scene.id, scene.reports.join(", "))))
}

/// What the user is shown has to be one of the texts of the scene.
pub(super) fn check_perception(id: &str, perception: Option<&str>) -> Result<(), Refusal> {
    let known = SCENES.iter().find(|scene| scene.id == id);
    match (known, perception) {
        (Some(scene), Some(text)) if !scene.perceptions.contains(&text) => {
            let explanation = format!("scene {id} has {}", scene.perceptions.join(", "));
            Err(Refusal::body("/user_recv_perception", &json!(text), "与转账场景不匹配")
                .explained(explanation))
        }
        _ => Ok(()),
    }
}
