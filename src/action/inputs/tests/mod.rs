//! What the inputs mean, what is refused, and that `action.yml` says the same.

mod action_yml;
mod assignments;
mod images;
mod meaning;
mod refused;

use std::path::PathBuf;

use super::*;
use crate::request::{
    AppRequest, Assignment, Failure, InFlight, OnFailure, Past, TaskDefinitionSource, WaitUntil,
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
