//! Reports as runs leave them behind, for the tests of the renderings.

pub(super) mod diagnosed;

use std::time::Duration;

use super::{AppReport, Outcome, Subject};
use crate::github::{Commit, Comparison, Linked};
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::reporter::OutputName;
use crate::request::Target;

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
        version: Some(version.to_owned()),
        image: Some(format!("{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/web1:v{version}")),
        tag: Some(format!("v{version}")),
        digest: Some(digest.parse().expect("a digest")),
        task_definition: Some(arn.parse().expect("a definition's ARN")),
    }
}

/// From 1.4.1 to 1.4.2, with nothing else known.
pub(super) fn report(outcome: Outcome) -> AppReport {
    AppReport {
        outcome,
        account: Some(ACCOUNT.parse().expect("an account id")),
        partition: Some("aws".to_owned()),
        from: Some(side("1.4.1", 41)),
        to: Some(side("1.4.2", 42)),
        duration: Duration::from_millis(252_400),
        ..AppReport::new(target(), None)
    }
}

pub(super) fn deployed() -> AppReport {
    let app = report(Outcome::Deployed);
    AppReport {
        running: app.to.clone(),
        changes: vec![
            "web: image web1:v1.4.1 → web1:v1.4.2".to_owned(),
            "web: environment variable LOG_LEVEL changed".to_owned(),
        ],
        deployment: Some("ecs-svc/0000000000000000042".parse().expect("a deployment's id")),
        service_deployment: Some(
            format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:service-deployment/prod/web1/abcDEF123")
                .parse()
                .expect("a service deployment's ARN"),
        ),
        github_deployment: Some(4711),
        timeline: vec![
            (Duration::from_secs(0), "accepted: 2 of 2 tasks run".to_owned()),
            (
                Duration::from_secs(9),
                "(service web1) has started 1 tasks: (task 0123456789abcdef0123456789abcdef)."
                    .to_owned(),
            ),
            (Duration::from_secs(245), "successful: 2 of 2 tasks run".to_owned()),
        ],
        ..app
    }
}

pub(super) fn unchanged() -> AppReport {
    let now = side("1.4.2", 42);
    AppReport {
        from: Some(now.clone()),
        to: Some(now.clone()),
        running: Some(now),
        duration: Duration::from_millis(800),
        ..report(Outcome::Unchanged)
    }
}

pub(super) fn planned() -> AppReport {
    let to = VersionInfo { task_definition: None, ..side("1.4.2", 42) };
    let app = report(Outcome::Planned);
    AppReport {
        running: app.from.clone(),
        to: Some(to),
        changes: vec!["web: image web1:v1.4.1 → web1:v1.4.2".to_owned()],
        warnings: vec![
            Problem::new("web1:43 is newer than web1:41, which the service runs")
                .hint("`task-definition: web1` deploys from the newest revision instead."),
        ],
        duration: Duration::from_secs(2),
        ..app
    }
}

pub(super) fn undone() -> AppReport {
    let app = deployed();
    AppReport {
        outcome: Outcome::Undone,
        running: app.from.clone(),
        failure: Some(
            Problem::new(
                "ECS rolled the deployment back: Service deployment rolled back because the \
                 circuit breaker threshold was exceeded.",
            )
            .hint("Look at the last lines of the log of the container web, then deploy a fixed version."),
        ),
        reason: Some("Release of Friday".to_owned()),
        timeline: vec![
            (Duration::from_secs(0), "accepted: 2 of 2 tasks run".to_owned()),
            (
                Duration::from_secs(190),
                "rolling back: 2 of 2 tasks run, 3 of 3 failures".to_owned(),
            ),
            (Duration::from_secs(250), "rolled back: 2 of 2 tasks run".to_owned()),
        ],
        ..app
    }
}

/// The image is missing, so that nothing but the service is known.
pub(super) fn refused() -> AppReport {
    AppReport {
        outcome: Outcome::Refused,
        failure: Some(
            Problem::new("there is no image v1.4.2 or 1.4.2 in the ECR repository web1").hint(
                "Nearest: v1.4.1, v1.4.0. Newest: v1.5.0-rc.1, v1.4.1. \
                 Build and push the image before this step, or name another one in `version`.",
            ),
        ),
        duration: Duration::from_secs(1),
        ..AppReport::new(target(), Some("Rollback of #12".to_owned()))
    }
}

