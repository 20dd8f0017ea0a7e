//! Where calls go.

use url::{Host, Position, Url};

use crate::error::ConfigError;

/// The usual host and the one to try when it is silent.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    base: String,
    backup: String,
}

impl Hosts {
    /// Without a backup the second try goes to the same host.
    pub(crate) fn new(base: &str, backup: Option<&str>, plain_http: bool) -> Result<Self, ConfigError> {
        let base = checked(base, plain_http)?;
        let backup = match backup {
            Some(backup) => checked(backup, plain_http)?,
            None => base.clone(),
        };
        Ok(Self { base, backup })
    }

    /// The whole address of a path with its query.
    pub(crate) fn url(&self, on_backup: bool, path: &str) -> Result<Url, ConfigError> {
        let base = if on_backup { &self.backup } else { &self.base };
        if !path.starts_with('/') || path.contains('#') {
            return Err(ConfigError::new("a path begins with / and has no fragment"));
        }
        Url::parse(&format!("{base}{path}")).map_err(|_| ConfigError::new("the path does not fit into a URL"))
    }
}

/// The path and query exactly as they go on the wire.
pub(crate) fn target(url: &Url) -> &str {
    &url[Position::BeforePath..Position::AfterQuery]
}

fn checked(text: &str, plain_http: bool) -> Result<String, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::new("the base URL is not a URL"))?;
    match url.scheme() {
        "https" => {}
        "http" if plain_http || is_loopback(&url) => {}
        _ => return Err(ConfigError::new("the base URL must be https, http being for loopback only")),
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(ConfigError::new("the base URL has no user, query or fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for good in ["https://a.example", "http://localhost:1/", "http://127.0.0.1:80", "http://[::1]:9/x"] {
            assert!(Hosts::new(good, None, false).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "http://localhost.a.example",
            "ftp://127.0.0.1",
            "x",
            "https://u:p@a/",
            "https://a/?b",
        ] {
            assert!(Hosts::new(bad, None, false).is_err(), "{bad}");
        }
        assert!(Hosts::new("http://a.example", None, true).is_ok());
        assert!(Hosts::new("https://a.example", Some("http://b.example"), false).is_err());
    }

    #[test]
    fn the_target_is_what_goes_on_the_wire() {
        let hosts = Hosts::new("https://a.example/", Some("https://b.example/x/"), false).unwrap();
        assert_eq!(target(&hosts.url(false, "/v3/a%7Cb?c=d").unwrap()), "/v3/a%7Cb?c=d");
        assert_eq!(hosts.url(true, "/v3/a").unwrap().as_str(), "https://b.example/x/v3/a");
        assert!(hosts.url(false, "v3/a").is_err());
        assert!(hosts.url(false, "@evil.example/").is_err());
    }
}
