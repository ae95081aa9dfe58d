//! Calls to services of AWS of which one operation is asked: an SDK for each would weigh a
//! hundred times what it is used for. They are signed by the SDK's own signer.
//!
//! What gets no answer is sent again. That is no harm to reads, nor to a write that says the
//! same about the whole of a thing each time: no other may be sent from here.

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
    pub(super) protocol: Protocol,
}

/// How an operation is spelled in HTTP.
#[derive(Debug, Clone, Copy)]
pub(super) enum Protocol {
    /// JSON, with this as `x-amz-target`.
    Json(&'static str),
    /// The body is a form.
    Query,
    /// By this method, path and query; the body is JSON.
    Rest(&'static str),
}

type Answered = http::Response<Bytes>;

/// Sends `body` to `path` of the service in `region`; `host` where its address has no Region in
/// it. What is put into the path or its query is percent-encoded.
pub(super) async fn call(
    config: &SdkConfig,
    transport: &HttpClient,
    operation: Operation,
    (region, host): (&Region, Option<&str>),
    (path, body): (&str, String),
) -> Answer<Bytes> {
    let mut answer = Err(CallError::unanswered(operation.action));
    let mut was_unclear = false;
    for pause in PAUSES {
        sleep(pause).await;
        let attempt = attempt(config, transport, operation, (region, host), (path, &body));
        answer = match timeout(ATTEMPT_WITHIN, attempt).await {
            Ok(answered) => answered.and_then(|answered| judged(operation, answered)),
            Err(_elapsed) => Err(CallError::unanswered(operation.action)),
        };
        match answer.as_ref().map_err(|error| error.cause) {
            Err(Cause::Unclear) => was_unclear = true,
            Err(Cause::Throttled) => {}
            Ok(_) | Err(Cause::Denied | Cause::Credentials | Cause::Refused) => break,
        }
    }
    // That one attempt was declined says nothing of an earlier one.
    answer.map_err(|error| match was_unclear {
        true => CallError { cause: Cause::Unclear, ..error },
        false => error,
    })
}

async fn attempt(
    config: &SdkConfig,
    transport: &HttpClient,
    operation: Operation,
    (region, host): (&Region, Option<&str>),
    (path, body): (&str, &str),
) -> Answer<Answered> {
    let Operation { action, service, protocol } = operation;
    let unsent =
        |cause, message: String| CallError { action, cause, code: None, message, hint: None };
    let provider = config.credentials_provider();
    let provider = provider
        .ok_or_else(|| unsent(Cause::Credentials, "there are no AWS credentials".to_owned()))?;
    let credentials = provider.provide_credentials().await;
    let credentials = credentials.map_err(|error| unsent(Cause::Credentials, error.to_string()))?;
    let address = match (config.endpoint_url(), host) {
        (Some(url), _) => format!("{}{path}", url.trim_end_matches('/')),
        (None, Some(host)) => format!("https://{host}{path}"),
        (None, None) => {
            let fips = if config.use_fips() == Some(true) { "-fips" } else { "" };
            format!("https://{service}{fips}.{region}.{}{path}", region.domain())
        }
    };
    let (method, content) = match protocol {
        Protocol::Json(_) => ("POST", "application/x-amz-json-1.1"),
        Protocol::Query => ("POST", "application/x-www-form-urlencoded; charset=utf-8"),
        Protocol::Rest(method) => (method, "application/json"),
    };
    let request = http::Request::builder().method(method).uri(&address);
    let request = request.header("content-type", content);
    let request = match protocol {
        Protocol::Json(target) => request.header("x-amz-target", target),
        Protocol::Query | Protocol::Rest(_) => request,
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
        SignableRequest::new(method, &address, headers, SignableBody::Bytes(body.as_bytes()))
            .and_then(|signable| sign(signable, &params.into()))
            .map_err(|error| unsent(Cause::Refused, error.to_string()))?;
    let (instructions, _) = signable.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    let answer = transport.send(request, MAX).await;
    answer.map_err(|error| unsent(Cause::Unclear, error.to_string()))
}

/// The answer, if it is one; a refusal has its code in a header, in JSON or in XML.
fn judged(operation: Operation, answer: Answered) -> Answer<Bytes> {
    let (status, headers) = (answer.status(), answer.headers());
    if status.is_success() {
        return Ok(answer.into_body());
    }
    let in_header = headers.get("x-amzn-errortype").and_then(|it| it.to_str().ok());
    let body = answer.body();
    let text = String::from_utf8_lossy(body);
    let json = serde_json::from_slice::<Value>(body).ok();
    let code = match &json {
        // `namespace#Code`, or `Code:an address`.
        Some(error) => error["__type"].as_str().or(in_header).map(|it| {
            let code = it.rsplit('#').next().unwrap_or(it);
            code.split(':').next().unwrap_or(code).to_owned()
        }),
        None => {
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
    let said = json.as_ref().and_then(|it| it["message"].as_str().or(it["Message"].as_str()));
    let status = format!("HTTP status {}", status.as_u16());
    let message = said.map_or(status, str::to_owned);
    Err(CallError { action: operation.action, cause, code, message, hint: None })
}

/// A text as a part of a path, of a query or of a form.
pub(super) fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|b| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(b).to_string()
        }
        _ => format!("%{b:02X}"),
    });
    encoded.collect()
}
