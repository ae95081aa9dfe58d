//! Sentences about scheduled tasks: what EventBridge and its Scheduler run of a family follows
//! the service, and nothing else of theirs is touched.

use serde_json::{Value, json};
use simulator::{ACCOUNT, Fault, REGION, When};

use crate::points::{blue_green, pause};
use crate::scene::{DEPLOYED, Scene, Step, crashes, definition, secs, when_it, when_it_on};

const UPDATE: (&str, &str) = ("schedules", "update");
const WARN: (&str, &str) = ("schedules", "warn");
const ROLLBACK: (&str, &str) = ("command", "rollback");

fn cluster(name: &str) -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{name}")
}

/// A target with all kinds of members, one of them from next year.
fn target(id: &str, cluster_name: &str, short: &str) -> Value {
    let later: Value = serde_json::from_str(r#"{ "x-b": 1.50, "x-a": null }"#).expect("JSON");
    json!({ "Id": id, "Arn": cluster(cluster_name),
        "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/ecsEvents"),
        "Input": "{\"containerOverrides\":[{\"name\":\"web1\",\"command\":[\"report\"]}]}",
        "x-unknown": later,
        "EcsParameters": { "TaskCount": 2, "TaskDefinitionArn": definition(short),
            "LaunchType": "FARGATE", "PlatformVersion": "1.4.0",
            "NetworkConfiguration": { "awsvpcConfiguration": { "Subnets": ["subnet-1"] } } },
        "RetryPolicy": { "MaximumRetryAttempts": 3 } })
}

fn schedule(short: &str) -> Value {
    json!({ "ScheduleExpression": "cron(0 3 * * ? *)", "Description": "Nightly",
        "ScheduleExpressionTimezone": "Europe/Berlin", "State": "DISABLED",
        "StartDate": 1_767_225_600.25, "FlexibleTimeWindow": { "Mode": "OFF" },
        "ActionAfterCompletion": "DELETE",
        "Target": { "Arn": cluster("prod"),
            "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/scheduler"),
            "EcsParameters": { "TaskDefinitionArn": definition(short), "TaskCount": 1 } } })
}

/// A rule and a schedule run this revision.
pub(crate) fn scheduled(scene: &Scene, short: &str) {
    scene.sim.rule("nightly", &[target("one", "prod", short)]);
    scene.sim.schedule("reports", "weekly", schedule(short));
}

fn ready() -> Scene {
    let scene = Scene::ready();
    scheduled(&scene, "web1:1");
    scene
}

/// What both run now.
pub(crate) fn runs(scene: &Scene) -> [String; 2] {
    let rule = scene.sim.targets_of("nightly")[0].clone();
    let schedule = scene.sim.schedule_of("reports", "weekly")["Target"].clone();
    [rule, schedule].map(|target| {
        let arn = target["EcsParameters"]["TaskDefinitionArn"].as_str().unwrap_or_default();
        arn.rsplit('/').next().unwrap_or_default().to_owned()
    })
}

