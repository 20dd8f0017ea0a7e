//! What is agreed with a merchant, and what people are called.

use serde::Deserialize as _;
use serde_json::Value;

use super::refusal::Refusal;
use crate::core::Core;
use crate::world::{Terms, World};

/// Changes the named terms of a merchant; answers all of them.
pub(crate) fn change(core: &Core, mchid: &str, changes: &Value) -> Result<Value, Refusal> {
    let wrong = |error: serde_json::Error| Refusal::new(400, "PARAM_ERROR", &error.to_string());
    core.change(|world, _| {
        let before = world.terms.get(mchid).cloned().unwrap_or_default();
        let mut members = serde_json::to_value(before).map_err(wrong)?;
        for (name, value) in changes.as_object().into_iter().flatten() {
            members[name] = value.clone();
        }
        let terms = Terms::deserialize(&members).map_err(wrong)?;
        if terms.max_ratio.is_some_and(|ratio| !(100..=10_000).contains(&ratio)) {
            return Err(Refusal::invalid("max_ratio lies between 100 and 10000 ten-thousandths"));
        }
        world.terms.insert(mchid, terms);
        Ok(members)
    })
}

/// Says what an openid or a merchant is really called; `None` makes it unknown again.
pub(crate) fn name(core: &Core, account: &str, name: Option<&str>) -> Result<(), Refusal> {
    core.change(|world, _| {
        match name {
            Some(name) => world.real_names.insert(account, name.to_owned()),
            None => drop(world.real_names.remove(account)),
        }
        Ok(())
    })
}

impl World {
    pub(crate) fn terms_of(&self, mchid: &str) -> Terms {
        self.terms.get(mchid).cloned().unwrap_or_default()
    }

    /// Whether somebody can be called so, as far as that is known here.
    pub(crate) fn may_be_called(&self, account: &str, name: &str) -> bool {
        self.real_names.get(account).is_none_or(|known| known == name)
    }
}
