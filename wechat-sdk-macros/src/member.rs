//! The members of a request or an answer.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Field, Fields, GenericArgument, Ident, Lit, LitInt};
use syn::{PathArguments, Type};

/// One member, with the attributes of this crate taken off.
pub(crate) struct Member {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// Docs, `serde` and whatever else the author wrote.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: syn::Visibility,
    pub(crate) fixed: Option<Expr>,
    pub(crate) query: bool,
    pub(crate) upload: bool,
    /// Neither argument nor setter: named constructors fill it.
    pub(crate) private: bool,
    /// The function of `wechat_sdk::wire` that writes it, if not serde's own.
    pub(crate) writer: Option<String>,
}

/// The members of a struct with named fields; none for a unit struct.
pub(crate) fn members(item: &DeriveInput) -> syn::Result<Vec<Member>> {
    if !item.generics.params.is_empty() {
        return Err(syn::Error::new(item.generics.span(), "calls, parts and answers have no generics"));
    }
    let Data::Struct(data) = &item.data else {
        return Err(syn::Error::new(item.span(), "only structs can be calls, parts and answers"));
    };
    match &data.fields {
        Fields::Named(fields) => fields.named.iter().map(Member::read).collect(),
        Fields::Unit => Ok(vec![]),
        Fields::Unnamed(fields) => Err(syn::Error::new(fields.span(), "members need names")),
    }
}

impl Member {
    fn read(field: &Field) -> syn::Result<Self> {
        let ident =
            field.ident.clone().ok_or_else(|| syn::Error::new(field.span(), "a member needs a name"))?;
        let mut member = Self {
            ident,
            ty: field.ty.clone(),
            attrs: vec![],
            vis: field.vis.clone(),
            fixed: None,
            query: false,
            upload: false,
            private: false,
            writer: None,
        };
        for attr in &field.attrs {
            member.take(attr)?;
        }
        if member.writer.is_none() {
            member.writer = own_writer(member.inner()).map(str::to_owned);
        }
        Ok(member)
    }

    fn take(&mut self, attr: &Attribute) -> syn::Result<()> {
        let name = attr.path().get_ident().map(Ident::to_string).unwrap_or_default();
        match name.as_str() {
            "fixed" => self.fixed = Some(attr.parse_args()?),
            "query" => self.query = true,
            "upload" => self.upload = true,
            "private" => self.private = true,
            "positive" | "millis" => self.write(attr, name)?,
            "max" | "max_bytes" | "cut" | "cut_bytes" => {
                let limit: LitInt = attr.parse_args()?;
                let secret = if name == "max" && word(self.inner()) == "Secret" { "_exposed" } else { "" };
                self.write(attr, format!("{name}{secret}::<{}, _, _>", limit.base10_digits()))?;
            }
            _ => self.attrs.push(attr.clone()),
        }
        Ok(())
    }

    fn write(&mut self, attr: &Attribute, writer: String) -> syn::Result<()> {
        match self.writer.replace(writer) {
            None => Ok(()),
            Some(_) => Err(syn::Error::new(attr.span(), "a member has one limit")),
        }
    }

    /// Its name on the wire.
    pub(crate) fn wire(&self) -> String {
        let renamed = self.attrs.iter().find_map(serde_rename);
        renamed.unwrap_or_else(|| self.ident.to_string().trim_start_matches("r#").to_owned())
    }

    /// Whether what it has inside stands beside it.
    pub(crate) fn is_flat(&self) -> bool {
        serde_words(&self.attrs).any(|word| word == "flatten")
    }

    /// What is inside of `Option`, if it is one.
    pub(crate) fn optional(&self) -> Option<&Type> {
        inside(&self.ty, "Option")
    }

    pub(crate) fn inner(&self) -> &Type {
        self.optional().unwrap_or(&self.ty)
    }

    pub(crate) fn is_list(&self) -> bool {
        inside(&self.ty, "Vec").is_some()
    }

    /// The first paragraph of the docs, for lists of arguments.
    pub(crate) fn doc(&self) -> String {
        let lines = self.attrs.iter().filter_map(doc_line).map(|line| line.trim().to_owned());
        lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn docs(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("doc"))
    }

    fn has_own_writer(&self) -> bool {
        serde_words(&self.attrs).any(|word| word == "serialize_with" || word == "with")
    }

    /// The field of a request, with what serde must know.
    pub(crate) fn request_field(&self) -> TokenStream {
        let Self { ident, ty, attrs, vis, .. } = self;
        let skip = self.upload.then(|| quote!(#[serde(skip)]));
        let absent = self.optional().map(|_| quote!(#[serde(skip_serializing_if = "Option::is_none")]));
        // Serialising the inside itself keeps the way to a member that is wrong.
        let inside = (self.optional().is_some() && !self.is_flat() && !self.has_own_writer())
            .then(|| "some".to_owned());
        let writer = self.writer.clone().or(inside).map(|writer| {
            let path = format!("::wechat_sdk::wire::{writer}");
            quote!(#[serde(serialize_with = #path)])
        });
        quote!(#(#attrs)* #skip #absent #writer #vis #ident: #ty)
    }
}

/// The words of all `serde` attributes: `rename`, `flatten`, `serialize_with` and so on.
pub(crate) fn serde_words(attrs: &[Attribute]) -> impl Iterator<Item = String> {
    let lists = attrs
        .iter()
        .filter(|attr| attr.path().is_ident("serde"))
        .filter_map(|attr| attr.meta.require_list().ok());
    lists.flat_map(|list| list.tokens.clone()).filter_map(|token| match token {
        proc_macro2::TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    })
}

/// `name` of `#[serde(rename = "name")]`.
fn serde_rename(attr: &Attribute) -> Option<String> {
    let mut found = None;
    if attr.path().is_ident("serde") {
        // Other settings are serde's to complain about.
        let _ = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                found = Some(meta.value()?.parse::<syn::LitStr>()?.value());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<Expr>()?;
            }
            Ok(())
        });
    }
    found
}

fn doc_line(attr: &Attribute) -> Option<String> {
    let value = &attr.meta.require_name_value().ok()?;
    match &value.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if value.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}

/// The type argument of `name<…>`.
pub(crate) fn inside<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The last word of a type's path.
pub(crate) fn word(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        other => other.to_token_stream().to_string(),
    }
}

/// Times and secrets are not written as serde would.
fn own_writer(ty: &Type) -> Option<&'static str> {
    match word(ty).as_str() {
        "DateTime" => Some("time"),
        "Secret" => Some("exposed"),
        _ => None,
    }
}
