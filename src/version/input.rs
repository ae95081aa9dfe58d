//! A version as a person types it into the input `version`.
//!
//! It is only told apart here. Which of its candidate tags exists is for the
//! registry to say.

use std::fmt;
use std::str::FromStr;

use semver::Version;

use super::tag::ImageTag;
use super::template::{TagTemplate, version_in_tag};
use crate::problem::Problem;

/// The input `version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionInput {
    /// The tag `latest`, resolved through its digest.
    Latest,
    Semver {
        /// Without a leading `v`.
        version: Version,
        /// As typed.
        literal: String,
    },
    /// Any other legal tag.
    Tag(ImageTag),
}

impl VersionInput {
    /// The tags to look for, most wanted first, each once and at least one.
    ///
    /// A semantic version goes through `template` (without one: `v{version}`, then
    /// `{version}`), and what was typed is a candidate of its own where it is a
    /// legal tag. `name` is what `{name}` stands for.
    ///
    /// # Errors
    /// Those of [`TagTemplate::render`].
    pub fn candidates(
        &self,
        template: Option<&TagTemplate>,
        name: Option<&str>,
    ) -> Result<Vec<ImageTag>, Problem> {
        match self {
            Self::Latest => Ok(vec![ImageTag::latest()]),
            Self::Tag(tag) => Ok(vec![tag.clone()]),
            Self::Semver { version, literal } => {
                let mut tags = candidates(version, template, name)?;
                if let Ok(typed) = literal.parse()
                    && !tags.contains(&typed)
                {
                    tags.push(typed);
                }
                Ok(tags)
            }
        }
    }
}

impl FromStr for VersionInput {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        match text {
            "latest" => return Ok(Self::Latest),
            _ if text.eq_ignore_ascii_case("previous") => {
                return Err(Problem::new(format!("{text:?} works only with a rollback"))
                    .hint("Name the version to deploy; an earlier one, such as 1.4.1, is fine"));
            }
            _ => {}
        }
        if let Ok(version) = Version::parse(text.strip_prefix('v').unwrap_or(text)) {
            return Ok(Self::Semver { version, literal: text.to_owned() });
        }
        text.parse().map(Self::Tag).map_err(|problem: Problem| {
            if let Some(tag) = tag_of_reference(text) {
                Problem::new(format!("{text:?} is an image reference, not a version"))
                    .hint(format!("Give only its tag: {tag}"))
            } else if text.contains([':', '@', '/']) {
                Problem::new(format!("{text:?} is neither a version nor a tag")).hint(
                    "A full image reference, with a tag or a digest, belongs in the input image",
                )
            } else {
                problem
            }
        })
    }
}

impl fmt::Display for VersionInput {
    /// As it was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Semver { literal, .. } => f.write_str(literal),
            Self::Tag(tag) => tag.fmt(f),
        }
    }
}

/// The tag of an image reference that has no digest: `v1.4.2` of `registry/web1:v1.4.2`.
pub(crate) fn tag_of_reference(text: &str) -> Option<ImageTag> {
    let (repository, tag) = text.rsplit('/').next()?.split_once(':')?;
    if repository.is_empty() || repository == "sha256" { None } else { tag.parse().ok() }
}

/// The tags to look for when `version` is wanted, most wanted first, each once.
pub(super) fn candidates(
    version: &Version,
    template: Option<&TagTemplate>,
    name: Option<&str>,
) -> Result<Vec<ImageTag>, Problem> {
    if let Some(template) = template {
        return Ok(vec![template.render(version, name)?]);
    }
    let plain = version_in_tag(version);
    Ok(vec![format!("v{plain}").parse()?, plain.parse()?])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn input(text: &str) -> VersionInput {
        text.parse().expect("the input is legal")
    }

    fn tags(text: &str, template: Option<&str>) -> Vec<String> {
        let template = template.map(|text| text.parse().expect("the template is legal"));
        let tags = input(text).candidates(template.as_ref(), Some("web1"));
        tags.expect("legal tags").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_leading_v_is_taken_from_a_semantic_version() {
        for (text, plain) in
            [("1.4.2", "1.4.2"), ("v1.4.2", "1.4.2"), ("v0.1.0-rc.1+b", "0.1.0-rc.1+b")]
        {
            let version = Version::parse(plain).expect("a semantic version");
            let expected = VersionInput::Semver { version, literal: text.to_owned() };
            assert_eq!(input(text), expected);
        }
    }

    #[test]
    fn every_other_legal_tag_is_a_tag() {
        for text in ["1.4", "vv1.4.2", "V1.4.2", "01.4.2", "main", "Latest", "sha-3f2c1aa"] {
            assert_eq!(input(text), VersionInput::Tag(text.parse().expect("a legal tag")));
        }
        assert_eq!(input("latest"), VersionInput::Latest);
    }

    #[test]
    fn what_is_no_version_is_refused_with_the_input_that_takes_it() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, part) in [
            ("previous", "works only with a rollback"),
            (digest.as_str(), "belongs in the input image"),
            ("web1:v1.4.2", "Give only its tag: v1.4.2"),
            ("localhost:5000/team/web1:1.4.2", "Give only its tag: 1.4.2"),
            ("localhost:5000/web1", "belongs in the input image"),
            ("web1:1.4.2@sha256:0", "belongs in the input image"),
            ("Previous", "works only with a rollback"),
            ("", "can't be empty"),
            ("1.4+b7", "\"1.4_b7\""),
        ] {
            let problem = text.parse::<VersionInput>().expect_err("no version");
            assert!(problem.to_string().contains(part), "{text}: {problem}");
        }
    }

    #[test]
    fn candidates_come_in_order_and_once() {
        for (text, template, expected) in [
            ("1.4.2", None, &["v1.4.2", "1.4.2"][..]),
            ("v1.4.2", None, &["v1.4.2", "1.4.2"]),
            ("1.4.2+b7", None, &["v1.4.2_b7", "1.4.2_b7"]),
            ("1.4.2", Some("{version}"), &["1.4.2"]),
            ("v1.4.2", Some("{version}"), &["1.4.2", "v1.4.2"]),
            ("1.4.2", Some("{name}-v{version}"), &["web1-v1.4.2", "1.4.2"]),
            ("1.4.2+b7", Some("v{version}"), &["v1.4.2_b7"]),
            ("latest", Some("v{version}"), &["latest"]),
            ("main", Some("v{version}"), &["main"]),
        ] {
            assert_eq!(tags(text, template), expected, "{text} with {template:?}");
        }
    }

    #[test]
    fn a_typed_version_still_needs_the_name_that_the_template_asks_for() {
        let template = "{name}-{version}".parse().expect("the template is legal");
        assert!(input("1.4.2").candidates(Some(&template), None).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_an_input_that_displays_as_typed_or_a_problem(text in ".*|v?[0-9.+a-z-]*") {
            if let Ok(input) = text.parse::<VersionInput>() {
                prop_assert_eq!(input.to_string(), text);
            }
        }
    }
}
