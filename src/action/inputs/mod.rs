//! The inputs of the action, parsed once into a `Request`.
//!
//! All mistakes are reported together, each by the input's name, with its value
//! and with what is accepted; an input that doesn't exist is a mistake too.
//! Values of `environment-variables` and `secrets` are never shown. Nothing here asks AWS:
//! whether a thing exists is found out later. With `apps`, the file of many apps is read.

mod app;
mod before;
mod changed;
mod check;
mod grammar;
mod keep_tag;
mod many;
mod members;
mod notify;
mod one;
mod page;
mod parts;
mod promotion;
mod reader;
mod register;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
#[cfg(test)]
mod tests;
mod tracker;
mod wanted;

use crate::problem::Problem;
use crate::request::{AppRequest, Command, Expect, ImageRequest, Request, Wanted};
use crate::workflow::{Token, Workflow};

use super::environment::Environment;
use super::workflow::workflow;
use app::{What, app};
use many::Many;
use members::WORKSPACES;
use one::{
    Services, environment_of_github, one_each, record, refuse_what_is_for_one, region,
    run_once_for_all, services, what,
};
use promotion::is_promotion;
use reader::Reader;

pub use notify::secrets;

/// Where the inputs are declared.
const ACTION: &str = include_str!("../../../action.yml");

const COMMANDS: [(&str, Command); 12] = [
    ("deploy", Command::Deploy),
    ("rollback", Command::Rollback),
    ("drill", Command::Drill),
    ("continue", Command::Continue),
    ("stop", Command::Stop),
    ("verify", Command::Verify),
    ("list", Command::List),
    ("page", Command::Page),
    ("plan", Command::Plan),
    ("status", Command::Status),
    ("run", Command::Run),
    ("register", Command::Register),
];

/// The longest `reason`, in characters: it goes into summaries and messages,
/// and one that is longer was not typed by a person.
const LONGEST_REASON: usize = 1000;

/// The inputs in the order in which `action.yml` declares them: the keys below `inputs`.
pub fn names() -> Vec<&'static str> {
    let inputs = ACTION.lines().skip_while(|line| *line != "inputs:").skip(1);
    let keys = inputs.take_while(|line| line.starts_with(' '));
    let keys = keys.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    keys.filter(|key| !key.starts_with(' ')).collect()
}

