//! How an app is deployed: the inputs that every command takes alike. A new one is read in
//! [`app`].

use std::path::PathBuf;

use super::before::before;
use super::keep_tag::keep_tag;
use super::reader::Reader;
use super::wanted::ContainerImage;
use super::{check, grammar};
use crate::codedeploy::{LONGEST_DESCRIPTION, LONGEST_NAME};
use crate::image::Severity;
use crate::names::{ContainerName, DeploymentName};
use crate::problem::Problem;
use crate::request::{
    AppRequest, Assignment, CodeDeployOptions, Command, Expect, Failure, InFlight, OnFailure,
    Record, Schedules, Target, TaskDefinitionSource, Wait, Wanted,
};

const IN_FLIGHT: [(&str, InFlight); 3] =
    [("wait", InFlight::Wait), ("replace", InFlight::Replace), ("refuse", InFlight::Refuse)];

const ON_FAILURE: [(&str, OnFailure); 3] =
    [("undo", OnFailure::Undo), ("undo-all", OnFailure::UndoAll), ("keep", OnFailure::Keep)];

const ON_TIMEOUT: [(&str, OnFailure); 2] = [("undo", OnFailure::Undo), ("keep", OnFailure::Keep)];

const SCHEDULES: [(&str, Schedules); 3] =
    [("ignore", Schedules::Ignore), ("warn", Schedules::Warn), ("update", Schedules::Update)];

/// Versions that are listed unless `list-limit` says otherwise.
const LISTED: u32 = 20;

/// Log lines of a failed container unless `logs` says otherwise.
const LOG_LINES: u32 = 20;

/// What is to run or to be verified, as it was read before.
#[derive(Clone)]
pub(super) struct What {
    pub(super) wanted: Wanted,
    /// Where each of several containers gets an image of its own: `wanted` is the first.
    pub(super) images: Vec<ContainerImage>,
    pub(super) expect: Expect,
    pub(super) fail_on: Option<Severity>,
    pub(super) folder: PathBuf,
}

/// Reads the rest of the inputs; `None` where there is no `target`.
pub(super) fn app(
    inputs: &mut Reader<'_>,
    command: Command,
    target: Option<Target>,
    what: What,
    record: Option<Record>,
) -> Option<AppRequest> {
    let service = target.clone();
    app_of(inputs, command, (target, service.as_ref()), what, record)
}

/// The same for any target; `of` is the service, if the target is one.
pub(super) fn app_of<T>(
    inputs: &mut Reader<'_>,
    command: Command,
    (target, of): (Option<T>, Option<&Target>),
    what: What,
    record: Option<Record>,
) -> Option<AppRequest<T>> {
    let (environment, secrets) = assignments(inputs);
    let labels = inputs.assignments("docker-labels", grammar::docker_label);
    // A rollback must neither wait for a bad version nor return to it.
    let defaults = match command {
        Command::Deploy
        | Command::Continue
        | Command::Stop
        | Command::Verify
        | Command::List
        | Command::Page
        | Command::Plan
        | Command::Status
        | Command::Run
        | Command::Register => (InFlight::Wait, OnFailure::Undo),
        Command::Rollback | Command::Drill => (InFlight::Replace, OnFailure::Keep),
    };
    let wait = Wait {
        enabled: inputs.boolean("wait", true),
        timeout: inputs.with("timeout", grammar::duration),
        until: inputs.with("wait-until", grammar::wait_until).unwrap_or_default(),
    };
    let check = check::read(inputs, command);
    let schedules = schedules(inputs, command);
    let on_failure = inputs.choice("on-failure", &ON_FAILURE, defaults.1);
    if on_failure == OnFailure::UndoAll && !wait.enabled {
        let message = "inputs `on-failure: undo-all` and `wait: false` can't be used together";
        let hint = "without waiting, the step can't see which deployment fails";
        inputs.note(Problem::new(message).hint(hint));
    }
    let is_tagged = command == Command::Deploy && inputs.is_set("git-tag");
    let is_kept =
        matches!(command, Command::Deploy | Command::Rollback) && inputs.is_set("keep-tag");
    let ask_for_the_end = [
        ("git-tag", is_tagged),
        ("github-deployment", record.is_some()),
        ("check-url", check.is_some()),
        ("keep-tag", is_kept),
        ("schedules", schedules != Schedules::Ignore),
    ];
    for (input, is_asked_for) in ask_for_the_end {
        let left_by = match wait {
            Wait { enabled: false, .. } => "wait: false".to_owned(),
            Wait { until, .. } if until.is_on_the_way() => format!("wait-until: {until}"),
            Wait { .. } => continue,
        };
        if is_asked_for {
            let message =
                format!("{} and `{left_by}` can't be used together", inputs.subject(input));
            let hint = "without waiting, the end of the deployment is not known";
            inputs.note(Problem::new(message).hint(hint));
        }
    }
    let containers = inputs.names("container", str::parse, ContainerName::as_str);
    let service = of.map(|it| &it.service);
    let keep_tag = keep_tag(inputs, service, what.wanted.tag_template());
    let mut images = what.images.into_iter();
    let first = images.next();
    Some(AppRequest {
        app: None,
        in_environment: None,
        requires: Vec::new(),
        wanted: what.wanted,
        expect: what.expect,
        fail_on: what.fail_on,
        folder: what.folder,
        parts: Vec::new(),
        deployment: deployment(inputs, command, of),
        account: inputs.with("account", grammar::account),
        source: None,
        from_stable_for: inputs.with("from-stable-for", grammar::stable_for).unwrap_or_default(),
        containers: first.map_or(containers, |(name, _)| vec![name]),
        further_images: images.collect(),
        record,
        keep_tag,
        task_definition: task_definition(inputs),
        environment,
        labels: without_lines(labels),
        secrets,
        desired_count: inputs.number("desired-count", 0..=i32::MAX),
        force_new_deployment: inputs.boolean("force-new-deployment", false),
        preflight: inputs.boolean("preflight", true),
        platform_check: inputs.boolean("platform-check", true),
        allow_rolled_back: inputs.boolean("allow-rolled-back", false),
        // What one call describes.
        list_limit: inputs.number("list-limit", 1..=100).unwrap_or(LISTED),
        git_tag: inputs.parsed("git-tag").filter(|_| command == Command::Deploy),
        github_release: github_release(inputs, command),
        codedeploy: codedeploy(inputs),
        before: before(inputs, command),
        in_flight: inputs.choice("in-flight", &IN_FLIGHT, defaults.0),
        wait,
        check,
        schedules,
        failure: Failure {
            on_failure,
            on_timeout: inputs.choice("on-timeout", &ON_TIMEOUT, OnFailure::Keep),
            // Giving up before the first task is not a limit.
            max_failed_tasks: inputs.number("max-failed-tasks", 1..=1000),
            // More than a thousand drown what they are to show.
            log_lines: inputs.number("logs", 0..=1000).unwrap_or(LOG_LINES),
        },
        // Last, so that every input is read.
        target: target?,
    })
}

