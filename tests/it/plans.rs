//! Sentences about plans: what is done, what is left alone, and what is waited
//! for, depending on how the service stands.

use std::time::Duration;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use simulator::{Act, Behaviour, Fault, Image, When};

use crate::scene::{Scene, Step, definition};

fn deployed(step: &Step) {
    step.is("deployed");
}

/// `UpdateService` to this revision, and nothing else in it.
fn update(revision: &str) -> Value {
    json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition(revision) })
}

fn forced(revision: &str) -> Value {
    let mut body = update(revision);
    body["forceNewDeployment"] = json!(true);
    body
}

/// When the only request of an operation came, since the simulator was made.
fn at(step: &Step, operation: &str) -> Duration {
    step.only(operation).at
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let scene = Scene::ready();
    let step = scene.deploy(&[("dry-run", "true"), ("environment-variables", "A=1")]).await;
    assert_eq!((step.result(), step.code), ("planned", 0));
    assert_eq!(step.writes(), [""; 0]);
    let repository = scene.sim.repository("web1");
    let mut log = step.log();
    for tag in ["1.4.1", "1.4.2"] {
        let digest = repository.digest(tag).expect("pushed");
        log = log.replace(&digest["sha256:".len()..][..12], &format!("DIGEST-OF-{tag}"));
    }
    expect![[r#"
        Plan: 1.4.1 → 1.4.2 for service web1 in cluster prod, account 123456789012, eu-central-1
        now:  1.4.1  DIGEST-OF-1.4.1  web1:1
        then: 1.4.2  DIGEST-OF-1.4.2  (a new revision of web1)
          web1: image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.1 → 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2
          web1: environment variable A added
        - register a new revision of web1
        - update the service to it
        web1 would go from 1.4.1 to 1.4.2; nothing was written"#]].assert_eq(&log);
}

#[tokio::test(start_paused = true)]
async fn what_runs_already_is_left_alone() {
    let scene = Scene::ready();
    let step = scene.deploy(&[("version", "1.4.1"), ("desired-count", "2")]).await;
    step.is("unchanged");
    assert_eq!(step.writes(), [""; 0]);
    assert_eq!(step.output("task-definition-arn"), definition("web1:1"));
}

#[tokio::test(start_paused = true)]
async fn the_second_run_of_a_deployment_finds_nothing_to_do() {
    let scene = Scene::ready();
    let inputs = [("environment-variables", "A=1"), ("secrets", "B=arn:b")];
    deployed(&scene.deploy(&inputs).await);
    let again = scene.deploy(&inputs).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);

    // From a file as well, although ECS gives it back with every default filled in.
    let text = json!({ "family": "web1", "cpu": "1 vCPU", "memory": "2 GB",
        "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": "arn:aws:iam::123456789012:role/web1-execution",
        "containerDefinitions": [{ "name": "web1", "image": "x",
            "portMappings": [{ "containerPort": 80 }], "command": [] }] });
    let file = scene.file("task.json", text.to_string());
    let inputs = [("task-definition", file.as_str()), ("repository", "web1")];
    deployed(&scene.deploy(&inputs).await);
    let again = scene.deploy(&inputs).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_service_without_tasks_is_deployed_and_says_that_nothing_is_proved() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(0).start();
    let step = scene.deploy(&[]).await;
    deployed(&step);
    assert_eq!(step.only("UpdateService").body, update("web1:2"));
    expect![[r#"
        the desired count is 0: no task is started, so the image stays untested
        `desired-count` starts tasks, unless something else sets the count."#]]
    .assert_eq(&step.said("warning"));
    let again = scene.deploy(&[]).await;
    assert_eq!(again.result(), "unchanged", "{}", again.said("notice"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_deployment_of_the_same_version_is_started_again() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let service = scene.sim.service("prod", "web1").running_version("1.4.1");
    // The circuit breaker stops the deployment and leaves it where it is.
    service.circuit_breaker(false).desired(2).start();
    let digest = scene.digest("1.4.2");
    let crashes = Behaviour::Crashes { after: Duration::from_secs(5), exit_code: 1 };
    scene.sim.behaves(&digest, crashes);
    let first = scene.deploy(&[("on-failure", "keep")]).await;
    first.is("failed");
    let failed = scene.sim.truth("prod", "web1").newest().deployment_id.clone();

    scene.sim.behaves(&digest, Behaviour::Healthy { ready_after: Duration::from_secs(20) });
    let second = scene.deploy(&[]).await;
    deployed(&second);
    assert_eq!(second.writes(), ["UpdateService"]);
    assert_eq!(second.only("UpdateService").body, forced("web1:2"));
    expect![
        "the same definition and image are deployed again, because their deployment FAILED failed"
    ]
    .assert_eq(&second.said("notice").replace(&failed, "FAILED"));
}

#[tokio::test(start_paused = true)]
async fn a_service_short_of_tasks_is_deployed_again() {
    let scene = Scene::ready();
    scene.sim.act(Act::kill_tasks("prod", "web1", 1));
    let step = scene.deploy(&[("version", "1.4.1")]).await;
    deployed(&step);
    assert_eq!(step.only("UpdateService").body, forced("web1:1"));
    expect![[r#"
        the same definition and image are deployed again, because only 0 of 2 tasks run
        if this deployment fails, nothing will be undone: what ran before is the same definition and image"#]]
        .assert_eq(&step.said("notice"));
}

#[tokio::test(start_paused = true)]
async fn a_moved_tag_is_deployed_again_with_a_warning() {
    let scene = Scene::ready();
    let repository = scene.sim.repository("web1");
    let before = repository.digest("1.4.1").expect("pushed");
    let after = repository.push("1.4.1", Image::linux_amd64().content("rebuilt"));
    let step = scene.deploy(&[("version", "1.4.1")]).await;
    deployed(&step);
    assert_eq!(step.writes(), ["UpdateService"]);
    assert_eq!(step.only("UpdateService").body, forced("web1:1"));
    let short = |digest: &str| digest["sha256:".len()..][..12].to_owned();
    let said = step.said("warning").replace(&short(&before), "BEFORE");
    expect![[r#"
        the tag of 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.1 has moved: the service runs BEFORE, the tag now names AFTER
        The same definition is deployed again to roll out the new image. Immutable tags in ECR prevent this."#]].assert_eq(&said.replace(&short(&after), "AFTER"));
    let truth = scene.sim.truth("prod", "web1");
    assert_eq!(truth.newest().digests["web1"], after);
}

#[tokio::test(start_paused = true)]
async fn a_new_deployment_can_be_forced() {
    let scene = Scene::ready();
    let step = scene.deploy(&[("version", "1.4.1"), ("force-new-deployment", "true")]).await;
    deployed(&step);
    assert_eq!(step.only("UpdateService").body, forced("web1:1"));
    let step = scene.deploy(&[("force-new-deployment", "true")]).await;
    deployed(&step);
    assert_eq!(step.only("UpdateService").body, forced("web1:2"));
}

#[tokio::test(start_paused = true)]
async fn the_desired_count_is_sent_only_when_asked_for() {
    let scene = Scene::ready();
    let step = scene.deploy(&[("desired-count", "3")]).await;
    deployed(&step);
    let mut body = update("web1:2");
    body["desiredCount"] = json!(3);
    assert_eq!(step.only("UpdateService").body, body);
    assert_eq!(scene.sim.truth("prod", "web1").desired, 3);

    // Of a version that runs already only the count is changed.
    let step = scene.deploy(&[("desired-count", "1")]).await;
    step.is("unchanged");
    let body = json!({ "cluster": "prod", "service": "web1", "desiredCount": 1 });
    assert_eq!(step.only("UpdateService").body, body);
    assert_eq!(step.writes(), ["UpdateService"]);
    expect!["only the desired count was changed; ECS starts or stops tasks of the same version"]
        .assert_eq(&step.said("notice"));
}

#[tokio::test(start_paused = true)]
async fn a_newer_revision_than_the_running_one_is_pointed_out() {
    let scene = Scene::ready();
    let image = scene.sim.image("web1:1.4.1");
    let newer = scene.sim.task_definition("web1").container("web1", &image);
    newer.member("memory", json!("1024")).register();
    let step = scene.deploy(&[("dry-run", "true")]).await;
    expect![[r#"
        web1:2 is newer than web1:1, which the service runs and this deployment is based on
        `task-definition: web1` deploys from the newest revision instead."#]]
    .assert_eq(&step.said("notice"));
    // The way it names has nothing left to point out.
    let step = scene.deploy(&[("task-definition", "web1"), ("dry-run", "true")]).await;
    assert_eq!((step.result(), step.said("notice").as_str()), ("planned", ""));
}

#[tokio::test(start_paused = true)]
async fn optional_reads_that_are_denied_are_no_reason_to_refuse() {
    let cases: [(&[&str], &str, Expect); 5] = [
        (&["ListTaskDefinitions"], "unchanged", expect![[""]]),
        (&["DescribeServiceDeployments"], "unchanged", expect![[""]]),
        // The tasks themselves tell their digests.
        (&["DescribeServiceRevisions"], "unchanged", expect![[""]]),
        (
            &["DescribeServiceRevisions", "ListTasks"],
            "started",
            expect![
                "the digest that runs is not known (ecs:ListTasks is not allowed), so the same definition is deployed again to be sure of the image"
            ],
        ),
        (
            &["DescribeImages"],
            "unchanged",
            expect![
                "could not check whether the image is archived: ecr:DescribeImages is not allowed"
            ],
        ),
    ];
    for (denied, result, expected) in cases {
        let scene = Scene::ready();
        for operation in denied {
            scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        }
        let step = scene.deploy(&[("version", "1.4.1"), ("wait", "false")]).await;
        assert_eq!(step.result(), result, "{denied:?}: {}", step.said("error"));
        expected.assert_eq(&step.said("notice"));
    }
}

#[tokio::test(start_paused = true)]
async fn at_most_six_round_trips_lie_before_the_update_seven_with_a_config() {
    const LATENCY: Duration = Duration::from_millis(100);
    let index = || Image::multi_arch(&["linux/amd64", "linux/arm64"]);
    for (image, inputs, denied, round_trips) in [
        (index(), &[][..], None, 6),
        (Image::linux_amd64(), &[][..], None, 7),
        (index(), &[("repository", "web1")], None, 4),
        (Image::linux_amd64(), &[("repository", "web1")], None, 5),
        (index(), &[("task-definition", "web1")], None, 6),
        // Where tasks have to be asked in place of revisions, that goes on beside it.
        (Image::linux_amd64(), &[], Some("DescribeServiceRevisions"), 7),
    ] {
        let scene = Scene::empty();
        scene.sim.repository("web1").push("1.4.1", image.clone().content("1.4.1"));
        scene.sim.repository("web1").push("1.4.2", image.clone().content("1.4.2"));
        scene.sim.service("prod", "web1").running_version("1.4.1").start();
        if let Some(operation) = denied {
            scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        }
        scene.sim.latency(LATENCY);
        let step = scene.deploy(&[inputs, &[("wait", "false")]].concat()).await;
        step.is("started");
        let begun = step.requests[0].at;
        // The update is a round trip too: the last one.
        let before = (at(&step, "UpdateService") - begun).as_millis() / LATENCY.as_millis();
        assert_eq!(before + 1, round_trips, "{image:?} {inputs:?} {denied:?}");
    }
}
