//! Enums that may grow.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, ItemEnum, Lit};

/// Texts, or whole numbers.
pub(crate) enum Kind {
    Text,
    Number,
}

impl Parse for Kind {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Ok(Self::Text);
        }
        let word: Ident = input.parse()?;
        if word == "i64" { Ok(Self::Number) } else { Err(syn::Error::new(word.span(), "i64, or nothing")) }
    }
}

pub(crate) fn expand(kind: &Kind, mut item: ItemEnum) -> syn::Result<TokenStream> {
    let mut wires = vec![];
    for variant in &mut item.variants {
        let wire = variant.attrs.iter().find(|attr| attr.path().is_ident("wire"));
        let wire: Option<Lit> = wire.map(syn::Attribute::parse_args).transpose()?;
        variant.attrs.retain(|attr| !attr.path().is_ident("wire"));
        wires.push(match (kind, wire) {
            (Kind::Text, Some(Lit::Str(text))) => Lit::Str(text),
            (Kind::Text, None) => {
                Lit::Str(syn::LitStr::new(&screaming(&variant.ident), variant.ident.span()))
            }
            (Kind::Number, Some(Lit::Int(number))) => Lit::Int(number),
            _ => {
                return Err(syn::Error::new(
                    variant.ident.span(),
                    "its #[wire(…)] is missing or of another kind",
                ));
            }
        });
    }
    Ok(match kind {
        Kind::Text => texts(&item, &wires),
        Kind::Number => numbers(&item, &wires),
    })
}

/// The enum itself, with its last variant.
fn declared(item: &ItemEnum, rest: &TokenStream) -> TokenStream {
    let ItemEnum { attrs, vis, ident, variants, .. } = item;
    let variants = variants.iter();
    quote! {
        #(#attrs)*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #vis enum #ident {
            #(#variants,)*
            /// A value this crate does not know.
            Other(#rest),
        }
    }
}

fn texts(item: &ItemEnum, wires: &[Lit]) -> TokenStream {
    let ident = &item.ident;
    let names: Vec<_> = item.variants.iter().map(|variant| &variant.ident).collect();
    let declared = declared(item, &quote!(String));
    quote! {
        #declared

        impl #ident {
            /// As WeChat writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#names => #wires,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for #ident {
            fn from(text: &str) -> Self {
                match text {
                    #(#wires => Self::#names,)*
                    _ => Self::Other(text.to_owned()),
                }
            }
        }

        impl From<String> for #ident {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::std::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::wechat_sdk::wire::serde::Serialize for #ident {
            fn serialize<S: ::wechat_sdk::wire::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> ::wechat_sdk::wire::serde::Deserialize<'de> for #ident {
            fn deserialize<D: ::wechat_sdk::wire::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                ::wechat_sdk::wire::word(from, |text| Self::from(text))
            }
        }
    }
}

fn numbers(item: &ItemEnum, wires: &[Lit]) -> TokenStream {
    let ident = &item.ident;
    let names: Vec<_> = item.variants.iter().map(|variant| &variant.ident).collect();
    let declared = declared(item, &quote!(i64));
    quote! {
        #declared

        impl #ident {
            /// As WeChat writes it.
            #[must_use]
            pub fn number(&self) -> i64 {
                match self {
                    #(Self::#names => #wires,)*
                    Self::Other(number) => *number,
                }
            }
        }

        impl From<i64> for #ident {
            fn from(number: i64) -> Self {
                match number {
                    #(#wires => Self::#names,)*
                    _ => Self::Other(number),
                }
            }
        }

        impl ::wechat_sdk::wire::serde::Serialize for #ident {
            fn serialize<S: ::wechat_sdk::wire::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_i64(self.number())
            }
        }

        impl<'de> ::wechat_sdk::wire::serde::Deserialize<'de> for #ident {
            fn deserialize<D: ::wechat_sdk::wire::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                ::wechat_sdk::wire::number::<i64, D>(from).map(Self::from)
            }
        }
    }
}

/// `NotPay` → `NOT_PAY`.
fn screaming(ident: &Ident) -> String {
    let mut text = String::new();
    for (place, c) in ident.to_string().char_indices() {
        if c.is_ascii_uppercase() && place > 0 {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}
