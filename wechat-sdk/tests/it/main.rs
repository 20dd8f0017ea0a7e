//! The SDK against published test vectors and against a WeChat made of closures.

mod bills;
mod calls;
mod checks;
mod client_data;
mod lenient;
mod notifications;
mod protection;
mod pushes;
mod request;
mod secrets;
mod support;
mod tokens;
mod trust;
mod vectors;
mod wire;
