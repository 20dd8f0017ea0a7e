//! Answers.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Type};

use crate::member::{Member, inside, members, serde_words, word};

pub(crate) fn expand(item: &DeriveInput) -> syn::Result<TokenStream> {
    let members = members(item)?;
    let (attrs, vis, ident) = (&item.attrs, &item.vis, &item.ident);
    let fields = members.iter().map(field);
    Ok(quote! {
        #[derive(Clone, Debug, PartialEq, ::wechat_sdk::wire::serde::Deserialize)]
        #[serde(crate = "::wechat_sdk::wire::serde")]
        // The names of members are WeChat's.
        #[allow(clippy::struct_field_names)]
        #(#attrs)*
        #vis struct #ident {
            #(#fields,)*
            /// What the answer has besides.
            #[serde(flatten)]
            pub extra: ::wechat_sdk::Extra,
        }
    })
}

fn field(member: &Member) -> TokenStream {
    let Member { ident, ty, attrs, vis, .. } = member;
    let may_be_missing = member.optional().is_some() || member.is_list();
    let default = may_be_missing.then(|| quote!(#[serde(default)]));
    let reader = reader(member).map(|reader| {
        let path = format!("::wechat_sdk::wire::{reader}");
        quote!(#[serde(deserialize_with = #path)])
    });
    quote!(#(#attrs)* #default #reader #vis #ident: #ty)
}

/// The function of `wechat_sdk::wire` that reads a member, if not serde's own. An author's own goes first.
fn reader(member: &Member) -> Option<&'static str> {
    if serde_words(&member.attrs).any(|word| word == "deserialize_with" || word == "with") {
        return None;
    }
    if let Some(entry) = inside(&member.ty, "Vec") {
        return Some(match kind(entry) {
            Kind::Number => "numbers",
            Kind::Text => "texts",
            _ => "list",
        });
    }
    match (kind(member.inner()), member.optional().is_some()) {
        (Kind::Number, false) => Some("number"),
        (Kind::Number, true) => Some("maybe_number"),
        (Kind::Text, false) => Some("text"),
        (Kind::Text, true) => Some("maybe_text"),
        (Kind::Flag, false) => Some("flag"),
        (Kind::Flag, true) => Some("maybe_flag"),
        (Kind::Time, false) => Some("rfc3339"),
        (Kind::Time, true) => Some("maybe_rfc3339"),
        (Kind::Id, false) => Some("id"),
        (Kind::Id, true) => Some("maybe_id"),
        (Kind::Other, _) => None,
    }
}

enum Kind {
    Number,
    Text,
    Flag,
    Time,
    /// A type of its own that is made from a checked text.
    Id,
    Other,
}

fn kind(ty: &Type) -> Kind {
    match word(ty).as_str() {
        "i64" | "Fen" => Kind::Number,
        "String" | "Secret" | "SealedText" => Kind::Text,
        "bool" => Kind::Flag,
        "DateTime" => Kind::Time,
        name if name.ends_with("Id") || name.ends_with("No") => Kind::Id,
        _ => Kind::Other,
    }
}
