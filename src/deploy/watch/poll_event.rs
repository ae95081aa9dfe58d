//! What the loop has to say of one deployment.

use crate::rollout::Snapshot;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PollEvent {
    Seen(Box<Snapshot>),
    /// A quick look found nothing that the last `Seen` did not show.
    Unchanged,
    /// ECS did not answer as expected; the loop continues.
    Trouble(String),
}
