//! `{name}` and `{environment}` in names, ids and paths.

use crate::names::{AppName, EnvironmentName};
use crate::problem::Problem;
use crate::text::meant;

const NAME: &str = "{name}";
const ENVIRONMENT: &str = "{environment}";

/// # Errors
/// There is no such placeholder.
pub(super) fn check(text: &str) -> Result<(), Problem> {
    let words = text.split('{').skip(1).filter_map(|after| Some(after.split_once('}')?.0));
    for word in words {
        if ![NAME, ENVIRONMENT].contains(&format!("{{{word}}}").as_str()) {
            let problem = Problem::new(format!("there is no placeholder {{{word}}}"));
            return Err(problem.hint(match meant(word, ["name", "environment"].into_iter()) {
                Some(meant) => format!("did you mean {{{meant}}}?"),
                None => format!("the placeholders are {NAME} and {ENVIRONMENT}"),
            }));
        }
    }
    Ok(())
}

/// # Errors
/// It takes an environment, and none is chosen.
pub(super) fn fill(
    text: &str,
    name: &AppName,
    environment: Option<&EnvironmentName>,
) -> Result<String, Problem> {
    let filled = text.replace(NAME, name.as_str());
    match environment {
        Some(environment) => Ok(filled.replace(ENVIRONMENT, environment.as_str())),
        None if filled.contains(ENVIRONMENT) => {
            Err(Problem::new(format!("it contains {ENVIRONMENT}, but no environment is given"))
                .hint("name one in the input `environment`"))
        }
        None => Ok(filled),
    }
}
