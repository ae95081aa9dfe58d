//! Reports as runs leave them behind, for the tests and laws of the renderings.

#![cfg_attr(not(test), allow(dead_code, reason = "the laws take one of them"))]

pub(super) mod diagnosed;

use std::time::Duration;

use super::app::{AppReport, FailureReport, OneOffReport, RolloutReport, Subject, Versions};
use super::outcome::Outcome;
use crate::ecs::DeploymentId;
use crate::ecs::ServiceArn;
use crate::github::{Commit, Comparison, Linked};
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::reporter::OutputName;
use crate::request::Target;
use crate::rollout::{Activity, Span};
use crate::version::VersionName;

const ACCOUNT: &str = "123456789012";

pub(super) fn target() -> Subject {
    Subject::Service(Target {
        region: "eu-central-1".parse().expect("a Region"),
        cluster: "prod".parse().expect("a cluster's name"),
        service: "web1".parse().expect("a service's name"),
    })
}

/// A side with everything known: `version` by its tag `v…`, in `web1:<revision>`.
pub(super) fn side(version: &str, revision: u32) -> VersionInfo {
    let digest = format!("sha256:{}", format!("{revision:04}").repeat(16));
    let arn = format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:task-definition/web1:{revision}");
    VersionInfo {
        version: Some(VersionName::Semver(version.parse().expect("a version"))),
        image: Some(format!("{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/web1:v{version}")),
        tag: Some(format!("v{version}")),
        digest: Some(digest.parse().expect("a digest")),
        task_definition: Some(arn.parse().expect("a definition's ARN")),
        ..VersionInfo::default()
    }
}

/// From 1.4.1 to 1.4.2, with nothing else known.
pub(super) fn report(outcome: Outcome) -> AppReport {
    let mut app = AppReport::new(target(), None);
    app.outcome = outcome;
    app.duration = Duration::from_millis(252_400);
    app.service.arn = service_arn("aws", ACCOUNT);
    app.versions.from = Some(side("1.4.1", 41));
    app.versions.to = Some(side("1.4.2", 42));
    app
}

pub(super) fn service_arn(partition: &str, account: &str) -> Option<ServiceArn> {
    let arn = format!("arn:{partition}:ecs:eu-central-1:{account}:service/prod/web1");
    Some(arn.parse().expect("a service's ARN"))
}

fn timeline<const N: usize>(lines: [(u64, &str); N]) -> Vec<(Duration, String)> {
    lines.map(|(at, line)| (Duration::from_secs(at), line.to_owned())).to_vec()
}

pub(super) fn deployed() -> AppReport {
    let mut app = report(Outcome::Deployed);
    app.versions.running.clone_from(&app.versions.to);
    app.versions.changes = vec![
        "web: image web1:v1.4.1 → web1:v1.4.2".to_owned(),
        "web: environment variable LOG_LEVEL changed".to_owned(),
    ];
    app.rollout = RolloutReport {
        is_adopted: false,
        deployment: "ecs-svc/0000000000000000042".parse().ok().map(DeploymentId::Ecs),
        service_deployment: Some(
            format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:service-deployment/prod/web1/abcDEF123")
                .parse()
                .expect("a service deployment's ARN"),
        ),
        is_rolling_back: false,
        is_done: true,
        reached: None,
        spans: Vec::new(),
        slow: None,
        timeline: timeline([
            (0, "accepted: 2 of 2 tasks run"),
            (9, "(service web1) has started 1 tasks: (task 0123456789abcdef0123456789abcdef)."),
            (245, "successful: 2 of 2 tasks run"),
        ]),
    };
    app.github.deployment = Some(4711);
    app
}

pub(super) fn unchanged() -> AppReport {
    let mut app = report(Outcome::Unchanged);
    let now = Some(side("1.4.2", 42));
    app.versions = Versions { from: now.clone(), to: now.clone(), running: now, ..app.versions };
    app.duration = Duration::from_millis(800);
    app
}

pub(super) fn planned() -> AppReport {
    let mut app = report(Outcome::Planned);
    app.versions.running.clone_from(&app.versions.from);
    app.versions.to = Some(VersionInfo { task_definition: None, ..side("1.4.2", 42) });
    app.versions.changes = vec!["web: image web1:v1.4.1 → web1:v1.4.2".to_owned()];
    app.warnings = vec![
        Problem::new("web1:43 is newer than web1:41, which the service runs")
            .hint("`task-definition: web1` deploys from the newest revision instead."),
    ];
    app.duration = Duration::from_secs(2);
    app
}

pub(super) fn undone() -> AppReport {
    let mut app = deployed();
    app.outcome = Outcome::Undone;
    app.versions.running.clone_from(&app.versions.from);
    app.failure.problem = Some(
        Problem::new(
            "ECS rolled the deployment back: Service deployment rolled back because the \
             circuit breaker threshold was exceeded.",
        )
        .hint(
            "Look at the last lines of the log of the container web, then deploy a fixed version.",
        ),
    );
    app.asked.reason = Some("Release of Friday".to_owned());
    app.rollout.timeline = timeline([
        (0, "accepted: 2 of 2 tasks run"),
        (190, "rolling back: 2 of 2 tasks run, 3 of 3 failures"),
        (250, "rolled back: 2 of 2 tasks run"),
    ]);
    app
}

/// The image is missing, so that nothing but the service is known.
pub(super) fn refused() -> AppReport {
    let mut app = AppReport::new(target(), Some("Rollback of #12".to_owned()));
    app.outcome = Outcome::Refused;
    app.failure.problem =
        Some(Problem::new("there is no image v1.4.2 or 1.4.2 in the ECR repository web1").hint(
            "Nearest: v1.4.1, v1.4.0. Newest: v1.5.0-rc.1, v1.4.1. \
             Build and push the image before this step, or name another one in `version`.",
        ));
    app.duration = Duration::from_secs(1);
    app
}

