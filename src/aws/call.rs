//! How every call is sent: the only place that reads an `SdkError`.
//!
//! An `SdkError` prints as "service error"; what people need lies in its sources.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use http_body_util::LengthLimitError;

use super::error::{CallError, Cause};
use super::unsent::unsent;
use crate::http::sources;

/// Every single attempt of a call is cut here; without it the SDK would wait on
/// a silent server for ever.
pub(super) const ATTEMPT_WITHIN: Duration = Duration::from_secs(10);

/// What a call brings, or how it failed.
pub(crate) type Answer<T> = Result<T, CallError>;

/// Sends a call. `action` is what it is called in IAM.
///
/// On the heap: the SDK's futures are large, and everything above would hold one for each
/// call that it may make.
pub(super) fn send<T, E>(
    action: &'static str,
    call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'static,
) -> impl Future<Output = Answer<T>> + Send
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let call = Box::pin(call);
    async move { call.await.map_err(|error| failure(action, &error)) }
}

fn failure<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().map(str::to_owned);
            let cause = match code.as_deref() {
                Some(code) if is_denied(code) => Cause::Denied,
                Some(code) if is_about_credentials(code) => Cause::Credentials,
                Some(code) if is_throttled(code) => Cause::Throttled,
                _ if answer.raw().status().as_u16() == 429 => Cause::Throttled,
                Some(_) if answer.raw().status().is_client_error() => Cause::Refused,
                _ => Cause::Unclear,
            };
            let message = answer.err().message().map_or_else(
                || format!("HTTP status {}", answer.raw().status().as_u16()),
                str::to_owned,
            );
            let hint = code.as_deref().and_then(about_credentials).map(str::to_owned);
            CallError { action, cause, code, message, hint }
        }
        SdkError::TimeoutError(_) => CallError::unanswered(action),
        SdkError::ResponseError(answer) => {
            let is_endless = sources(error).any(|it| it.is::<LengthLimitError>());
            let status = answer.raw().status().as_u16();
            CallError::unclear(
                action,
                if is_endless {
                    format!("an answer that is too large to come from AWS (HTTP status {status})")
                } else {
                    format!("an answer that can't be read (HTTP status {status})")
                },
            )
        }
        _ => unsent(action, error),
    }
}

fn is_denied(code: &str) -> bool {
    matches!(
        code,
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized"
    )
}

fn is_about_credentials(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken"
            | "ExpiredTokenException"
            | "RequestExpired"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignature"
    )
}

/// What to do about credentials that AWS did not take.
fn about_credentials(code: &str) -> Option<&'static str> {
    Some(match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "The credentials have expired. Raise role-duration-seconds of aws-actions/configure-aws-credentials (the \
             role's maximum session duration must allow it), or run it right before this step."
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" => {
            "AWS does not know these credentials: the key was deleted or deactivated, it belongs to another partition, or its session token is missing."
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "IncompleteSignature" => {
            "The secret key does not belong to the access key, or this machine's clock is wrong. Set both keys again, from the same source."
        }
        _ => return None,
    })
}

pub(super) fn is_throttled(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
    )
}
