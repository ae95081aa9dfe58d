//! How a version becomes a tag, and back.
//!
//! Build metadata is the one place where a version doesn't fit into a tag: `+`
//! becomes `_`, as Helm does it. That can be turned back, because `_` is illegal
//! in a semantic version; a `-` would make a prerelease of it.

use std::fmt;
use std::str::FromStr;

use semver::Version;

use super::tag::{ImageTag, is_tag_character};
use crate::problem::Problem;

const VERSION: &str = "{version}";
const NAME: &str = "{name}";

/// A text with `{version}` exactly once and `{name}` wherever it is wanted.
///
/// With `{version}` twice, a tag such as `1-1` could be read in more than one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    /// The text before `{version}`, with `{name}` as written.
    before: String,
    /// The text after `{version}`, with `{name}` as written.
    after: String,
}

impl Template {
    /// `kind` is what a problem calls it: `tag template`.
    pub(super) fn parse(text: &str, kind: &str) -> Result<Self, Problem> {
        let (before, after) = text.split_once(VERSION).ok_or_else(|| {
            Problem::new(format!("the {kind} {text:?} doesn't contain {VERSION}"))
                .hint(format!("For example v{VERSION} or {NAME}-v{VERSION}"))
        })?;
        if after.contains(VERSION) {
            return Err(Problem::new(format!(
                "the {kind} {text:?} contains {VERSION} more than once"
            )));
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    pub(super) fn needs_name(&self) -> bool {
        self.before.contains(NAME) || self.after.contains(NAME)
    }

    /// The text before and after the version; `None` if that needs a name and
    /// there is none.
    fn around_version(&self, name: Option<&str>) -> Option<(String, String)> {
        if !self.needs_name() {
            return Some((self.before.clone(), self.after.clone()));
        }
        let name = name?;
        Some((self.before.replace(NAME, name), self.after.replace(NAME, name)))
    }

    /// The text with `version` in its place; `None` as above.
    pub(super) fn filled(&self, version: &str, name: Option<&str>) -> Option<String> {
        let (before, after) = self.around_version(name)?;
        Some(format!("{before}{version}{after}"))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{VERSION}{}", self.before, self.after)
    }
}

/// The input `tag-template`, which has nothing but characters of a tag around the
/// placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagTemplate(Template);

impl TagTemplate {
    /// Whether a tag can only be made with the name of a package.
    pub fn needs_name(&self) -> bool {
        self.0.needs_name()
    }

    /// The tag of `version`. `name` is only looked at where the template needs it.
    ///
    /// # Errors
    /// The template needs a name and there is none, or what comes out is no legal
    /// tag (too long, or `name` is not made for one).
    pub fn render(&self, version: &Version, name: Option<&str>) -> Result<ImageTag, Problem> {
        let Some(tag) = self.0.filled(&version_in_tag(version), name) else {
            return Err(Problem::new(format!(
                "the tag template {self} needs the name of a package, but none is known"
            ))
            .hint(format!(
                "Point the input package at the app's package.json, or write the name in place of {NAME}"
            )));
        };
        tag.parse().map_err(|problem: Problem| Problem {
            message: format!(
                "the tag template {self} can't make a tag from version {version}: {}",
                problem.message
            ),
            ..problem
        })
    }

    /// The version that [`render`](Self::render) made `tag` of; `None` where it
    /// made it of none.
    pub fn version_of(&self, tag: &ImageTag, name: Option<&str>) -> Option<Version> {
        let (before, after) = self.0.around_version(name)?;
        let version = tag.as_str().strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
        version_from_tag(version)
    }

    /// The same if the name is not known: any text can be in its place.
    pub fn version_under_any_name(&self, tag: &ImageTag) -> Option<Version> {
        let (before, after) = (self.0.before.as_str(), self.0.after.as_str());
        if after.contains(NAME) {
            return None;
        }
        let (first, rest) = before.split_once(NAME)?;
        let inner = tag.as_str().strip_prefix(first)?.strip_suffix(after)?;
        // The name may contain the text that follows it, so the last place counts.
        let behind = inner.match_indices(rest).map(|(at, _)| &inner[at + rest.len()..]);
        let mut versions = behind.filter_map(version_from_tag);
        // With nothing between them, a later place would cut a number in two.
        if rest.is_empty() { versions.next() } else { versions.last() }
    }
}

impl FromStr for TagTemplate {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let template = Template::parse(text, "tag template")?;
        // What the placeholders leave has to be made of a tag's characters.
        let literal = template.filled("", Some("")).unwrap_or_default();
        if let Some(illegal) = literal.chars().find(|&c| !is_tag_character(c)) {
            return Err(illegal_literal(text, illegal));
        }
        if text.starts_with(['.', '-']) {
            return Err(Problem::new(format!(
                "the tag template {text:?} begins with a character that a tag can't begin with"
            ))
            .hint("A tag must begin with a letter, a digit or '_'"));
        }
        Ok(Self(template))
    }
}

impl fmt::Display for TagTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The version that `tag` stands for: by `template`, without one by the default
/// spellings `v{version}` and `{version}`.
pub(crate) fn version_of(
    tag: &ImageTag,
    template: Option<&TagTemplate>,
    name: Option<&str>,
) -> Option<Version> {
    match template {
        Some(template) => template.version_of(tag, name),
        None => version_from_tag(tag.as_str().strip_prefix('v').unwrap_or(tag.as_str())),
    }
}

/// How `version` is spelled inside a tag, with nothing around it.
pub(super) fn version_in_tag(version: &Version) -> String {
    version.to_string().replace('+', "_")
}

/// The inverse of [`version_in_tag`].
pub(super) fn version_from_tag(text: &str) -> Option<Version> {
    Version::parse(&text.replacen('_', "+", 1)).ok()
}

fn illegal_literal(text: &str, illegal: char) -> Problem {
    let problem = Problem::new(format!(
        "the tag template {text:?} contains {illegal:?}, which a tag can't contain"
    ));
    if matches!(illegal, '{' | '}') {
        problem.hint(format!("The only placeholders are {VERSION} and {NAME}"))
    } else {
        problem.hint("A tag can contain letters, digits, '.', '_' and '-'")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(text: &str) -> TagTemplate {
        text.parse().expect("the template is legal")
    }

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a semantic version")
    }

    #[test]
    fn a_template_puts_the_version_and_the_name_in_their_places() {
        for (text, of, name, tag) in [
            ("{version}", "1.4.2", None, "1.4.2"),
            ("v{version}", "1.4.2", None, "v1.4.2"),
            ("{name}-v{version}", "1.4.2", Some("web1"), "web1-v1.4.2"),
            ("{name}-{version}-{name}", "1.4.2", Some("a"), "a-1.4.2-a"),
            ("v{version}", "1.4.2-rc.1+build.7", None, "v1.4.2-rc.1_build.7"),
        ] {
            let rendered = template(text).render(&version(of), name).expect("a legal tag");
            assert_eq!(rendered.as_str(), tag, "{text}");
        }
    }

    #[test]
    fn a_template_that_can_never_make_one_certain_tag_is_refused() {
        for (text, part) in [
            ("", "doesn't contain {version}"),
            ("v{Version}", "doesn't contain {version}"),
            ("{version}-{version}", "more than once"),
            ("{branch}-{version}", "contains '{'"),
            ("{version}}", "contains '}'"),
            ("{version}+x", "contains '+'"),
            ("web1:{version}", "contains ':'"),
            ("-{version}", "begins with"),
        ] {
            let problem = text.parse::<TagTemplate>().expect_err("an illegal template");
            assert!(problem.message.contains(part), "{text}: {problem}");
        }
    }

    #[test]
    fn without_the_name_the_version_is_still_read() {
        for (text, tag, version) in [
            ("{name}-v{version}", "shop-v1.4.2", Some("1.4.2")),
            ("{name}-v{version}", "my-v2-shop-v1.4.2-rc.1", Some("1.4.2-rc.1")),
            ("release-{name}-{version}-x", "release-shop-1.4.2-x", Some("1.4.2")),
            ("{name}-v{version}", "shop-1.4.2", None),
            ("{version}-{name}", "1.4.2-shop", None),
            ("{name}{version}", "shop11.4.2", Some("11.4.2")),
            ("v{version}", "v1.4.2", None),
        ] {
            let tag = tag.parse().expect("a legal tag");
            let found = template(text).version_under_any_name(&tag).map(|it| it.to_string());
            assert_eq!(found.as_deref(), version, "{text} {tag}");
        }
    }

    #[test]
    fn a_missing_name_is_a_problem_only_where_it_is_needed() {
        let problem = template("{name}-{version}").render(&version("1.4.2"), None);
        let problem = problem.expect_err("no name");
        assert!(problem.message.contains("needs the name"), "{problem}");
        assert!(template("v{version}").render(&version("1.4.2"), None).is_ok());
    }

    #[test]
    fn a_tag_that_gets_too_long_is_a_problem_that_names_the_template() {
        let long = version(&format!("1.4.2-{}", "a".repeat(130)));
        let problem = template("v{version}").render(&long, None).expect_err("too long");
        assert!(
            problem.message.starts_with("the tag template v{version} can't make a tag"),
            "{problem}"
        );
    }

    #[test]
    fn a_tag_of_another_template_has_no_version() {
        let template = template("{name}-v{version}");
        for (tag, name) in [
            ("v1.4.2", Some("web1")),
            ("api-v1.4.2", Some("web1")),
            ("web1-v1.4", Some("web1")),
            ("web1-v1.4.2_a_b", Some("web1")),
            ("web1-v1.4.2", None),
        ] {
            let tag = tag.parse().expect("a legal tag");
            assert_eq!(template.version_of(&tag, name), None, "{tag}");
        }
    }

    proptest! {
        #[test]
        fn the_version_comes_back_out_of_every_tag(
            before in "([a-z0-9_][a-z0-9._-]{0,5})?",
            after in "[a-z0-9._-]{0,5}",
            name in "[a-z0-9][a-z0-9._-]{0,8}",
            with_name in any::<bool>(),
            version in r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(-[a-z][a-z0-9-]{0,5}(\.[1-9][0-9]{0,3})?)?(\+[a-zA-Z0-9-]{1,6}(\.[0-9]{1,3})?)?",
        ) {
            let name_place = if with_name { NAME } else { "" };
            let template = template(&format!("{before}{name_place}{VERSION}{after}"));
            let version = Version::parse(&version).expect("the generated version is legal");
            let tag = template.render(&version, Some(&name)).expect("short enough");
            prop_assert_eq!(template.version_of(&tag, Some(&name)), Some(version));
        }

        #[test]
        fn the_version_comes_back_without_the_name_too(
            between in "[._-]v?",
            after in "([._-][a-z]{1,4})?",
            name in "[a-z][a-z-]{0,8}",
            version in r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})",
        ) {
            let template = template(&format!("{NAME}{between}{VERSION}{after}"));
            let version = Version::parse(&version).expect("the generated version is legal");
            let tag = template.render(&version, Some(&name)).expect("short enough");
            prop_assert_eq!(template.version_under_any_name(&tag), Some(version));
        }

        #[test]
        fn any_text_is_a_template_that_displays_as_itself_or_a_problem(text in ".*") {
            if let Ok(template) = text.parse::<TagTemplate>() {
                prop_assert_eq!(template.to_string(), text);
            }
        }
    }
}
