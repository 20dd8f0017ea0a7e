//! Calls and the pieces of their requests.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Expr, Ident, LitBool, LitStr, Token, Type};

use crate::member::{Member, members};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Api {
    Mini,
    Pay,
}

impl Api {
    /// Pages are named without what all of one side begin with.
    fn page(self, name: &str) -> String {
        match self {
            _ if name.starts_with("https://") => name.to_owned(),
            Self::Mini => format!("https://developers.weixin.qq.com/miniprogram/dev/server/API/{name}.html"),
            Self::Pay => format!("https://pay.weixin.qq.com/doc/v3/merchant/{name}"),
        }
    }
}

/// `METHOD "path", Effect -> Output, name = value, …`.
pub(crate) struct Settings {
    method: Ident,
    path: LitStr,
    effect: Ident,
    output: Type,
    page: LitStr,
    name: Option<LitStr>,
    caller: Option<LitStr>,
    sealed: Option<LitStr>,
    auth: Option<Expr>,
    new: Option<Ident>,
    check: Option<Ident>,
    unsigned: bool,
    about: Option<Ident>,
}

impl Parse for Settings {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let method = input.parse()?;
        let path = input.parse()?;
        input.parse::<Token![,]>()?;
        let effect = input.parse()?;
        input.parse::<Token![->]>()?;
        let output = input.parse()?;
        let missing = LitStr::new("", Span::call_site());
        let mut settings = Self {
            method,
            path,
            effect,
            output,
            page: missing,
            name: None,
            caller: None,
            sealed: None,
            auth: None,
            new: None,
            check: None,
            unsigned: false,
            about: None,
        };
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            settings.take(input)?;
        }
        if settings.page.value().is_empty() {
            return Err(syn::Error::new(
                settings.path.span(),
                "a call names its official page: page = \"…\"",
            ));
        }
        Ok(settings)
    }
}

impl Settings {
    fn take(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let key: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        match key.to_string().as_str() {
            "page" => self.page = input.parse()?,
            "name" => self.name = Some(input.parse()?),
            "caller" => self.caller = Some(input.parse()?),
            "sealed" => self.sealed = Some(input.parse()?),
            "auth" => self.auth = Some(input.parse()?),
            "check" => self.check = Some(input.parse()?),
            "about" => self.about = Some(input.parse()?),
            "unsigned" => self.unsigned = input.parse::<LitBool>()?.value,
            "new" => self.new = Some(input.parse()?),
            _ => return Err(syn::Error::new(key.span(), "not a setting of a call")),
        }
        Ok(())
    }
}

/// `new = ident` or nothing.
pub(crate) struct PartSettings(Option<Ident>);

impl Parse for PartSettings {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Ok(Self(None));
        }
        let key: Ident = input.parse()?;
        if key != "new" {
            return Err(syn::Error::new(key.span(), "not a setting of a part"));
        }
        input.parse::<Token![=]>()?;
        Ok(Self(Some(input.parse()?)))
    }
}

pub(crate) fn expand_part(settings: &PartSettings, item: &DeriveInput) -> syn::Result<TokenStream> {
    let members = members(item)?;
    let (attrs, vis, ident) = (&item.attrs, &item.vis, &item.ident);
    if members.is_empty() {
        return Err(syn::Error::new(item.span(), "a part without members is not needed"));
    }
    Ok(request(attrs, vis, ident, &members, settings.0.as_ref()))
}

