//! How the run for one app ended, and what that means for the step.

use std::fmt;

/// From the best to the worst: of several apps the worst one is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It already runs, healthy, by the same definition and digest.
    Unchanged,
    /// Decided and shown, nothing written.
    Planned,
    /// ECS has accepted the deployment and nobody waits for it.
    Started,
    Listed,
    Verified,
    /// Only what needs no credentials was looked at, and that is as expected.
    Unverified,
    /// Planned, and it cannot be deployed now.
    Blocked,
    Deployed,
    RolledBack,
    /// The one-off task ended well, and nothing else was asked for.
    Ran,
    /// A revision was registered that no service runs.
    Registered,
    /// It has reached the point of `wait-until`, and continues or waits for a person.
    Reached,
    /// Its environment runs in part what is asked for.
    Mixed,
    /// Decided, and not begun: another service of the run did not get where it was to go.
    Held,
    /// The deployment failed and the earlier version is back.
    Undone,
    /// Somebody else's deployment took its place.
    Superseded,
    Cancelled,
    /// Decided against before the service was touched.
    Refused,
    /// Not finished in time.
    TimedOut,
    /// The deployment failed and nothing was undone.
    Failed,
    /// AWS could no longer be asked: how it ended is not known.
    Unknown,
    /// The deployment failed and the earlier version is not back.
    UndoFailed,
}

impl Outcome {
    /// The output `result`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Planned => "planned",
            Self::Started => "started",
            Self::Listed => "listed",
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::Blocked => "blocked",
            Self::Deployed => "deployed",
            Self::RolledBack => "rolled-back",
            Self::Ran => "ran",
            Self::Registered => "registered",
            Self::Reached => "reached",
            Self::Mixed => "mixed",
            Self::Held => "held",
            Self::Undone => "undone",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::UndoFailed => "undo-failed",
        }
    }

    pub(crate) fn is_ok(self) -> bool {
        matches!(
            self,
            Self::Unchanged
                | Self::Planned
                | Self::Started
                | Self::Listed
                | Self::Verified
                | Self::Unverified
                | Self::Blocked
                | Self::Deployed
                | Self::RolledBack
                | Self::Ran
                | Self::Registered
                | Self::Reached
        )
    }

    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Cancelled => 130,
            _ if self.is_ok() => 0,
            _ => 1,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twelve_outcomes_pass_and_only_a_cancel_is_130() {
        for (outcome, code) in [
            (Outcome::Unchanged, 0),
            (Outcome::Planned, 0),
            (Outcome::Started, 0),
            (Outcome::Listed, 0),
            (Outcome::Verified, 0),
            (Outcome::Unverified, 0),
            (Outcome::Deployed, 0),
            (Outcome::RolledBack, 0),
            (Outcome::Ran, 0),
            (Outcome::Registered, 0),
            (Outcome::Reached, 0),
            (Outcome::Blocked, 0),
            (Outcome::Mixed, 1),
            (Outcome::Held, 1),
            (Outcome::Undone, 1),
            (Outcome::Superseded, 1),
            (Outcome::Cancelled, 130),
            (Outcome::Refused, 1),
            (Outcome::TimedOut, 1),
            (Outcome::Failed, 1),
            (Outcome::Unknown, 1),
            (Outcome::UndoFailed, 1),
        ] {
            assert_eq!((outcome.is_ok(), outcome.exit_code()), (code == 0, code), "{outcome}");
        }
    }
}
