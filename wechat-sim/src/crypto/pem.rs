//! The text form of keys and certificates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem + "-----END " + label + "-----\n"
}

/// The label and the bytes of the first block.
pub(super) fn decode(pem: &str) -> Result<(&str, Vec<u8>), String> {
    let (label, rest) = pem
        .split_once("-----BEGIN ")
        .and_then(|(_, rest)| rest.split_once("-----"))
        .ok_or("a PEM text begins with its label")?;
    let (body, _) = rest
        .split_once(&format!("-----END {label}-----"))
        .ok_or_else(|| format!("the PEM text has no end of {label}"))?;
    let text: String = body.split_ascii_whitespace().collect();
    Ok((label, STANDARD.decode(text).map_err(|error| error.to_string())?))
}

/// The bytes of the first block, which has to have this label.
pub(super) fn decode_as(label: &str, pem: &str) -> Result<Vec<u8>, String> {
    match decode(pem)? {
        (found, der) if found == label => Ok(der),
        (found, _) => Err(format!("a PEM text of {label} is wanted, not of {found}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_whatever_the_line_ends() {
        let pem = encode("THING", &[7; 100]);
        assert_eq!(decode(&pem), Ok(("THING", vec![7; 100])));
        let windows = format!("a comment\r\n{}", pem.replace('\n', "\r\n"));
        assert_eq!(decode_as("THING", &windows), Ok(vec![7; 100]));
    }

    #[test]
    fn refuses_other_labels_and_halves() {
        let pem = encode("THING", &[7; 100]);
        assert!(decode_as("OTHER", &pem).is_err());
        for broken in [&pem[1..], pem.trim_end().trim_end_matches('-'), &pem.replace("BwcH", "B!cH")] {
            assert!(decode(broken).is_err(), "{broken}");
        }
    }
}
