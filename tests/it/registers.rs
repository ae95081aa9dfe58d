//! Sentences about `command: register`: a version into a new revision of a family that no
//! service runs.

use serde_json::{Value, json};
use simulator::{ACCOUNT, Fault, Image, REGION, Service, When};

use crate::scene::{Scene, Step, definition, millis, secs};
use crate::schedules;

/// The step for the family `nightly`, whose newest revision has 1.4.1.
const NIGHTLY: [(&str, &str); 5] = [
    ("command", "register"),
    ("service", ""),
    ("cluster", ""),
    ("task-definition", "nightly"),
    ("environment-variables", "RELEASE={version}"),
];
const UPDATE: [(&str, &str); 2] = [("cluster", "prod"), ("schedules", "update")];

fn ready() -> Scene {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let side = json!({ "name": "side", "image": "public.ecr.aws/x/side:1", "x-new": 1.50 });
    let family = scene.sim.task_definition("nightly");
    let family = family.container("job", &scene.sim.image("web1:1.4.1")).container_with(&side);
    family.member("tags", json!([{ "key": "team", "value": "a" }])).register();
    scene
}

async fn register(scene: &Scene, with: &[(&str, &str)]) -> Step {
    let kept = |given: &&(&str, &str)| !with.iter().any(|(name, _)| *name == given.0);
    let with = NIGHTLY.iter().filter(kept).chain(with).copied().collect::<Vec<_>>();
    scene.deploy(&with).await
}

/// Everything that was asked of AWS, each once and in the order of the alphabet.
fn asked(step: &Step) -> Vec<&str> {
    let mut asked: Vec<&str> = step.requests.iter().map(|it| it.operation.as_str()).collect();
    asked.sort_unstable();
    asked.dedup();
    asked
}

