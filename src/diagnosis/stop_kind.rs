//! What the end of a task means for its deployment.

/// Whether a stopped task counts against its deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopKind {
    /// It was replaced, scaled in, stopped by a person, or lost with its host:
    /// nothing that the new version has done.
    Ordinary,
    Failure(Retryable),
}

/// Whether ECS's next attempt can end differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Retryable {
    /// Somebody has to change something.
    No,
    /// Not if a second task fails for the same reason.
    NoIfRepeated,
    Maybe,
}