pub(super) fn timed_out() -> AppReport {
    let app = deployed();
    AppReport {
        outcome: Outcome::TimedOut,
        failure: Some(
            Problem::new(
                "the deployment had not ended when the time was up; last seen: in progress: \
                 1 of 2 tasks run, 1 starting",
            )
            .hint(
                "ECS goes on with it. To stop it and go back: aws ecs stop-service-deployment \
                 --region eu-central-1 --service-deployment-arn arn:aws:ecs:eu-central-1:\
                 123456789012:service-deployment/prod/web1/abcDEF123 --stop-type ROLLBACK",
            ),
        ),
        running: None,
        timeline: vec![(
            Duration::from_secs(4),
            "in progress: 1 of 2 tasks run, 1 starting".to_owned(),
        )],
        duration: Duration::from_secs(1_801),
        ..app
    }
}

/// A text that tries to be everything but text.
const EVIL: &str = "</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) \
                    | @all #1 `code`\n# heading\n- item\n```\n::error::no";

/// A check that passes, of a version that was branched off.
pub(super) fn verified() -> AppReport {
    let commit = |number: u32, title: &str| Commit {
        id: format!("{number:040}"),
        title: title.to_owned(),
        page: format!("https://github.example/octo-org/shop/commit/{number:040}"),
        pull_request: None,
    };
    let pull_request =
        Linked { number: 12, page: "https://github.example/octo-org/shop/pull/12".to_owned() };
    let squashed = Commit { pull_request: Some(pull_request), ..commit(3, "Fix the cart (#12)") };
    AppReport {
        outcome: Outcome::Verified,
        verdict: Some("1.4.2 can be deployed to web1, which runs 1.4.1".to_owned()),
        commits: Some(Ok(Comparison {
            added: vec![squashed],
            removed: vec![commit(2, "Try something")],
            more: 7,
            unread: 100,
            page: "https://github.example/octo-org/shop/compare/1...3".to_owned(),
            folder: Some("apps/web1".to_owned()),
        })),
        duration: Duration::from_secs(2),
        warnings: Vec::new(),
        ..planned()
    }
}

/// A check that found two things.
pub(super) fn checked() -> AppReport {
    AppReport {
        outcome: Outcome::Refused,
        verdict: Some("1.4.2 can not be deployed to web1: 2 things stand against it".to_owned()),
        findings: vec![
            Problem::new("there is no image v1.4.2 or 1.4.2 in the ECR repository web1")
                .hint("Newest: v1.4.1.")
                .at("package.json", 3),
            Problem::new("`memory` is 4096, which does not go with `cpu` 256")
                .hint("Use 512, 1024 or 2048.")
                .at("deploy/web1.json", 6),
        ],
        commits: Some(Err("the commit of 1.4.2 is not known".to_owned())),
        failure: None,
        ..refused()
    }
}

/// Somebody wrote every text that somebody could write.
pub(super) fn hostile() -> AppReport {
    let evil = EVIL;
    let from = side("1.4.1", 41);
    AppReport {
        outcome: Outcome::Failed,
        failure: Some(Problem::new(evil).hint(evil)),
        from: Some(VersionInfo { version: Some("1.4.1|**bold**".to_owned()), ..from.clone() }),
        to: Some(VersionInfo {
            version: Some("1.4.2<b>".to_owned()),
            image: Some("web1:`1.4.2`|x".to_owned()),
            ..from
        }),
        diagnosis: Some(diagnosed::hostile(evil)),
        undo: Some(evil.to_owned()),
        findings: vec![Problem::new(evil).hint(evil)],
        commits: Some(Ok(Comparison {
            added: vec![Commit {
                id: evil.to_owned(),
                title: evil.to_owned(),
                page: "https://github.example/commit".to_owned(),
                pull_request: None,
            }],
            page: "https://github.example/compare".to_owned(),
            folder: Some(evil.to_owned()),
            ..Comparison::default()
        })),
        changes: vec![evil.to_owned()],
        warnings: vec![Problem::new(evil)],
        notices: vec![Problem::new(evil).hint(evil)],
        timeline: vec![(Duration::from_secs(1), evil.to_owned())],
        reason: Some(evil.to_owned()),
        ..deployed()
    }
}

/// Outputs that are not those of one app: `report` is of all, and `versions` is
/// set by the command that lists them.
pub(super) fn is_said_elsewhere(name: OutputName) -> bool {
    matches!(name, OutputName::Report | OutputName::Versions)
}