pub(crate) fn expand(settings: &Settings, item: &DeriveInput, api: Api) -> syn::Result<TokenStream> {
    let members = members(item)?;
    let mut attrs = item.attrs.clone();
    let page = api.page(&settings.page.value());
    let link = format!("[`{} {}`]({page}).", settings.method, settings.path.value());
    attrs.push(syn::parse_quote!(#[doc = ""]));
    attrs.push(syn::parse_quote!(#[doc = #link]));
    let request = request(&attrs, &item.vis, &item.ident, &members, settings.new.as_ref());
    check_names(settings, &members)?;
    let operation = operation(settings, &item.ident, &members, &page);
    let side = side(settings, &item.ident, api)?;
    Ok(quote!(#request #operation #side))
}

/// What is named by text must be there: a typo in `sealed` would send a name in the clear.
fn check_names(settings: &Settings, members: &[Member]) -> syn::Result<()> {
    let callers: Vec<String> = settings.caller.iter().map(LitStr::value).collect();
    let flat = members.iter().any(Member::is_flat);
    let known = |name: &str| {
        flat || callers.iter().any(|caller| caller == name)
            || members.iter().any(|member| member.wire() == name)
    };
    let path = settings.path.value();
    for brace in path.split('{').skip(1) {
        let name = brace.split_once('}').map_or(brace, |(name, _)| name);
        if !known(name) {
            return Err(syn::Error::new(settings.path.span(), format!("no member is called {name}")));
        }
    }
    if let Some(sealed) = &settings.sealed {
        for name in sealed.value().split_whitespace() {
            if !known(name.split_once('.').map_or(name, |(head, _)| head)) {
                return Err(syn::Error::new(sealed.span(), format!("no member begins {name}")));
            }
        }
    }
    if let Some(second) = members.iter().filter(|member| member.upload).nth(1) {
        return Err(syn::Error::new(second.ident.span(), "a call carries one file"));
    }
    Ok(())
}

/// The struct, its constructor and its setters.
fn request(
    attrs: &[Attribute],
    vis: &syn::Visibility,
    ident: &Ident,
    members: &[Member],
    private_new: Option<&Ident>,
) -> TokenStream {
    let fields = members.iter().map(Member::request_field);
    let constructor = constructor(members, private_new);
    let setters = members.iter().filter_map(setter);
    quote! {
        #[derive(Clone, Debug, ::wechat_sdk::wire::serde::Serialize)]
        #[serde(crate = "::wechat_sdk::wire::serde")]
        // The names of members are WeChat's.
        #[allow(clippy::struct_field_names)]
        #(#attrs)*
        #vis struct #ident { #(#fields),* }

        impl #ident {
            #constructor
            #(#setters)*
        }
    }
}

fn constructor(members: &[Member], private: Option<&Ident>) -> TokenStream {
    let required: Vec<_> =
        members.iter().filter(|member| member.optional().is_none() && member.fixed.is_none()).collect();
    let arguments = required.iter().map(|Member { ident, ty, .. }| quote!(#ident: impl Into<#ty>));
    let values = members.iter().map(|member| {
        let ident = &member.ident;
        match (&member.fixed, member.optional()) {
            (Some(value), _) => quote!(#ident: #value),
            (None, Some(_)) => quote!(#ident: None),
            (None, None) => quote!(#ident: #ident.into()),
        }
    });
    let (vis, name) = match private {
        Some(name) => (quote!(), name.clone()),
        None => (quote!(pub), Ident::new("new", Span::call_site())),
    };
    let lines = required.iter().map(|member| format!("- `{}`: {}", member.ident, member.doc()));
    let docs = std::iter::once("Takes what is required:".to_owned()).chain([String::new()]).chain(lines);
    let docs: Vec<_> =
        if required.is_empty() { vec!["Nothing is required.".to_owned()] } else { docs.collect() };
    quote! {
        #(#[doc = #docs])*
        #[must_use]
        #[allow(clippy::too_many_arguments, clippy::new_without_default, clippy::missing_const_for_fn)]
        #vis fn #name(#(#arguments),*) -> Self {
            Self { #(#values),* }
        }
    }
}

fn setter(member: &Member) -> Option<TokenStream> {
    if member.fixed.is_some() || member.private {
        return None;
    }
    let (ident, inner) = (&member.ident, member.optional()?);
    let docs = member.docs();
    Some(quote! {
        #(#docs)*
        #[must_use]
        pub fn #ident(mut self, #ident: impl Into<#inner>) -> Self {
            self.#ident = Some(#ident.into());
            self
        }
    })
}

fn operation(settings: &Settings, ident: &Ident, members: &[Member], page: &str) -> TokenStream {
    let Settings { method, path, effect, output, .. } = settings;
    let name = settings.name.as_ref().map_or_else(|| snake(&ident.to_string()), LitStr::value);
    let caller = settings.caller.iter();
    let query = members.iter().filter(|member| member.query).map(Member::wire);
    let sealed = settings.sealed.as_ref().map(LitStr::value).unwrap_or_default();
    let sealed = sealed.split_whitespace();
    let upload = members.iter().find(|member| member.upload).map(|member| {
        let field = &member.ident;
        quote! {
            fn upload(&self) -> Option<&::wechat_sdk::Upload> {
                Some(&self.#field)
            }
        }
    });
    let check = settings.check.as_ref().map(|check| {
        quote! {
            fn check(&self) -> Result<(), ::wechat_sdk::ConfigError> {
                self.#check()
            }
        }
    });
    let about = settings.about.as_ref().map(|number| {
        quote! {
            fn is_answered_by(&self, output: &Self::Output) -> bool {
                ::wechat_sdk::wire::Same::same(&output.#number, &self.#number)
            }
        }
    });
    quote! {
        impl ::wechat_sdk::Operation for #ident {
            type Output = #output;
            const NAME: &'static str = #name;
            const METHOD: ::wechat_sdk::wire::Method = ::wechat_sdk::wire::Method::#method;
            const PATH: &'static str = #path;
            const EFFECT: ::wechat_sdk::Effect = ::wechat_sdk::Effect::#effect;
            const PAGE: &'static str = #page;
            const CALLER: &'static [&'static str] = &[#(#caller),*];
            const QUERY: &'static [&'static str] = &[#(#query),*];
            const SEALED: &'static [&'static str] = &[#(#sealed),*];
            #check
            #about
            #upload
        }
    }
}

fn side(settings: &Settings, ident: &Ident, api: Api) -> syn::Result<TokenStream> {
    if api == Api::Pay {
        if let Some(auth) = &settings.auth {
            return Err(syn::Error::new(auth.span(), "calls of WeChat Pay are signed"));
        }
        let unsigned = settings.unsigned.then(|| {
            quote!(
                const UNSIGNED: bool = true;
            )
        });
        return Ok(quote!(impl ::wechat_sdk::PayOperation for #ident { #unsigned }));
    }
    let auth = settings
        .auth
        .as_ref()
        .map(|auth| quote!(const AUTH: ::wechat_sdk::MiniAuth = ::wechat_sdk::MiniAuth::#auth;));
    Ok(quote!(impl ::wechat_sdk::MiniOperation for #ident { #auth }))
}

/// `SendSubscribeMessage` → `send_subscribe_message`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for (place, c) in name.char_indices() {
        if c.is_ascii_uppercase() && place > 0 {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}
