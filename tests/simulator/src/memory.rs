//! A site in place of the connections of an HTTP client: no socket, and every delay a tokio
//! sleep, so that it is virtual under a paused clock.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt as _;

use crate::site::{Outcome, Site};

#[derive(Clone)]
struct Memory<S>(S);

pub(crate) fn connector(site: impl Site) -> SharedHttpConnector {
    SharedHttpConnector::new(Memory(site))
}

impl<S> fmt::Debug for Memory<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a simulated site")
    }
}

impl<S: Site> HttpConnector for Memory<S> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let site = self.0.clone();
        HttpConnectorFuture::new(async move {
            let (delay, outcome) = site.receive(&read(request).await?, None);
            tokio::time::sleep(delay).await;
            match outcome {
                Outcome::Answer(answer) => HttpResponse::try_from(answer.map(SdkBody::from))
                    .map_err(|error| ConnectorError::user(error.into())),
                Outcome::Unreachable(why) => Err(ConnectorError::io(why.into())),
                Outcome::Reset => Err(ConnectorError::io("connection reset by peer".into())),
                Outcome::Silence => std::future::pending().await,
            }
        })
    }
}

async fn read(mut request: HttpRequest) -> Result<http::Request<Bytes>, ConnectorError> {
    let body = match request.body().bytes() {
        Some(bytes) => Bytes::copy_from_slice(bytes),
        None => request.take_body().collect().await.map_err(ConnectorError::user)?.to_bytes(),
    };
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    Ok(request.map(|_| body))
}
