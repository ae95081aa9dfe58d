//! A plain download from ECR's blob store: an address signed by ECR, asked for
//! without credentials, on the SDK's own connections.

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::problem::Problem;

/// An image's config is a few KiB; more than this is not one.
const MAX: usize = 4 * 1024 * 1024;

/// The bytes at `url`. The address holds a signature and stands in no error.
pub(super) async fn download(
    connector: &SharedHttpConnector,
    url: &str,
) -> Result<Vec<u8>, Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        Problem::new(format!("the blob store of ECR did not answer: {why}"))
    };
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).map_err(|_malformed| failed(&"its address is malformed"))?;
    let response = connector.call(request).await.map_err(|error| failed(&error))?;
    if !response.status().is_success() {
        return Err(failed(&format!("HTTP status {}", response.status().as_u16())));
    }
    let mut body = ByteStream::new(response.into_body());
    let mut bytes = Vec::new();
    while let Some(part) = body.next().await {
        bytes.extend_from_slice(&part.map_err(|error| failed(&error))?);
        if bytes.len() > MAX {
            return Err(failed(&"more than 4 MiB"));
        }
    }
    Ok(bytes)
}
