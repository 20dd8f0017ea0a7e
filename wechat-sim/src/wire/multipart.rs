//! Bodies of uploads, `multipart/form-data` as RFC 7578 has them.

use bytes::Bytes;

use super::Request;

/// One part of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

/// The most parts that any upload has, with room to spare.
const MOST: usize = 16;

/// The parts of an upload; `None` when it is none, or broken.
pub(crate) fn parts(request: &Request) -> Option<Vec<Part>> {
    let boundary = format!("--{}", boundary(request.header("content-type")?)?);
    let body = &request.body;
    let mut rest = find(body, boundary.as_bytes(), 0)? + boundary.len();
    let mut parts = Vec::new();
    while body.get(rest..rest + 2)? == b"\r\n" {
        let end = find(body, format!("\r\n{boundary}").as_bytes(), rest)?;
        parts.push(part(body, rest + 2, end)?);
        rest = end + 2 + boundary.len();
        if parts.len() > MOST {
            return None;
        }
    }
    (body.get(rest..rest + 2)? == b"--").then_some(parts)
}

fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let found = parameters.split(';').find_map(|pair| pair.trim().strip_prefix("boundary="))?;
    let bare = found.trim_matches('"');
    (1..=70).contains(&bare.len()).then_some(bare)
}

fn part(body: &Bytes, from: usize, to: usize) -> Option<Part> {
    let head_end = find(body.get(..to)?, b"\r\n\r\n", from - 2)?;
    let head = std::str::from_utf8(body.get(from..head_end.max(from))?).ok()?;
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines
            .filter(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .next()
    };
    let disposition = header("content-disposition")?;
    Some(Part {
        name: parameter(disposition, "name")?,
        file_name: parameter(disposition, "filename"),
        content_type: header("content-type").map(str::to_owned),
        body: body.slice((head_end + 4).min(to)..to),
    })
}

/// A quoted value of `form-data; name="…"; filename="…"`.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let start = format!("{name}=");
    let value = disposition.split(';').find_map(|pair| pair.trim().strip_prefix(start.as_str()))?;
    Some(value.trim_matches('"').to_owned())
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    body.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|at| at + from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str) -> Request {
        let mut request = Request { body: Bytes::copy_from_slice(body.as_bytes()), ..Request::default() };
        let kind = "multipart/form-data; boundary=\"xyz\"".parse().unwrap();
        request.headers.insert("content-type", kind);
        request
    }

    #[test]
    fn reads_the_parts_of_an_upload() {
        let body = "--xyz\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{}\r\n\
                    --xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n\u{1}--xy\r\n\r\n--xyz--\r\n";
        let parts = parts(&request(body)).unwrap();
        assert_eq!((parts[0].name.as_str(), &parts[0].body[..]), ("meta", &b"{}"[..]));
        assert_eq!(parts[0].content_type.as_deref(), Some("application/json"));
        assert_eq!(parts[1].file_name.as_deref(), Some("a.png"));
        assert_eq!(&parts[1].body[..], b"\x01--xy\r\n");
    }

    #[test]
    fn refuses_what_is_broken() {
        for body in ["", "--xyz", "--xyz\r\n", "--xyz\r\nno head\r\n--xyz--", "--xyz\r\n\r\n\r\n--xyz"] {
            assert_eq!(parts(&request(body)), None, "{body:?}");
        }
    }
}
