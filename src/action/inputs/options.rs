//! How an app is deployed: the inputs that every command takes alike.

use super::grammar;
use super::reader::Reader;
use crate::codedeploy::{LONGEST_DESCRIPTION, LONGEST_NAME};
use crate::names::{AccountId, ContainerName};
use crate::problem::Problem;
use crate::request::{
    Assignment, CodeDeployOptions, Command, Failure, InFlight, OnFailure, TaskDefinitionSource,
    Wait, WaitUntil,
};
use crate::version::GitTagTemplate;

const IN_FLIGHT: [(&str, InFlight); 3] =
    [("wait", InFlight::Wait), ("replace", InFlight::Replace), ("refuse", InFlight::Refuse)];

const WAIT_UNTIL: [(&str, WaitUntil); 2] =
    [("done", WaitUntil::Done), ("traffic", WaitUntil::Traffic)];

const ON_FAILURE: [(&str, OnFailure); 2] = [("undo", OnFailure::Undo), ("keep", OnFailure::Keep)];

/// Versions that are listed unless `list-limit` says otherwise.
const LISTED: u32 = 20;

/// Log lines of a failed container unless `logs` says otherwise.
const LOG_LINES: u32 = 20;

pub(super) struct Options {
    pub(super) account: Option<AccountId>,
    pub(super) containers: Vec<ContainerName>,
    pub(super) task_definition: TaskDefinitionSource,
    pub(super) environment: Vec<Assignment>,
    pub(super) secrets: Vec<Assignment>,
    pub(super) desired_count: Option<i32>,
    pub(super) force_new_deployment: bool,
    pub(super) platform_check: bool,
    pub(super) allow_rolled_back: bool,
    pub(super) list_limit: u32,
    pub(super) git_tag: Option<GitTagTemplate>,
    pub(super) in_flight: InFlight,
    pub(super) codedeploy: CodeDeployOptions,
    pub(super) wait: Wait,
    pub(super) failure: Failure,
}

pub(super) fn options(inputs: &mut Reader<'_>, command: Command, is_recorded: bool) -> Options {
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
    let is_tagged = command == Command::Deploy && inputs.is_set("git-tag");
    for (input, is_asked_for) in [("git-tag", is_tagged), ("github-deployment", is_recorded)] {
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
        git_tag: inputs.parsed("git-tag").filter(|_| command == Command::Deploy),
        codedeploy: codedeploy(inputs),
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
