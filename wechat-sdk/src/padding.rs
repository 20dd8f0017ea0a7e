//! PKCS#7 padding to blocks of any size; libraries know only that of the cipher.

/// Takes 1 to `block` equal bytes off the end, each of which tells their number.
pub(crate) fn unpadded(bytes: &[u8], block: usize) -> Option<&[u8]> {
    let padding = usize::from(*bytes.last()?);
    let (content, tail) = bytes.split_at_checked(bytes.len().checked_sub(padding)?)?;
    let even = (1..=block).contains(&padding) && tail.iter().all(|byte| usize::from(*byte) == padding);
    even.then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_one_to_thirty_two() {
        for padding in 1..=32_u8 {
            let bytes = [vec![7; 3], vec![padding; padding.into()]].concat();
            assert_eq!(unpadded(&bytes, 32), Some(&[7, 7, 7][..]), "{padding}");
        }
        assert_eq!(unpadded(&[33; 33], 32), None);
        assert_eq!(unpadded(&[1, 2, 0], 32), None);
        assert_eq!(unpadded(&[1, 3, 3], 32), None);
        assert_eq!(unpadded(&[9], 32), None);
        assert_eq!(unpadded(&[], 32), None);
    }
}
