//! Steps of a deployment by CodeDeploy that failed: a hook says no, or nothing at all.

use super::text::{log_line, plain};
use crate::codedeploy::{Diagnostics, LifecycleEvent};

/// A step that failed, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailedStep {
    /// `BeforeAllowTraffic`, …
    pub step: String,
    /// The Lambda function that was the hook, where CodeDeploy names it.
    pub function: Option<String>,
    /// `ScriptFailed`, `ScriptTimedOut`, …
    pub code: String,
    pub message: Option<String>,
    /// The last lines of what the hook wrote, oldest first; secrets may be among them.
    pub log: Vec<String>,
}

impl FailedStep {
    /// `None` where CodeDeploy tells nothing of it.
    pub(super) fn of(event: &LifecycleEvent) -> Option<Self> {
        let Diagnostics { code, function, message, log } = event.diagnostics.as_ref()?;
        Some(Self {
            step: plain(&event.name),
            function: function.as_deref().map(plain),
            code: plain(code),
            message: message.as_deref().map(plain),
            log: log.iter().flat_map(|line| line.lines()).map(log_line).collect(),
        })
    }

    /// The cause in one sentence, without a full stop.
    pub(super) fn cause(&self) -> String {
        let hook = match &self.function {
            Some(function) => format!("The hook {function}"),
            None => "The hook".to_owned(),
        };
        let end = if self.is_late() { "did not answer within an hour" } else { "failed" };
        format!("{hook} {end} at {}", self.step)
    }

    /// The next move in one sentence, without a full stop.
    pub(super) fn next(&self) -> &'static str {
        if self.is_late() {
            "Make it call PutLifecycleEventHookExecutionStatus on every path, also when it fails"
        } else {
            "Read the log of the hook's function: it decided that the deployment must not continue"
        }
    }

    /// The same as a line for the log of the step.
    pub(super) fn heading(&self) -> String {
        let code = if self.code.is_empty() { String::new() } else { format!(" ({})", self.code) };
        let message = self.message.as_deref().map(|it| format!(": {it}")).unwrap_or_default();
        format!("{}{code}{message}", self.cause())
    }

    fn is_late(&self) -> bool {
        self.code == "ScriptTimedOut"
    }
}
