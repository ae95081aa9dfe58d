//! The output `report`: every app's values for the programs that come after.

mod commits;
mod diagnosis;

use serde_json::{Map, Value};

use super::app::{AppReport, Subject};
use crate::problem::Problem;

/// A JSON list with one object for each app, on one line.
///
/// Its keys are the names of the outputs, with the same values, but that numbers
/// are numbers; and `region`, `cluster`, `service` (for an image alone `repository`),
/// `account`, `undo` (a sentence), `diagnosis` and `commits` (objects), `findings` (a
/// list of objects) and `warnings` (a list of sentences). A value that is not known is left out.
pub(crate) fn json(apps: &[AppReport]) -> String {
    Value::Array(apps.iter().map(object).collect()).to_string()
}

fn object(app: &AppReport) -> Value {
    let mut object = Map::new();
    let about = match &app.asked.subject {
        Subject::Service(target) => vec![
            ("region", target.region.as_str()),
            ("cluster", target.cluster.as_str()),
            ("service", target.service.as_str()),
        ],
        Subject::Image { repository, region } => {
            vec![("region", region.as_str()), ("repository", repository.as_str())]
        }
    };
    for (name, value) in about {
        object.insert(name.to_owned(), value.into());
    }
    if let Some(arn) = &app.service.arn {
        object.insert("account".to_owned(), arn.account().as_str().into());
    }
    for (name, value) in app.values() {
        object.insert(name.as_str().to_owned(), value);
    }
    if let Some(undo) = &app.failure.undo {
        object.insert("undo".to_owned(), undo.as_str().into());
    }
    if let Some(it) = &app.failure.diagnosis {
        object.insert("diagnosis".to_owned(), diagnosis::diagnosis(it));
    }
    match &app.github.commits {
        None => {}
        Some(Ok(comparison)) => {
            object.insert("commits".to_owned(), commits::commits(comparison));
        }
        Some(Err(why)) => {
            object.insert("commits-unknown".to_owned(), why.as_str().into());
        }
    }
    if !app.failure.findings.is_empty() {
        object.insert("findings".to_owned(), app.failure.findings.iter().map(finding).collect());
    }
    let warnings = app.warnings.iter().map(|warning| Value::from(warning.message.as_str()));
    object.insert("warnings".to_owned(), warnings.collect());
    Value::Object(object)
}

/// `message` and, where they are known, `hint`, `file` and `line`.
fn finding(problem: &Problem) -> Value {
    let mut object = Map::new();
    object.insert("message".to_owned(), problem.message.as_str().into());
    if let Some(hint) = &problem.hint {
        object.insert("hint".to_owned(), hint.as_str().into());
    }
    if let Some(place) = &problem.location {
        object.insert("file".to_owned(), place.file.as_str().into());
        object.insert("line".to_owned(), place.line.into());
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::report::samples::{
        checked, deployed, hostile, is_said_elsewhere, refused, verified,
    };
    use crate::reporter::OutputName;

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
        assert_eq!((&commits["more"], &commits["folder"]), (&7.into(), &"apps/web1".into()));
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
        app.rollout.deployment = "d-ABCDEF123".parse().ok();
        let list: Value = serde_json::from_str(&json(&[app])).expect("JSON");
        for name in OutputName::ALL.iter().filter(|name| !is_said_elsewhere(**name)) {
            assert!(list[0].get(name.as_str()).is_some(), "{name} is missing");
        }
    }
}
