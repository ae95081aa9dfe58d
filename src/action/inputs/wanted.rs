//! What shall run: a version, an image, or what ran before.

use std::path::PathBuf;

use super::grammar;
use super::promotion::is_promotion;
use super::reader::Reader;
use crate::image::ImageReference;
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::request::{Past, Wanted};

/// Where the version is read from unless `package` says otherwise.
const PACKAGE: &str = "package.json";

/// An image, and the container that gets it.
pub(super) type ContainerImage = (ContainerName, ImageReference);

/// What each of several containers is to run.
pub(super) fn images(inputs: &mut Reader<'_>) -> Vec<ContainerImage> {
    inputs.items("images", grammar::container_image, |(name, _)| name.as_str())
}

/// What says how the image of a version is found.
const OF_VERSION: [&str; 4] = ["repository", "version", "package", "tag-template"];

/// What to run: the first of the `images`, an image reference, or a version and how to find
/// its image.
pub(super) fn wanted(
    inputs: &mut Reader<'_>,
    package: Option<PathBuf>,
    images: &[ContainerImage],
) -> Wanted {
    let image: Option<ImageReference> = inputs.parsed("image");
    let version = version(inputs, package, true);
    exclude(inputs, "image", &OF_VERSION, |other| {
        format!(
            "remove `{other}` to run exactly this image, or `image` to look up the image of the version"
        )
    });
    exclude(inputs, "images", &["image", "container"], |other| {
        format!("remove `{other}`: each line of `images` names a container and its image")
    });
    exclude(inputs, "images", &OF_VERSION, |other| {
        format!(
            "remove `{other}` to run exactly these images, or `images` to look up the image of the version"
        )
    });
    let image = images.first().map(|(_, image)| image.clone()).or(image);
    image.map_or(version, Wanted::Image)
}

fn exclude(inputs: &mut Reader<'_>, input: &str, others: &[&str], hint: fn(&str) -> String) {
    for other in others {
        if inputs.is_input(input) && inputs.is_input(other) {
            let message = format!("inputs `{input}` and `{other}` can't be used together");
            inputs.note(Problem::new(message).hint(hint(other)));
        }
    }
}

/// The image that this workflow has built. Without its digest it could be any that has
/// the tag.
pub(super) fn built(inputs: &mut Reader<'_>) -> Option<ImageReference> {
    let built: ImageReference = inputs.parsed("image")?;
    if built.digest().is_some() {
        return Some(built);
    }
    inputs.refuse(Problem::new("input `image`: it has no digest").hint(
        "with `expect: absent`, give the built image as REPOSITORY@sha256:…, with the digest from the outputs of the build step",
    ))
}

/// A version, and how to find its image.
/// Where `is_read`, a package.json that was named must be there.
pub(super) fn version(inputs: &mut Reader<'_>, package: Option<PathBuf>, is_read: bool) -> Wanted {
    Wanted::Version {
        version: match is_promotion(inputs) {
            true => None,
            false => inputs.parsed("version"),
        },
        package: package.unwrap_or_else(|| PathBuf::from(PACKAGE)),
        package_given: is_read && inputs.is_set("package"),
        version_file: None,
        tag_template: inputs.parsed("tag-template"),
        repository: inputs.parsed("repository"),
    }
}

/// What a rollback goes back to: a version or tag, or what ran here before.
pub(super) fn past(inputs: &mut Reader<'_>, package: Option<PathBuf>) -> Wanted {
    if inputs.is_set("image") {
        inputs.note(
            Problem::new("input `image` can't be used with this command")
                .hint("name a version, a tag, a digest or a revision in `version`"),
        );
    }
    if is_promotion(inputs) {
        inputs.note(Problem::new("input `version`: `from` can't be used with this command").hint(
            "a rollback restores what ran here: give a version, a tag, a digest or a revision",
        ));
    }
    let past = match inputs.text("version") {
        None => Some(Past::Previous),
        Some("previous") => Some(Past::Previous),
        Some(text) if text.eq_ignore_ascii_case("previous") => {
            let message = format!("input `version`: {text:?} is not accepted");
            inputs.refuse(Problem::new(message).hint("did you mean `previous`?"))
        }
        Some(text) if text.starts_with("sha256:") => inputs.parsed("version").map(Past::Digest),
        Some(text) if text.contains(':') => {
            inputs.with("version", grammar::earlier_revision).map(Past::Revision)
        }
        // No file is needed to go back; `package` serves for its folder alone.
        Some(_) => return version(inputs, package, false),
    };
    Wanted::Past {
        past: past.unwrap_or(Past::Previous),
        tag_template: inputs.parsed("tag-template"),
        repository: inputs.parsed("repository"),
    }
}
