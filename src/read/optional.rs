//! Facts that a deployment can do without.

use std::time::Duration;

use tokio::time::timeout;

use crate::aws::{Answer, CallError, Cause};
use crate::plan::Fact;

/// So long a deployment waits for what it can do without; a call that hangs would
/// otherwise take half a minute with its retries.
pub(super) const OPTIONAL_WITHIN: Duration = Duration::from_secs(5);

/// An optional fact is not waited for longer than it is worth.
pub(super) async fn optional<T>(reading: impl Future<Output = Answer<Option<T>>>) -> Fact<T> {
    match timeout(OPTIONAL_WITHIN, reading).await {
        Ok(answer) => fact(answer),
        Err(_) => Fact::Absent,
    }
}

pub(super) fn fact<T>(answer: Answer<Option<T>>) -> Fact<T> {
    match answer {
        Ok(Some(value)) => Fact::Known(value),
        Ok(None) => Fact::Absent,
        Err(error) if error.cause == Cause::Denied => Fact::Denied(error.action),
        Err(_) => Fact::Absent,
    }
}

/// Why something is not known, for the middle of a sentence.
pub(super) fn why(error: &CallError) -> String {
    match error.cause {
        Cause::Denied => format!("{} is not allowed", error.action),
        Cause::Credentials | Cause::Throttled | Cause::Refused | Cause::Unclear => {
            error.to_string()
        }
    }
}
