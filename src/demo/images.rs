//! The demo's pictures, drawn on request: a shape for each shelf, a colour for each product.

use crate::base::{Code, Result};
use crate::infra::http::Path;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

/// `/demo/images/tea-3.svg`
pub fn images() -> Router {
    Router::new().route("/demo/images/{name}", get(image))
}

async fn image(Path(name): Path<String>) -> Result<impl IntoResponse> {
    let (key, number) =
        name.strip_suffix(".svg").and_then(|name| name.split_once('-')).ok_or(Code::NotFound)?;
    let number: u16 = number.parse().ok().filter(|number| *number <= 99).ok_or(Code::NotFound)?;
    let shape = shape(key).ok_or(Code::NotFound)?;
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    Ok((headers, draw(shape, number)))
}

fn shape(key: &str) -> Option<&'static str> {
    Some(match key {
        "tea" => {
            "<path d='M110 190h150v50a75 75 0 0 1-150 0z'/><path d='M260 200q50 0 50 35t-58 35' fill='none' \
             stroke-width='14'/><path d='M150 165q-20-30 0-55t0-55M195 165q-20-30 0-55t0-55' fill='none' \
             stroke-width='9'/>"
        }
        "home" => {
            "<path d='M80 210L200 100l120 110z'/><path d='M110 215h180v100H110z'/>\
             <path d='M180 250h40v65h-40z' fill='#fff'/>"
        }
        "kitchen" => {
            "<path d='M90 190h190v70a40 40 0 0 1-40 40H130a40 40 0 0 1-40-40z'/>\
             <path d='M280 205h80' stroke-width='18'/><circle cx='185' cy='165' r='12'/>\
             <path d='M85 180h200' stroke-width='12'/>"
        }
        "wear" => "<path d='M140 100l60 30 60-30 70 50-35 50-25-15v125H130V185l-25 15-35-50z'/>",
        "snack" => {
            "<path d='M120 110h160l15 30-15 160H120l-15-160z'/><circle cx='200' cy='210' r='45' fill='#fff'/>\
             <circle cx='200' cy='210' r='22'/>"
        }
        "paper" => {
            "<path d='M110 90h160a20 20 0 0 1 20 20v190a20 20 0 0 1-20 20H110z'/>\
             <path d='M145 140h105M145 180h105M145 220h70' stroke='#fff' stroke-width='10'/>"
        }
        _ => return None,
    })
}

fn draw(shape: &str, number: u16) -> String {
    let hue = u32::from(number) * 37 % 360;
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 400'>\
         <rect width='400' height='400' fill='hsl({hue} 45% 92%)'/>\
         <circle cx='200' cy='205' r='165' fill='hsl({hue} 50% 86%)'/>\
         <g fill='hsl({hue} 45% 38%)' stroke='hsl({hue} 45% 38%)' stroke-linecap='round' \
         stroke-linejoin='round'>{shape}</g></svg>"
    )
}
