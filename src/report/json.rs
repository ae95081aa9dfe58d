//! The output `report`: every app's values for the programs that come after.

pub(super) mod commits;
mod diagnosis;

use serde_json::Value;

use super::app::{AppReport, OneOffReport, ScheduleReport, Subject};
use super::object::object;
use crate::plan::VersionInfo;
use crate::problem::{Problem, utc};
use crate::rollout::Span;

/// A JSON list with one object for each app, on one line.
///
/// Its keys are the names of the outputs, with the same values, but that numbers
/// are numbers; and `region`, `cluster`, `service` (for an image alone `repository`),
/// `account`, `stage` (where a deployment stands that was left), `slow` and `undo` (sentences),
/// `expected-seconds` (how long a rollback will probably take),
/// `one-off-task`, `diagnosis` and `commits` (objects), `images`,
/// `schedules`, `spans` (where the time of the rollout went) and `findings` (lists of objects) and `warnings` (a list of sentences). A value that is not known is left out.
pub(crate) fn json(apps: &[AppReport]) -> String {
    Value::Array(apps.iter().map(app_object).collect()).to_string()
}

fn app_object(app: &AppReport) -> Value {
    let account = app.account().map(|it| it.as_str().into());
    let (commits, unknown) = commits::commits(app.github.commits.as_ref());
    let findings = &app.failure.findings;
    let warnings = app.warnings.iter().map(|warning| Value::from(warning.message.as_str()));
    let rest = [
        ("images", app.versions.to.as_ref().and_then(images)),
        ("since", app.standing.as_ref().and_then(|it| it.since).and_then(utc).map(Value::from)),
        ("stands", app.standing.as_ref().map(|it| it.stands.as_str().into())),
        ("touched-by", app.touched.as_ref().map(|it| it.by.as_slice().into())),
        ("raised", app.touched.as_ref().and_then(|it| it.raised.as_deref()).map(Value::from)),
        ("one-off-task", app.one_off.as_ref().map(one_off)),
        ("stage", app.rollout.reached.as_ref().map(|it| it.stage.as_str().into())),
        (
            "schedules",
            (!app.schedules.is_empty()).then(|| app.schedules.iter().map(schedule).collect()),
        ),
        ("spans", (!app.rollout.spans.is_empty()).then(|| spans(&app.rollout.spans))),
        ("slow", app.rollout.slow.as_deref().map(Value::from)),
        ("expected-seconds", app.versions.expected.map(|it| it.median.as_secs().into())),
        ("undo", app.failure.undo.as_deref().map(Value::from)),
        ("diagnosis", app.failure.diagnosis.as_ref().map(diagnosis::diagnosis)),
        ("commits", commits),
        ("commits-unknown", unknown),
        ("findings", (!findings.is_empty()).then(|| findings.iter().map(finding).collect())),
        ("warnings", Some(warnings.collect())),
    ];
    let values = app.values().into_iter().map(|(name, value)| (name.as_str(), Some(value)));
    object(about(app).chain([("account", account)]).chain(values).chain(rest))
}

/// What it is about.
pub(super) fn about(app: &AppReport) -> impl Iterator<Item = (&'static str, Option<Value>)> {
    let about = match &app.asked.subject {
        Subject::Service(target) => vec![
            ("region", target.region.as_str()),
            ("cluster", target.cluster.as_str()),
            ("service", target.service.as_str()),
        ],
        Subject::Image { repository, region } => {
            vec![("region", region.as_str()), ("repository", repository.as_str())]
        }
        Subject::Family { name, region, account: _ } => {
            vec![("region", region.as_str()), ("task-definition", name.as_str())]
        }
    };
    let of_file = [("app", &app.asked.app), ("environment", &app.asked.environment)];
    let of_file = of_file.map(|(name, value)| (name, value.as_deref().map(Value::from)));
    of_file.into_iter().chain(about.into_iter().map(|(name, value)| (name, Some(value.into()))))
}

/// `command` (a list), `container` and, once it has ended, `exit-code` and
/// `duration-seconds`.
fn one_off(task: &OneOffReport) -> Value {
    let ended = task.ended.as_ref();
    object([
        ("command", serde_json::from_str(&task.command).ok()),
        ("container", Some(task.container.as_str().into())),
        ("exit-code", ended.and_then(|(_, code)| *code).map(Value::from)),
        ("duration-seconds", ended.map(|(took, _)| took.as_secs().into())),
    ])
}

/// `kind` (`rule` or `schedule`), `name`, `from` and, where it was set, `to`.
fn schedule(task: &ScheduleReport) -> Value {
    object([
        ("kind", Some(task.by.as_str().into())),
        ("name", Some(task.name.as_str().into())),
        ("from", Some(task.from.as_str().into())),
        ("to", task.to.as_deref().map(Value::from)),
    ])
}

