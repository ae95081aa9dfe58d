//! The tag of an image: the part after the colon.
//!
//! The grammar is that of OCI and Docker, which is narrower than what the ECR
//! API lets through: a tag that no container runtime can pull is no tag here.

use std::fmt;
use std::str::FromStr;

use crate::problem::Problem;

/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (OCI distribution specification, "Pulling
/// manifests").
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageTag(String);

impl ImageTag {
    /// The most characters a tag can have.
    pub const MAX_CHARS: usize = 128;

    /// The tag `latest`.
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is that of a signature, an attestation or a list of such, and names the
    /// image they belong to: `sha256-<digest>`, where registries without the referrers API
    /// keep them (OCI distribution specification, "Referrers Tag Schema"), and the same with
    /// the suffixes of cosign.
    pub fn is_of_a_referrer(&self) -> bool {
        let Some(rest) = self.0.strip_prefix("sha256-") else { return false };
        let hex = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        rest.len() - hex.len() == 64 && matches!(hex, "" | ".sig" | ".att" | ".sbom")
    }
}

impl FromStr for ImageTag {
    type Err = Problem;

    /// Names the first character that a tag can't hold and its place, counted
    /// from 1, or the length.
    fn from_str(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::new("an image tag can't be empty"));
        }
        if let Some((index, character)) = text
            .chars()
            .enumerate()
            .find(|&(index, c)| !is_tag_character(c) || (index == 0 && matches!(c, '.' | '-')))
        {
            let message =
                format!("{text:?} is not an image tag: character {} is {character:?}", index + 1);
            return Err(Problem::new(message).hint(hint_for(text, character)));
        }
        // Every character is ASCII by now: bytes are characters.
        if text.len() > Self::MAX_CHARS {
            return Err(Problem::new(format!(
                "the image tag {text:.40}… has {} characters; at most {} are allowed",
                text.len(),
                Self::MAX_CHARS
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ImageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `c` may stand in a tag; `.` and `-` may not stand first.
pub(super) fn is_tag_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn hint_for(text: &str, illegal: char) -> String {
    match illegal {
        '+' => format!(
            "A tag can't contain the '+' of build metadata; write it as '_': {:?}",
            text.replace('+', "_")
        ),
        '.' | '-' => "A tag must begin with a letter, a digit or '_'".to_owned(),
        _ => "A tag can contain letters, digits, '.', '_' and '-'".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(text: &str) -> Problem {
        text.parse::<ImageTag>().expect_err("the tag is illegal")
    }

    #[test]
    fn tags_of_signatures_and_attestations_are_told_from_versions() {
        let digest = "0123456789abcdef".repeat(4);
        for (tag, is_one) in [
            (format!("sha256-{digest}"), true),
            (format!("sha256-{digest}.sig"), true),
            (format!("sha256-{digest}.att"), true),
            (format!("sha256-{digest}.sbom"), true),
            (format!("sha256-{digest}.jpg"), false),
            (format!("sha256-{digest}0"), false),
            (format!("sha256-{}", &digest[1..]), false),
            (format!("sha512-{digest}"), false),
            (digest, false),
            ("sha256-1.4.2".to_owned(), false),
            ("1.4.2".to_owned(), false),
        ] {
            let parsed: ImageTag = tag.parse().expect("a legal tag");
            assert_eq!(parsed.is_of_a_referrer(), is_one, "{tag}");
        }
    }

    #[test]
    fn an_illegal_tag_is_refused_with_the_character_and_its_place() {
        for (text, message) in [
            ("", "an image tag can't be empty"),
            ("1.4.2+b7", r#""1.4.2+b7" is not an image tag: character 6 is '+'"#),
            (".hidden", r#"".hidden" is not an image tag: character 1 is '.'"#),
            ("-x", r#""-x" is not an image tag: character 1 is '-'"#),
            ("web 1", r#""web 1" is not an image tag: character 4 is ' '"#),
            ("für", r#""für" is not an image tag: character 2 is 'ü'"#),
            ("a\nb", r#""a\nb" is not an image tag: character 2 is '\n'"#),
        ] {
            assert_eq!(problem(text).message, message, "{text:?}");
        }
    }

    #[test]
    fn a_plus_is_answered_with_the_spelling_that_works() {
        let hint = problem("1.4.2+b7").hint.expect("a hint");
        assert!(hint.ends_with(r#""1.4.2_b7""#), "{hint}");
    }

    #[test]
    fn a_tag_has_at_most_128_characters() {
        let longest = "a".repeat(128);
        assert_eq!(longest.parse::<ImageTag>().expect("128 are legal").as_str(), longest);
        let message = problem(&"a".repeat(129)).message;
        assert!(message.contains("129 characters; at most 128 are allowed"), "{message}");
    }

    proptest! {
        #[test]
        fn every_legal_tag_survives_the_round_trip(text in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}") {
            let tag: ImageTag = text.parse().expect("the generated tag is legal");
            prop_assert_eq!(tag.to_string(), text);
        }

        #[test]
        fn any_text_is_a_tag_or_a_problem(text in ".*") {
            let legal = text.len() <= 128
                && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
            prop_assert_eq!(text.parse::<ImageTag>().is_ok(), legal);
        }
    }
}
