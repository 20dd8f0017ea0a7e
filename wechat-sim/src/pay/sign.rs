//! The signatures on answers.

use crate::core::Core;
use crate::faults::Flaw;
use crate::signature::Signature;
use crate::wire::{Answer, Request};
use crate::world::{Material, World};

/// Signs a successful answer with the key the request names, else with `fallback`, else with what the merchant
/// was set to, else with the certificate.
pub(crate) fn sign_answer(
    core: &Core,
    request: &Request,
    mchid: &str,
    fallback: Option<Material>,
    flaw: Option<Flaw>,
    answer: Answer,
) -> Answer {
    if flaw == Some(Flaw::Unsigned) {
        return answer;
    }
    let named = request.header("wechatpay-serial");
    let signer = core.read(|world| {
        let merchant = world.merchants.get(mchid)?.clone();
        let wanted = merchant.wanted(named).or(fallback).or(merchant.signs_with);
        Some((merchant, wanted.unwrap_or(Material::Certificate)))
    });
    let Some((merchant, wanted)) = signer else { return answer };
    if merchant.last_wanted != wanted && fallback.is_none() {
        core.set(|world, _| follow(world, mchid, wanted));
    }
    let material = if merchant.wanted(named).is_some() { wanted } else { merchant.in_gray(wanted) };
    // Signing takes a millisecond: not while the state is locked.
    let signature = Signature::new(&merchant, material, core.time.stamp(), &answer.body, flaw);
    signature.headers().into_iter().fold(answer, |answer, (name, value)| answer.with(name, value))
}

/// Remembers what the merchant can verify, for its notifications.
fn follow(world: &mut World, mchid: &str, wanted: Material) {
    if let Some(merchant) = world.merchants.get_mut(mchid) {
        merchant.last_wanted = wanted;
    }
}
