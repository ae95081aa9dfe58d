//! One failed call, in words: the only place that reads an `SdkError`.
//!
//! An `SdkError` prints as "service error"; what people need lies in its
//! sources. What a failure means for the run is decided above.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::problem::Problem;

/// One failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// As IAM spells it, `ecs:UpdateService`: also the permission it needs.
    pub action: &'static str,
    /// What the failure means.
    pub cause: Cause,
    /// AWS's error code, where AWS answered with one.
    pub code: Option<String>,
    /// AWS's words, or the transport's.
    pub message: String,
}

/// What a failed call means for whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The credentials may not do this.
    Denied,
    /// The credentials are missing, wrong or no longer valid.
    Credentials,
    /// Too many calls; nothing was done.
    Throttled,
    /// AWS understood and declined; nothing was done.
    Refused,
    /// No answer, or one that says nothing: a write may have been done or not.
    Unclear,
}

impl CallError {
    pub(super) fn new<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> Self
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
                Self { action, cause, code, message }
            }
            SdkError::TimeoutError(_) => Self::unanswered(action),
            SdkError::ResponseError(answer) => Self {
                action,
                cause: Cause::Unclear,
                code: None,
                message: format!(
                    "an answer that can't be read (HTTP status {})",
                    answer.raw().status().as_u16()
                ),
            },
            _ => {
                let (cause, message) = match credentials_error(error) {
                    // The SDK tells of every place that it looked at.
                    Some(CredentialsError::CredentialsNotLoaded(_)) => {
                        (Cause::Credentials, "there are no AWS credentials".to_owned())
                    }
                    // The provider may answer the next time.
                    Some(CredentialsError::ProviderTimedOut(_)) | None => {
                        (Cause::Unclear, innermost(error))
                    }
                    Some(_) => (Cause::Credentials, innermost(error)),
                };
                Self { action, cause, code: None, message }
            }
        }
    }

    /// A call whose answer was not waited for any longer.
    pub fn unanswered(action: &'static str) -> Self {
        Self { action, cause: Cause::Unclear, code: None, message: "no answer in time".to_owned() }
    }

    /// Whether AWS answered with this error code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// The failure in words, with the next move.
    pub fn problem(&self, on: &str) -> Problem {
        let action = self.action;
        let code = self.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
        let problem = Problem::new(format!("{action} on {on} failed: {code}{}", self.message));
        match self.cause {
            Cause::Denied => problem.hint(format!(
                "Allow {} in the IAM policy of the role that this step uses.",
                denied_action(&self.message).unwrap_or(action)
            )),
            Cause::Credentials => problem.hint(
                "Run aws-actions/configure-aws-credentials before this step; for a long rollout raise its \
                 role-duration-seconds (the role's maximum session duration must allow it).",
            ),
            Cause::Throttled => problem.hint("AWS limits how often this can be called; run the step again in a minute."),
            Cause::Unclear => problem.hint("This may be a passing fault of the network or of AWS; run the step again."),
            Cause::Refused => problem,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.as_deref().unwrap_or("no answer");
        write!(f, "{}: {code}: {}", self.action, self.message)
    }
}

impl Error for CallError {}

fn innermost(error: &dyn Error) -> String {
    std::iter::successors(Some(error), |&error| error.source())
        .last()
        .map_or_else(String::new, ToString::to_string)
}

/// What the provider of credentials said, where the call failed for want of them.
fn credentials_error(error: &dyn Error) -> Option<&CredentialsError> {
    std::iter::successors(error.source(), |&error| error.source())
        .find_map(|error| error.downcast_ref())
}

/// The action that AWS says is denied. It need not be that of the call: a
/// registration fails for want of `iam:PassRole` on the task's roles.
fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?;
    let is_word = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let (service, name) = action.split_once(':')?;
    (is_word(service) && is_word(name)).then_some(action)
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use aws_sdk_ecs::operation::update_service::UpdateServiceError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;

    /// A call that failed before there was an answer.
    fn undispatched(source: impl Into<Box<dyn Error + Send + Sync>>) -> CallError {
        let error = ConnectorError::other(source.into(), None);
        let error: SdkError<UpdateServiceError, HttpResponse> = SdkError::dispatch_failure(error);
        CallError::new("ecs:UpdateService", &error)
    }

    #[test]
    fn missing_credentials_are_told_by_their_type_and_not_by_words() {
        let cases = [
            (undispatched(CredentialsError::not_loaded_no_source()), Cause::Credentials),
            (undispatched(CredentialsError::provider_error("refused")), Cause::Credentials),
            (
                undispatched(CredentialsError::provider_timed_out(Duration::from_secs(5))),
                Cause::Unclear,
            ),
            (
                undispatched(io::Error::other("the proxy wants credentials: connection closed")),
                Cause::Unclear,
            ),
        ];
        for (error, cause) in cases {
            assert_eq!(error.cause, cause, "{error}");
        }
    }

    #[test]
    fn the_denied_action_is_taken_from_aws_words_only_where_it_is_one() {
        let cases = [
            (
                "User: arn:x is not authorized to perform: iam:PassRole on resource: y",
                "iam:PassRole",
            ),
            ("User: x is not authorized to perform: ecr:BatchGetImage", "ecr:BatchGetImage"),
            ("is not authorized to perform: kms-x:Sign with an explicit deny", "kms-x:Sign"),
            ("not authorized to perform: everything", ""),
            ("not authorized to perform: a:b`c on d", ""),
            ("not authorized to perform: ", ""),
            ("Access denied", ""),
        ];
        for (message, action) in cases {
            assert_eq!(denied_action(message).unwrap_or_default(), action, "{message}");
        }
    }
}
