//! Addresses on the web that a step is given, and what of them may be shown.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::uri::Authority;
use http::{HeaderValue, Uri};

use crate::problem::Problem;

/// `http://…` or `https://…`. It is shown without what may be a secret in it: credentials
/// and its query.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// Without credentials.
    uri: Uri,
    /// `user:password`, as the address spells it.
    credentials: Option<String>,
}

impl Url {
    /// # Errors
    /// It is not an address; the text is not quoted.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::read(text).ok_or_else(|| {
            Problem::new("it is not an address (like https://example.com/health)")
                .hint("it has to begin with https:// or http://, in ASCII and without spaces")
        })
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.parse::<Uri>().ok()?.into_parts();
        let authority = parts.authority.take()?;
        let (credentials, host) = match authority.as_str().rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials.to_owned()), host.parse().ok()?),
            None => (None, authority),
        };
        let port = host.as_str().strip_prefix(host.host())?;
        let has_port = port.is_empty() || host.port_u16().is_some();
        let is_web = matches!(parts.scheme.as_ref()?.as_str(), "http" | "https");
        if host.host().is_empty() || !has_port || !is_web {
            return None;
        }
        parts.authority = Some(host);
        Some(Self { uri: Uri::from_parts(parts).ok()?, credentials })
    }

    /// For the one who sends it: without credentials.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// `user:password`, as it is spelled in it.
    pub fn credentials(&self) -> Option<&str> {
        self.credentials.as_deref()
    }

    /// What says its credentials to the server: the header `authorization`.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let credentials = BASE64_STANDARD.encode(decoded(self.credentials.as_deref()?));
        let mut header = HeaderValue::from_str(&format!("Basic {credentials}")).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    pub fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    pub fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether it leads to this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host().trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || host.parse().is_ok_and(|it: Ipv4Addr| it.is_loopback())
            || host.parse().is_ok_and(|it: Ipv6Addr| it.is_loopback())
    }
}

/// Two hexadecimal digits behind a `%` are a byte (RFC 3986, section 2.1).
fn decoded(text: &str) -> Vec<u8> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        match piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => bytes.extend(std::iter::once(byte).chain(piece.bytes().skip(2))),
            None => bytes.extend(std::iter::once(b'%').chain(piece.bytes())),
        }
    }
    bytes
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.uri.authority().map_or("", Authority::as_str);
        let path = if self.uri.path() == "/" { "" } else { self.uri.path() };
        write!(f, "{}://{authority}{path}", self.uri.scheme_str().unwrap_or_default())?;
        if self.uri.query().is_some() { f.write_str("?…") } else { Ok(()) }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_may_be_a_secret() {
        for (text, shown) in [
            ("https://shop.example.com", "https://shop.example.com"),
            ("HTTPS://shop.example.com:8443/health/", "https://shop.example.com:8443/health/"),
            ("http://ann:pass%40word@shop.example.com/a", "http://shop.example.com/a"),
            ("https://shop.example.com/a?key=hush#part", "https://shop.example.com/a?…"),
            ("https://[::1]:80/", "https://[::1]:80"),
        ] {
            let url = Url::parse(text).expect("an address");
            assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()));
            assert!(!url.uri().to_string().contains("pass"), "{}", url.uri());
        }
    }

    #[test]
    fn what_is_no_address_is_not_quoted() {
        for text in [
            "shop.example.com",
            "/health",
            "ftp://shop.example.com",
            "https://",
            "https:///hush",
            "https://hush@",
            "https://shop.example.com:hush",
            "https://shop.example.com:70000",
            "https://shop.example.com/a b",
            "https://größer.example",
            "mailto:hush@example.com",
        ] {
            let problem = Url::parse(text).expect_err(text);
            assert!(!problem.to_string().contains("hush"), "{problem}");
        }
    }

    #[test]
    fn credentials_are_sent_in_a_header() {
        for (text, expected) in [
            ("https://shop.example.com", None),
            ("https://ann:word@shop.example.com", Some("ann:word")),
            ("https://ann:p%40ss%c3%a9%2@shop.example.com", Some("ann:p@ssé%2")),
            ("https://token@shop.example.com", Some("token")),
        ] {
            let header = Url::parse(text).expect("an address").authorization();
            let header = header.map(|it| it.to_str().expect("ASCII").to_owned());
            let expected = expected.map(|it| format!("Basic {}", BASE64_STANDARD.encode(it)));
            assert_eq!(header, expected, "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (text, expected) in [
            ("http://localhost:8080/", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:9", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
        ] {
            assert_eq!(Url::parse(text).expect("an address").is_loopback(), expected, "{text}");
        }
    }
}
