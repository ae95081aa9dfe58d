//! Sentences about what tasks need beside their images: roles, secrets, parameters, log groups.

use serde_json::json;
use simulator::{ACCOUNT, Fault, REGION, When};

use crate::scene::{Scene, Step, secs};

const SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf";

/// A service, and a file whose definition needs more than what runs.
fn scene() -> (Scene, String) {
    let scene = Scene::ready();
    let definition = json!({
        "family": "web1", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "cpu": "256", "memory": "512",
        "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"),
        "taskRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/teams/web1-task"),
        "containerDefinitions": [{
            "name": "web1", "image": scene.sim.image("web1:1.0.0"),
            "secrets": [
                { "name": "A", "valueFrom": format!("{SECRET}:password::") },
                { "name": "B", "valueFrom": "/web1/key" },
                { "name": "C", "valueFrom": format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/web1/other") },
            ],
            "logConfiguration": { "logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/web1-new", "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs" } },
        }],
    });
    let file = scene.file("web1.json", definition.to_string());
    (scene, file)
}

fn asked(step: &Step) -> Vec<&str> {
    let looks = ["GetRole", "DescribeSecret", "DescribeParameters", "DescribeLogGroups"];
    let operations = step.requests.iter().map(|it| it.operation.as_str());
    let mut asked: Vec<&str> = operations.filter(|it| looks.contains(it)).collect();
    asked.sort_unstable();
    asked
}

#[tokio::test(start_paused = true)]
async fn what_is_new_is_looked_for_and_what_runs_already_is_not() {
    let (scene, file) = scene();
    let with = [("task-definition", file.as_str())];
    let step = scene.deploy(&with).await;
    step.is("deployed");
    assert_eq!(
        asked(&step),
        ["DescribeLogGroups", "DescribeParameters", "DescribeSecret", "GetRole"]
    );
    // The execution role runs already, and a role is asked for without its path.
    assert_eq!(step.only("GetRole").body["RoleName"], "web1-task");
    // The key of a value in the secret is not part of its name.
    assert_eq!(step.only("DescribeSecret").body, json!({ "SecretId": SECRET }));
    assert_eq!(
        step.only("DescribeParameters").body["ParameterFilters"],
        json!([{ "Key": "Name", "Option": "Equals",
            "Values": ["/web1/key", "/web1/other", "web1/other"] }])
    );
    // An ordinary deployment needs nothing new.
    scene.push("1.4.3");
    let step = scene.deploy(&[("version", "1.4.3")]).await;
    step.is("deployed");
    assert_eq!(asked(&step), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_refused_all_at_once_before_anything_is_written() {
    let (scene, file) = scene();
    for name in ["web1-task", SECRET, "/web1/key", "/ecs/web1-new"] {
        scene.sim.lacks(name);
    }
    let with = [("task-definition", file.as_str())];
    let step = scene.deploy(&with).await;
    step.is("refused");
    assert_eq!(step.writes(), [""; 0]);
    let expected = [
        format!("the role arn:aws:iam::{ACCOUNT}:role/teams/web1-task that"),
        format!("the secret {SECRET} that"),
        "the parameter /web1/key that".to_owned(),
        "the log group /ecs/web1-new that".to_owned(),
    ];
    for what in &expected {
        step.says("error", what);
    }
    assert!(!step.said("error").contains("web1/other"));

    let verified = scene.deploy(&[("command", "verify"), with[0]]).await;
    verified.is("refused");
    for what in &expected {
        verified.says("error", what);
    }
    // Whoever knows better goes ahead.
    let step = scene.deploy(&[with[0], ("preflight", "false")]).await;
    step.is("deployed");
    assert_eq!(asked(&step), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_marked_for_deletion_is_as_good_as_gone() {
    let (scene, file) = scene();
    scene.sim.deletes_secret(SECRET);
    let said = scene.refusal(&[("task-definition", &file)]).await;
    assert!(said.contains("is marked for deletion"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_looked_at_is_not_checked_and_stops_nobody() {
    for (operation, action) in [
        ("GetRole", "iam:GetRole"),
        ("DescribeSecret", "secretsmanager:DescribeSecret"),
        ("DescribeParameters", "ssm:DescribeParameters"),
        ("DescribeLogGroups", "logs:DescribeLogGroups"),
    ] {
        let (scene, file) = scene();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let with = [("task-definition", file.as_str())];
        let step = scene.deploy(&with).await;
        step.is("deployed");
        let said = format!("(grant {action})");
        assert!(step.lines.iter().any(|it| it.contains(&said)), "{:?}", step.lines);
        // Who checks is told, too.
        let step = scene.deploy(&[("command", "verify"), with[0]]).await;
        step.is("verified");
        assert_eq!(step.said("notice").matches(&said).count(), 1, "{}", step.said("notice"));
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_and_lost_answers_are_asked_again() {
    let (scene, file) = scene();
    scene.sim.fault("DescribeSecret", When::Nth(1), Fault::Throttle);
    scene.sim.fault("GetRole", When::Nth(1), Fault::Reset { applied: false });
    scene.sim.lacks(SECRET);
    let said = scene.refusal(&[("task-definition", &file)]).await;
    assert!(said.starts_with("the secret"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_parameter_named_by_its_arn_is_missing_where_it_is() {
    let (scene, file) = scene();
    scene.sim.lacks("/web1/other");
    let said = scene.refusal(&[("task-definition", &file)]).await;
    assert!(
        said.starts_with(&format!(
            "the parameter arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/web1/other"
        )),
        "{said}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_service_holds_nobody_up() {
    let (scene, file) = scene();
    scene.sim.fault("GetRole", When::Always, Fault::Timeout { applied: false });
    scene.sim.fault("DescribeParameters", When::Always, Fault::Timeout { applied: false });
    let step = scene.deploy(&[("task-definition", &file)]).await;
    step.is("deployed");
    let begun = step.only("RegisterTaskDefinition").at;
    assert!(begun < secs(12), "{begun:?}");
    assert!(
        step.lines.iter().any(|it| it.contains("roles (no answer in time)")),
        "{:?}",
        step.lines
    );
}

#[tokio::test(start_paused = true)]
async fn what_has_answered_counts_although_another_is_silent() {
    let (scene, file) = scene();
    scene.sim.fault("GetRole", When::Always, Fault::Timeout { applied: false });
    scene.sim.lacks(SECRET);
    let said = scene.refusal(&[("task-definition", &file)]).await;
    assert!(said.starts_with(&format!("the secret {SECRET}")), "{said}");
}

#[tokio::test(start_paused = true)]
async fn every_look_is_signed_for_its_service_and_region() {
    let (scene, file) = scene();
    let step = scene.deploy(&[("task-definition", &file)]).await;
    step.is("deployed");
    assert_eq!(step.only("GetRole").region, "us-east-1");
    for operation in ["DescribeSecret", "DescribeParameters", "DescribeLogGroups"] {
        assert_eq!(step.only(operation).region, REGION);
    }
}

#[tokio::test(start_paused = true)]
async fn what_lies_in_another_account_is_not_taken_for_missing() {
    let scene = Scene::ready();
    let elsewhere = SECRET.replace(ACCOUNT, "210987654321");
    scene.sim.lacks(&elsewhere);
    let step = scene.deploy(&[("secrets", &format!("A={elsewhere}"))]).await;
    step.is("deployed");
    assert_eq!(asked(&step), [""; 0]);
    assert!(step.lines.iter().any(|it| it.contains("secrets (it is in another account)")));
}
