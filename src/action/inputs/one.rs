//! What is asked for services that have one set of settings, whether these are inputs alone or
//! those of an app, too.

use super::app::{What, app};
use super::grammar;
use super::keep_tag::keep_tag;
use super::promotion::is_promotion;
use super::reader::Reader;
use super::wanted::{built, images, past, version, wanted};
use crate::image::Severity;
use crate::names::{ClusterName, Region, ServiceName};
use crate::problem::Problem;
use crate::request::{AppRequest, Before, Command, Expect, Record, Target};
use crate::workflow::Workflow;

const EXPECT_ABSENT: [(&str, bool); 2] = [("present", false), ("absent", true)];

/// The longest name of an environment, in characters ("Create or update an
/// environment", REST API documentation).
pub(super) const LONGEST_ENVIRONMENT: usize = 255;

/// Inputs that several services cannot share.
const FOR_ONE: [&str; 8] = [
    "images",
    "task-definition",
    "desired-count",
    "environment-url",
    "check-url",
    "codedeploy-application",
    "codedeploy-deployment-group",
    "codedeploy-appspec",
];

/// Services with one set of settings.
pub(super) struct Services {
    pub(super) names: Vec<ServiceName>,
    /// Whether it is the only service with these settings.
    pub(super) is_alone: bool,
    /// What GitHub calls the environment that they belong to.
    pub(super) environment: Option<String>,
}

/// What is to be done with each service. An environment of GitHub's shows one deployment, so
/// with several services each has its own.
pub(super) fn one_each(
    inputs: &mut Reader<'_>,
    command: Command,
    workflow: Option<&Workflow>,
    services: Services,
) -> Vec<AppRequest> {
    let Services { names, is_alone, environment } = services;
    let what = what(inputs, command);
    let record = record(inputs, command, workflow, environment);
    if command == Command::Deploy && inputs.is_set("git-tag") && !inputs.is_set("github-token") {
        inputs.note(needs_token(&inputs.subject("git-tag")));
    }
    let targets = targets(inputs, names);
    let first = app(inputs, command, targets.first().cloned(), what, record);
    let Some(first) = first else { return Vec::new() };
    let app_of = |target: Target| {
        let mut record = first.record.clone();
        if let Some(record) = record.as_mut().filter(|_| !is_alone) {
            record.environment = format!("{}-{}", record.environment, target.service);
        }
        let keep_tag = match &first.keep_tag {
            Some(_) => keep_tag(inputs, Some(&target.service), first.wanted.tag_template()),
            None => None,
        };
        AppRequest { target, record, keep_tag, ..first.clone() }
    };
    targets.into_iter().map(app_of).collect()
}

/// The services of one app have one image and one database behind them: one task is run for all.
pub(super) fn run_once_for_all(command: Command, services: &mut Vec<AppRequest>) {
    if command == Command::Run {
        services.truncate(1);
    }
    for other in services.iter_mut().skip(1).filter(|it| it.before != Before::Nothing) {
        other.before = Before::RunByAnother;
    }
}

/// Refuses what can be meant for one service only.
pub(super) fn refuse_what_is_for_one(inputs: &mut Reader<'_>, services: usize) {
    for name in FOR_ONE.into_iter().filter(|_| services > 1) {
        if inputs.is_input(name) {
            inputs.note(
                Problem::new(format!(
                    "input `{name}` is for one service, but there are {services}"
                ))
                .hint(format!("remove `{name}`, or give the service its own step")),
            );
        }
    }
}

/// What is to run, or to be verified.
pub(super) fn what(inputs: &mut Reader<'_>, command: Command) -> What {
    let is_absent = inputs.choice("expect", &EXPECT_ABSENT, false);
    let is_expected_absent = command == Command::Verify && is_absent;
    refuse_what_is_for_others(inputs, command, is_absent);
    if is_expected_absent && is_promotion(inputs) {
        let problem = Problem::new("input `version`: `expect: absent` needs a version, not `from`");
        inputs.note(problem.hint("remove `version` to check the one in package.json"));
    }
    let built = if is_expected_absent { built(inputs) } else { None };
    let images = images(inputs);
    let package = inputs.path("package");
    let folder = package.as_deref().map(grammar::folder_of).unwrap_or_default();
    refuse_what_a_deployment_brings(inputs, command);
    let wanted = match command {
        Command::Verify if is_expected_absent => version(inputs, package, true),
        Command::Deploy
        | Command::Verify
        | Command::Plan
        | Command::Status
        | Command::Run
        | Command::Register => wanted(inputs, package, &images),
        Command::Rollback
        | Command::Drill
        | Command::List
        | Command::Page
        | Command::Continue
        | Command::Stop => past(inputs, package),
    };
    let expect = if is_expected_absent { Expect::Absent { built } } else { Expect::Present };
    let fail_on = inputs.with("fail-on-severity", |text| grammar::choice(&Severity::ALL, text));
    let fail_on = fail_on.filter(|_| looks_at_scans(command, is_absent));
    What { wanted, images, expect, fail_on, folder }
}

