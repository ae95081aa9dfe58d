//! Versions and the tags they are found by.
//!
//! A version comes from a package.json ([`Package`]) or was typed
//! ([`VersionInput`]); a [`TagTemplate`] says how it becomes an [`ImageTag`].
//! Where the tag is missing, [`nearest()`] finds what may have been meant.
//!
//! Everything here is a pure function over text. It must not read a file, look
//! at a registry or know which of the candidate tags exists.

mod input;
mod nearest;
mod package;
mod tag;
mod template;

pub use input::VersionInput;
pub use nearest::nearest;
pub use package::Package;
pub use tag::ImageTag;
pub use template::{TagTemplate, version_of};
