//! Which existing tags come nearest to one that is missing.
//!
//! For a message only: nothing is ever deployed because it came near.

use semver::Version;

use super::tag::ImageTag;
use super::template::version_from_tag;

/// Tags without a common version are shown from this likeness on (1 is the same).
const ALIKE: f64 = 0.5;

/// At most `count` of the `existing` tags that may have been meant by one of
/// `wanted`, nearest first; equally near ones keep their order, so give the newest first.
///
/// Versions are near by their numbers (1.4.1 and 1.4.3 are nearer to 1.4.2 than
/// 2.4.2 is), other tags by their spelling, and only if it is alike.
pub(crate) fn nearest<'a>(
    wanted: &[ImageTag],
    existing: &'a [ImageTag],
    count: usize,
) -> Vec<&'a ImageTag> {
    let mut near: Vec<(Distance, &ImageTag)> = existing
        .iter()
        .filter_map(|tag| {
            let distance = wanted.iter().filter_map(|wanted| Distance::between(wanted, tag)).min();
            Some((distance?, tag))
        })
        .collect();
    near.sort_by_key(|&(distance, _)| distance);
    near.into_iter().take(count).map(|(_, tag)| tag).collect()
}

/// How far two tags are apart. The order of the fields is their weight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Distance {
    /// How many of major, minor and patch are not shared, from the first that
    /// differs on; more than three where there is no version to compare.
    unshared: u8,
    /// How far apart the first numbers that differ are.
    gap: u64,
    /// Characters to change in the spelling. Between two versions only in what stands
    /// before them: 1.4.11 is no nearer to 1.4.10 than 1.4.9 is.
    edits: usize,
}

impl Distance {
    /// `None` if the two have nothing to do with each other.
    fn between(wanted: &ImageTag, tag: &ImageTag) -> Option<Self> {
        let edits = strsim::levenshtein(wanted.as_str(), tag.as_str());
        if let (Some(wanted), Some(version)) = (version_in(wanted), version_in(tag)) {
            let (unshared, gap) = apart(&wanted.1, &version.1);
            let edits = match unshared {
                0 => edits,
                _ => strsim::levenshtein(wanted.0, version.0),
            };
            return Some(Self { unshared, gap, edits });
        }
        (strsim::normalized_levenshtein(wanted.as_str(), tag.as_str()) >= ALIKE).then_some(Self {
            unshared: 4,
            gap: 0,
            edits,
        })
    }
}

fn apart(a: &Version, b: &Version) -> (u8, u64) {
    if a.major != b.major {
        (3, a.major.abs_diff(b.major))
    } else if a.minor != b.minor {
        (2, a.minor.abs_diff(b.minor))
    } else if a.patch != b.patch {
        (1, a.patch.abs_diff(b.patch))
    } else {
        (0, 0)
    }
}

/// What stands before the version that a tag ends with (`web1-v` of `web1-v1.4.2`), and
/// that version.
fn version_in(tag: &ImageTag) -> Option<(&str, Version)> {
    let text = tag.as_str();
    text.char_indices()
        .filter(|&(start, c)| {
            c.is_ascii_digit() && !text[..start].ends_with(|before: char| before.is_ascii_digit())
        })
        .find_map(|(start, _)| Some((&text[..start], version_from_tag(&text[start..])?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(texts: &[&str]) -> Vec<ImageTag> {
        texts.iter().map(|text| text.parse().expect("a legal tag")).collect()
    }

    #[test]
    fn the_nearest_tags_come_first() {
        for (wanted, existing, expected) in [
            // Numbers count before spelling: 1.4.12 is one edit away, 1.4.3 too.
            (
                &["v1.4.2", "1.4.2"][..],
                &["latest", "2.4.2", "1.4.12", "1.4.3", "1.4.1", "1.3.9"][..],
                &["1.4.3", "1.4.1", "1.4.12", "1.3.9"][..],
            ),
            // Another spelling of the same version is what was meant.
            (&["v1.4.2"], &["1.4.1", "web1-v1.4.2"], &["web1-v1.4.2", "1.4.1"]),
            (&["1.4.2_b7"], &["1.4.1", "1.4.2_b6"], &["1.4.2_b6", "1.4.1"]),
            // Equally far: the order that was given, not the spelling.
            (&["1.4.10"], &["1.4.9", "1.4.11"], &["1.4.9", "1.4.11"]),
            (
                &["1.4.2"],
                &["1.10.0", "2.0.0", "1.5.12", "1.5.2"],
                &["1.5.12", "1.5.2", "1.10.0", "2.0.0"],
            ),
            // The same app comes before a newer tag of another one.
            (&["web1-v1.4.2"], &["api-v1.4.3", "web1-v1.4.1"], &["web1-v1.4.1", "api-v1.4.3"]),
            // Without a version the spelling decides.
            (&["mian"], &["main", "develop", "1.4.2"], &["main"]),
            (&["1.4.2"], &["latest", "main"], &[]),
            (&["1.4.2"], &[], &[]),
        ] {
            let (wanted, existing) = (tags(wanted), tags(existing));
            let near: Vec<&str> =
                nearest(&wanted, &existing, 4).into_iter().map(ImageTag::as_str).collect();
            assert_eq!(near, expected, "wanted {wanted:?}");
        }
    }

    #[test]
    fn a_number_in_the_name_is_not_taken_for_the_version() {
        for (tag, version) in [
            ("web1-v1.4.2", Some("1.4.2")),
            ("v1.4.2_b7", Some("1.4.2+b7")),
            ("2026-11-20", None),
            ("sha-3f2c1aa", None),
        ] {
            let tag = tag.parse().expect("a legal tag");
            let found = version_in(&tag);
            assert_eq!(found.map(|(_, version)| version.to_string()).as_deref(), version, "{tag}");
        }
    }

    proptest! {
        #[test]
        fn no_more_than_asked_for_and_the_wanted_tag_itself_first(
            existing in prop::collection::vec("[a-z0-9][a-z0-9.-]{0,8}", 1..12),
            count in 1..5_usize,
        ) {
            let existing = tags(&existing.iter().map(String::as_str).collect::<Vec<_>>());
            let wanted = existing[existing.len() - 1].clone();
            let near = nearest(std::slice::from_ref(&wanted), &existing, count);
            prop_assert!(near.len() <= count);
            prop_assert_eq!(near[0], &wanted);
        }
    }
}
