//! Which existing tags come nearest to one that is missing.
//!
//! For a message only: nothing is ever deployed because it came near.

use rapidfuzz::distance::levenshtein::{Args, BatchComparator, distance as edits};
use semver::Version;

use super::tag::ImageTag;
use super::template::version_from_tag;

/// At most `count` of the `existing` tags that may have been meant by one of
/// `wanted`, nearest first; equally near ones keep their order, so give the newest first.
///
/// Versions are near by their numbers (1.4.1 and 1.4.3 are nearer to 1.4.2 than
/// 2.4.2 is), other tags by their spelling, and only if at most half of it is to change.
pub(crate) fn nearest<'a>(
    wanted: &[ImageTag],
    existing: &'a [ImageTag],
    count: usize,
) -> Vec<&'a ImageTag> {
    let wanted: Vec<Wanted<'_>> = wanted.iter().map(Wanted::new).collect();
    let mut near: Vec<(Distance, &ImageTag)> = existing
        .iter()
        .filter_map(|tag| {
            let version = version_in(tag);
            let distances = wanted.iter().filter_map(|it| it.distance(tag, version.as_ref()));
            Some((distances.min()?, tag))
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

/// A tag that is compared with thousands.
struct Wanted<'a> {
    tag: &'a ImageTag,
    version: Option<(&'a str, Version)>,
    spelling: BatchComparator<u8>,
}

impl<'a> Wanted<'a> {
    fn new(tag: &'a ImageTag) -> Self {
        let spelling = BatchComparator::new(tag.as_str().bytes());
        Self { tag, version: version_in(tag), spelling }
    }

    /// `None` if the two have nothing to do with each other; `version` is what is in `tag`.
    fn distance(&self, tag: &ImageTag, version: Option<&(&str, Version)>) -> Option<Distance> {
        let spelling = tag.as_str().bytes();
        if let (Some((own_prefix, own)), Some((prefix, version))) = (&self.version, version) {
            let (unshared, gap) = apart(own, version);
            let edits = match unshared {
                0 => self.spelling.distance(spelling),
                _ => edits(own_prefix.bytes(), prefix.bytes()),
            };
            return Some(Distance { unshared, gap, edits });
        }
        let half = self.tag.as_str().len().max(tag.as_str().len()) / 2;
        let within_half = Args::default().score_cutoff(half);
        let edits = self.spelling.distance_with_args(spelling, &within_half)?;
        Some(Distance { unshared: 4, gap: 0, edits })
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

/// The text before the version that a tag ends with (`web1-v` of `web1-v1.4.2`), and
/// that version.
fn version_in(tag: &ImageTag) -> Option<(&str, Version)> {
    let text = tag.as_str();
    // Most tags of a large repository are commits.
    if text.matches('.').count() < 2 {
        return None;
    }
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

    /// The distance by its definition, slowly.
    fn slow(wanted: &str, tag: &str) -> Option<Distance> {
        let versions = |text: &str| {
            let tag: ImageTag = text.parse().expect("a legal tag");
            version_in(&tag).map(|(prefix, version)| (prefix.to_owned(), version))
        };
        if let (Some((a, one)), Some((b, other))) = (versions(wanted), versions(tag)) {
            let (unshared, gap) = apart(&one, &other);
            let edits = if unshared == 0 { least(wanted, tag) } else { least(&a, &b) };
            return Some(Distance { unshared, gap, edits });
        }
        let edits = least(wanted, tag);
        let is_alike = 2 * edits <= wanted.len().max(tag.len());
        is_alike.then_some(Distance { unshared: 4, gap: 0, edits })
    }

    /// Levenshtein's recursion.
    fn least(a: &str, b: &str) -> usize {
        if a.is_empty() || b.is_empty() {
            return a.len() + b.len();
        }
        if a[..1] == b[..1] {
            return least(&a[1..], &b[1..]);
        }
        1 + least(&a[1..], b).min(least(a, &b[1..])).min(least(&a[1..], &b[1..]))
    }

    proptest! {
        #[test]
        fn the_nearest_are_those_by_definition_in_the_order_that_was_given(
            wanted in prop::collection::vec("v?[0-2]\\.[0-2]\\.[0-2](-[ab])?|[ab1-]{1,6}", 1..3),
            existing in
                prop::collection::vec("v?[0-2]\\.[0-2]\\.[0-2](-[ab])?|a[ab1.-]{0,6}", 0..9),
            count in 0..5_usize,
        ) {
            let wanted: Vec<String> =
                wanted.into_iter().filter(|it| it.parse::<ImageTag>().is_ok()).collect();
            let mut by_definition: Vec<(Distance, &str)> = existing
                .iter()
                .filter_map(|tag| Some((wanted.iter().filter_map(|it| slow(it, tag)).min()?, &**tag)))
                .collect();
            by_definition.sort_by_key(|&(distance, _)| distance);
            let by_definition: Vec<&str> =
                by_definition.into_iter().take(count).map(|(_, tag)| tag).collect();
            let tags = |texts: &[String]| -> Vec<ImageTag> {
                texts.iter().map(|it| it.parse().expect("a legal tag")).collect()
            };
            let (wanted, existing) = (tags(&wanted), tags(&existing));
            let near: Vec<&str> =
                nearest(&wanted, &existing, count).into_iter().map(ImageTag::as_str).collect();
            prop_assert_eq!(near, by_definition);
        }

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
