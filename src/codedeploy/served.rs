//! What can be told of where the traffic is.

/// Whether all traffic is on the tasks of a deployment and its last hook has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// It is, or was when the deployment was stopped.
    Yes,
    /// Not yet, or it never was.
    No,
    /// It is not known, and why.
    Unknown(String),
}

impl Served {
    pub(super) fn unseen() -> Self {
        Self::Unknown("CodeDeploy does not show its steps".to_owned())
    }
}
