//! `verify`: what a deployment would say, said on the pull request.

mod absent;
mod outside;

use simulator::{Fault as AwsFault, Image, When};

use super::{Shop, conforms, shop};
use crate::scene::{Scene, Step};

const VERIFY: (&str, &str) = ("command", "verify");

/// A task definition file that ECS would take, for the container of the service.
const DEFINITION: &str = r#"{
  "family": "web1",
  "networkMode": "awsvpc",
  "requiresCompatibilities": ["FARGATE"],
  "cpu": "256",
  "memory": "512",
  "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
  "containerDefinitions": [
    { "name": "web1", "image": "<IMAGE>", "environment": [{ "name": "MODE", "value": "new" }] }
  ]
}
"#;

/// The same with mistakes on lines 5 and 9.
const MISTAKEN: &str = r#"{
  "family": "web1",
  "networkMode": "awsvpc",
  "requiresCompatibilities": ["FARGATE"],
  "cpu": "256",
  "memory": "4096",
  "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
  "containerDefinitions": [
    { "name": "web1", "image": "<IMAGE>", "dependsOn": [{ "containerName": "web2", "condition": "START" }] }
  ]
}
"#;

async fn verify(scene: &Scene, with: &[(&str, &str)]) -> Step {
    let step = scene.deploy(&[&[VERIFY][..], with].concat()).await;
    assert_eq!(step.writes(), [""; 0], "a check writes nothing to AWS");
    conforms(&step);
    step
}

