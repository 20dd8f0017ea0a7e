//! The attributes by which `wechat-sdk` writes down the calls of WeChat. They are re-exported there; use them from
//! there.
//!
//! A call is a struct with the members of the request. What is `Option` gets a setter, everything else is an
//! argument of `new`, in the order of the struct:
//!
//! ```text
//! /// Puts a message into the notification centre of a user.
//! #[mini_call(POST "/cgi-bin/message/subscribe/send", Unsafe -> SentMessage, page = "mp-message-management/…")]
//! pub struct SendSubscribeMessage {
//!     /// Who gets it.
//!     touser: OpenId,
//!     /// The page that opens.
//!     page: Option<String>,
//! }
//! ```

mod answer;
mod call;
mod member;
mod open;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemEnum, parse_macro_input};

/// A call of the mini-program API: `METHOD "path", Effect -> Output, page = "…"`. The page is named by what follows
/// `…/miniprogram/dev/server/API/`, or as a whole URL.
///
/// Further settings: `name = "…"` (the name in logs; the struct's in snake case), `caller = "appid"` (the member
/// that the client fills with its own app id), `auth = AppSecret`, `new = ident` (makes the constructor private and
/// names it), `check = ident` (a method `fn(&self) -> Result<(), ConfigError>` that is asked before sending).
///
/// Members whose name stands in braces in the path go there. The others go into the query of `GET` and `DELETE`
/// and into the JSON body otherwise; `#[query]` puts one into the query all the same. `#[fixed(value)]` is neither
/// argument nor setter, and an optional `#[private]` one has no setter. `#[max(n)]` refuses longer texts (characters) or lists, `#[max_bytes(n)]` counts bytes,
/// `#[cut(n)]` and `#[cut_bytes(n)]` shorten, `#[positive]` refuses amounts below one fen, `#[millis]` writes a time with milliseconds. `#[upload]` marks the file of a multipart call.
#[proc_macro_attribute]
pub fn mini_call(settings: TokenStream, item: TokenStream) -> TokenStream {
    let (settings, item) =
        (parse_macro_input!(settings as call::Settings), parse_macro_input!(item as DeriveInput));
    finish(call::expand(&settings, &item, call::Api::Mini))
}

/// A call of WeChat Pay v3. Like [`macro@mini_call`], its page named by what follows `…/doc/v3/merchant/`, with `caller = "mchid"` for the merchant's number and
/// `sealed = "receivers.name"` for members that travel encrypted (several are separated by blanks);
/// `about = out_trade_no` names the
/// member that the answer must have too; `unsigned = true` is for files, whose answers WeChat Pay does not sign.
#[proc_macro_attribute]
pub fn pay_call(settings: TokenStream, item: TokenStream) -> TokenStream {
    let (settings, item) =
        (parse_macro_input!(settings as call::Settings), parse_macro_input!(item as DeriveInput));
    finish(call::expand(&settings, &item, call::Api::Pay))
}

/// A piece of a request: `new` with what is required, setters for the rest.
#[proc_macro_attribute]
pub fn part(settings: TokenStream, item: TokenStream) -> TokenStream {
    let (settings, item) =
        (parse_macro_input!(settings as call::PartSettings), parse_macro_input!(item as DeriveInput));
    finish(call::expand_part(&settings, &item))
}

/// An answer, or a piece of one: read leniently (numbers as text and the reverse, `null` as missing), and members
/// that are not listed are kept in `extra`.
#[proc_macro_attribute]
pub fn answer(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(answer::expand(&parse_macro_input!(item as DeriveInput)))
}

/// A list of values that may grow: what is not in it is kept as `Other`. Texts are the variants' names in
/// `SCREAMING_SNAKE_CASE` unless `#[wire("…")]` says otherwise; `#[open_enum(i64)]` is for numbers, where every
/// variant has its `#[wire(n)]`.
#[proc_macro_attribute]
pub fn open_enum(kind: TokenStream, item: TokenStream) -> TokenStream {
    let (kind, item) = (parse_macro_input!(kind as open::Kind), parse_macro_input!(item as ItemEnum));
    finish(open::expand(&kind, item))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(|error| error.to_compile_error()).into()
}
