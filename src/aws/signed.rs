//! Calls to services of AWS of which one operation is asked: an SDK for each would weigh a
//! hundred times what it is used for. They are signed by the SDK's own signer.
//!
//! Reads only: what gets no answer is asked again.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::call::{ATTEMPT_WITHIN, Answer};
use super::error::{CallError, Cause};
use crate::http::HttpClient;
use crate::names::Region;

/// The largest answer that is read.
const MAX: usize = 1024 * 1024;

/// Before each attempt.
const PAUSES: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_millis(2000)];

/// One operation of one service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    /// What it is called in IAM.
    pub(super) action: &'static str,
    /// The name of the service in addresses and signatures.
    pub(super) service: &'static str,
    /// `x-amz-target` in the JSON protocol; `None`: the body is a form of the Query protocol.
    pub(super) target: Option<&'static str>,
}

/// An answer: its status, and its body.
type Answered = (http::StatusCode, Bytes);

/// Sends `body` to the service in `region`; `host` where its address has no Region in it.
pub(super) async fn call(
    config: &SdkConfig,
    transport: &HttpClient,
    operation: Operation,
    (region, host): (&Region, Option<&str>),
    body: String,
) -> Answer<Bytes> {
    let mut answer = Err(CallError::unanswered(operation.action));
    for pause in PAUSES {
        sleep(pause).await;
        let attempt = attempt(config, transport, operation, (region, host), &body);
        answer = match timeout(ATTEMPT_WITHIN, attempt).await {
            Ok(answered) => answered.and_then(|answered| judged(operation, answered)),
            Err(_elapsed) => Err(CallError::unanswered(operation.action)),
        };
        match &answer {
            Err(error) if matches!(error.cause, Cause::Throttled | Cause::Unclear) => {}
            _ => break,
        }
    }
    answer
}

async fn attempt(
    config: &SdkConfig,
    transport: &HttpClient,
    operation: Operation,
    (region, host): (&Region, Option<&str>),
    body: &str,
) -> Answer<Answered> {
    let Operation { action, service, target } = operation;
    let unsent =
        |cause, message: String| CallError { action, cause, code: None, message, hint: None };
    let provider = config.credentials_provider();
    let provider = provider
        .ok_or_else(|| unsent(Cause::Credentials, "there are no AWS credentials".to_owned()))?;
    let credentials = provider.provide_credentials().await;
    let credentials = credentials.map_err(|error| unsent(Cause::Credentials, error.to_string()))?;
    let address = match (config.endpoint_url(), host) {
        (Some(url), _) => url.to_owned(),
        (None, Some(host)) => format!("https://{host}/"),
        (None, None) => {
            let fips = if config.use_fips() == Some(true) { "-fips" } else { "" };
            format!("https://{service}{fips}.{region}.{}/", suffix(region))
        }
    };
    let content = match target {
        Some(_) => "application/x-amz-json-1.1",
        None => "application/x-www-form-urlencoded; charset=utf-8",
    };
    let request = http::Request::post(&address).header("content-type", content);
    let request = match target {
        Some(target) => request.header("x-amz-target", target),
        None => request,
    };
    let request = request.body(Bytes::from(body.to_owned()));
    let mut request = request.map_err(|error| unsent(Cause::Refused, error.to_string()))?;
    let identity: Identity = credentials.into();
    let now = config.time_source().map(|source| source.now());
    let now = now.ok_or_else(|| unsent(Cause::Refused, "there is no clock".to_owned()))?;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region.as_str())
        .name(service)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsent(Cause::Refused, error.to_string()))?;
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable =
        SignableRequest::new("POST", &address, headers, SignableBody::Bytes(body.as_bytes()))
            .and_then(|signable| sign(signable, &params.into()))
            .map_err(|error| unsent(Cause::Refused, error.to_string()))?;
    let (instructions, _) = signable.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    let answer = transport.send(request, MAX).await;
    let answer = answer.map_err(|error| unsent(Cause::Unclear, error.to_string()))?;
    Ok((answer.status(), answer.into_body()))
}

/// The answer, if it is one; a refusal has its code in JSON or in XML.
fn judged(operation: Operation, (status, body): Answered) -> Answer<Bytes> {
    if status.is_success() {
        return Ok(body);
    }
    let text = String::from_utf8_lossy(&body);
    let code = match serde_json::from_slice::<Value>(&body) {
        Ok(error) => {
            error["__type"].as_str().map(|it| it.rsplit('#').next().unwrap_or(it).to_owned())
        }
        Err(_not_json) => {
            let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
            code.map(|(code, _)| code.to_owned())
        }
    };
    let cause = match code.as_deref() {
        Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation") => Cause::Denied,
        Some("Throttling" | "ThrottlingException" | "TooManyRequestsException") => Cause::Throttled,
        Some(_) if status.is_client_error() => Cause::Refused,
        _ => Cause::Unclear,
    };
    let message = format!("HTTP status {}", status.as_u16());
    Err(CallError { action: operation.action, cause, code, message, hint: None })
}

/// What the addresses of a Region end with.
fn suffix(region: &Region) -> &'static str {
    match region.as_str().starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    }
}
