//! One failed call, in words. What it means for the run is decided above.

use std::error::Error;
use std::fmt;

use crate::problem::{Problem, ProblemKind};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// As IAM spells it, `ecs:UpdateService`: also the permission it needs.
    pub action: &'static str,
    pub cause: Cause,
    /// AWS's error code, where AWS answered with one.
    pub code: Option<String>,
    pub message: String,
    /// The next move, where it is known better than by the cause.
    pub hint: Option<String>,
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
    /// A call of which nothing is known but this.
    pub(super) fn unclear(action: &'static str, message: impl Into<String>) -> Self {
        Self { action, cause: Cause::Unclear, code: None, message: message.into(), hint: None }
    }

    /// A call that is not made, because it must not be.
    pub(crate) fn refused(action: &'static str, message: impl Into<String>) -> Self {
        Self { cause: Cause::Refused, ..Self::unclear(action, message) }
    }

    /// A call whose answer was not waited for any longer.
    pub fn unanswered(action: &'static str) -> Self {
        Self::unclear(action, "no answer in time")
    }

    /// An answer that lacks what was asked for: a write may have been done or not.
    pub fn without(action: &'static str, what: &str) -> Self {
        Self::unclear(action, format!("an answer without {what}"))
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
        let mut kind = ProblemKind::Other;
        let by_cause = match self.cause {
            Cause::Denied => {
                kind = ProblemKind::Denied(action);
                format!(
                    "Allow {} in the IAM policy of the role that this step uses.",
                    denied_action(&self.message).unwrap_or(action)
                )
            }
            Cause::Credentials => NO_CREDENTIALS.to_owned(),
            Cause::Throttled => {
                "AWS limits how often this can be called; run the step again in a minute."
                    .to_owned()
            }
            Cause::Unclear => {
                "This may be a temporary problem of the network or of AWS; run the step again."
                    .to_owned()
            }
            Cause::Refused => return problem,
        };
        Problem { kind, ..problem.hint(self.hint.clone().unwrap_or(by_cause)) }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cause == Cause::Denied {
            return write!(f, "{} is not allowed", self.action);
        }
        let code = self.code.as_deref().unwrap_or("no answer");
        write!(f, "{}: {code}: {}", self.action, self.message)
    }
}

impl Error for CallError {}

/// What to do where there are no credentials.
const NO_CREDENTIALS: &str = "Run aws-actions/configure-aws-credentials before this step, in a job with \
     `permissions: id-token: write`.";

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

#[cfg(test)]
mod tests {
    use super::*;

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