/// Refuses what would be ignored although the user relies on it: a check that would
/// deploy, a limit that would not be kept.
fn refuse_what_is_for_others(inputs: &mut Reader<'_>, command: Command, is_absent: bool) {
    if is_absent && command != Command::Verify {
        inputs.note(
            Problem::new("input `expect` is only for `command: verify`")
                .hint("add `command: verify` to check, or remove `expect`"),
        );
    }
    if looks_at_scans(command, is_absent) {
        return;
    }
    let with = if is_absent { "`expect: absent`" } else { "this command" };
    for (input, why) in [
        ("fail-on-severity", "scan findings are not read here"),
        ("images", "here `container` selects the container"),
    ] {
        if inputs.is_input(input) {
            inputs.note(
                Problem::new(format!("input `{input}` can't be used with {with}"))
                    .hint(format!("remove it: {why}")),
            );
        }
    }
}

/// What a deployment in progress brings can't be changed.
fn refuse_what_a_deployment_brings(inputs: &mut Reader<'_>, command: Command) {
    const BROUGHT: [&str; 5] =
        ["version", "task-definition", "environment-variables", "secrets", "desired-count"];
    if !matches!(command, Command::Continue | Command::Stop) {
        return;
    }
    for name in BROUGHT {
        if inputs.is_input(name) {
            inputs.note(
                Problem::new(format!("input `{name}` can't be used with `continue` and `stop`"))
                    .hint("remove it: what the deployment brings was decided when it started"),
            );
        }
    }
}

fn looks_at_scans(command: Command, is_absent: bool) -> bool {
    match command {
        Command::Deploy | Command::Plan | Command::Run | Command::Register => true,
        Command::Verify => !is_absent,
        Command::Rollback
        | Command::Drill
        | Command::Continue
        | Command::Stop
        | Command::List
        | Command::Page
        | Command::Status => false,
    }
}

/// The environment that GitHub records.
pub(super) fn environment_of_github(inputs: &mut Reader<'_>) -> Option<String> {
    inputs.with("environment", |text| grammar::at_most(LONGEST_ENVIRONMENT, text))
}

/// The GitHub Deployment to record.
pub(super) fn record(
    inputs: &mut Reader<'_>,
    command: Command,
    workflow: Option<&Workflow>,
    environment: Option<String>,
) -> Option<Record> {
    let is_asked_for = inputs.boolean("github-deployment", false);
    let url = inputs.with("environment-url", grammar::page);
    if !is_asked_for || !matches!(command, Command::Deploy | Command::Rollback) {
        return None;
    }
    if workflow.is_none_or(|workflow| workflow.token.is_none()) {
        inputs.note(needs_token("input `github-deployment`"));
    }
    if environment.is_none() && !inputs.is_set("environment") {
        return inputs
            .refuse(Problem::new("input `environment` is missing").hint(
                "`github-deployment: true` records a deployment to an environment: name it",
            ));
    }
    Some(Record { environment: environment?, url })
}

pub(super) fn needs_token(subject: &str) -> Problem {
    Problem::new(format!("{subject} needs `github-token`"))
        .hint("leave `github-token` out to use the token of the job")
}

/// Where these services are.
pub(super) fn targets(inputs: &mut Reader<'_>, services: Vec<ServiceName>) -> Vec<Target> {
    let cluster: Option<ClusterName> = inputs.required(
        "cluster",
        "set it under `with:` to the name of the ECS cluster",
        grammar::name_not_arn,
    );
    let (Some(region), Some(cluster)) = (region(inputs), cluster) else { return Vec::new() };
    let target = |service| Target { region: region.clone(), cluster: cluster.clone(), service };
    services.into_iter().map(target).collect()
}

/// The services that the input names. Names only: an ARN would name Region and account a
/// second time, and the two could contradict each other.
pub(super) fn services(inputs: &mut Reader<'_>) -> Vec<ServiceName> {
    if !inputs.is_set("service") {
        inputs.note(Problem::new("input `service` is missing").hint(
            "set it under `with:` to the name of the ECS service, or to several names, one per line",
        ));
    }
    inputs.names("service", grammar::name_not_arn, ServiceName::as_str)
}

pub(super) fn region(inputs: &mut Reader<'_>) -> Option<Region> {
    if inputs.is_set("region") {
        return inputs.parsed("region");
    }
    let Some((variable, text)) = inputs.environment().region() else {
        let problem = Problem::new(
            "input `region` is missing, and no environment variable sets the Region",
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