/// Reads what was asked for.
///
/// # Errors
/// Everything that is wrong with the inputs: the unknown ones first, because a
/// misspelt name is often why another input is missing.
pub fn parse(environment: &Environment) -> Result<Request, Vec<Problem>> {
    let mut inputs = Reader::new(environment, names());
    inputs.refuse_unknown();

    let command = inputs.choice("command", &COMMANDS, Command::Deploy);
    let token = inputs.secret("github-token").map(Token::new);
    let workflow = workflow(environment, token);
    let comment = inputs.boolean("comment", true);
    let max_parallel = inputs.number("max-parallel", 1..=1000);
    let notify = notify::read(&mut inputs, command);
    let tracker = tracker::tracker(&mut inputs, command);
    let rollback_workflow = tracker::rollback_workflow(&mut inputs);
    let reason = inputs.folded("reason", LONGEST_REASON);
    let dry_run = inputs.boolean("dry-run", false);
    let page = page::page(&mut inputs, command);
    let (mut many, mut apps, mut images) = (Many::default(), Vec::new(), Vec::new());
    let mut family = None;
    // A package and an image can be verified without a service.
    let is_image_alone = command == Command::Verify
        && !["cluster", "service"].iter().any(|name| inputs.is_set(name));
    let is_of_all = matches!(command, Command::Plan | Command::Status | Command::Page)
        && !inputs.is_set("service");
    let only_existing = inputs.trimmed("apps") == Some(WORKSPACES);
    if command == Command::Register {
        family = register::family(&mut inputs);
    } else if only_existing {
        apps = members::read(&mut inputs, command, workflow.as_ref());
        promotion::from_service(&mut inputs, &mut apps);
    } else if inputs.is_set("apps") || is_of_all {
        many = many::read(&mut inputs, command, workflow.as_ref());
        apps = std::mem::take(&mut many.apps);
    } else if is_image_alone {
        let what = what(&mut inputs, command);
        images.extend(image_alone(&mut inputs, what.clone()));
        // Other mistakes are reported, too.
        environment_of_github(&mut inputs);
        record(&mut inputs, command, workflow.as_ref(), None);
        app(&mut inputs, command, None, what, None);
    } else {
        let services = services(&mut inputs);
        refuse_what_is_for_one(&mut inputs, services.len());
        let environment = environment_of_github(&mut inputs);
        let is_alone = services.len() == 1;
        let services = Services { names: services, is_alone, environment };
        apps = one_each(&mut inputs, command, workflow.as_ref(), services);
        run_once_for_all(command, &mut apps);
        promotion::from_service(&mut inputs, &mut apps);
    }
    refuse_order_without_waiting(&mut inputs, command, &apps);
    refuse_several_for_one_deployment(&mut inputs, command, &apps);
    keep_tag::refuse_one_tag_of_two(&mut inputs, command, &apps);
    let mut problems = inputs.into_problems();
    if problems.is_empty() && apps.is_empty() && images.is_empty() && family.is_none() {
        problems.push(
            Problem::new("the inputs do not name a service")
                .hint("name one in `service`, or apps of the file in `apps`"),
        );
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let Many { beside, .. } = many;
    Ok(Request {
        command,
        apps,
        only_existing,
        beside,
        images,
        family: family.map(Box::new),
        dry_run,
        reason,
        workflow,
        comment,
        max_parallel,
        notify,
        tracker,
        rollback_workflow,
        page,
    })
}

/// Without waiting, the step can't see whether the required app succeeds.
fn refuse_order_without_waiting(inputs: &mut Reader<'_>, command: Command, apps: &[AppRequest]) {
    if command != Command::Deploy {
        return;
    }
    let is_left = |app: &&AppRequest| !app.wait.enabled || app.wait.until.is_on_the_way();
    for first in apps.iter().filter(is_left) {
        let requires =
            |app: &&AppRequest| app.requires.iter().any(|it| Some(&it.app) == first.app.as_ref());
        let left_by = match first.wait.enabled {
            false => "wait: false".to_owned(),
            true => format!("wait-until: {}", first.wait.until),
        };
        if let (Some(first), Some(then)) = (&first.app, apps.iter().find(requires)) {
            let then = then.app.as_ref().map(ToString::to_string).unwrap_or_default();
            let message = format!(
                "{then} requires {first}, and with `{left_by}` the step can't see whether {first} succeeds"
            );
            return inputs
                .note(Problem::new(message).hint("wait for it, or deploy them in two steps"));
        }
    }
}

fn refuse_several_for_one_deployment(
    inputs: &mut Reader<'_>,
    command: Command,
    apps: &[AppRequest],
) {
    if matches!(command, Command::Continue | Command::Stop) && apps.len() > 1 {
        let message = format!(
            "input `deployment` names one deployment, but there are {} services",
            apps.len()
        );
        inputs.note(Problem::new(message).hint("give each service its own step"));
    }
}

/// An image to verify without a service, which would say where it is.
fn image_alone(inputs: &mut Reader<'_>, what: What) -> Option<ImageRequest> {
    let What { wanted, images: _, expect, fail_on, folder: _ } = what;
    let region = region(inputs);
    if inputs.is_set("images") {
        return inputs.refuse(
            Problem::new("input `images` needs a service")
                .hint("add `cluster` and `service`, or verify one image with `image`"),
        );
    }
    if is_promotion(inputs) {
        return inputs.refuse(
            Problem::new("input `version`: `from` needs a service")
                .hint("add `cluster` and `service`: the image must be in their repository"),
        );
    }
    let has_repository = match (&wanted, &expect) {
        (Wanted::Image(_), _) | (_, Expect::Absent { built: Some(_) }) => true,
        (Wanted::Version { .. } | Wanted::From { .. } | Wanted::Past { .. }, _) => {
            inputs.is_set("repository")
        }
    };
    if !has_repository {
        return inputs.refuse(
            Problem::new("input `repository` is missing")
                .hint("without `cluster` and `service`, it is needed to find the image"),
        );
    }
    Some(ImageRequest { region: region?, wanted, expect, fail_on })
}

/// The run that asks, for a post step, which has no use for the other inputs.
pub fn workflow_of(environment: &Environment) -> Option<Workflow> {
    let token = Reader::new(environment, names()).secret("github-token").map(Token::new);
    workflow(environment, token)
}
