//! How a version becomes the name of a git tag: `v{version}`, `{name}@{version}`.
//!
//! Git takes other characters than a registry, `/`, `@` and `+` among them, so that
//! this is a template of its own.

use std::fmt;
use std::str::FromStr;

use semver::Version;

use super::template::Template;
use crate::problem::Problem;

/// The input `git-tag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitTagTemplate(Template);

impl GitTagTemplate {
    /// Whether a tag can only be made with the name of a package.
    pub fn needs_name(&self) -> bool {
        self.0.needs_name()
    }

    /// The tag of `version`; `None` where the template needs a name and there is
    /// none, or the name makes no tag.
    pub fn render(&self, version: &Version, name: Option<&str>) -> Option<String> {
        let tag = self.0.filled(&version.to_string(), name)?;
        why_not(&tag).is_none().then_some(tag)
    }
}

impl FromStr for GitTagTemplate {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let template = Template::parse(text, "git tag template")?;
        if text.starts_with("refs/") {
            return Err(Problem::new(format!("{text:?} begins with refs/"))
                .hint("Give only the name of the tag, such as v{version}"));
        }
        let sample = template.filled("1.0.0", Some("name")).unwrap_or_default();
        match why_not(&sample) {
            Some(why) => Err(Problem::new(format!("{text:?} can't make a git tag: {why}"))),
            None => Ok(Self(template)),
        }
    }
}

impl fmt::Display for GitTagTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why git does not accept the name `refs/tags/<tag>` (`git check-ref-format`).
fn why_not(tag: &str) -> Option<String> {
    let is_illegal = |c: &char| {
        c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\' | '{' | '}')
    };
    if let Some(illegal) = tag.chars().find(is_illegal) {
        return Some(format!("it contains {illegal:?}"));
    }
    for part in ["..", "@{", "//"] {
        if tag.contains(part) {
            return Some(format!("it contains {part:?}"));
        }
    }
    let is_odd = |part: &str| part.starts_with('.') || part.ends_with(".lock") || part.is_empty();
    let is_odd = tag.split('/').any(is_odd) || tag.ends_with('.') || tag.starts_with('-');
    is_odd.then(|| "a part of it begins or ends in a way that git does not allow".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_template_makes_the_tags_that_release_tools_make() {
        let version = Version::parse("1.4.2+b7").expect("a version");
        for (template, name, tag) in [
            ("v{version}", None, Some("v1.4.2+b7")),
            ("{name}@{version}", Some("web1"), Some("web1@1.4.2+b7")),
            ("@org/{name}@{version}", Some("web1"), Some("@org/web1@1.4.2+b7")),
            ("apps/{name}/v{version}", Some("web1"), Some("apps/web1/v1.4.2+b7")),
            ("{name}-v{version}", None, None),
            ("{name}-v{version}", Some("a b"), None),
        ] {
            let template: GitTagTemplate = template.parse().expect("a template");
            assert_eq!(template.render(&version, name).as_deref(), tag, "{template}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_makes_a_name_that_git_takes(
            text in "[a-z@/._ ~{}-]{0,6}\\{version\\}[a-z/._:-]{0,6}",
            name in proptest::option::of("[a-z@/. ]{0,6}"),
        ) {
            let Ok(template) = text.parse::<GitTagTemplate>() else { return Ok(()) };
            let version = Version::parse("1.4.2-rc.1+b7").expect("a version");
            if let Some(tag) = template.render(&version, name.as_deref()) {
                prop_assert!(tag.contains("1.4.2-rc.1+b7"));
                let parts: Vec<&str> = tag.split('/').collect();
                prop_assert!(parts.iter().all(|it| !it.is_empty() && !it.starts_with('.')), "{}", tag);
                prop_assert!(!tag.contains([' ', '~', ':', '{']) && !tag.contains(".."), "{}", tag);
                prop_assert!(!tag.ends_with('.') && !tag.ends_with(".lock"), "{}", tag);
            }
        }
    }

    #[test]
    fn what_git_would_refuse_is_refused_before() {
        for text in [
            "",
            "v1",
            "{version}{version}",
            "v {version}",
            "v{version}~1",
            "refs/tags/v{version}",
            "/{version}",
            "{version}/",
            "a//{version}",
            "..{version}",
            "{version}.lock",
            "-{version}",
            "{branch}-{version}",
            "{version}.",
            ".{version}",
            "a\n{version}",
            "v@{{version}",
        ] {
            assert!(text.parse::<GitTagTemplate>().is_err(), "{text:?}");
        }
    }
}
