//! Files whose address an answer gave.

use url::{Position, Url};

use super::bills::DownloadBill;
use super::client::Merchant;
use crate::error::{ConfigError, Error};
use crate::media::File;
use crate::operation::{Decode, Operation};
use crate::secret::Secret;
use crate::{DecodeError, Outcome};

impl Merchant {
    /// Loads a file of up to 16 MiB from the address that an answer gave, a receipt for instance. Only the merchant's
    /// signed request gets it; WeChat Pay does not sign the file itself. Bills come in pieces: [`Merchant::bill`].
    ///
    /// # Errors
    /// The address cannot be used or is too old.
    pub async fn download(&self, address: &Secret) -> Result<File, Error> {
        let answer = self.load(path_of(address)?).await?;
        File::decode(&answer).map_err(|bad| DecodeError::new(DownloadBill::NAME, bad, Outcome::Done).into())
    }
}

/// Path and query. The host stays the configured one, so that a signed request goes nowhere else.
pub(super) fn path_of(address: &Secret) -> Result<String, ConfigError> {
    const ODD: ConfigError = ConfigError::new("the address of the file cannot be used");
    let url = Url::parse(address.expose()).map_err(|_| ODD)?;
    if !url.path().starts_with("/v3/") {
        return Err(ODD);
    }
    Ok(url[Position::BeforePath..Position::AfterQuery].to_owned())
}
