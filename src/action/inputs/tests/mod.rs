//! What the inputs mean, what is refused, and that `action.yml` says the same.

mod action_yml;
mod assignments;
mod images;
mod many;
mod meaning;
mod refused;
mod schema;
mod wrong_files;

use std::path::PathBuf;

use super::*;
use crate::image::Severity;
use crate::request::{
    AppRequest, Assignment, Failure, InFlight, OnFailure, Past, Stage, Target,
    TaskDefinitionSource, WaitUntil,
};

/// Inputs that are enough, in a checkout with a package.json.
const ENOUGH: [(&str, &str); 3] =
    [("cluster", "main"), ("service", "web"), ("region", "eu-central-1")];

/// An environment with the inputs as the runner passes them.
fn environment(inputs: &[(&str, &str)]) -> Environment {
    let variable = |name: &str| format!("INPUT_{}", name.to_uppercase());
    Environment::new(inputs.iter().map(|(name, value)| (variable(name), value)))
}

/// `inputs` together with those of [`ENOUGH`] that they don't name.
fn completed<'a>(inputs: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let missing = ENOUGH.into_iter().filter(|(name, _)| inputs.iter().all(|(n, _)| n != name));
    missing.chain(inputs.iter().copied()).collect()
}

fn parsed(inputs: &[(&str, &str)]) -> Request {
    parse(&environment(&completed(inputs))).expect("these inputs are right")
}

/// Every problem with the inputs, message and hint as a person sees them.
fn problems(inputs: &[(&str, &str)]) -> Vec<String> {
    let problems = parse(&environment(&completed(inputs))).expect_err("these inputs are wrong");
    problems.iter().map(ToString::to_string).collect()
}

/// Wrong inputs and all that is said about them; a hint follows its message
/// after a line break.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

fn check(cases: &[Case<'_>]) {
    for (inputs, expected) in cases {
        assert_eq!(problems(inputs), *expected, "{inputs:?}");
    }
}

/// The file of many apps in a checkout of its own, and these inputs.
#[allow(clippy::disallowed_methods, reason = "the test plays the checkout")]
fn with_file(file: &[u8], inputs: &[(&str, &str)]) -> Result<Request, Vec<Problem>> {
    let checkout = tempfile::tempdir().expect("a scratch folder can be made");
    std::fs::create_dir(checkout.path().join(".github")).expect("it can have a folder");
    std::fs::write(checkout.path().join(".github/ecs-release.yml"), file).expect("and a file");
    in_checkout(checkout.path(), inputs)
}

fn in_checkout(
    checkout: &std::path::Path,
    inputs: &[(&str, &str)],
) -> Result<Request, Vec<Problem>> {
    let inputs =
        inputs.iter().map(|(name, value)| (format!("INPUT_{}", name.to_uppercase()), *value));
    let workspace = checkout.to_str().expect("its path is text");
    let runner = [
        ("GITHUB_WORKSPACE", workspace),
        ("AWS_REGION", "eu-central-1"),
        ("GITHUB_API_URL", "https://api.github.example"),
        ("GITHUB_SERVER_URL", "https://github.example"),
        ("GITHUB_REPOSITORY", "octo-org/shop"),
        ("GITHUB_RUN_ID", "4711"),
    ];
    let runner = runner.map(|(name, value)| (name.to_owned(), value));
    let mut request = parse(&Environment::new(runner.into_iter().chain(inputs)))?;
    for app in request.apps.iter_mut().chain(&mut request.beside) {
        // What the file does not name is where the process is.
        let inside = |path: &PathBuf| path.strip_prefix(checkout).unwrap_or(path).to_owned();
        app.folder = inside(&app.folder);
        if let Wanted::Version { package, .. } = &mut app.wanted {
            *package = inside(package);
        }
    }
    Ok(request)
}
