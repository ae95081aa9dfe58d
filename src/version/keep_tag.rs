//! The tags that spare what runs, and what ran before it, from the lifecycle rules of their
//! repository.

use super::tag::ImageTag;
use super::template::{TagTemplate, version_of};
use crate::problem::Problem;

const NAME: &str = "{name}";
const SERVICE: &str = "{service}";
const ENVIRONMENT: &str = "{environment}";
const PREVIOUS: &str = "-previous";

/// What the placeholders of the template stand for.
#[derive(Debug, Clone, Copy)]
pub struct KeepNames<'a> {
    pub name: &'a str,
    pub service: &'a str,
    pub environment: Option<&'a str>,
}

/// The input `keep-tag`, as it is for one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepTag {
    /// On what runs.
    pub running: ImageTag,
    /// On what ran before it.
    pub previous: ImageTag,
    /// The text around the environment, if the template contains it.
    around: Option<(String, String)>,
    name: String,
    versions: Option<TagTemplate>,
}

impl KeepTag {
    /// `versions` is the template of the tags that are versions.
    ///
    /// # Errors
    /// It makes no legal tag, one that could be mistaken for a version, or one without a word of its own.
    pub fn new(
        template: &str,
        names: KeepNames<'_>,
        versions: Option<&TagTemplate>,
    ) -> Result<Self, Problem> {
        let named = template.replace(NAME, names.name).replace(SERVICE, names.service);
        let filled = match (named.contains(ENVIRONMENT), names.environment) {
            (false, _) => named.clone(),
            (true, Some(environment)) => named.replace(ENVIRONMENT, environment),
            (true, None) => {
                return Err(Problem::new(format!(
                    "it contains {ENVIRONMENT}, but no environment is given"
                ))
                .hint("name one in the input `environment`"));
            }
        };
        if filled.contains(['{', '}']) {
            return Err(Problem::new(format!("{template:?} has an unknown placeholder"))
                .hint(format!("the placeholders are {NAME}, {SERVICE} and {ENVIRONMENT}")));
        }
        let running: ImageTag = filled.parse()?;
        let previous: ImageTag = format!("{filled}{PREVIOUS}").parse()?;
        for tag in [&running, &previous] {
            if is_version(tag, versions, names.name) {
                return Err(with_word(format!("{tag} could be mistaken for a version")));
            }
        }
        // Else any tag of such a form would be taken for one of another environment.
        let words = [NAME, SERVICE, ENVIRONMENT]
            .iter()
            .fold(template.to_owned(), |words, placeholder| words.replace(placeholder, "-"));
        if !words.contains(|c: char| c.is_ascii_alphabetic()) {
            return Err(with_word(format!("{template:?} has no word besides its placeholders")));
        }
        let around = named.split_once(ENVIRONMENT);
        let around = around.map(|(before, after)| (before.to_owned(), after.to_owned()));
        let (name, versions) = (names.name.to_owned(), versions.cloned());
        Ok(Self { running, previous, around, name, versions })
    }

    /// Whether a tag is one of the two, be it of another environment: no name of a version.
    pub fn is_one(&self, tag: &ImageTag) -> bool {
        if *tag == self.running || *tag == self.previous {
            return true;
        }
        let Some((before, after)) = &self.around else { return false };
        let text = tag.as_str().strip_suffix(PREVIOUS).unwrap_or(tag.as_str());
        let inner =
            text.strip_prefix(before.as_str()).and_then(|it| it.strip_suffix(after.as_str()));
        inner.is_some_and(|it| !it.is_empty())
            && !is_version(tag, self.versions.as_ref(), &self.name)
    }
}

fn with_word(message: String) -> Problem {
    Problem::new(message).hint(format!("begin it with a word, such as keep-{ENVIRONMENT}-{NAME}"))
}