/// What the errors say, and where.
fn errors(step: &Step) -> Vec<(String, Option<(String, usize)>)> {
    let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let errors = step.annotations.iter().filter(|(kind, _)| *kind == "error");
    errors
        .map(|(_, it)| {
            let place = it.location.as_ref().map(|place| (file(&place.file), place.line));
            (it.message.clone(), place)
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_version_that_could_be_deployed_passes_with_the_difference_to_what_runs() {
    let Shop { scene, .. } = shop();
    let step = verify(&scene, &[]).await;
    step.is("verified");
    assert_eq!(
        step.lines.last().map(String::as_str),
        Some("1.4.2 can be deployed to web1, which runs 1.4.1")
    );
    assert_eq!((step.output("version"), step.output("previous-version")), ("1.4.2", "1.4.1"));
    assert!(step.summary.starts_with("### ✅ 1.4.2 can be deployed to web1"), "{}", step.summary);
    step.says("summary", "**Changes of the task definition**");
    step.says("summary", "**Commits added**");
    assert_eq!(step.said("error") + &step.said("warning"), "");
}

#[tokio::test(start_paused = true)]
async fn what_runs_already_passes_too() {
    let Shop { scene, .. } = shop();
    let step = verify(&scene, &[("version", "1.4.1")]).await;
    assert_eq!(step.result(), "verified");
    step.says("log", "web1 already runs 1.4.1; a deployment would change nothing");
}

#[tokio::test(start_paused = true)]
async fn a_version_without_an_image_fails_on_its_line_of_package_json() {
    let Shop { scene, .. } = shop();
    scene.file("package.json", "{\n  \"name\": \"web1\",\n  \"version\": \"1.4.3\"\n}\n");
    let step = verify(&scene, &[]).await;
    assert_eq!((step.result(), step.code), ("refused", 1));
    let said = errors(&step);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].0.starts_with("there is no image v1.4.3 or 1.4.3"), "{said:?}");
    assert_eq!(said[0].1, Some(("package.json".to_owned(), 3)));
    assert!(
        step.summary.starts_with("### ❌ 1.4.3 cannot be deployed to web1"),
        "{}",
        step.summary
    );
    assert!(step.output("failure-reason").contains("there is no image"));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_was_rolled_back_from_fails_on_its_line() {
    let Shop { scene, .. } = shop();
    assert_eq!(scene.deploy(&[]).await.result(), "deployed");
    assert_eq!(scene.deploy(&[("command", "rollback")]).await.result(), "rolled-back");
    let step = verify(&scene, &[]).await;
    let said = errors(&step);
    assert!(said[0].0.contains("was rolled back from 1.4.2"), "{said:?}");
    assert_eq!(said[0].1, Some(("package.json".to_owned(), 3)));
    assert_eq!(
        verify(&scene, &[("version", "1.4.2")]).await.result(),
        "verified",
        "a person decides"
    );
}

#[tokio::test(start_paused = true)]
async fn all_mistakes_of_a_task_definition_file_are_said_at_their_lines() {
    let Shop { scene, .. } = shop();
    let good = scene.file("good.json", DEFINITION);
    assert_eq!(
        verify(&scene, &[("task-definition", &good), ("repository", "web1")]).await.result(),
        "verified"
    );
    let bad = scene.file("bad.json", MISTAKEN);
    let step = verify(&scene, &[("task-definition", &bad), ("repository", "web1")]).await;
    step.is("refused");
    let lines: Vec<Option<usize>> =
        errors(&step).iter().map(|(_, place)| place.as_ref().map(|(_, line)| *line)).collect();
    assert_eq!(lines, [Some(6), Some(9)], "{:?}", errors(&step));
    step.says("summary", "2 problems");
}

#[tokio::test(start_paused = true)]
async fn an_image_on_the_wrong_platform_or_with_bad_findings_is_refused() {
    let Shop { scene, .. } = shop();
    let repository = scene.sim.repository("web1");
    repository.push("1.4.3", Image::linux_arm64());
    let step = verify(&scene, &[("version", "1.4.3")]).await;
    step.says("error", "linux/arm64");

    repository.scanned("1.4.2", "COMPLETE", &[("HIGH", 2), ("LOW", 40)]);
    for (limit, result) in [("critical", "verified"), ("high", "refused"), ("low", "refused")] {
        let step = verify(&scene, &[("fail-on-severity", limit)]).await;
        assert_eq!(step.result(), result, "{limit}: {}", step.log());
    }
    let step = verify(&scene, &[("fail-on-severity", "high")]).await;
    step.says("error", "found 2 high");
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_is_missing_unfinished_or_denied_is_no_pass() {
    let Shop { scene, .. } = shop();
    let limit = [("fail-on-severity", "critical")];
    let step = verify(&scene, &limit).await;
    step.says("error", "has no finished scan (there is none)");
    scene.sim.repository("web1").scanned("1.4.2", "IN_PROGRESS", &[]);
    let step = verify(&scene, &limit).await;
    step.says("error", "(IN_PROGRESS)");
    scene.sim.fault("DescribeImageScanFindings", When::Always, AwsFault::AccessDenied);
    let step = verify(&scene, &limit).await;
    step.says("error", "ecr:DescribeImageScanFindings");
    // Nobody asks where there is no limit.
    assert_eq!(verify(&scene, &[]).await.result(), "verified");
    // A deployment holds to the same limit, and writes nothing.
    let step = scene.deploy(&limit).await;
    assert_eq!((step.result(), step.writes()), ("refused", vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_scans_of_an_index_are_those_of_its_images() {
    let Shop { scene, .. } = shop();
    let repository = scene.sim.repository("web1");
    repository.push("1.4.3", Image::multi_arch(&["linux/amd64", "linux/arm64"]).attested());
    repository.scanned("1.4.3", "COMPLETE", &[("CRITICAL", 1)]);
    let with = [("version", "1.4.3"), ("fail-on-severity", "critical")];
    let step = verify(&scene, &with).await;
    step.says("error", "found 1 critical");
}

#[tokio::test(start_paused = true)]
async fn every_permission_that_a_read_can_reveal_is_named_at_once() {
    let Shop { scene, .. } = shop();
    for operation in ["DescribeServices", "BatchGetImage", "ListTasks", "DescribeImages"] {
        scene.sim.fault(operation, When::Always, AwsFault::AccessDenied);
    }
    let step = verify(&scene, &[("repository", "web1")]).await;
    assert_eq!((step.result(), step.code), ("refused", 1));
    let said = step.said("error");
    assert!(
        said.contains("every deployment needs: ecr:BatchGetImage, ecs:DescribeServices"),
        "{said}"
    );
    step.says("warning", "ecr:DescribeImages, ecs:ListTasks");
}

#[tokio::test(start_paused = true)]
async fn an_optional_permission_is_a_warning_and_the_check_passes() {
    let optional = [
        "ListServiceDeployments",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "ListTasks",
        "DescribeTasks",
        "ListTaskDefinitions",
        "DescribeImages",
        "GetDownloadUrlForLayer",
    ];
    for operation in optional {
        let Shop { scene, .. } = shop();
        scene.sim.fault(operation, When::Always, AwsFault::AccessDenied);
        let step = verify(&scene, &[]).await;
        step.is("verified");
        assert!(
            step.said("warning").contains(&format!(":{operation}")),
            "{operation}: {}",
            step.said("warning")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_under_way_is_no_obstacle() {
    let Shop { scene, .. } = shop();
    scene.sim.repository("web1").push("1.5.0", Image::linux_amd64());
    let started = scene.deploy(&[("version", "1.5.0"), ("wait", "false")]).await;
    assert_eq!(started.result(), "started");
    let step = verify(&scene, &[]).await;
    assert_eq!(step.result(), "verified");
    step.says("notice", "another deployment of web1 is in progress");
}

#[tokio::test(start_paused = true)]
async fn an_image_can_be_verified_without_a_service() {
    let Shop { scene, .. } = shop();
    let alone = [("cluster", ""), ("service", ""), ("repository", "web1")];
    let step = verify(&scene, &alone).await;
    step.is("verified");
    step.says("log", "1.4.2 is in web1 and can be pulled");
    let called: Vec<&str> = step.requests.iter().map(|it| it.operation.as_str()).collect();
    assert!(!called.iter().any(|it| it.contains("Service")), "{called:?}");
    let step = verify(&scene, &[&alone[..], &[("version", "1.4.9")]].concat()).await;
    assert_eq!((step.result(), step.code), ("refused", 1));
    let step = scene.deploy(&[VERIFY, ("cluster", ""), ("service", "")]).await;
    assert_eq!(step.code, 2);
    step.says("error", "input `repository` is missing");
    let step = scene.deploy(&[VERIFY, ("cluster", "")]).await;
    step.says("error", "input `cluster` is missing");
}

#[tokio::test(start_paused = true)]
async fn one_mistake_does_not_hide_the_others() {
    let Shop { scene, .. } = shop();
    let file = scene.file("bad.json", MISTAKEN);
    scene.file("package.json", "{\n  \"version\": \"1.4\"\n}\n");
    let step = verify(&scene, &[("task-definition", &file), ("repository", "web1")]).await;
    let places: Vec<_> = errors(&step).into_iter().filter_map(|(_, place)| place).collect();
    let expected = [("package.json", 2), ("bad.json", 6), ("bad.json", 9)];
    assert_eq!(places, expected.map(|(file, line)| (file.to_owned(), line)));
    // Neither does a service that is not there, or a deployment under way.
    scene.file("package.json", "{\n  \"version\": \"1.4.9\"\n}\n");
    let with = [("task-definition", file.as_str()), ("repository", "web1"), ("service", "gone")];
    let step = verify(&scene, &with).await;
    let said = step.said("error");
    for part in ["there is no service gone", "there is no image v1.4.9", "`memory`", "dependsOn"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    scene.file("package.json", "{\n  \"version\": \"1.4.2\"\n}\n");
    scene.sim.act(simulator::Act::force_new_deployment("prod", "web1"));
    let step = verify(&scene, &with[..2]).await;
    assert_eq!(errors(&step).len(), 2, "{:?}", errors(&step));
}

#[tokio::test(start_paused = true)]
async fn what_a_load_balancer_sends_traffic_to_must_stay() {
    let scene = Scene::ready();
    scene.sim.service("prod", "web2").running("web1:1").load_balancer().desired(2).start();
    let file = scene.file("good.json", DEFINITION);
    let with = [("service", "web2"), ("task-definition", file.as_str()), ("repository", "web1")];
    let step = scene.deploy(&[&[VERIFY][..], &with].concat()).await;
    step.is("refused");
    step.says("error", "sends traffic to web2:8080");
    scene.sim.act(simulator::Act::force_new_deployment("prod", "web2"));
    let step = scene.deploy(&[&[VERIFY][..], &with].concat()).await;
    step.says("error", "sends traffic to web2:8080");
}
