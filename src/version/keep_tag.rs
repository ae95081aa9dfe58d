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
    /// What stands around the environment, where that is in it.
    around: Option<(String, String)>,
}

impl KeepTag {
    /// `versions` is the template of the tags that are versions.
    ///
    /// # Errors
    /// It makes no legal tag, or one that could be taken for a version.
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
                    "{ENVIRONMENT} is in it, and no environment is chosen"
                ))
                .hint("name one in the input `environment`"));
            }
        };
        if filled.contains(['{', '}']) {
            return Err(Problem::new(format!("{template:?} has another placeholder in it"))
                .hint(format!("the placeholders are {NAME}, {SERVICE} and {ENVIRONMENT}")));
        }
        let running: ImageTag = filled.parse()?;
        let previous: ImageTag = format!("{filled}{PREVIOUS}").parse()?;
        for tag in [&running, &previous] {
            if is_version(tag, versions) {
                return Err(Problem::new(format!("{tag} could be taken for a version"))
                    .hint(format!("begin it with a word, such as keep-{ENVIRONMENT}-{NAME}")));
            }
        }
        let around = named.split_once(ENVIRONMENT);
        let around = around.map(|(before, after)| (before.to_owned(), after.to_owned()));
        Ok(Self { running, previous, around })
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
        inner.is_some_and(|it| !it.is_empty()) && !is_version(tag, None)
    }
}

/// By the template, by the default spellings, or as `latest`.
fn is_version(tag: &ImageTag, versions: Option<&TagTemplate>) -> bool {
    let by_template = versions.is_some_and(|it| {
        it.version_of(tag, None).or_else(|| it.version_under_any_name(tag)).is_some()
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
            ("keep-{version}", None, "another placeholder"),
            ("{name", None, "another placeholder"),
            (&"k".repeat(120), None, "129 characters"),
            ("latest", None, "latest could be taken for a version"),
            ("1.0.0-{name}", None, "1.0.0-web1 could be taken for a version"),
            ("v1.0.0", None, "v1.0.0 could be taken for a version"),
            ("1.0.0", None, "could be taken for a version"),
            ("keep-v1.0.0", Some(&by_name), "keep-v1.0.0 could be taken for a version"),
        ] {
            let problem = KeepTag::new(template, NAMES, versions).expect_err("it is no tag");
            assert!(problem.message.contains(part), "{template}: {problem}");
        }
        let nowhere = KeepNames { environment: None, ..NAMES };
        let problem =
            KeepTag::new("keep-{environment}", nowhere, None).expect_err("no environment");
        assert!(problem.message.contains("no environment is chosen"), "{problem}");
    }

    #[test]
    fn its_tags_in_other_environments_are_told_from_versions() {
        let of_environment = keep("{environment}-{name}");
        for (text, is_one) in [
            ("production-web1", true),
            ("production-web1-previous", true),
            ("staging-web1", true),
            ("staging-web1-previous", true),
            ("staging-web2", false),
            ("-web1", false),
            ("1.4.2-web1", false),
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
            before in "([a-z0-9._-]{0,6})",
            after in "([a-z0-9._-]{0,6})",
            version in r"v?[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(-[a-z]{1,8})?",
        ) {
            let template = format!("{before}{ENVIRONMENT}{after}");
            if let (Ok(keep), Ok(version)) =
                (KeepTag::new(&template, NAMES, None), version.parse::<ImageTag>())
                && is_version(&version, None)
            {
                prop_assert!(!keep.is_one(&version), "{template} {version}");
            }
        }
    }
}
