//! What the new version has to answer once it is there.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use http::HeaderName;

use crate::url::Url;

/// The inputs `check-…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub url: Url,
    /// At least one.
    pub status: Vec<RangeInclusive<u16>>,
    /// What the body has to contain; placeholders may be in it.
    pub body: Option<String>,
    /// What this header has to contain, in the same way.
    pub header: Option<(HeaderName, String)>,
    /// So many right answers in a row.
    pub count: u32,
    /// Within this time.
    pub timeout: Duration,
}

impl Check {
    /// From one request to the next, about.
    pub(crate) const BETWEEN: Duration = Duration::from_secs(1);

    /// The texts that may hold placeholders, by their inputs.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let body = self.body.iter().map(|text| ("check-body", text.as_str()));
        body.chain(self.header.iter().map(|(_, text)| ("check-header", text.as_str())))
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, status, body, header, count, timeout } = self;
        let one = |range: &RangeInclusive<u16>| match (range.start(), range.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        };
        let status: Vec<String> = status.iter().map(one).collect();
        write!(f, "{url}: {count} times in a row {}", status.join(" or "))?;
        if let Some(text) = body {
            write!(f, " with `{text}` in the body")?;
        }
        if let Some((name, text)) = header {
            write!(f, " with `{text}` in the header {name}")?;
        }
        write!(f, ", within {}", humantime::format_duration(*timeout))
    }
}