fn reported(step: &Step) -> Value {
    let report: Value = serde_json::from_str(step.output("report")).expect("it is JSON");
    report[0]["schedules"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_sets_them_to_what_it_brought_and_changes_nothing_else() {
    let scene = ready();
    let other = json!({ "Id": "mail", "Arn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:mail") });
    let elsewhere = target("elsewhere", "staging", "web1:1");
    let others = [other, elsewhere, target("family", "prod", "web10:1")];
    let ours = target("one", "prod", "web1:1");
    scene.sim.rule("nightly", &[&others[..], std::slice::from_ref(&ours)].concat());
    let before = scene.sim.schedule_of("reports", "weekly");
    let foreign = schedule("web10:1");
    scene.sim.schedule("default", "foreign", foreign);
    let foreign = scene.sim.schedule_of("default", "foreign");

    let step = scene.deploy(&[UPDATE]).await;
    step.ended("deployed", &["PutTargets", "UpdateSchedule"]);
    let set = |value: &Value| value.to_string().replace("/web1:1\"", "/web1:2\"");
    let put = step.only("PutTargets");
    assert_eq!(put.body["Rule"], "nightly");
    assert_eq!(put.body["Targets"].to_string(), format!("[{}]", set(&ours)), "and in its order");
    assert_eq!(scene.sim.targets_of("nightly")[..3], others);
    let after = scene.sim.schedule_of("reports", "weekly");
    assert_eq!(after, serde_json::from_str::<Value>(&set(&before)).expect("JSON"));
    assert_eq!(scene.sim.schedule_of("default", "foreign"), foreign);

    // What may not be read is known before anything is written.
    let at = |operation: &str| step.requests.iter().position(|it| it.operation == operation);
    assert!(at("GetSchedule") < at("RegisterTaskDefinition"));
    step.says("log", "- then the rule nightly: web1:1 -> it");
    step.says("log", "- then the schedule reports/weekly: web1:1 -> it");
    step.says(
        "notice",
        "scheduled tasks that now run web1:2: the rule nightly (before: web1:1), \
         the schedule reports/weekly (before: web1:1)",
    );
    assert_eq!(
        reported(&step),
        json!([{ "kind": "rule", "name": "nightly", "from": "web1:1", "to": "web1:2" },
            { "kind": "schedule", "name": "reports/weekly", "from": "web1:1", "to": "web1:2" }])
    );

    let again = scene.deploy(&[UPDATE]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn unless_they_are_to_follow_they_are_left_alone() {
    let scene = ready();
    let step = scene.deploy(&[WARN, ("dry-run", "true")]).await;
    step.is("planned");
    step.says("log", "- the rule nightly stays on web1:1");
    let step = scene.deploy(&[UPDATE, ("dry-run", "true")]).await;
    step.is("planned");
    assert_eq!(step.writes(), [""; 0]);

    let step = scene.deploy(&[WARN]).await;
    step.ended("deployed", &[]);
    step.says(
        "warning",
        "the service runs web1:2, but these scheduled tasks run another revision: the rule \
         nightly (web1:1), \
         the schedule reports/weekly (web1:1)",
    );
    step.says("warning", "`schedules: update` sets them");
    assert_eq!(reported(&step)[0], json!({ "kind": "rule", "name": "nightly", "from": "web1:1" }));

    scene.push("1.4.3");
    let step = scene.deploy(&[("version", "1.4.3")]).await;
    step.ended("deployed", &[]);
    assert_eq!(step.count("ListRuleNamesByTarget") + step.count("ListSchedules"), 0);
    assert_eq!(runs(&scene), ["web1:1", "web1:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_nothing_to_deploy_mends_what_an_earlier_one_left() {
    let scene = ready();
    scene.deploy(&[]).await.is("deployed");
    let step = scene.deploy(&[UPDATE]).await;
    step.is("unchanged");
    step.says("log", "- then the rule nightly: web1:1 -> web1:2");
    assert_eq!(step.writes(), ["PutTargets", "UpdateSchedule"]);
    assert_eq!(runs(&scene), ["web1:2", "web1:2"]);
}

#[tokio::test(start_paused = true)]
async fn they_go_back_with_a_rollback() {
    let scene = ready();
    scene.deploy(&[UPDATE]).await.is("deployed");
    let step = scene.deploy(&[ROLLBACK, UPDATE]).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["UpdateService", "PutTargets", "UpdateSchedule"]);
    assert_eq!(runs(&scene), ["web1:1", "web1:1"]);
}

/// The undo by an update, and ECS's own rollback.
#[tokio::test(start_paused = true)]
async fn after_an_undo_they_run_what_is_back() {
    for scene in [
        when_it(crashes()),
        when_it_on(crashes(), |service| service.circuit_breaker(false)),
        when_it_on(crashes(), |service| service.circuit_breaker(true)),
    ] {
        // Somebody was ahead of the deployment.
        scheduled(&scene, "web1:2");
        let step = scene.deploy(&[UPDATE]).await;
        step.is("undone");
        assert_eq!(runs(&scene), ["web1:1", "web1:1"]);
        assert!(!step.said("error").contains("web1:2, not"), "{}", step.said("error"));
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_undo_to_a_new_revision_they_run_that() {
    let scene = when_it_on(crashes(), |service| service.circuit_breaker(false));
    scheduled(&scene, "web1:1");
    // Whether the tag still names the image that ran cannot be read, so its digest is pinned.
    scene.sim.fault("BatchGetImage", When::FromNth(2), Fault::AccessDenied);
    scene.sim.fault("StopServiceDeployment", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[UPDATE]).await;
    step.is("undone");
    assert_eq!(scene.sim.truth("prod", "web1").task_definition, Some(definition("web1:3")));
    assert_eq!(runs(&scene), ["web1:3", "web1:3"]);
    step.says("summary", "| `web1:1` | `web1:2` | `web1:3` |");
}

/// What is refused in the end may have been done by an attempt before it.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_before_a_refusal_leaves_it_unknown() {
    let scene = ready();
    scene.sim.fault("PutTargets", When::Nth(1), Fault::Timeout { applied: true });
    scene.sim.fault("PutTargets", When::Always, Fault::Throttle);
    let step = scene.deploy(&[UPDATE]).await;
    step.is("deployed");
    assert_eq!(runs(&scene), ["web1:2", "web1:2"]);
    step.says("warning", "it is not known whether it runs web1:1 or web1:2");
}

#[tokio::test(start_paused = true)]
async fn what_failed_and_is_not_back_is_followed_by_nothing() {
    let scene = when_it(crashes());
    scheduled(&scene, "web1:1");
    let step = scene.deploy(&[UPDATE, ("on-failure", "keep")]).await;
    step.is("failed");
    assert_eq!(step.count("PutTargets") + step.count("UpdateSchedule"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_not_checked_and_stops_nobody() {
    for (operation, action, set) in [
        ("ListRuleNamesByTarget", "events:ListRuleNamesByTarget", "UpdateSchedule"),
        ("ListTargetsByRule", "events:ListTargetsByRule", "UpdateSchedule"),
        ("ListSchedules", "scheduler:ListSchedules", "PutTargets"),
        ("GetSchedule", "scheduler:GetSchedule", "PutTargets"),
    ] {
        let scene = ready();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let step = scene.deploy(&[UPDATE]).await;
        step.ended("deployed", &[set]);
        let said = step.said("notice");
        assert_eq!(said.matches(&format!("(grant {action})")).count(), 1, "{said}");
        assert_eq!(step.said("warning"), "");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_set_is_said_with_what_it_still_runs() {
    for (operation, said) in [
        ("PutTargets", "events:PutTargets on the rule nightly failed"),
        ("UpdateSchedule", "scheduler:UpdateSchedule on the schedule reports/weekly failed"),
    ] {
        for fault in [Fault::AccessDenied, Fault::Throttle] {
            let scene = ready();
            scene.sim.fault(operation, When::Always, fault);
            let step = scene.deploy(&[UPDATE]).await;
            step.is("deployed");
            step.says("warning", said);
            step.says("warning", "; it still runs web1:1, not web1:2");
            let mut now = runs(&scene);
            now.sort();
            assert_eq!(now, ["web1:1", "web1:2"], "the other one follows");
            let unset = reported(&step)
                .as_array()
                .expect("a list")
                .iter()
                .filter(|it| it["to"].is_null())
                .count();
            assert_eq!(unset, 1);
        }
    }
}

/// AWS asks for more than the call's own permission.
#[tokio::test(start_paused = true)]
async fn the_permission_that_aws_names_is_named() {
    let scene = ready();
    let message = "User: x is not authorized to perform: iam:PassRole on resource: y";
    let fault = Fault::Error { code: "AccessDeniedException", message };
    scene.sim.fault("UpdateSchedule", When::Always, fault);
    let step = scene.deploy(&[UPDATE]).await;
    step.is("deployed");
    step.says("warning", "Allow iam:PassRole in the IAM policy");
}

#[tokio::test(start_paused = true)]
async fn they_follow_what_codedeploy_deploys() {
    let scene = crate::codedeploy::ready();
    scheduled(&scene, "web1:1");
    let step = scene.deploy(&[UPDATE]).await;
    step.is("deployed");
    let arn = step.output("task-definition-arn");
    let new = arn.rsplit('/').next().unwrap_or_default();
    assert_ne!(new, "web1:1");
    assert_eq!(runs(&scene), [new, new]);
}

#[tokio::test(start_paused = true)]
async fn throttling_and_lost_answers_are_sent_again() {
    for fault in [Fault::Throttle, Fault::Reset { applied: true }, Fault::StatusAfter(503)] {
        let scene = ready();
        scene.sim.fault("PutTargets", When::Nth(1), fault.clone());
        scene.sim.fault("UpdateSchedule", When::Nth(1), fault);
        let step = scene.deploy(&[UPDATE]).await;
        step.is("deployed");
        assert_eq!(runs(&scene), ["web1:2", "web1:2"]);
        assert_eq!(step.said("warning"), "");
        let sent = step.requests.iter().filter(|it| it.operation == "UpdateSchedule");
        let sent: Vec<_> = sent.map(|it| &it.raw).collect();
        assert!(sent.len() == 2 && sent[0] == sent[1], "the same, token included: {sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_gets_no_answer_is_not_known() {
    let empty = Fault::Empty { applied: true, body: "{}" };
    for fault in [Fault::Timeout { applied: true }, empty] {
        let scene = ready();
        scene.sim.fault("PutTargets", When::Always, fault);
        let step = scene.deploy(&[UPDATE]).await;
        step.is("deployed");
        step.says("warning", "; it is not known whether it runs web1:1 or web1:2");
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_eventbridge_did_not_take_is_no_success() {
    let scene = ready();
    let body = r#"{ "FailedEntryCount": 1, "FailedEntries": [{ "TargetId": "one",
        "ErrorCode": "ConcurrentModificationException", "ErrorMessage": "Not now." }] }"#;
    scene.sim.fault("PutTargets", When::Always, Fault::Empty { applied: false, body });
    let step = scene.deploy(&[UPDATE]).await;
    step.is("deployed");
    step.says(
        "warning",
        "events:PutTargets on the rule nightly failed: ConcurrentModificationException: Not now.; \
         it still runs web1:1, not web1:2",
    );
}

#[tokio::test(start_paused = true)]
async fn what_names_no_revision_is_left_alone() {
    let scene = Scene::ready();
    scheduled(&scene, "web1");
    let step = scene.deploy(&[UPDATE]).await;
    step.ended("deployed", &[]);
    assert!(!step.said("notice").contains("newest"), "the newest is what runs");
    scene.register("1.4.1");
    let step = scene.deploy(&[UPDATE]).await;
    step.is("unchanged");
    assert_eq!(step.writes(), [""; 0]);
    step.says(
        "notice",
        "scheduled tasks that name no revision of web1 run its newest one (web1:3, while the service \
         runs web1:2): the rule nightly, the schedule reports/weekly",
    );
    assert_eq!(runs(&scene), ["web1", "web1"]);
}

#[tokio::test(start_paused = true)]
async fn all_of_many_are_found_and_what_is_not_looked_at_is_said() {
    let scene = Scene::ready();
    for at in 0..70 {
        scene.sim.rule(&format!("rule-{at:03}"), &[target("one", "prod", "web1:1")]);
    }
    for at in 0..8 {
        scene.sim.schedule("default", &format!("schedule-{at}"), schedule("web1:1"));
    }
    let step = scene.deploy(&[UPDATE]).await;
    step.is("deployed");
    // Twenty pages of three.
    assert_eq!((step.count("PutTargets"), step.count("UpdateSchedule")), (60, 8));
    step.says(
        "notice",
        "could not check these scheduled tasks: the last rules of EventBridge, because there are too many",
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_says_what_it_left_and_the_next_one_mends_it() {
    let scene = ready();
    scene.deploy(&[]).await.is("deployed");
    scene.sim.fault("PutTargets", When::Always, Fault::Timeout { applied: false });
    let (step, ()) = tokio::join!(scene.deploy(&[UPDATE]), scene.cancel_after(secs(5)));
    step.is("unchanged");
    assert!(step.took < secs(12), "{:?}", step.took);
    step.says(
        "warning",
        "the run was cancelled before all scheduled tasks that should run web1:2 were checked",
    );
    assert_eq!(runs(&scene), ["web1:1", "web1:1"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_services_of_one_family_they_follow_one() {
    let scene = ready();
    scene.sim.service("prod", "web2").running("web1:1").desired(2).start();
    let step = scene.deploy(&[UPDATE, ("service", "web1\nweb2"), ("repository", "web1")]).await;
    step.is("deployed");
    assert_eq!((step.count("PutTargets"), step.count("UpdateSchedule")), (1, 1));
    step.says("log", "the scheduled tasks of web1 follow another service of this run");
    let writes = step.writes();
    assert_eq!(writes.iter().filter(|it| DEPLOYED.contains(it)).count(), 4);
}

#[tokio::test(start_paused = true)]
async fn they_follow_once_a_person_has_let_the_deployment_go_on_or_back() {
    for (command, result, pinned, runs_then) in
        [("continue", "deployed", "web1:1", "web1:2"), ("stop", "rolled-back", "web1:2", "web1:1")]
    {
        let scene = blue_green(30, &[pause("POST_TEST_TRAFFIC_SHIFT", "ROLLBACK")]);
        scheduled(&scene, pinned);
        let step = scene.deploy(&[("wait-until", "paused")]).await;
        step.is("reached");
        let id = step.output("deployment-id").to_owned();
        let step = scene.deploy(&[("command", command), ("deployment", &id), UPDATE]).await;
        step.is(result);
        step.says("log", &format!("- then the rule nightly: {pinned} -> {runs_then}"));
        assert_eq!(runs(&scene), [runs_then, runs_then]);

        scheduled(&scene, pinned);
        let with = [("command", command), ("deployment", &id), UPDATE, ("dry-run", "true")];
        let step = scene.deploy(&with).await;
        step.is("unchanged");
        assert_eq!(step.writes(), [""; 0]);
        assert_eq!(runs(&scene), [pinned, pinned]);
    }
}
