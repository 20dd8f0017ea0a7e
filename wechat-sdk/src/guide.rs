//! Guides, one per area. Every piece of code in them is compiled.

macro_rules! guides {
    ($($name:ident $file:literal)*) => {
        $(
            #[doc = include_str!(concat!("../guides/", $file))]
            pub mod $name {}
        )*
    };
}

guides! {
    clients "clients.md"
    errors "errors.md"
    logins "logins.md"
    paying "paying.md"
    money_out "money_out.md"
    notifications "notifications.md"
    trust "trust.md"
    tokens "tokens.md"
    bills "bills.md"
    messages "messages.md"
    pushes "pushes.md"
    shipping "shipping.md"
    own_calls "own_calls.md"
}
