//! A plain download from ECR's blob store: an address signed by ECR, asked for
//! without credentials, on the SDK's own connections.

use bytes::Bytes;

use crate::problem::Problem;
use crate::transport::Transport;

/// An image's config is a few KiB; more than this is not one.
const MAX: usize = 4 * 1024 * 1024;

/// The bytes at `url`. The address holds a signature and stands in no error.
pub(super) async fn download(transport: &Transport, url: &str) -> Result<Bytes, Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        Problem::new(format!("the blob store of ECR did not answer: {why}"))
    };
    let request = http::Request::get(url)
        .body(Bytes::new())
        .map_err(|_malformed| failed(&"its address is malformed"))?;
    let answer = transport.send(request, MAX).await.map_err(|error| failed(&error))?;
    if !answer.status().is_success() {
        return Err(failed(&format!("HTTP status {}", answer.status().as_u16())));
    }
    Ok(answer.into_body())
}