pub(super) fn timed_out() -> AppReport {
    let mut app = deployed();
    app.outcome = Outcome::TimedOut;
    app.failure.problem = Some(
        Problem::new(
            "the deployment did not finish before the timeout; last seen: in progress: \
             1 of 2 tasks run, 1 starting",
        )
        .hint(
            "ECS continues the deployment. To stop it and roll back: aws ecs \
             stop-service-deployment \
             --region eu-central-1 --service-deployment-arn arn:aws:ecs:eu-central-1:\
             123456789012:service-deployment/prod/web1/abcDEF123 --stop-type ROLLBACK",
        ),
    );
    app.versions.running = None;
    app.rollout.timeline = timeline([(4, "in progress: 1 of 2 tasks run, 1 starting")]);
    app.duration = Duration::from_secs(1_801);
    app
}

/// A text that tries to be everything but text.
const EVIL: &str = "</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) \
                    | @all #1 `code`\n# heading\n- item\n```\n::error::no";

/// A check that passes, of a version that was branched off.
pub(super) fn verified() -> AppReport {
    let commit = |number: u32, title: &str| Commit {
        id: format!("{number:040}"),
        title: title.to_owned(),
        author: Some("octocat".to_owned()),
        page: format!("https://github.example/octo-org/shop/commit/{number:040}"),
        pull_request: None,
    };
    let pull_request =
        Linked { number: 12, page: "https://github.example/octo-org/shop/pull/12".to_owned() };
    let squashed = Commit { pull_request: Some(pull_request), ..commit(3, "Fix the cart (#12)") };
    let mut app = planned();
    app.outcome = Outcome::Verified;
    app.verdict = Some("1.4.2 can be deployed to web1, which runs 1.4.1".to_owned());
    app.github.commits = Some(Ok(Comparison {
        added: vec![squashed],
        removed: vec![commit(2, "Try something")],
        more: 7,
        unread: 100,
        page: "https://github.example/octo-org/shop/compare/1...3".to_owned(),
        folders: vec!["apps/web1".to_owned()],
        unread_folders: 0,
    }));
    app.warnings = Vec::new();
    app
}

/// A check that found two things.
pub(super) fn checked() -> AppReport {
    let mut app = refused();
    app.verdict = Some("1.4.2 cannot be deployed to web1: 2 problems".to_owned());
    app.failure = FailureReport {
        findings: vec![
            Problem::new("there is no image v1.4.2 or 1.4.2 in the ECR repository web1")
                .hint("Newest: v1.4.1.")
                .at("package.json", 3),
            Problem::new("`memory` is 4096, which does not go with `cpu` 256")
                .hint("Use 512, 1024 or 2048.")
                .at("deploy/web1.json", 6),
        ],
        ..FailureReport::default()
    };
    app.github.commits = Some(Err("the commit of 1.4.2 is not known".to_owned()));
    app
}

/// Somebody wrote every text that somebody could write.
pub(super) fn hostile() -> AppReport {
    hostile_by(EVIL)
}

/// The same with another text.
pub(super) fn hostile_by(evil: &str) -> AppReport {
    let text = || evil.to_owned();
    let problem = Problem::new(evil).hint(evil);
    let from = side("1.4.1", 41);
    let mut app = deployed();
    app.outcome = Outcome::Failed;
    app.asked.reason = Some(text());
    app.versions.from = Some(VersionInfo {
        version: Some(VersionName::Other("1.4.1|**bold**".to_owned())),
        ..from.clone()
    });
    app.versions.to = Some(VersionInfo {
        version: Some(VersionName::Other("1.4.2<b>".to_owned())),
        image: Some("web1:`1.4.2`|x".to_owned()),
        ..from
    });
    app.versions.changes = vec![text()];
    app.failure = FailureReport {
        problem: Some(problem.clone()),
        findings: vec![problem.clone()],
        diagnosis: Some(diagnosed::hostile(evil)),
        undo: Some(text()),
        ..FailureReport::default()
    };
    app.github.commits = Some(Ok(Comparison {
        added: vec![Commit {
            id: text(),
            title: text(),
            author: Some(text()),
            page: "https://github.example/commit".to_owned(),
            pull_request: None,
        }],
        page: "https://github.example/compare".to_owned(),
        folders: vec![text()],
        ..Comparison::default()
    }));
    app.warnings = vec![Problem::new(evil)];
    app.notices = vec![problem];
    app.rollout.timeline = timeline([(1, evil)]);
    let span = |activity, from, until| {
        let [from, until] = [from, until].map(Duration::from_secs);
        Span { activity, from, until }
    };
    app.rollout.spans = vec![span(Activity::Starting, 0, 30), span(Activity::HealthChecks, 30, 90)];
    app.rollout.slow = Some(text());
    app.one_off =
        Some(OneOffReport { command: evil.to_owned(), container: evil.to_owned(), ..migrated() });
    app
}

/// A one-off task that ended well.
pub(super) fn migrated() -> OneOffReport {
    OneOffReport {
        command: r#"["npm","run","migrate"]"#.to_owned(),
        container: "web1".to_owned(),
        task: "arn:aws:ecs:eu-central-1:123456789012:task/prod/0042".to_owned(),
        ended: Some((Duration::from_secs(12), Some(0))),
    }
}

/// Outputs that are not those of one app: `report` is of all, and `versions` is
/// set by the command that lists them.
pub(super) fn is_said_elsewhere(name: OutputName) -> bool {
    matches!(
        name,
        OutputName::Any
            | OutputName::Count
            | OutputName::Matrix
            | OutputName::PageFile
            | OutputName::Report
            | OutputName::Versions
    )
}
