//! What the loop has to say of one deployment.

use crate::rollout::Snapshot;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PollEvent {
    Seen(Box<Snapshot>),
    /// ECS did not answer as it should; the loop goes on.
    Trouble(String),
}
