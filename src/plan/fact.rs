//! What may be known or not.

/// An optional fact: its absence never fails a deployment by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact<T> {
    Known(T),
    /// These credentials may not read it; names the permission.
    Denied(&'static str),
    /// There is none, or AWS did not answer.
    Absent,
}

impl<T> Fact<T> {
    /// The value, where there is one.
    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Denied(_) | Self::Absent => None,
        }
    }
}
