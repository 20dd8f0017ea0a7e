//! Pictures: the codes that the platform draws, and what kind of picture an upload is.

use qrcodegen::{QrCode, QrCodeEcc};

/// How many light modules have to surround a code.
const QUIET: i32 = 4;
/// What the largest code of the lowest error correction holds, in bytes.
const MOST_BYTES: usize = 2953;

/// A square PNG of 8-bit gray, `width` pixels wide; the width is brought into 280 to 1280. What does not fit
/// into a code is cut off.
pub(crate) fn qr_png(text: &str, width: u32) -> Vec<u8> {
    let width = width.clamp(280, 1280);
    let code = encode(text);
    png(width, &pixels(&code, i32::try_from(width).expect("a clamped width is small")))
}

fn encode(text: &str) -> QrCode {
    QrCode::encode_text(text, QrCodeEcc::Medium).unwrap_or_else(|_| {
        let short = &text[..text.floor_char_boundary(MOST_BYTES)];
        QrCode::encode_text(short, QrCodeEcc::Low).expect("a code holds as many bytes as it can")
    })
}

/// The largest whole module that leaves room for the quiet zone; what is left over widens the zone.
fn pixels(code: &QrCode, width: i32) -> Vec<u8> {
    let module = width / (code.size() + 2 * QUIET);
    let margin = (width - module * code.size()) / 2;
    let place = |pixel: i32| (pixel - margin).div_euclid(module);
    let gray = |x, y| if code.get_module(place(x), place(y)) { 0 } else { 255 };
    (0..width).flat_map(|y| (0..width).map(move |x| gray(x, y))).collect()
}

fn png(width: u32, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, width);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("memory takes the header of a picture");
    writer.write_image_data(pixels).expect("the pixels fill the picture");
    writer.finish().expect("memory takes the end of a picture");
    file
}

/// The MIME type of a JPEG, PNG, BMP or GIF, told by its first bytes.
pub(crate) fn is_picture(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'B', b'M', ..] if is_bitmap(bytes) => Some("image/bmp"),
        _ => None,
    }
}

/// Two letters are too little to tell a bitmap from a text: the length of its second header has to be known too.
fn is_bitmap(bytes: &[u8]) -> bool {
    matches!(bytes.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The width of a picture and its pixels.
    fn decode(file: &[u8]) -> (usize, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
        assert_eq!(info.width, info.height);
        (info.width as usize, pixels)
    }

    /// The modules of a drawn code: the first dark pixel is the corner of a pattern that is seven modules wide.
    fn modules(file: &[u8]) -> Vec<Vec<bool>> {
        let (width, pixels) = decode(file);
        let dark = |x: usize, y: usize| pixels[y * width + x] == 0;
        let margin = (0..width).find(|at| dark(*at, *at)).unwrap();
        let module = (margin..width).take_while(|x| dark(*x, margin)).count() / 7;
        let size = (margin..width).rev().find(|x| dark(*x, margin)).map(|end| (end + 1 - margin) / module);
        let row = |y| (0..size.unwrap()).map(|x| dark(margin + x * module, margin + y * module)).collect();
        assert!(margin >= 4 * module, "the quiet zone is {margin} pixels for modules of {module}");
        (0..size.unwrap()).map(row).collect()
    }

    fn meant(code: &QrCode) -> Vec<Vec<bool>> {
        let row = |y| (0..code.size()).map(|x| code.get_module(x, y)).collect();
        (0..code.size()).map(row).collect()
    }

    #[test]
    fn the_picture_shows_the_code_of_the_text_at_every_width() {
        let long = "p".repeat(1024);
        for text in ["", "pages/goods/index?id=1", "页面?场景=茶", long.as_str()] {
            let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
            for width in [280, 430, 1280] {
                assert_eq!(modules(&qr_png(text, width)), meant(&code), "{width} {text}");
            }
        }
    }

    #[test]
    fn the_width_is_kept_within_the_documented_range() {
        for (asked, drawn) in [(0, 280), (280, 280), (431, 431), (1280, 1280), (u32::MAX, 1280)] {
            assert_eq!(decode(&qr_png("a", asked)).0, drawn);
        }
    }

    #[test]
    fn a_text_that_no_code_holds_is_cut_between_characters() {
        let text = "茶".repeat(1024);
        let code = QrCode::encode_text(&"茶".repeat(984), QrCodeEcc::Low).unwrap();
        assert_eq!(modules(&qr_png(&text, 280)), meant(&code));
    }

    #[test]
    fn tells_pictures_by_their_first_bytes() {
        assert_eq!(is_picture(&qr_png("a", 280)), Some("image/png"));
        assert_eq!(is_picture(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some("image/jpeg"));
        assert_eq!(is_picture(b"GIF89a\x01\0"), Some("image/gif"));
        assert_eq!(is_picture(b"GIF87a"), Some("image/gif"));
        assert_eq!(is_picture(b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01"), Some("image/bmp"));
    }

    #[test]
    fn other_bytes_are_no_picture() {
        let others: [&[u8]; 10] = [
            b"",
            b"\xff\xd8",
            b"\x89PNG",
            b"GIF88a",
            b"BM",
            b"BMW 3 is a car of some make",
            b"{\"errcode\":40001}",
            b"<svg xmlns=''/>",
            b"RIFF\x04\0\0\0WEBP",
            b" \xff\xd8\xff",
        ];
        for bytes in others {
            assert_eq!(is_picture(bytes), None, "{bytes:?}");
        }
    }
}
