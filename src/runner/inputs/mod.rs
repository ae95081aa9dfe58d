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

use crate::image::{ImageReference, Severity};
use crate::names::{AccountId, ClusterName, ContainerName, Region, ServiceName};
use crate::problem::Problem;
use crate::request::{
    AppRequest, Assignment, Command, Expect, Failure, ImageRequest, InFlight, OnFailure, Past,
    Record, Request, Target, TaskDefinitionSource, Wait, WaitUntil, Wanted,
};
use crate::version::GitTagTemplate;
use crate::workflow::{Token, Workflow};

use super::environment::Environment;
use super::workflow::workflow;
use reader::Reader;

/// Every input that `action.yml` declares, in its order.
pub const NAMES: [&str; 37] = [
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
    "fail-on-severity",
    "expect",
    "comment",
    "github-deployment",
    "environment",
    "environment-url",
    "git-tag",
    "github-token",
];

const COMMANDS: [(&str, Command); 4] = [
    ("deploy", Command::Deploy),
    ("rollback", Command::Rollback),
    ("verify", Command::Verify),
    ("list", Command::List),
];

const EXPECT_ABSENT: [(&str, bool); 2] = [("present", false), ("absent", true)];

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

/// The longest name of an environment, in characters ("Create or update an
/// environment", REST API documentation).
const LONGEST_ENVIRONMENT: usize = 255;

/// Reads what was asked for.
///
/// # Errors
/// Everything that is wrong with the inputs: the unknown ones first, because a
/// misspelt name is often why another input is missing.
pub fn parse(environment: &Environment) -> Result<Request, Vec<Problem>> {
    let mut inputs = Reader::new(environment, &NAMES);
    inputs.refuse_unknown();

    let command = inputs.choice("command", &COMMANDS, Command::Deploy);
    let is_absent = inputs.choice("expect", &EXPECT_ABSENT, false);
    let is_expected_absent = command == Command::Verify && is_absent;
    let built = if is_expected_absent { built(&mut inputs) } else { None };
    let package = inputs.path("package");
    let wanted = match command {
        Command::Verify if is_expected_absent => version(&mut inputs, package.clone()),
        Command::Deploy | Command::Verify => wanted(&mut inputs, package.clone()),
        Command::Rollback | Command::List => past(&mut inputs, package.clone()),
    };
    let folder = package.map(|package| grammar::folder_of(&package)).unwrap_or_default();
    let expect = if is_expected_absent { Expect::Absent { built } } else { Expect::Present };
    let fail_on = inputs.with("fail-on-severity", |text| grammar::choice(&Severity::ALL, text));
    let workflow = {
        let token = inputs.secret("github-token").map(Token::new);
        workflow(inputs.environment(), token)
    };
    let record = record(&mut inputs, command, workflow.as_ref());
    let comment = inputs.boolean("comment", true);
    let reason = inputs.with("reason", |text| grammar::at_most(LONGEST_REASON, text));
    let dry_run = inputs.boolean("dry-run", false);
    // A package and an image can be verified without a service.
    let is_image_alone = command == Command::Verify
        && !["cluster", "service"].iter().any(|name| inputs.is_set(name));
    let mut request = Request {
        command,
        apps: Vec::new(),
        images: Vec::new(),
        dry_run,
        reason,
        workflow,
        comment,
        record,
    };
    if is_image_alone {
        let image = image_alone(&mut inputs, wanted, expect, fail_on);
        request.images.extend(image);
        // What else is wrong is said, too.
        options(&mut inputs, command, false);
    } else {
        let target = target(&mut inputs);
        let is_recorded = request.record.is_some();
        let options = options(&mut inputs, command, is_recorded);
        request.apps.extend(target.map(|target| AppRequest {
            target,
            wanted,
            expect,
            fail_on,
            account: options.account,
            containers: options.containers,
            task_definition: options.task_definition,
            environment: options.environment,
            secrets: options.secrets,
            desired_count: options.desired_count,
            force_new_deployment: options.force_new_deployment,
            platform_check: options.platform_check,
            allow_rolled_back: options.allow_rolled_back,
            list_limit: options.list_limit,
            git_tag: options.git_tag,
            folder,
            in_flight: options.in_flight,
            wait: options.wait,
            failure: options.failure,
        }));
    }
    let problems = inputs.into_problems();
    let is_empty = request.apps.is_empty() && request.images.is_empty();
    if problems.is_empty() && !is_empty { Ok(request) } else { Err(problems) }
}

/// How an app is deployed.
struct Options {
    account: Option<AccountId>,
    containers: Vec<ContainerName>,
    task_definition: TaskDefinitionSource,
    environment: Vec<Assignment>,
    secrets: Vec<Assignment>,
    desired_count: Option<i32>,
    force_new_deployment: bool,
    platform_check: bool,
    allow_rolled_back: bool,
    list_limit: u32,
    git_tag: Option<GitTagTemplate>,
    in_flight: InFlight,
    wait: Wait,
    failure: Failure,
}