/// By the template, by the default spellings, or as `latest`.
fn is_version(tag: &ImageTag, versions: Option<&TagTemplate>, name: &str) -> bool {
    let by_template = versions.is_some_and(|it| {
        it.version_of(tag, Some(name)).or_else(|| it.version_under_any_name(tag)).is_some()
    });
    by_template || version_of(tag, None, None).is_some() || *tag == ImageTag::latest()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: KeepNames<'_> =
        KeepNames { name: "web1", service: "web1-api", environment: Some("production") };

    fn keep(template: &str) -> KeepTag {
        KeepTag::new(template, NAMES, None).expect("a legal template")
    }

    fn tag(text: &str) -> ImageTag {
        text.parse().expect("a legal tag")
    }

    #[test]
    fn a_template_gives_the_tags_of_what_runs_and_of_what_ran_before() {
        for (template, running) in [
            ("keep-{environment}-{name}", "keep-production-web1"),
            ("keep-{service}", "keep-web1-api"),
            ("in-use", "in-use"),
        ] {
            let keep = keep(template);
            assert_eq!(keep.running.as_str(), running);
            assert_eq!(keep.previous.as_str(), format!("{running}-previous"));
        }
    }

    #[test]
    fn what_makes_no_tag_of_its_own_is_refused() {
        let by_name: TagTemplate = "{name}-v{version}".parse().expect("a template");
        for (template, versions, part) in [
            ("", None, "can't be empty"),
            ("keep/{name}", None, "character 5 is '/'"),
            ("-{name}", None, "character 1 is '-'"),
            ("keep-{version}", None, "unknown placeholder"),
            ("{name", None, "unknown placeholder"),
            (&"k".repeat(120), None, "129 characters"),
            ("latest", None, "latest could be mistaken for a version"),
            ("1.0.0-{name}", None, "1.0.0-web1 could be mistaken for a version"),
            ("v1.0.0", None, "v1.0.0 could be mistaken for a version"),
            ("1.0.0", None, "could be mistaken for a version"),
            ("keep-v1.0.0", Some(&by_name), "keep-v1.0.0 could be mistaken for a version"),
            ("{environment}", None, "no word besides its placeholders"),
            ("{name}-{environment}", None, "no word besides its placeholders"),
            ("{service}.{name}_1", None, "no word besides its placeholders"),
        ] {
            let problem = KeepTag::new(template, NAMES, versions).expect_err("it is no tag");
            assert!(problem.message.contains(part), "{template}: {problem}");
        }
        let nowhere = KeepNames { environment: None, ..NAMES };
        let problem =
            KeepTag::new("keep-{environment}", nowhere, None).expect_err("no environment");
        assert!(problem.message.contains("no environment is given"), "{problem}");
    }

    #[test]
    fn its_tags_in_other_environments_are_told_from_versions() {
        let by_name: TagTemplate = "{name}-v{version}".parse().expect("a template");
        let of_environment =
            KeepTag::new("{name}-{environment}-use", NAMES, Some(&by_name)).expect("a template");
        for (text, is_one) in [
            ("web1-production-use", true),
            ("web1-production-use-previous", true),
            ("web1-staging-use", true),
            ("web1-staging-use-previous", true),
            ("web2-staging-use", false),
            ("web1--use", false),
            ("web1-use", false),
            ("web1-v1.4.2-use", false),
            ("1.4.2-use", false),
            ("1.4.2", false),
            ("latest", false),
        ] {
            if let Ok(tag) = text.parse() {
                assert_eq!(of_environment.is_one(&tag), is_one, "{text}");
            }
        }
        let fixed = keep("in-use");
        assert!(fixed.is_one(&tag("in-use-previous")) && !fixed.is_one(&tag("in-use-1")));
    }

    proptest! {
        #[test]
        fn no_version_is_ever_one(
            before in r"([a-z0-9._-]{0,3}|\{name\}-?v?|v)",
            after in r"([a-z0-9._-]{0,3}|-?\{name\})",
            word in "[a-z]",
            versions in prop::sample::select(vec![
                "{version}", "v{version}", "rel-{version}", "{name}-v{version}", "{name}_{version}",
                "{version}-{name}", "rel-{version}-{name}",
            ]),
            version in r"(0|[1-9][0-9]?)(\.(0|[1-9][0-9]?)){2}(-[a-z]{1,8})?",
        ) {
            let versions: TagTemplate = versions.parse().expect("a template");
            let version = version.parse().expect("a version");
            let version = versions.render(&version, Some(NAMES.name)).expect("a tag");
            for template in
                [format!("{before}{ENVIRONMENT}{after}"), format!("{before}{word}{ENVIRONMENT}{after}")]
            {
                if let Ok(keep) = KeepTag::new(&template, NAMES, Some(&versions)) {
                    prop_assert!(!keep.is_one(&version), "{template} {version}");
                }
            }
        }
    }
}
