//! An answer without content is none.
//!
//! A proxy or a load balancer that gives up may send an empty body, white space or `{}`
//! with status 200. The SDK reads that as an answer of which every member is absent: no
//! service, no deployment, nothing that was registered.

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// What is longer is not looked into: it has content.
const LONGEST: u64 = 64;

/// The operations whose answer has no members by AWS's models.
const WITHOUT_MEMBERS: [&str; 1] = ["CodeDeploy_20141006.ContinueDeployment"];

/// Sends over `connector`, and takes an answer without content for a connection that
/// broke.
pub(super) fn answers(connector: SharedHttpConnector) -> SharedHttpConnector {
    SharedHttpConnector::new(Whole(connector))
}

#[derive(Debug)]
struct Whole(SharedHttpConnector);

impl HttpConnector for Whole {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let may_be_empty = request
            .headers()
            .get("x-amz-target")
            .is_some_and(|target| WITHOUT_MEMBERS.contains(&target));
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let is_long = answer.body().content_length().is_some_and(|length| length > LONGEST);
            if may_be_empty || is_long || !answer.status().is_success() {
                return Ok(answer);
            }
            with_content(answer).await
        })
    }
}

async fn with_content(mut answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let body = ByteStream::new(answer.take_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
    if body.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b'{' | b'}')) {
        return Err(ConnectorError::io("the answer of AWS is empty".into()));
    }
    *answer.body_mut() = SdkBody::from(body);
    Ok(answer)
}