fn options(inputs: &mut Reader<'_>, command: Command, is_recorded: bool) -> Options {
    let (environment, secrets) = assignments(inputs);
    // Nobody who goes back wants to wait for what is bad, nor to return to it.
    let defaults = match command {
        Command::Deploy | Command::Verify | Command::List => (InFlight::Wait, OnFailure::Undo),
        Command::Rollback => (InFlight::Replace, OnFailure::Keep),
    };
    let wait = Wait {
        enabled: inputs.boolean("wait", true),
        timeout: inputs.with("timeout", grammar::duration),
        until: inputs.choice("wait-until", &WAIT_UNTIL, WaitUntil::Done),
    };
    for (input, is_asked_for) in
        [("git-tag", inputs.is_set("git-tag")), ("github-deployment", is_recorded)]
    {
        if is_asked_for && !wait.enabled {
            let message = format!("inputs `{input}` and `wait: false` exclude each other");
            let hint = "without waiting, nobody knows how the deployment ends";
            inputs.note(Problem::new(message).hint(hint));
        }
    }
    Options {
        account: inputs.with("account", grammar::account),
        containers: inputs.names("container"),
        task_definition: inputs
            .with("task-definition", grammar::task_definition)
            .unwrap_or(TaskDefinitionSource::Running),
        environment,
        secrets,
        desired_count: inputs.with("desired-count", grammar::desired_count),
        force_new_deployment: inputs.boolean("force-new-deployment", false),
        platform_check: inputs.boolean("platform-check", true),
        allow_rolled_back: inputs.boolean("allow-rolled-back", false),
        list_limit: inputs.with("list-limit", grammar::list_limit).unwrap_or(LISTED),
        git_tag: inputs.parsed("git-tag"),
        in_flight: inputs.choice("in-flight", &IN_FLIGHT, defaults.0),
        wait,
        failure: Failure {
            on_failure: inputs.choice("on-failure", &ON_FAILURE, defaults.1),
            on_timeout: inputs.choice("on-timeout", &ON_FAILURE, OnFailure::Keep),
            max_failed_tasks: inputs.with("max-failed-tasks", grammar::failed_tasks),
            log_lines: inputs.with("logs", grammar::log_lines).unwrap_or(LOG_LINES),
        },
    }
}

/// An image that is verified without a service, which would say where it lies.
fn image_alone(
    inputs: &mut Reader<'_>,
    wanted: Wanted,
    expect: Expect,
    fail_on: Option<Severity>,
) -> Option<ImageRequest> {
    let region = region(inputs);
    let has_repository = match (&wanted, &expect) {
        (Wanted::Image(_), _) | (_, Expect::Absent { built: Some(_) }) => true,
        (Wanted::Version { .. } | Wanted::Past { .. }, _) => inputs.is_set("repository"),
    };
    if !has_repository {
        return inputs.refuse(
            Problem::new("input `repository` is missing")
                .hint("without `cluster` and `service` nothing else says where the image lies"),
        );
    }
    Some(ImageRequest { region: region?, wanted, expect, fail_on })
}

/// The GitHub Deployment that is to be recorded.
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
        inputs.note(
            Problem::new("input `github-deployment` needs `github-token`")
                .hint("leave `github-token` out, which gives it the token of the job"),
        );
    }
    if !inputs.is_set("environment") {
        return inputs
            .refuse(Problem::new("input `environment` is missing").hint(
                "`github-deployment: true` records a deployment to an environment: name it",
            ));
    }
    Some(Record { environment: environment?, url })
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
fn wanted(inputs: &mut Reader<'_>, package: Option<PathBuf>) -> Wanted {
    let image: Option<ImageReference> = inputs.parsed("image");
    let version = version(inputs, package);
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

/// The image that this workflow has built. Without its digest it could be any that has
/// the tag.
fn built(inputs: &mut Reader<'_>) -> Option<ImageReference> {
    let built: ImageReference = inputs.parsed("image")?;
    if built.digest().is_some() {
        return Some(built);
    }
    inputs.refuse(Problem::new("input `image`: it has no digest").hint(
        "where `expect` is `absent`, give the image that was built as REPOSITORY@sha256:…, with \
         the digest that the build step has as an output",
    ))
}

/// A version, and how to find its image.
fn version(inputs: &mut Reader<'_>, package: Option<PathBuf>) -> Wanted {
    Wanted::Version {
        version: inputs.parsed("version"),
        package: package.unwrap_or_else(|| PathBuf::from(PACKAGE)),
        package_given: inputs.is_set("package"),
        tag_template: inputs.parsed("tag-template"),
        repository: inputs.parsed("repository"),
    }
}

/// What a rollback goes back to: a version or tag, or what ran here before.
fn past(inputs: &mut Reader<'_>, package: Option<PathBuf>) -> Wanted {
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
        Some(_) => return version(inputs, package),
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
