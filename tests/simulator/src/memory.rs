//! The simulator as the HTTP client of an AWS SDK: no socket, and every delay a
//! tokio sleep, so that it is virtual under a paused clock.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt as _;

use crate::Simulator;
use crate::wire::{Incoming, REQUEST_ID, Reply};

#[derive(Clone)]
struct Memory(Simulator);

pub(crate) fn client(simulator: Simulator) -> SharedHttpClient {
    SharedHttpClient::new(Memory(simulator))
}

pub(crate) fn connector(simulator: Simulator) -> SharedHttpConnector {
    SharedHttpConnector::new(Memory(simulator))
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("simulated AWS")
    }
}

impl HttpClient for Memory {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Memory {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let simulator = self.0.clone();
        HttpConnectorFuture::new(async move {
            let incoming = read(request).await?;
            let (delay, reply) = simulator.receive(&incoming);
            tokio::time::sleep(delay).await;
            match reply {
                Reply::Answer(answer) => {
                    let response = http::Response::builder()
                        .status(answer.status)
                        .header("content-type", answer.content_type)
                        .header("x-amzn-requestid", REQUEST_ID)
                        .body(SdkBody::from(answer.body))
                        .map_err(|error| ConnectorError::user(error.into()))?;
                    HttpResponse::try_from(response)
                        .map_err(|error| ConnectorError::user(error.into()))
                }
                Reply::Reset => Err(ConnectorError::io("connection reset by peer".into())),
                Reply::Silence => std::future::pending().await,
            }
        })
    }
}

async fn read(mut request: HttpRequest) -> Result<Incoming, ConnectorError> {
    let body = match request.body().bytes() {
        Some(bytes) => Bytes::copy_from_slice(bytes),
        None => request.take_body().collect().await.map_err(ConnectorError::user)?.to_bytes(),
    };
    let header = |name: &str| request.headers().get(name).map(str::to_owned);
    let uri = request.uri();
    // Absolute in the SDK's requests: keep what follows the host.
    let path = match uri.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => uri,
    };
    Ok(Incoming {
        method: request.method().to_owned(),
        path: path.to_owned(),
        target: header("x-amz-target"),
        authorization: header("authorization"),
        body,
        base: None,
    })
}
