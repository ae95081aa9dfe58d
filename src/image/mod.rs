//! Images: how they are named, and where they lie.
//!
//! An [`ImageReference`] is what a task definition runs; a [`RepositoryReference`]
//! is where the versions of an app lie.
//!
//! Everything here is a pure function over text. It must not ask a registry.

mod digest;
mod reference;
mod registry;
mod repository;

pub use digest::Digest;
pub use reference::ImageReference;
pub use registry::{EcrRegistry, RegistryKind};
pub use repository::RepositoryReference;
