//! What ECR has of the images: the one that a version names, those that ran before, and
//! which ones there are.

mod built_from;
mod found_manifest;
mod image_only;
mod lifecycle;
mod missing;
mod previous_image;
mod query;
mod scan;
mod tagged;

pub(crate) use built_from::{built_from, with_commits};
pub(crate) use found_manifest::{Details, FoundManifest, look};
pub(crate) use image_only::{check_free, check_wanted, in_use, read_image, repository_of_service};
pub(crate) use lifecycle::expiry;
pub(crate) use previous_image::{PreviousImage, look_again};
pub(crate) use query::{ImageQuery, Promoted};
pub(crate) use tagged::tagged;
