//! The inputs of the action, parsed once into a `Request`.
//!
//! All mistakes are reported together, each by the input's name, with its value
//! and with what is accepted; an input that doesn't exist is a mistake too.
//! Values of `environment-variables` and `secrets` are never shown. Nothing here
//! reads a file or asks AWS: whether a thing exists is found out later.

mod app;
mod grammar;
mod reader;
#[cfg(test)]
mod tests;
mod wanted;

use crate::image::Severity;
use crate::names::{ClusterName, Region, ServiceName};
use crate::problem::Problem;
use crate::request::{AppRequest, Command, Expect, ImageRequest, Record, Request, Target, Wanted};
use crate::workflow::{Token, Workflow};

use super::environment::Environment;
use super::workflow::workflow;
use app::{What, app};
use reader::Reader;
use wanted::{built, images, past, version, wanted};

/// Where the inputs are declared.
const ACTION: &str = include_str!("../../../action.yml");

const COMMANDS: [(&str, Command); 4] = [
    ("deploy", Command::Deploy),
    ("rollback", Command::Rollback),
    ("verify", Command::Verify),
    ("list", Command::List),
];

const EXPECT_ABSENT: [(&str, bool); 2] = [("present", false), ("absent", true)];

/// Inputs that several services cannot share.
const FOR_ONE: [&str; 7] = [
    "images",
    "task-definition",
    "desired-count",
    "environment-url",
    "codedeploy-application",
    "codedeploy-deployment-group",
    "codedeploy-appspec",
];

/// The longest `reason`, in characters: it goes into summaries and messages,
/// and one that is longer was not typed by a person.
const LONGEST_REASON: usize = 1000;

/// The longest name of an environment, in characters ("Create or update an
/// environment", REST API documentation).
const LONGEST_ENVIRONMENT: usize = 255;

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
    let what = what(&mut inputs, command);
    let token = inputs.secret("github-token").map(Token::new);
    let workflow = workflow(environment, token);
    let record = record(&mut inputs, command, workflow.as_ref());
    let has_token = inputs.is_set("github-token");
    if command == Command::Deploy && inputs.is_set("git-tag") && !has_token {
        inputs.note(needs_token("git-tag"));
    }
    let comment = inputs.boolean("comment", true);
    let max_parallel = inputs.number("max-parallel", 1..=1000);
    let reason = inputs.folded("reason", LONGEST_REASON);
    let dry_run = inputs.boolean("dry-run", false);
    // A package and an image can be verified without a service.
    let is_image_alone = command == Command::Verify
        && !["cluster", "service"].iter().any(|name| inputs.is_set(name));
    let (apps, images) = if is_image_alone {
        let image = image_alone(&mut inputs, what.clone());
        // What else is wrong is said, too.
        app(&mut inputs, command, None, what, None);
        (Vec::new(), image)
    } else {
        let targets = targets(&mut inputs);
        refuse_what_is_for_one(&mut inputs, &targets);
        let first = app(&mut inputs, command, targets.first().cloned(), what, record);
        (first.map_or_else(Vec::new, |first| one_each(&first, targets)), None)
    };
    let problems = inputs.into_problems();
    if !problems.is_empty() || (apps.is_empty() && images.is_none()) {
        return Err(problems);
    }
    let images = images.into_iter().collect();
    Ok(Request { command, apps, images, dry_run, reason, workflow, comment, max_parallel })
}

/// The same for each service. An environment of GitHub's shows one deployment, so with several
/// services each has its own.
fn one_each(first: &AppRequest, targets: Vec<Target>) -> Vec<AppRequest> {
    let is_alone = targets.len() == 1;
    let app_of = |target: Target| {
        let mut record = first.record.clone();
        if let Some(record) = record.as_mut().filter(|_| !is_alone) {
            record.environment = format!("{}-{}", record.environment, target.service);
        }
        AppRequest { target, record, ..first.clone() }
    };
    targets.into_iter().map(app_of).collect()
}

/// Refuses what can be meant for one service only.
fn refuse_what_is_for_one(inputs: &mut Reader<'_>, targets: &[Target]) {
    if targets.len() < 2 {
        return;
    }
    for name in FOR_ONE {
        if inputs.is_set(name) {
            inputs.note(
                Problem::new(format!(
                    "input `{name}` is for one service, and `service` names {}",
                    targets.len()
                ))
                .hint(format!("remove `{name}`, or give the service a step of its own")),
            );
        }
    }
}

/// What is to run, or to be verified.
fn what(inputs: &mut Reader<'_>, command: Command) -> What {
    let is_absent = inputs.choice("expect", &EXPECT_ABSENT, false);
    let is_expected_absent = command == Command::Verify && is_absent;
    refuse_what_is_for_others(inputs, command, is_absent);
    let built = if is_expected_absent { built(inputs) } else { None };
    let images = images(inputs);
    let package = inputs.path("package");
    let folder = package.as_deref().map(grammar::folder_of).unwrap_or_default();
    let wanted = match command {
        Command::Verify if is_expected_absent => version(inputs, package, true),
        Command::Deploy | Command::Verify => wanted(inputs, package, &images),
        Command::Rollback | Command::List => past(inputs, package),
    };
    let expect = if is_expected_absent { Expect::Absent { built } } else { Expect::Present };
    let fail_on = inputs.with("fail-on-severity", |text| grammar::choice(&Severity::ALL, text));
    What { wanted, images, expect, fail_on, folder }
}

