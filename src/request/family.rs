//! A task definition that no service runs.

use crate::names::{ClusterName, Region};

/// Where a family of task definitions is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyTarget {
    pub region: Region,
    /// Where its scheduled tasks run.
    pub cluster: Option<ClusterName>,
}
