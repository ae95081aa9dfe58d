//! Whatever the inputs are, they are a request or sentences that a person can act on, and
//! nothing that is secret is in either.

use std::path::Path;

use super::parse;
use crate::action::environment::Environment;
use crate::action::laws::annotation_is_one_command;
use crate::report::laws::is_page;
use crate::report::wrong_inputs;

/// Stands in what must never be printed, and nowhere else.
const SECRET: &str = "hush-hush";

/// Behind any text it is the value of a variable, half an assignment and none.
const ASSIGNMENTS: &str = "=hush-hush\nhush-hush\nA B=hush-hush\nLAST=hush-hush";

/// Inputs with lists of assignments, whose values are secret.
const ASSIGNED: [&str; 2] = ["environment-variables", "secrets"];

pub(crate) fn inputs(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if text.contains(SECRET) {
        return;
    }
    let mut inputs = inputs_in(&text);
    for (name, value) in &mut inputs {
        match name.as_str() {
            name if ASSIGNED.contains(&name) => value.push_str(ASSIGNMENTS),
            "github-token" | "notify-url" => value.push_str(SECRET),
            _ => {}
        }
    }
    match parse(&environment(&inputs)) {
        Ok(request) => {
            assert!(!format!("{request:?}").contains(SECRET), "a secret is in {request:?}");
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "it is refused without a word");
            for problem in &problems {
                assert!(!problem.message.is_empty(), "{problem:?} says nothing");
                assert!(!format!("{problem:?}").contains(SECRET), "a secret is in {problem:?}");
                annotation_is_one_command(problem);
            }
            is_page(&wrong_inputs(&problems));
        }
    }
}

/// One input a line, `name: value`; what is indented goes on with the value above.
fn inputs_in(text: &str) -> Vec<(String, String)> {
    let mut inputs: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("  "), inputs.last_mut(), line.split_once(':')) {
            (Some(more), Some((_, value)), _) => {
                value.push('\n');
                value.push_str(more);
            }
            (_, _, Some((name, value))) => inputs.push((name.to_owned(), value.trim().to_owned())),
            _ => {}
        }
    }
    inputs
}

/// That of a step in a checkout with a file of many apps.
fn environment(inputs: &[(String, String)]) -> Environment {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/checkout");
    let runner = [
        ("GITHUB_WORKSPACE", checkout.to_str().unwrap_or_default()),
        ("AWS_REGION", "eu-central-1"),
        ("GITHUB_API_URL", "https://api.github.example"),
        ("GITHUB_SERVER_URL", "https://github.example"),
        ("GITHUB_REPOSITORY", "octo-org/shop"),
        ("GITHUB_RUN_ID", "4711"),
    ];
    let runner = runner.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let inputs = inputs
        .iter()
        .map(|(name, value)| (format!("INPUT_{}", name.to_uppercase()), value.replace('\0', "")));
    Environment::new(runner.into_iter().chain(inputs))
}