/// Nothing follows where nothing is deployed.
fn schedules(inputs: &mut Reader<'_>, command: Command) -> Schedules {
    let asked_for = inputs.choice("schedules", &SCHEDULES, Schedules::Ignore);
    match command {
        Command::Deploy
        | Command::Rollback
        | Command::Continue
        | Command::Stop
        | Command::Register => asked_for,
        Command::Run
        | Command::Verify
        | Command::List
        | Command::Page
        | Command::Plan
        | Command::Status
        | Command::Drill => Schedules::Ignore,
    }
}

fn github_release(inputs: &mut Reader<'_>, command: Command) -> bool {
    let is_asked_for = inputs.boolean("github-release", false) && command == Command::Deploy;
    if is_asked_for && !inputs.is_set("git-tag") {
        let message = format!("{} needs `git-tag`", inputs.subject("github-release"));
        inputs.note(Problem::new(message).hint("a GitHub Release needs a tag"));
    }
    is_asked_for
}

/// The deployment to continue or to stop. An ARN contains its service.
fn deployment(
    inputs: &mut Reader<'_>,
    command: Command,
    target: Option<&Target>,
) -> Option<DeploymentName> {
    if !matches!(command, Command::Continue | Command::Stop) {
        if inputs.is_input("deployment") {
            inputs.note(
                Problem::new(
                    "input `deployment` is only for `command: continue` and `command: stop`",
                )
                .hint("remove it: the other commands find the service's deployments themselves"),
            );
        }
        return None;
    }
    let Target { region, cluster, service } = target?;
    if !inputs.is_input("deployment") {
        return inputs.refuse(Problem::new("input `deployment` is missing").hint(
            "set it to the output `deployment-id` or `service-deployment-arn` of the step that started it",
        ));
    }
    let name: DeploymentName = inputs.parsed("deployment")?;
    let path = format!(":service-deployment/{cluster}/{service}/");
    let is_of_target =
        name.as_str().contains(&path) && name.as_str().contains(&format!(":{region}:"));
    if name.as_str().starts_with("arn:") && !is_of_target {
        let message = format!("input `deployment`: {name} is not a deployment of {}", target?);
        return inputs
            .refuse(Problem::new(message).hint("check `service`, `cluster` and `region`"));
    }
    Some(name)
}

fn task_definition(inputs: &mut Reader<'_>) -> TaskDefinitionSource {
    match inputs.with("task-definition", grammar::task_definition) {
        Some(TaskDefinitionSource::File(path)) => {
            TaskDefinitionSource::File(inputs.rooted("task-definition", path))
        }
        other => other.unwrap_or(TaskDefinitionSource::Running),
    }
}

/// What is only for services whose deployments CodeDeploy makes.
fn codedeploy(inputs: &mut Reader<'_>) -> CodeDeployOptions {
    let name = |text: &str| grammar::at_most(LONGEST_NAME, text);
    CodeDeployOptions {
        application: inputs.with("codedeploy-application", name),
        group: inputs.with("codedeploy-deployment-group", name),
        app_spec: inputs.path("codedeploy-appspec"),
        config: inputs.with("codedeploy-deployment-config", name),
        description: inputs
            .with("codedeploy-description", |text| grammar::at_most(LONGEST_DESCRIPTION, text)),
    }
}

/// `environment-variables` and `secrets`: ECS refuses a name that is in both.
fn assignments(inputs: &mut Reader<'_>) -> (Vec<Assignment>, Vec<Assignment>) {
    let environment = inputs.assignments("environment-variables", grammar::environment_variable);
    let secrets = inputs.assignments("secrets", grammar::secret);
    for (line, secret) in &secrets {
        if let Some((other, _)) = environment.iter().find(|(_, other)| other.name == secret.name) {
            let other = inputs.line("environment-variables", *other);
            let message =
                format!("`{}` is also in `environment-variables`, line {other}", secret.name);
            let problem = Problem::new(message).hint("a name can be in only one of the two");
            inputs.note(inputs.about("secrets", Some(*line..=*line), problem));
        }
    }
    (without_lines(environment), without_lines(secrets))
}

fn without_lines(lines: Vec<(usize, Assignment)>) -> Vec<Assignment> {
    lines.into_iter().map(|(_, assignment)| assignment).collect()
}
