//! AES-CBC with PKCS#7 padding to blocks of any size: session data pads to 16 bytes, message push to 32.

use aes::cipher::array::Array;
use aes::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyInit,
    KeyIvInit as _,
};
use cbc::{Decryptor, Encryptor};

/// Encrypts whole blocks; `None` for part of a block, or a key or vector of the wrong size.
pub(super) fn encrypt<C>(key: &[u8], iv: &[u8], mut padded: Vec<u8>) -> Option<Vec<u8>>
where
    C: BlockCipherEncrypt + KeyInit,
{
    let mut mode = Encryptor::<C>::new_from_slices(key, iv).ok()?;
    let (blocks, []) = Array::slice_as_chunks_mut(&mut padded) else { return None };
    mode.encrypt_blocks(blocks);
    Some(padded)
}

/// Decrypts whole blocks and leaves the padding on.
pub(super) fn decrypt<C>(key: &[u8], iv: &[u8], mut ciphertext: Vec<u8>) -> Option<Vec<u8>>
where
    C: BlockCipherDecrypt + KeyInit,
{
    let mut mode = Decryptor::<C>::new_from_slices(key, iv).ok()?;
    let (blocks, []) = Array::slice_as_chunks_mut(&mut ciphertext) else { return None };
    mode.decrypt_blocks(blocks);
    Some(ciphertext)
}

/// Pads to the next multiple of `block`, by at least one byte.
pub(super) fn pad(mut bytes: Vec<u8>, block: u8) -> Vec<u8> {
    let used = bytes.len() % usize::from(block);
    let count = block - u8::try_from(used).expect("a remainder is below its divisor");
    bytes.resize(bytes.len() + usize::from(count), count);
    bytes
}

/// What [`pad`] padded; `None` if it cannot have been.
pub(super) fn unpad(mut bytes: Vec<u8>, block: u8) -> Option<Vec<u8>> {
    let count = *bytes.last()?;
    let whole = bytes.len().is_multiple_of(usize::from(block));
    let kept = bytes.len().checked_sub(usize::from(count))?;
    let padded = (1..=block).contains(&count) && bytes[kept..].iter().all(|byte| *byte == count);
    (whole && padded).then(|| {
        bytes.truncate(kept);
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes::Aes128;

    #[test]
    fn unpads_what_it_padded() {
        for len in 0..=64 {
            let padded = pad(vec![9; len], 32);
            assert!(padded.len() > len && padded.len().is_multiple_of(32));
            assert_eq!(unpad(padded, 32), Some(vec![9; len]));
        }
    }

    #[test]
    fn refuses_what_is_no_padding() {
        let ending = |tail: &[u8], len: usize| [vec![7; len - tail.len()], tail.to_vec()].concat();
        let wrong =
            [ending(&[0], 32), ending(&[1, 2], 32), ending(&[33; 33], 64), ending(&[1], 31), Vec::new()];
        assert!(wrong.into_iter().all(|bytes| unpad(bytes, 32).is_none()));
        assert!(unpad(vec![17; 32], 16).is_none());
        assert!(unpad(vec![17; 32], 32).is_some());
    }

    #[test]
    fn refuses_parts_of_blocks_and_keys() {
        assert!(encrypt::<Aes128>(&[1; 16], &[2; 16], vec![3; 17]).is_none());
        assert!(decrypt::<Aes128>(&[1; 16], &[2; 16], vec![3; 17]).is_none());
        assert!(encrypt::<Aes128>(&[1; 15], &[2; 16], vec![3; 16]).is_none());
        assert!(decrypt::<Aes128>(&[1; 16], &[2; 15], vec![3; 16]).is_none());
    }
}
