//! A snapshot of the process's environment, with the names that the runner
//! gives its variables.
//!
//! Only here is the real environment read, once; everything else is handed the
//! snapshot. Nothing in this file judges a value.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::problem::Problem;

const INPUT_PREFIX: &str = "INPUT_";

/// The environment of a step. It has no `Debug`, because it holds credentials.
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    is_post: bool,
}

impl Environment {
    /// Takes the environment of this process.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_this_process() -> Self {
        let is_post = std::env::args_os().nth(1).is_some_and(|argument| argument == "post");
        Self { is_post, ..Self::new(std::env::vars_os()) }
    }

    /// Makes an environment of these variables. Names that are not UTF-8 are
    /// left out: no variable of the runner's has one.
    pub fn new<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into().into_string().ok()?, value.into())))
            .collect();
        Self { variables, is_post: false }
    }

    /// The value of an input as the workflow wrote it; `None` where it is unset,
    /// empty or nothing but white space.
    ///
    /// # Errors
    /// The value is not UTF-8.
    pub fn input(&self, name: &str) -> Result<Option<&str>, Problem> {
        let Some(value) = self.variables.get(&input_variable(name)) else { return Ok(None) };
        match value.to_str() {
            Some(text) if text.trim().is_empty() => Ok(None),
            Some(text) => Ok(Some(text)),
            None => Err(Problem::new(format!("input `{name}` is not valid UTF-8"))),
        }
    }

    /// The names of all inputs that are in the environment, in lower case,
    /// because the runner passes them in upper case only.
    pub fn input_names(&self) -> impl Iterator<Item = String> + '_ {
        self.variables
            .keys()
            .filter_map(|name| name.strip_prefix(INPUT_PREFIX))
            .filter(|name| !name.is_empty())
            .map(str::to_lowercase)
    }

    /// What the main step saved for the post step under names with this prefix; `None` if this
    /// is the main step.
    pub fn left_for_post(&self, prefix: &str) -> Option<Vec<&str>> {
        let prefix = format!("STATE_{prefix}");
        let names = self.variables.keys().filter(|name| name.starts_with(&prefix));
        self.is_post.then(|| names.filter_map(|name| self.text(name)).collect())
    }

    /// The Region that the environment names, with the variable that names it.
    /// `AWS_REGION` goes before `AWS_DEFAULT_REGION`, as in every AWS SDK; an
    /// empty variable is an unset one.
    pub fn region(&self) -> Option<(&'static str, &str)> {
        ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .into_iter()
            .find_map(|variable| Some((variable, self.text(variable)?)))
    }

    /// Whether a variable of OpenSSL's says where the certificates of authorities are.
    pub fn names_authorities(&self) -> bool {
        ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|variable| self.path(variable).is_some())
    }

    /// The variables among those that `is_read` that are empty or have white space around
    /// their values, with the value that they should have; `None` for none at all.
    pub(super) fn untidy(&self, is_read: impl Fn(&str) -> bool) -> Vec<(&str, Option<&str>)> {
        let read = self.variables.iter().filter(|(name, _)| is_read(name));
        read.filter_map(|(name, value)| {
            let value = value.to_str()?;
            let tidy = value.trim();
            (tidy.is_empty() || tidy != value)
                .then(|| (name.as_str(), (!tidy.is_empty()).then_some(tidy)))
        })
        .collect()
    }

    /// One problem for each variable that `is_read` and is not UTF-8.
    pub fn no_text(&self, is_read: impl Fn(&str) -> bool) -> Vec<Problem> {
        let unread = |(name, value): (&String, &OsString)| {
            (is_read(name) && value.to_str().is_none()).then(|| {
                Problem::new(format!("`{name}` is not valid UTF-8"))
                    .hint("Set it again, or remove it.")
            })
        };
        self.variables.iter().filter_map(unread).collect()
    }

    pub(super) fn text(&self, variable: &str) -> Option<&str> {
        let text = self.variables.get(variable)?.to_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn path(&self, variable: &str) -> Option<PathBuf> {
        let path = self.variables.get(variable)?;
        (!path.is_empty()).then(|| PathBuf::from(path))
    }
}

/// The runner upper-cases the name and makes spaces underscores; hyphens stay
/// (`Handler.AddInputsToEnvironment` in actions/runner).
fn input_variable(name: &str) -> String {
    format!("{INPUT_PREFIX}{}", name.replace(' ', "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_found_under_the_name_that_the_runner_gives_it() {
        let environment = Environment::new([("INPUT_TASK-DEFINITION", "web"), ("INPUT_A_B", "c")]);
        assert_eq!(environment.input("task-definition"), Ok(Some("web")));
        assert_eq!(environment.input("a b"), Ok(Some("c")));
        assert_eq!(environment.input("task definition"), Ok(None));
        assert_eq!(environment.input_names().collect::<Vec<_>>(), ["a_b", "task-definition"]);
    }

    #[test]
    fn an_empty_or_blank_variable_is_an_unset_one() {
        let environment = Environment::new([
            ("INPUT_CLUSTER", ""),
            ("INPUT_SERVICE", " \n"),
            ("AWS_REGION", ""),
            ("GITHUB_OUTPUT", ""),
            ("INPUT_", "x"),
        ]);
        assert_eq!(environment.input("cluster"), Ok(None));
        assert_eq!(environment.input("service"), Ok(None));
        assert_eq!(environment.region(), None);
        assert_eq!(environment.path("GITHUB_OUTPUT"), None);
        assert_eq!(environment.input_names().count(), 2);
    }

    #[test]
    fn the_region_is_aws_regions_before_aws_default_regions() {
        let both = [("AWS_DEFAULT_REGION", "eu-west-1"), ("AWS_REGION", "eu-central-1")];
        assert_eq!(Environment::new(both).region(), Some(("AWS_REGION", "eu-central-1")));
        let empty = [("AWS_DEFAULT_REGION", "eu-west-1"), ("AWS_REGION", " ")];
        assert_eq!(Environment::new(empty).region(), Some(("AWS_DEFAULT_REGION", "eu-west-1")));
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf_8_is_refused_by_the_inputs_name() {
        use std::os::unix::ffi::OsStringExt;
        let value = OsString::from_vec(vec![b'w', 0xff]);
        let environment = Environment::new([(OsString::from("INPUT_SERVICE"), value)]);
        let problem = environment.input("service").expect_err("0xff begins no character");
        assert_eq!(problem.message, "input `service` is not valid UTF-8");
    }

    #[test]
    fn an_untidy_variable_is_one_that_is_read_and_empty_or_padded() {
        let environment = Environment::new([
            ("AWS_PROFILE", ""),
            ("AWS_ROLE_ARN", " \n"),
            ("AWS_SECRET_ACCESS_KEY", "key\n"),
            ("AWS_CONFIG_FILE", "a b"),
            ("GITHUB_TOKEN", " "),
        ]);
        let untidy = environment.untidy(|name| name.starts_with("AWS_"));
        let expected =
            [("AWS_PROFILE", None), ("AWS_ROLE_ARN", None), ("AWS_SECRET_ACCESS_KEY", Some("key"))];
        assert_eq!(untidy, expected);
    }
}
