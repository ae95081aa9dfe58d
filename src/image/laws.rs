//! What is read as the name of an image is written again as it was; what a registry says of
//! one is read without a panic, and a commit that a label names looks like one.

use super::{
    BuiltFrom, Digest, ImageReference, Manifest, RepositoryReference, images_of_index, trace,
};
use crate::version::ImageTag;

pub(crate) fn image(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines().take(8) {
        reference(line);
    }
    let _ = (Manifest::read(None, &text), images_of_index(&text), trace(&text));
    if let Some(commit) = BuiltFrom::from_image_config(bytes).commit {
        let is_commit =
            matches!(commit.len(), 40 | 64) && commit.bytes().all(|it| it.is_ascii_hexdigit());
        assert!(is_commit, "{commit:?} is a commit");
    }
}

pub(super) fn reference(text: &str) {
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.as_str(), text);
    }
    if let Ok(tag) = text.parse::<ImageTag>() {
        assert_eq!(tag.as_str(), text);
    }
    if let Ok(repository) = text.parse::<RepositoryReference>() {
        assert_eq!(repository.to_string(), text);
    }
    let Ok(reference) = text.parse::<ImageReference>() else { return };
    assert_eq!(reference.to_string(), text);
    assert!(reference.is_same_repository(&reference), "{text}");
    let tag: ImageTag = "1.4.2".parse().expect("a tag");
    let tagged = reference.with_tag(tag.clone());
    assert_eq!((tagged.tag(), tagged.digest()), (Some(&tag), None));
    assert_eq!(tagged.repository_uri(), reference.repository_uri());
    // One that is as long as it can be has no room for a tag.
    if tagged.to_string().len() <= 255 {
        assert_eq!(tagged.to_string().parse(), Ok(tagged), "{text}");
    }
}