/// Of each container its `container`, `image`, `image-tag` and `image-digest`, where several
/// get an image of their own.
fn images(to: &VersionInfo) -> Option<Value> {
    let image = |side: &VersionInfo| {
        object([
            ("container", side.container.as_ref().map(|it| it.as_str().into())),
            ("image", side.image.as_deref().map(Value::from)),
            ("image-tag", side.tag.as_deref().map(Value::from)),
            ("image-digest", side.digest.as_ref().map(|it| it.as_str().into())),
        ])
    };
    (!to.others.is_empty()).then(|| to.all().map(image).collect())
}

/// Of each `name`, `from-seconds` (since the deployment began to be followed) and `seconds`.
fn spans(spans: &[Span]) -> Value {
    let span = |span: &Span| {
        object([
            ("name", Some(span.activity.as_str().into())),
            ("from-seconds", Some(span.from.as_secs().into())),
            ("seconds", Some(span.seconds().into())),
        ])
    };
    spans.iter().map(span).collect()
}

/// `message` and, where they are known, `hint`, `file` and `line`.
fn finding(problem: &Problem) -> Value {
    let place = problem.location.as_ref();
    object([
        ("message", Some(problem.message.as_str().into())),
        ("hint", problem.hint.as_deref().map(Value::from)),
        ("file", place.map(|place| place.file.as_str().into())),
        ("line", place.map(|place| place.line.into())),
    ])
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::report::samples::{
        checked, deployed, hostile, is_said_elsewhere, migrated, refused, verified,
    };
    use crate::reporter::OutputName;
    use crate::rollout::Activity;

    #[test]
    fn one_object_for_each_app_with_what_is_known_of_it() {
        let list: Value = serde_json::from_str(&json(&[deployed(), refused()])).expect("JSON");
        let text = serde_json::to_string_pretty(&list).expect("JSON");
        expect![[r#"
            [
              {
                "region": "eu-central-1",
                "cluster": "prod",
                "service": "web1",
                "account": "123456789012",
                "result": "deployed",
                "version": "1.4.2",
                "previous-version": "1.4.1",
                "running-version": "1.4.2",
                "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:v1.4.2",
                "image-tag": "v1.4.2",
                "image-digest": "sha256:0042004200420042004200420042004200420042004200420042004200420042",
                "task-definition-arn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:42",
                "task-definition-family": "web1",
                "task-definition-revision": 42,
                "previous-task-definition-arn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:41",
                "deployment-id": "ecs-svc/0000000000000000042",
                "service-deployment-arn": "arn:aws:ecs:eu-central-1:123456789012:service-deployment/prod/web1/abcDEF123",
                "github-deployment-id": 4711,
                "duration-seconds": 252,
                "warnings": []
              },
              {
                "region": "eu-central-1",
                "cluster": "prod",
                "service": "web1",
                "result": "refused",
                "duration-seconds": 1,
                "failure-reason": "there is no image v1.4.2 or 1.4.2 in the ECR repository web1",
                "warnings": []
              }
            ]"#]].assert_eq(&text);
    }

    #[test]
    fn a_check_tells_its_findings_and_the_commits() {
        let list: Value = serde_json::from_str(&json(&[checked(), verified()])).expect("JSON");
        let findings = &list[0]["findings"];
        assert_eq!(
            (&findings[0]["file"], &findings[0]["line"]),
            (&"package.json".into(), &3.into())
        );
        assert_eq!(findings[1]["hint"], "Use 512, 1024 or 2048.");
        let commits = &list[1]["commits"];
        assert_eq!(commits["added"][0]["pull-request"], 12);
        assert_eq!(commits["removed"][0]["title"], "Try something");
        assert_eq!((&commits["more"], &commits["folders"]), (&7.into(), &vec!["apps/web1"].into()));
    }

    #[test]
    fn where_the_time_went_is_told_in_seconds() {
        let mut app = deployed();
        let [at, until] = [4_900, 36_100].map(std::time::Duration::from_millis);
        app.rollout.spans = vec![Span { activity: Activity::Starting, from: at, until }];
        let list: Value = serde_json::from_str(&json(&[app])).expect("JSON");
        let span =
            serde_json::json!({ "name": "tasks starting", "from-seconds": 4, "seconds": 32 });
        assert_eq!(list[0]["spans"], Value::Array(vec![span]));
    }

    #[test]
    fn whatever_stands_in_it_it_is_one_line_that_reads_back() {
        let text = json(&[hostile()]);
        assert_eq!(text.lines().count(), 1);
        let list: Value = serde_json::from_str(&text).expect("JSON");
        let failure = hostile().failure.problem.expect("it failed").message;
        assert_eq!(list[0]["failure-reason"], format!("{failure}; {failure}"));
        assert_eq!(json(&[]), "[]");
    }

    #[test]
    fn every_output_but_the_report_itself_is_in_it() {
        let mut app = deployed();
        app.failure = refused().failure;
        app.one_off = Some(migrated());
        app.rollout.deployment =
            "d-ABCDEF123".parse().ok().map(crate::ecs::DeploymentId::CodeDeploy);
        let list: Value = serde_json::from_str(&json(&[app])).expect("JSON");
        for name in OutputName::ALL.iter().filter(|name| !is_said_elsewhere(**name)) {
            assert!(list[0].get(name.as_str()).is_some(), "{name} is missing");
        }
    }
}
