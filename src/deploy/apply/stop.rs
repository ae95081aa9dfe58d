//! What carrying out a plan led to, or why it stopped.

use crate::problem::Problem;
use crate::rollout::Followed;

/// What carrying out a plan led to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Applied {
    Started(Followed),
    /// ECS returns from this deployment by itself.
    RollingBack(Followed),
    /// ECS took the update and started none.
    NothingStarted,
    /// Only the count was changed.
    Scaled,
}

/// Why it was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The service is no longer what the plan was made on, and was not deployed to.
    Refused(Problem),
    /// Another service of the run stands in its way; nothing was written for this one.
    Held(Problem),
    Failed(Problem),
    /// Whether a write happened could not be found out in time.
    Unknown(Problem),
    TimedOut(Problem),
    /// The run was asked to stop before the service was touched.
    Cancelled,
}
