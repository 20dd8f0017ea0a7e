//! PEM, read as tolerantly as it is copied about: blanks, indentation and Windows line ends do not matter.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One block.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// The first block of the text.
pub(crate) fn first(text: &str) -> Option<Block> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (content, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let packed: Zeroizing<String> = Zeroizing::new(content.chars().filter(|c| !c.is_whitespace()).collect());
    let der = Zeroizing::new(STANDARD.decode(packed.as_bytes()).ok()?);
    Some(Block { label: label.to_owned(), der })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_and_windows_lines_are_fine() {
        let block = first("x\r\n  -----BEGIN A B-----\r\n  AQ\r\n  ID\r\n-----END A B-----").unwrap();
        assert_eq!((block.label.as_str(), block.der.as_slice()), ("A B", &[1_u8, 2, 3][..]));
        assert!(first("-----BEGIN A-----\nAQID\n-----END B-----").is_none());
        assert!(first("-----BEGIN A-----\n!\n-----END A-----").is_none());
    }
}