/// Refuses what would be ignored although somebody counts on it: a check that would
/// deploy, a limit that would not be kept.
fn refuse_what_is_for_others(inputs: &mut Reader<'_>, command: Command, is_absent: bool) {
    if is_absent && command != Command::Verify {
        inputs.note(
            Problem::new("input `expect` is for `command: verify`, and that is not the command")
                .hint("add `command: verify` to check, or remove `expect` to go on"),
        );
    }
    let looks = match command {
        Command::Deploy => true,
        Command::Verify => !is_absent,
        Command::Rollback | Command::List => false,
    };
    for (input, why) in [
        ("fail-on-severity", "here the findings of a scan are not read"),
        ("images", "here `container` says whose image is meant"),
    ] {
        if inputs.is_set(input) && !looks {
            inputs.note(
                Problem::new(format!("input `{input}` is for `deploy`, and for `verify` where the version is expected to be present"))
                    .hint(format!("remove it: {why}")),
            );
        }
    }
}

/// An image to verify without a service, which would say where it is.
fn image_alone(inputs: &mut Reader<'_>, what: What) -> Option<ImageRequest> {
    let What { wanted, images: _, expect, fail_on, folder: _ } = what;
    let region = region(inputs);
    if inputs.is_set("images") {
        return inputs.refuse(
            Problem::new("input `images` is for a service")
                .hint("add `cluster` and `service`, or verify one image by `image`"),
        );
    }
    let has_repository = match (&wanted, &expect) {
        (Wanted::Image(_), _) | (_, Expect::Absent { built: Some(_) }) => true,
        (Wanted::Version { .. } | Wanted::Past { .. }, _) => inputs.is_set("repository"),
    };
    if !has_repository {
        return inputs.refuse(
            Problem::new("input `repository` is missing")
                .hint("without `cluster` and `service` nothing else says where the image is"),
        );
    }
    Some(ImageRequest { region: region?, wanted, expect, fail_on })
}

/// The GitHub Deployment to record.
fn record(
    inputs: &mut Reader<'_>,
    command: Command,
    workflow: Option<&Workflow>,
) -> Option<Record> {
    let is_asked_for = inputs.boolean("github-deployment", false);
    let environment =
        inputs.with("environment", |text| grammar::at_most(LONGEST_ENVIRONMENT, text));
    let url = inputs.with("environment-url", grammar::page);
    if !is_asked_for || !matches!(command, Command::Deploy | Command::Rollback) {
        return None;
    }
    if workflow.is_none_or(|workflow| workflow.token.is_none()) {
        inputs.note(needs_token("github-deployment"));
    }
    if !inputs.is_set("environment") {
        return inputs
            .refuse(Problem::new("input `environment` is missing").hint(
                "`github-deployment: true` records a deployment to an environment: name it",
            ));
    }
    Some(Record { environment: environment?, url })
}

fn needs_token(input: &str) -> Problem {
    Problem::new(format!("input `{input}` needs `github-token`"))
        .hint("leave `github-token` out, which gives it the token of the job")
}

/// The run that asks, for a post step, which has no use for the other inputs.
pub fn workflow_of(environment: &Environment) -> Option<Workflow> {
    let token = Reader::new(environment, names()).secret("github-token").map(Token::new);
    workflow(environment, token)
}

/// The services. Names only: an ARN would name Region and account a second time,
/// and the two could contradict each other.
fn targets(inputs: &mut Reader<'_>) -> Vec<Target> {
    let cluster: Option<ClusterName> = inputs.required(
        "cluster",
        "set it under `with:` to the name of the ECS cluster",
        grammar::name_not_arn,
    );
    if !inputs.is_set("service") {
        inputs.note(Problem::new("input `service` is missing").hint(
            "set it under `with:` to the name of the ECS service, or to several, one a line",
        ));
    }
    let services: Vec<ServiceName> =
        inputs.names("service", grammar::name_not_arn, ServiceName::as_str);
    let (Some(region), Some(cluster)) = (region(inputs), cluster) else { return Vec::new() };
    let target = |service| Target { region: region.clone(), cluster: cluster.clone(), service };
    services.into_iter().map(target).collect()
}

fn region(inputs: &mut Reader<'_>) -> Option<Region> {
    if inputs.is_set("region") {
        return inputs.parsed("region");
    }
    let Some((variable, text)) = inputs.environment().region() else {
        let problem = Problem::new(
            "input `region` is missing, and the environment names no Region",
        )
        .hint("set it under `with:`, or let aws-actions/configure-aws-credentials set AWS_REGION");
        return inputs.refuse(problem);
    };
    match text.parse() {
        Ok(region) => Some(region),
        Err(problem) => {
            let message = format!("environment variable {variable}: {}", problem.message);
            inputs.refuse(Problem { message, ..problem })
        }
    }
}
