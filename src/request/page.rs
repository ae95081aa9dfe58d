//! The page of HTML that a run writes.

use std::path::PathBuf;

/// A file of the checkout whose folder is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFile {
    /// As the steps that come after call it: seen from the checkout.
    pub name: String,
    /// As this process finds it.
    pub path: PathBuf,
}
