//! Images: how they are named, and which platforms they hold.
//!
//! An [`ImageReference`] is what a task definition runs; a [`RepositoryReference`]
//! is where the versions of an app lie. What the registry answered for a reference
//! is read as a [`Manifest`], and [`fit()`] holds its platforms against what the task
//! requires. [`trace()`] finds of which commit it was built, and [`too_bad()`] judges
//! what a scan found in it.
//!
//! Everything here is a pure function over text. It must not ask a registry.

mod address;
mod built_from;
mod digest;
mod fit;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod manifest;
mod platform;
mod reference;
mod registry;
mod repository;
mod severity;

pub(crate) use address::EcrRepository;
pub(crate) use built_from::{BuiltFrom, Traced, trace};
pub(crate) use digest::Digest;
pub(crate) use fit::{Fit, Required, RuntimePlatform, fit};
pub(crate) use manifest::{ACCEPTED_MEDIA_TYPES, Manifest, images_of_index};
pub(crate) use platform::Platform;
pub(crate) use reference::ImageReference;
pub(crate) use registry::{EcrRegistry, RegistryKind};
pub(crate) use repository::RepositoryReference;
pub(crate) use severity::{Findings, Severity, too_bad};
