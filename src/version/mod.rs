//! Versions and the tags they are found by.
//!
//! A version comes from a package.json ([`Package`]) or was typed
//! ([`VersionInput`]); a [`TagTemplate`] says how it becomes an [`ImageTag`].
//!
//! Everything here is a pure function over text. It must not read a file, look
//! at a registry or know which of the candidate tags exists.

mod input;
mod package;
mod tag;
mod template;

pub use input::VersionInput;
pub use package::Package;
pub use tag::ImageTag;
pub use template::TagTemplate;
