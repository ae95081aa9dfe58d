//! Versions and the tags they are found by.
//!
//! A version comes from a package.json or its like ([`Package`]), or was typed
//! ([`VersionInput`]); a [`TagTemplate`] says how it becomes an [`ImageTag`].
//! Where the tag is missing, [`nearest()`] finds what may have been meant. A
//! [`GitTagTemplate`] names the git tag of a version, a [`KeepTag`] what keeps its image; a
//! [`Placeholder`] stands for what is known of an image.
//!
//! Everything here is a pure function over text. It must not read a file, look
//! at a registry or know which of the candidate tags exists.

mod cargo_toml;
mod git_tag;
mod input;
mod json_file;
mod keep_tag;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod name;
mod nearest;
mod package;
mod package_json;
mod placeholder;
mod pyproject;
mod range;
mod tag;
mod template;
mod text_file;
mod toml_file;
mod version_file;

pub(crate) use cargo_toml::{FoundVersion, Inherited};
pub(crate) use git_tag::GitTagTemplate;
pub(crate) use input::{VersionInput, tag_of_reference};
pub(crate) use json_file::JsonFile;
pub(crate) use keep_tag::{KeepNames, KeepTag};
pub(crate) use name::VersionName;
pub(crate) use nearest::nearest;
pub(crate) use package::Package;
pub(crate) use placeholder::{Placeholder, fill};
pub(crate) use range::VersionRange;
pub(crate) use tag::ImageTag;
pub(crate) use template::{TagTemplate, version_of};
pub(crate) use version_file::version_in;
