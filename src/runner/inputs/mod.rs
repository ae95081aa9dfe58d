//! The inputs of the action, parsed once into a [`Request`].
//!
//! All mistakes are reported together, each by the input's name, with its value
//! and with what is accepted; an input that doesn't exist is a mistake too.
//! Values of `environment-variables` and `secrets` are never shown. Nothing here
//! reads a file or asks AWS: whether a thing exists is found out later.

mod grammar;
mod reader;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::image::ImageReference;
use crate::names::{ClusterName, Region, ServiceName};
use crate::problem::Problem;
use crate::request::{
    AppRequest, Assignment, Command, Failure, InFlight, OnFailure, Past, Request, Target,
    TaskDefinitionSource, Wait, WaitUntil, Wanted,
};

use super::environment::Environment;
use reader::Reader;

/// Every input that `action.yml` declares, in its order.
pub const NAMES: [&str; 29] = [
    "command",
    "cluster",
    "service",
    "region",
    "account",
    "container",
    "repository",
    "image",
    "task-definition",
    "version",
    "package",
    "tag-template",
    "environment-variables",
    "secrets",
    "desired-count",
    "force-new-deployment",
    "wait",
    "timeout",
    "wait-until",
    "in-flight",
    "max-failed-tasks",
    "on-failure",
    "on-timeout",
    "allow-rolled-back",
    "list-limit",
    "logs",
    "reason",
    "dry-run",
    "platform-check",
];

const COMMANDS: [(&str, Command); 3] =
    [("deploy", Command::Deploy), ("rollback", Command::Rollback), ("list", Command::List)];

const IN_FLIGHT: [(&str, InFlight); 3] =
    [("wait", InFlight::Wait), ("replace", InFlight::Replace), ("refuse", InFlight::Refuse)];

const WAIT_UNTIL: [(&str, WaitUntil); 2] =
    [("done", WaitUntil::Done), ("traffic", WaitUntil::Traffic)];

const ON_FAILURE: [(&str, OnFailure); 2] = [("undo", OnFailure::Undo), ("keep", OnFailure::Keep)];

/// Versions that are listed unless `list-limit` says otherwise.
const LISTED: u32 = 20;

/// Log lines of a failed container unless `logs` says otherwise.
const LOG_LINES: u32 = 20;

/// Where the version is read from unless `package` says otherwise.
const PACKAGE: &str = "package.json";

/// The longest `reason`, in characters: it goes into summaries and messages,
/// and one that is longer was not typed by a person.
const LONGEST_REASON: usize = 1000;

/// Reads what was asked for.
///
/// # Errors
/// Everything that is wrong with the inputs: the unknown ones first, because a
/// misspelt name is often why another input is missing.
pub fn parse(environment: &Environment) -> Result<Request, Vec<Problem>> {
    let mut inputs = Reader::new(environment, &NAMES);
    inputs.refuse_unknown();

    let command = inputs.choice("command", &COMMANDS, Command::Deploy);
    let target = target(&mut inputs);
    let account = inputs.with("account", grammar::account);
    let containers = inputs.names("container");
    let wanted = match command {
        Command::Deploy => wanted(&mut inputs),
        Command::Rollback | Command::List => past(&mut inputs),
    };
    let task_definition = inputs
        .with("task-definition", grammar::task_definition)
        .unwrap_or(TaskDefinitionSource::Running);
    let (environment, secrets) = assignments(&mut inputs);
    let desired_count = inputs.with("desired-count", grammar::desired_count);
    let force_new_deployment = inputs.boolean("force-new-deployment", false);
    let wait = Wait {
        enabled: inputs.boolean("wait", true),
        timeout: inputs.with("timeout", grammar::duration),
        until: inputs.choice("wait-until", &WAIT_UNTIL, WaitUntil::Done),
    };
    // Nobody who goes back wants to wait for what is bad, nor to return to it.
    let defaults = match command {
        Command::Deploy | Command::List => (InFlight::Wait, OnFailure::Undo),
        Command::Rollback => (InFlight::Replace, OnFailure::Keep),
    };
    let in_flight = inputs.choice("in-flight", &IN_FLIGHT, defaults.0);
    let max_failed_tasks = inputs.with("max-failed-tasks", grammar::failed_tasks);
    let failure = Failure {
        on_failure: inputs.choice("on-failure", &ON_FAILURE, defaults.1),
        on_timeout: inputs.choice("on-timeout", &ON_FAILURE, OnFailure::Keep),
        max_failed_tasks,
        log_lines: inputs.with("logs", grammar::log_lines).unwrap_or(LOG_LINES),
    };
    let allow_rolled_back = inputs.boolean("allow-rolled-back", false);
    let list_limit = inputs.with("list-limit", grammar::list_limit).unwrap_or(LISTED);
    let reason = inputs.with("reason", |text| grammar::at_most(LONGEST_REASON, text));
    let dry_run = inputs.boolean("dry-run", false);
    let platform_check = inputs.boolean("platform-check", true);

    let problems = inputs.into_problems();
    match target {
        Some(target) if problems.is_empty() => {
            let app = AppRequest {
                target,
                account,
                containers,
                wanted,
                task_definition,
                environment,
                secrets,
                desired_count,
                force_new_deployment,
                platform_check,
                allow_rolled_back,
                list_limit,
                in_flight,
                wait,
                failure,
            };
            Ok(Request { command, apps: vec![app], dry_run, reason })
        }
        _ => Err(problems),
    }
}

