//! What all products share: platform certificates, and files.

use chrono::{DateTime, FixedOffset};

use super::cipher::Sealed;
use crate::ids::Serial;
use crate::media::Upload;
use crate::{answer, pay_call};

/// The platform certificates there are, sealed under the API v3 key. A [`Merchant`](super::Merchant) asks for them by
/// itself when it needs one. Up to 1,000 a second.
///
/// # Errors
/// `RESOURCE_NOT_EXISTS`: the merchant has none, which is usual since the end of 2024; use the public key.
#[pay_call(GET "/v3/certificates", Read -> Certificates, page = "4012551764")]
pub struct GetCertificates;

/// Platform certificates.
#[answer]
pub struct Certificates {
    /// All that are valid; during a change there are two.
    pub data: Vec<SealedCertificate>,
}

/// A platform certificate, sealed. Its life is better read from the certificate itself.
#[answer]
pub struct SealedCertificate {
    /// Upper-case hex.
    pub serial_no: Option<Serial>,
    /// When it begins to count. A sample of the documentation has a blank after the name.
    #[serde(alias = "effective_time ", deserialize_with = "crate::wire::maybe_time_or_number")]
    pub effective_time: Option<DateTime<FixedOffset>>,
    /// When it ends.
    #[serde(deserialize_with = "crate::wire::maybe_time_or_number")]
    pub expire_time: Option<DateTime<FixedOffset>>,
    /// The certificate, PEM.
    pub encrypt_certificate: Sealed,
}

/// Uploads a picture (jpg, png, bmp up to 5 MB) or a PDF (up to 7.5 MB).
///
/// # Errors
/// `PARAM_ERROR`: the file is too large or of another kind.
#[pay_call(
    POST "/v3/merchant/media/upload", Unsafe -> MediaUploaded,
    page = "https://pay.weixin.qq.com/doc/v3/partner/4012760432"
)]
pub struct UploadMedia {
    /// The file.
    #[upload]
    file: Upload,
}

/// Uploads a film (avi, wmv, mpeg, mp4, mov, mkv, flv, f4v, m4v, rmvb) up to 5 MB.
///
/// # Errors
/// `PARAM_ERROR`: the file is too large or of another kind.
#[pay_call(
    POST "/v3/merchant/media/video_upload", Unsafe -> MediaUploaded,
    page = "https://pay.weixin.qq.com/doc/v3/partner/4012761084"
)]
pub struct UploadVideo {
    /// The file.
    #[upload]
    file: Upload,
}

/// An uploaded file.
#[answer]
pub struct MediaUploaded {
    /// Its number, to be named in other calls.
    pub media_id: String,
}
