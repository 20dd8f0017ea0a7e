//! The pages for people: phones with their shoppers, payment sheets, requests and notifications. Rendered here,
//! without scripts, and with nothing from elsewhere.

mod books;
mod frame;
mod home;
mod log;
mod mail;
mod phone;
mod sheet;

use http::Method;

use crate::core::Core;
use crate::wire::{Answer, Request};

/// The page of a path below `/_control/`, or what its form does; `None` when there is none.
pub(crate) fn route(core: &Core, method: &Method, path: &[&str], request: &Request) -> Option<Answer> {
    match (method, path) {
        (&Method::GET, _) => page(core, path, request),
        (&Method::POST, _) => form(core, path, request),
        _ => None,
    }
}

fn page(core: &Core, path: &[&str], request: &Request) -> Option<Answer> {
    Some(match path {
        [] | ["" | "state"] => home::page(core),
        ["phone", app_id, openid] => phone::page(core, app_id, openid),
        ["sheet", prepay_id] => sheet::page(core, prepay_id, None),
        ["log"] => log::list(core, request.parameter("only").as_deref() == Some("refused")),
        ["log", id] => log::page(core, id),
        ["mail"] => mail::list(core),
        ["mail", id] => mail::page(core, id),
        ["books"] => books::page(core),
        _ => return None,
    })
}

/// A form was sent; the browser goes back to a page.
fn form(core: &Core, path: &[&str], request: &Request) -> Option<Answer> {
    Some(match path {
        ["sheet", prepay_id, "pay"] => sheet::pay(core, prepay_id, request),
        ["sheet", prepay_id, "cancel"] => sheet::cancel(core, prepay_id),
        ["mail", id, "again"] => mail::again(core, id),
        ["time", "advance"] => home::advance(core, request),
        ["phones", "new"] => home::new_shopper(core, request),
        _ => return None,
    })
}

/// A field of a form.
fn field(request: &Request, name: &str) -> Option<String> {
    crate::wire::request::form_value(std::str::from_utf8(&request.body).ok()?, name)
}