/// The service. Names only: an ARN would name Region and account a second time,
/// and the two could contradict each other.
fn target(inputs: &mut Reader<'_>) -> Option<Target> {
    let cluster: Option<ClusterName> = inputs.required(
        "cluster",
        "set it under `with:` to the name of the ECS cluster",
        grammar::name_not_arn,
    );
    let service: Option<ServiceName> = inputs.required(
        "service",
        "set it under `with:` to the name of the ECS service",
        grammar::name_not_arn,
    );
    let region = region(inputs);
    Some(Target { region: region?, cluster: cluster?, service: service? })
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

/// What to run: an image reference, or a version and how to find its image.
fn wanted(inputs: &mut Reader<'_>) -> Wanted {
    let image: Option<ImageReference> = inputs.parsed("image");
    let version = version(inputs);
    if inputs.is_set("image") {
        for other in ["repository", "version", "package", "tag-template"] {
            if inputs.is_set(other) {
                let message = format!("inputs `image` and `{other}` exclude each other");
                let hint = format!(
                    "remove `{other}` to run exactly this image, or `image` to have the version's \
                     image found"
                );
                inputs.note(Problem::new(message).hint(hint));
            }
        }
    }
    image.map_or(version, Wanted::Image)
}

/// A version, and how to find its image.
fn version(inputs: &mut Reader<'_>) -> Wanted {
    Wanted::Version {
        version: inputs.parsed("version"),
        package: inputs.path("package").unwrap_or_else(|| PathBuf::from(PACKAGE)),
        package_given: inputs.is_set("package"),
        tag_template: inputs.parsed("tag-template"),
        repository: inputs.parsed("repository"),
    }
}

/// What a rollback goes back to: a version or tag, or what ran here before.
fn past(inputs: &mut Reader<'_>) -> Wanted {
    if inputs.is_set("image") {
        inputs.note(
            Problem::new("input `image` is for a deploy")
                .hint("name a version, a tag, a digest or a revision in `version`"),
        );
    }
    let past = match inputs.text("version") {
        None => Some(Past::Previous),
        Some("previous") => Some(Past::Previous),
        Some(text) if text.starts_with("sha256:") => inputs.parsed("version").map(Past::Digest),
        Some(text) if text.contains(':') => {
            inputs.with("version", grammar::revision).map(Past::Revision)
        }
        Some(_) => return version(inputs),
    };
    Wanted::Past {
        past: past.unwrap_or(Past::Previous),
        tag_template: inputs.parsed("tag-template"),
        repository: inputs.parsed("repository"),
    }
}

/// `environment-variables` and `secrets`: ECS refuses a name that is in both.
fn assignments(inputs: &mut Reader<'_>) -> (Vec<Assignment>, Vec<Assignment>) {
    let environment = inputs.assignments("environment-variables", grammar::environment_variable);
    let secrets = inputs.assignments("secrets", grammar::secret);
    for (line, secret) in &secrets {
        if let Some((other, _)) = environment.iter().find(|(_, other)| other.name == secret.name) {
            let message = format!(
                "input `secrets`, line {line}: `{}` is also in `environment-variables`, line {other}",
                secret.name
            );
            inputs.note(Problem::new(message).hint("ECS takes a name from one of the two"));
        }
    }
    let without_lines =
        |lines: Vec<(usize, Assignment)>| lines.into_iter().map(|(_, a)| a).collect();
    (without_lines(environment), without_lines(secrets))
}
