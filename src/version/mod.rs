//! Versions and the tags they are found by.
//!
//! A version is typed ([`VersionInput`]); a [`TagTemplate`] says how it becomes
//! an [`ImageTag`].
//!
//! Everything here is a pure function over text. It must not read a file, look
//! at a registry or know which of the candidate tags exists.

mod input;
mod tag;
mod template;

pub use input::VersionInput;
pub use tag::ImageTag;
pub use template::TagTemplate;