/// The newest revision of the family.
fn newest(scene: &Scene, family: &str) -> Value {
    let body = json!({ "taskDefinition": family });
    let answer = scene.sim.call(Service::Ecs, "DescribeTaskDefinition", &body);
    answer.unwrap_or_default()["taskDefinition"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_version_becomes_a_new_revision_and_nothing_else_is_touched() {
    let scene = ready();
    let before = newest(&scene, "nightly");
    let step = register(&scene, &[]).await;
    step.is("registered");
    assert_eq!(
        asked(&step),
        [
            "BatchGetImage",
            "DescribeImages",
            "DescribeTaskDefinition",
            "GetBlob",
            "GetDownloadUrlForLayer",
            "RegisterTaskDefinition"
        ]
    );
    let mut expected = before["containerDefinitions"].clone();
    expected[0]["image"] = json!(scene.sim.image("web1:1.4.2"));
    expected[0]["environment"] = json!([{ "name": "RELEASE", "value": "1.4.2" }]);
    let body = &step.only("RegisterTaskDefinition").body;
    assert_eq!(body["containerDefinitions"], expected);
    assert_eq!(body["tags"], json!([{ "key": "team", "value": "a" }]));
    assert_eq!(body["family"], "nightly");
    let arn = definition("nightly:2");
    assert_eq!(newest(&scene, "nightly")["taskDefinitionArn"], arn);

    assert_eq!(step.headline(), "✅ nightly:2 was registered with 1.4.2 (before: 1.4.1)");
    step.says("log", "Plan: 1.4.1 → 1.4.2 for the family nightly, account ");
    step.says("log", "- register a new revision of nightly");
    for (name, value) in [
        ("task-definition-arn", arn.as_str()),
        ("task-definition-family", "nightly"),
        ("task-definition-revision", "2"),
        ("previous-task-definition-arn", &definition("nightly:1")),
        ("version", "1.4.2"),
        ("previous-version", "1.4.1"),
        ("running-version", ""),
        ("image-digest", &scene.digest("1.4.2")),
    ] {
        assert_eq!(step.output(name), value, "{name}");
    }
    let report: Value = serde_json::from_str(step.output("report")).expect("JSON");
    assert_eq!(report[0]["task-definition"], "nightly");
    assert_eq!(report[0]["account"], ACCOUNT);
    assert_eq!(report[0]["service"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn the_second_run_finds_it_and_registers_nothing() {
    let scene = ready();
    register(&scene, &[]).await.is("registered");
    let again = register(&scene, &[]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
    assert_eq!(again.output("task-definition-arn"), definition("nightly:2"));
    assert_eq!(again.headline(), "✅ nightly:2 already has 1.4.2; nothing was registered");
    // Whoever wants the earlier one gets a copy of it, because only the newest counts.
    let back = register(&scene, &[("version", "1.4.1"), ("task-definition", "nightly:1")]).await;
    back.is("registered");
    assert_eq!(newest(&scene, "nightly")["revision"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_shows_the_plan() {
    let scene = ready();
    let step = register(&scene, &[("dry-run", "true")]).await;
    step.is("planned");
    assert_eq!(step.writes(), [""; 0]);
    step.says("log", "then: 1.4.2");
    step.says("log", "(a new revision of nightly)");
    assert_eq!(step.headline(), "✅ nightly would go from 1.4.1 to 1.4.2; nothing was written");
    assert_eq!(step.output("task-definition-arn"), "");
}

/// A file whose family has no revision yet.
fn new_family(scene: &Scene) -> String {
    let file = json!({ "family": "reports", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/exec"),
        "containerDefinitions": [{ "name": "job", "image": "job" }] });
    scene.file("reports.json", file.to_string())
}

#[tokio::test(start_paused = true)]
async fn the_first_revision_of_a_family_comes_from_a_file() {
    let scene = ready();
    let file = new_family(&scene);
    let with = [("task-definition", file.as_str()), ("repository", "web1")];
    let step = register(&scene, &with).await;
    step.is("registered");
    assert_eq!(step.registered_images(), ["web1:1.4.2"]);
    assert_eq!(step.only("GetRole").body["RoleName"], "exec");
    assert_eq!(step.headline(), "✅ reports:1 was registered with 1.4.2");
    step.says("log", "now:  no revision");
    register(&scene, &with).await.is("unchanged");

    let said = register(&scene, &[with[0], with[1], ("account", "999999999999")]).await;
    said.is("refused");
    said.says("error", "the family reports belongs to account 123456789012");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_registered_before_all_of_it_is_right() {
    type Case<'a> = (&'a [(&'a str, &'a str)], fn(&Scene), &'a str);
    let cases: [Case<'_>; 6] = [
        (&[("version", "9.9.9")], |_| {}, "there is no image v9.9.9 or 9.9.9"),
        (&[("task-definition", "nope")], |_| {}, "there is no task definition nope"),
        (&[("container", "jobb")], |_| {}, "has no container jobb"),
        (&[("environment-variables", "A={commit}")], |_| {}, "uses {commit}"),
        (
            &[],
            |scene| {
                let image = Image::multi_arch(&["linux/arm64"]);
                scene.sim.repository("web1").push("1.4.2", image);
            },
            "is built for linux/arm64, but the task runs on linux/amd64",
        ),
        (
            &[("secrets", "A=/nightly/key")],
            |scene| scene.sim.lacks("/nightly/key"),
            "the parameter /nightly/key that",
        ),
    ];
    for (with, given, why) in cases {
        let scene = ready();
        given(&scene);
        let step = register(&scene, with).await;
        step.is("refused");
        assert_eq!(step.writes(), [""; 0], "{why}");
        step.says("error", why);
        assert!(!step.said("error").contains("service"), "{}", step.said("error"));
    }
    let scene = ready();
    let file = new_family(&scene).replace("reports.json", "wrong.json");
    scene.file(
        "wrong.json",
        r#"{ "family": "reports", "cpu": "300", "memory": "512",
        "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{ "name": "job", "image": "job" }] }"#,
    );
    let step = register(&scene, &[("task-definition", &file), ("repository", "web1")]).await;
    step.is("refused");
    step.says("error", "300");
    assert_eq!(step.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn wrong_inputs_are_refused_before_any_call() {
    for (with, why) in [
        (&[("service", "web1")][..], "input `service` can't be used with `register`"),
        (&[("apps", "all")], "input `apps` can't be used with `register`"),
        (&[("task-definition", "")], "input `task-definition` is missing"),
        (&[("version", "from prod/web1")], "input `version`: `from` can't be used with `register`"),
        (&[("schedules", "update")], "input `cluster` is missing"),
        (&[("deployment", "ecs-svc/1")], "input `deployment` is only for"),
    ] {
        let scene = ready();
        let step = register(&scene, with).await;
        assert_eq!((step.result(), step.code), ("refused", 2), "{why}");
        step.says("error", why);
        assert_eq!(step.requests.len(), 0, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named() {
    for (operation, action, result) in [
        ("RegisterTaskDefinition", "ecs:RegisterTaskDefinition", "failed"),
        ("DescribeTaskDefinition", "ecs:DescribeTaskDefinition", "refused"),
        ("BatchGetImage", "ecr:BatchGetImage", "refused"),
    ] {
        let scene = ready();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        let step = register(&scene, &[]).await;
        step.is(result);
        step.says("error", action);
        scene.sim.clear_faults();
        assert_eq!(newest(&scene, "nightly")["revision"], 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_registration_waits_its_turn() {
    let scene = ready();
    let busy = When::Between(secs(0), secs(60));
    scene.sim.fault("RegisterTaskDefinition", busy, Fault::Throttle);
    let step = register(&scene, &[]).await;
    step.is("registered");
    assert_eq!(step.carried_out(), ["RegisterTaskDefinition"]);

    let scene = ready();
    scene.sim.fault("RegisterTaskDefinition", When::Always, Fault::Throttle);
    let step = register(&scene, &[("timeout", "2m")]).await;
    step.is("timed-out");
    assert_eq!(step.headline(), "❌ 1.4.2 was not registered for nightly in time");
    assert_eq!(step.carried_out(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_answer_it_is_looked_for_and_never_sent_again() {
    for applied in [true, false] {
        let scene = ready();
        let file = new_family(&scene);
        let first = [("task-definition", file.as_str()), ("repository", "web1")];
        for (with, revision) in [(&[][..], "nightly:2"), (&first, "reports:1")] {
            scene.sim.fault("RegisterTaskDefinition", When::Nth(1), Fault::Reset { applied });
            let step = register(&scene, with).await;
            assert_eq!(step.count("RegisterTaskDefinition"), 1);
            if applied {
                step.is("registered");
                assert_eq!(step.output("task-definition-arn"), definition(revision));
            } else {
                step.is("failed");
                step.says("error", "and there is no new revision");
                step.says("error", "Run the step again.");
                assert!(!step.said("error").contains("service"), "{}", step.said("error"));
            }
            scene.sim.clear_faults();
        }
    }
    // What cannot be looked for is told as not known.
    let scene = ready();
    scene.sim.fault("RegisterTaskDefinition", When::Nth(1), Fault::Reset { applied: true });
    scene.sim.fault("DescribeTaskDefinition", When::FromNth(2), Fault::AccessDenied);
    let step = register(&scene, &[]).await;
    step.is("unknown");
    assert_eq!(step.headline(), "❌ it is not known whether 1.4.2 was registered for nightly");
    step.says("error", "it reuses the revision if there is one");
    scene.sim.clear_faults();
    let again = register(&scene, &[]).await;
    again.is("unchanged");
    assert_eq!(again.output("task-definition-arn"), definition("nightly:2"));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_says_what_is_registered() {
    let mut ends = Vec::new();
    for moment in (0..4_000).step_by(200) {
        let scene = ready();
        scene.sim.latency(millis(400));
        let cancel = scene.cancel_after(millis(moment));
        let (step, ()) = tokio::join!(Box::pin(register(&scene, &[])), cancel);
        let is_there = newest(&scene, "nightly")["revision"] == 2;
        let said = step.said("error");
        match step.result() {
            "registered" => assert!(is_there),
            _ if said.contains("nothing was changed") => {
                step.is("cancelled");
                assert!(!is_there, "{said}");
            }
            _ => {
                step.is("cancelled");
                assert!(said.contains("nightly:2 is registered") || said.contains("not known"));
            }
        }
        assert!(step.took <= millis(moment) + secs(7));
        ends.push(step.result().to_owned());
    }
    assert!(["cancelled", "registered"].iter().all(|end| ends.iter().any(|it| it == end)));

    // No answer comes at all.
    let scene = ready();
    let silent = Fault::Timeout { applied: true };
    scene.sim.fault("RegisterTaskDefinition", When::Always, silent);
    let (step, ()) = tokio::join!(Box::pin(register(&scene, &[])), scene.cancel_after(secs(2)));
    step.is("cancelled");
    step.says(
        "error",
        "while a revision of nightly was being registered; it is not known whether it exists",
    );
}

#[tokio::test(start_paused = true)]
async fn scheduled_tasks_get_the_revision_that_was_registered() {
    let scene = ready();
    schedules::scheduled(&scene, "nightly:1");
    let told = register(&scene, &[("cluster", "prod"), ("schedules", "warn")]).await;
    told.is("registered");
    assert_eq!(told.writes(), ["RegisterTaskDefinition"]);
    told.says(
        "warning",
        "the revision of this run is nightly:2, but these scheduled tasks run another revision: \
         the rule nightly \
         (nightly:1), the schedule reports/weekly (nightly:1)",
    );
    // One that is there already, too.
    let dry = [UPDATE[0], UPDATE[1], ("dry-run", "true")];
    let planned = register(&scene, &dry).await;
    planned.is("planned");
    planned.says("log", "- then the rule nightly: nightly:1 -> nightly:2");
    assert_eq!(planned.writes(), [""; 0]);
    let step = register(&scene, &UPDATE).await;
    step.is("unchanged");
    assert_eq!(step.writes(), ["PutTargets", "UpdateSchedule"]);
    assert_eq!(schedules::runs(&scene), ["nightly:2", "nightly:2"]);

    scene.push("1.4.3");
    let step = register(&scene, &[UPDATE[0], UPDATE[1], ("version", "1.4.3")]).await;
    step.is("registered");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "PutTargets", "UpdateSchedule"]);
    assert_eq!(schedules::runs(&scene), ["nightly:3", "nightly:3"]);
    let cluster = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod");
    let listed = step.requests.iter().find(|it| it.operation == "ListRuleNamesByTarget");
    assert_eq!(listed.expect("it was asked").body["TargetArn"], cluster);

    scene.push("1.4.4");
    scene.sim.fault("PutTargets", When::Always, Fault::AccessDenied);
    let step = register(&scene, &[UPDATE[0], UPDATE[1], ("version", "1.4.4")]).await;
    step.is("registered");
    step.says("warning", "it still runs nightly:3, not nightly:4");
    assert_eq!(schedules::runs(&scene), ["nightly:3", "nightly:4"]);
}

#[tokio::test(start_paused = true)]
async fn people_are_told_of_it() {
    let scene = ready();
    scene.web.answers("https://hooks.example.com/", |_| simulator::Reply::status(204));
    let with = [("notify-url", "https://hooks.example.com/x"), ("notify-start", "true")];
    let step = register(&scene, &with).await;
    step.is("registered");
    let texts = step.web.iter().map(|it| it.json()["text"].as_str().unwrap_or_default().to_owned());
    let texts: Vec<String> = texts.collect();
    assert!(texts[0].contains("1.4.2 is being registered for nightly (now: 1.4.1)"), "{texts:?}");
    assert!(texts[1].contains("nightly:2 was registered with 1.4.2"), "{texts:?}");
    assert!(!format!("{:?}", step.web).contains(ACCOUNT));
}
