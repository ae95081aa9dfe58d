//! A plain download from ECR's blob store: an address signed by ECR, asked for
//! without credentials, on the SDK's own connections.

use bytes::Bytes;

use crate::http::HttpClient;
use crate::image::Digest;
use crate::problem::Problem;

/// An image's config is a few KiB; more than this is not one.
const MAX: usize = 4 * 1024 * 1024;

/// The bytes at `url`, which have the digest. The address holds a signature and stands in
/// no error.
pub(super) async fn download(
    transport: &HttpClient,
    url: &str,
    digest: &Digest,
) -> Result<Bytes, Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        Problem::new(format!("the blob store of ECR did not answer: {why}"))
    };
    let request = http::Request::get(url)
        .body(Bytes::new())
        .map_err(|_malformed| failed(&"its address is malformed"))?;
    if !is_private(request.uri()) {
        return Err(failed(&"its address is not https"));
    }
    let answer = transport.send(request, MAX).await.map_err(|error| failed(&error))?;
    if !answer.status().is_success() {
        return Err(failed(&format!("HTTP status {}", answer.status().as_u16())));
    }
    let bytes = answer.into_body();
    if Digest::of(&bytes) != *digest {
        return Err(Problem::new(format!(
            "the blob store of ECR returned something other than {digest}"
        )));
    }
    Ok(bytes)
}

/// Whether nobody on the way can read or change what comes: also on this very machine,
/// where an emulator of AWS listens without TLS.
fn is_private(address: &http::Uri) -> bool {
    let is_here = || matches!(address.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
    match address.scheme_str() {
        Some("https") => true,
        Some("http") => is_here(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_downloaded_from_or_this_machine() {
        for (address, expected) in [
            ("https://prod-eu-central-1-starport-layer-bucket.s3.amazonaws.com/a?b", true),
            ("http://prod-eu-central-1-starport-layer-bucket.s3.amazonaws.com/a?b", false),
            ("http://127.0.0.1:4566/a", true),
            ("http://127.0.0.1.evil.example/a", false),
            ("http://localhost:4566/a", true),
            ("ftp://localhost/a", false),
            ("/a", false),
        ] {
            let uri = address.parse().expect("an address");
            assert_eq!(is_private(&uri), expected, "{address}");
        }
    }
}
