//! The form of the workflow that rolls back.

/// Where a person starts a rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RollbackForm {
    /// The address of its page.
    At(String),
    /// There is no file of this path.
    Missing(String),
    /// Whether there is one is not known.
    Unknown(String),
}
