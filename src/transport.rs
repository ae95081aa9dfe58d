//! HTTPS, once for everything that is not an AWS call: proxies of the environment,
//! certificates of the system, one pool of connections.
//!
//! It is the SDK's own client underneath, so that there is one TLS stack and one
//! set of rules for proxies. Nothing here knows whom it speaks to, tries again or
//! follows a redirect.

use std::fmt;
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnector as _, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;

/// A way to send requests. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Transport(SharedHttpConnector);

/// Why there is no answer; whether the request arrived is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswer(String);

impl NoAnswer {
    /// For this reason.
    pub fn of(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoAnswer {}

impl Transport {
    /// HTTPS as the SDK's own default client does it, proxies of the environment
    /// included.
    pub fn from_environment() -> Self {
        let settings =
            HttpConnectorSettings::builder().connect_timeout(Duration::from_millis(3_100)).build();
        Self::over(SharedHttpConnector::new(
            Connector::builder()
                .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
                .proxy_config(ProxyConfig::from_env())
                .connector_settings(settings)
                .build(),
        ))
    }

    /// The same over something else.
    pub fn over(connector: SharedHttpConnector) -> Self {
        Self(connector)
    }

    /// What the SDK's clients are made of.
    pub(crate) fn connector(&self) -> SharedHttpConnector {
        self.0.clone()
    }

    /// Sends `request`, whose address is absolute, and reads the answer to its end,
    /// which may have `limit` bytes.
    ///
    /// # Errors
    /// No whole answer came. The message holds nothing of the request.
    pub async fn send(
        &self,
        request: http::Request<Bytes>,
        limit: usize,
    ) -> Result<http::Response<Bytes>, NoAnswer> {
        let request = HttpRequest::try_from(request.map(SdkBody::from))
            .map_err(|_malformed| NoAnswer::of("the request can't be sent as it is"))?;
        let answer = self.0.call(request).await.map_err(|error| NoAnswer(innermost(&error)))?;
        let (parts, body) = answer
            .try_into_http1x()
            .map_err(|_malformed| NoAnswer::of("the answer is not HTTP"))?
            .into_parts();
        let mut body = ByteStream::new(body);
        let mut bytes = Vec::new();
        while let Some(part) = body.next().await {
            bytes.extend_from_slice(&part.map_err(|error| NoAnswer(innermost(&error)))?);
            if bytes.len() > limit {
                return Err(NoAnswer(format!("the answer has more than {limit} bytes")));
            }
        }
        Ok(http::Response::from_parts(parts, Bytes::from(bytes)))
    }
}

/// The last source of an error: what is above it only says "dispatch failure".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
