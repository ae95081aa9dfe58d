//! The same for a service whose deployments CodeDeploy makes.

use std::collections::BTreeSet;
use std::time::Duration;

use ecs_release::internals::GroupName;
use serde_json::{Value, json};
use simulator::{Act, Hook};

use super::{PAGE, Policies, deny, operations, policies, rows};
use crate::codedeploy::{stage, without_group};
use crate::readme::read;
use crate::scene::{Scene, Step};

const BACK: [(&str, &str); 2] = [("command", "rollback"), ("version", "1.4.1")];

#[tokio::test(start_paused = true)]
async fn the_least_policies_are_enough_to_deploy_by_codedeploy() {
    let scene = stage(|group| group.deployed("web1:1"));
    let Policies { least, codedeploy, .. } = policies();
    deny_all_that_is_optional(&scene);
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    let called: BTreeSet<&str> = step.requests.iter().map(|it| it.operation.as_str()).collect();
    for operation in operations(&(&least | &codedeploy)) {
        let is_only_for_the_count = operation == "UpdateService";
        assert!(called.contains(operation) != is_only_for_the_count, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn they_are_enough_to_go_back_to_an_exact_version() {
    let scene = with_a_past().await;
    deny_all_that_is_optional(&scene);
    let step = scene.deploy(&BACK).await;
    step.is("rolled-back");
}

#[tokio::test(start_paused = true)]
async fn with_an_app_spec_from_a_file_the_last_one_need_not_be_read() {
    let scene = stage(|group| group.deployed("web1:1"));
    deny(&scene, ["GetApplicationRevision"]);
    let file = scene.file("appspec.json", app_spec(&json!([])).to_string());
    let step = scene.deploy(&[("codedeploy-appspec", &file)]).await;
    step.is("deployed");
    let step = stage_without("GetApplicationRevision").deploy(&[]).await;
    step.is("refused");
}

#[tokio::test(start_paused = true)]
async fn without_any_one_that_is_optional_a_deployment_ends_well() {
    for operation in operations(&policies().optional_codedeploy) {
        let step = stage_without(operation).deploy(&[]).await;
        step.is("deployed");
    }
}

#[tokio::test(start_paused = true)]
async fn the_table_says_without_which_one_previous_is_refused_and_a_list_has_images_only() {
    for (actions, without) in rows_of_codedeploy() {
        for operation in operations(&actions) {
            let scene = with_a_past().await;
            deny(&scene, [operation]);
            let step = scene.deploy(&[("command", "list")]).await;
            step.is("listed");
            let has_images_only =
                step.said("notice").contains("the history of the service is not known");
            assert_eq!(has_images_only, without.contains("`list` has images only"), "{operation}");
            let step = scene.deploy(&[("command", "rollback")]).await;
            let is_refused = step.result() == "refused";
            assert_eq!(is_refused, without.contains("`previous` is refused"), "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_table_says_without_which_one_a_deployment_under_way_can_not_be_left() {
    let canary = "CodeDeployDefault.ECSCanary10Percent5Minutes";
    for (actions, without) in rows_of_codedeploy() {
        for operation in operations(&actions) {
            let scene = stage(|group| group.config(canary).deployed("web1:1"));
            assert_eq!(scene.deploy(&[("wait", "false")]).await.result(), "started");
            tokio::time::sleep(Duration::from_secs(100)).await;
            deny(&scene, [operation]);
            let is_back = scene.deploy(&BACK).await.result() == "rolled-back";
            let words = "fails while a deployment is in progress";
            assert_eq!(!is_back, without.contains(words), "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_table_says_without_which_one_the_wait_for_the_old_tasks_can_not_be_ended() {
    for (actions, without) in rows_of_codedeploy() {
        for operation in operations(&actions) {
            let scene = stage(|group| group.deployed("web1:1"));
            assert_eq!(scene.deploy(&[]).await.result(), "deployed");
            deny(&scene, [operation]);
            let with = [("version", "1.4.1"), ("in-flight", "replace")];
            let replaced = scene.deploy(&with).await;
            let is_stuck = replaced.result() == "failed";
            let words = "`in-flight: replace` fails while CodeDeploy keeps the old tasks";
            assert_eq!(is_stuck, without.contains(words), "{operation}: {}", replaced.log());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_table_says_without_which_one_a_group_of_another_name_has_to_be_named() {
    for (actions, without) in rows_of_codedeploy() {
        for operation in operations(&actions) {
            let scene = without_group();
            scene.sim.deployment_group("shop", "blue-green").service("prod", "web1").create();
            deny(&scene, [operation]);
            let step = scene.deploy(&[]).await;
            let is_refused = step.result() == "refused";
            assert_eq!(is_refused, without.contains("has to be named"), "{operation}");
            let named = [
                ("codedeploy-application", "shop"),
                ("codedeploy-deployment-group", "blue-green"),
                ("allow-rolled-back", "true"),
                ("force-new-deployment", "true"),
                ("in-flight", "wait"),
            ];
            let step = scene.deploy(&named).await;
            step.is("deployed");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_steps_of_a_deployment_are_told_unless_their_permission_is_missing() {
    for (actions, without) in rows_of_codedeploy() {
        for operation in operations(&actions) {
            let step = stage_without(operation).deploy(&[]).await;
            let tells_steps = step.log().contains("stage AllowTraffic");
            assert_eq!(!tells_steps, without.contains("no steps and traffic weights"));
        }
    }
}

/// A hook says no, and the group leaves it at that.
#[tokio::test(start_paused = true)]
async fn the_table_says_what_is_lost_where_the_steps_can_not_be_read() {
    let (_, without) = rows_of_codedeploy().remove(1);
    for words in ["a hook that fails is not named", "waits for the last hook", "deploying again"] {
        assert!(without.contains(words), "{without}");
    }
    for reads_steps in [true, false] {
        let fails_at = async |event: &str, with: &[(&str, &str)]| {
            let scene = stage(|group| group.auto_rollback(&[]).deployed("web1:1"));
            let log_tail = "GET / answered 500".to_owned();
            scene.sim.hook("smoke-test", Hook::Fails { log_tail });
            // Not to the way back.
            scene.sim.after(Duration::from_secs(130), Act::hook("smoke-test", Hook::Succeeds));
            let hooks = json!([{ event: "smoke-test" }]);
            let file = scene.file("appspec.json", app_spec(&hooks).to_string());
            if !reads_steps {
                deny(&scene, ["GetDeploymentTarget"]);
            }
            let file = ("codedeploy-appspec", file.as_str());
            Box::pin(scene.deploy(&[&[file], with].concat())).await
        };
        let step = fails_at("AfterAllowTestTraffic", &[]).await;
        step.is("undone");
        assert_eq!(step.said("error").contains("smoke-test"), reads_steps);
        let created = step.writes().iter().filter(|it| **it == "CreateDeployment").count();
        assert_eq!(created, if reads_steps { 1 } else { 2 }, "{}", step.log());
        let step = fails_at("AfterAllowTraffic", &[("wait-until", "traffic")]).await;
        assert_eq!(step.result() == "deployed", reads_steps, "{}", step.log());
    }
}

#[test]
fn the_policies_name_application_and_group_as_ecs_does() {
    let [cluster, service] = ["prod", "shop"];
    let cluster = cluster.parse().expect("it is a name");
    let GroupName { application, group } =
        GroupName::made_by_ecs(&cluster, &service.parse().expect("it is a name"));
    let page = read(PAGE);
    assert!(page.contains(&format!(":application:{application}\"")));
    assert_eq!(page.matches(&format!(":deploymentgroup:{application}/{group}\"")).count(), 2);
    let said = format!("`{application}` and `{group}`");
    assert!(read("docs/codedeploy.md").contains(&said));
}

#[tokio::test(start_paused = true)]
async fn what_is_only_for_deployments_by_ecs_is_not_missed() {
    let ecs = [
        "ListServiceDeployments",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "StopServiceDeployment",
        "ContinueServiceDeployment",
    ];
    let scene = with_a_past().await;
    deny(&scene, ecs);
    let step = scene.deploy(&[("command", "rollback")]).await;
    step.is("rolled-back");
    let step = unwatched(scene.deploy(&[("version", "1.4.2")]).await, &ecs);
    step.is("deployed");
}

#[tokio::test(start_paused = true)]
async fn only_the_tasks_know_which_digest_runs() {
    let step = stage_without("ListTasks").deploy(&[]).await;
    step.is("deployed");
    step.says("notice", "which digest runs could not be confirmed");
}

#[tokio::test(start_paused = true)]
async fn a_role_that_can_only_list_needs_the_group_and_for_what_ran_the_revisions() {
    let more = ["ListDeployments", "BatchGetDeployments", "GetApplicationRevision"];
    for (granted, knows_what_ran) in [(&[][..], false), (&more, true)] {
        let scene = with_a_past().await;
        let Policies { codedeploy, optional_codedeploy, .. } = policies();
        let all = &codedeploy | &optional_codedeploy;
        let is_granted = |it: &&str| *it == "GetDeploymentGroup" || granted.contains(it);
        deny(&scene, operations(&all).filter(|it| !is_granted(it)));
        let step = scene.deploy(&[("command", "list")]).await;
        step.is("listed");
        let knows = !step.said("notice").contains("the history of the service is not known");
        assert_eq!(knows, knows_what_ran, "{}", step.said("notice"));
    }
}

/// Nothing that was said names one of these.
fn unwatched(step: Step, operations: &[&str]) -> Step {
    let said = format!("{}{}{}", step.log(), step.said("notice"), step.said("warning"));
    assert!(!operations.iter().any(|it| said.contains(it)), "{said}");
    step
}

/// 1.4.1 ran, 1.4.2 runs, and the old tasks are gone.
pub(super) async fn with_a_past() -> Scene {
    let scene = stage(|group| group.deployed("web1:1"));
    assert_eq!(scene.deploy(&[]).await.result(), "deployed");
    tokio::time::sleep(Duration::from_secs(600)).await;
    scene
}

/// 1.4.1 runs, and this may not be done.
fn stage_without(operation: &str) -> Scene {
    let scene = stage(|group| group.deployed("web1:1"));
    deny(&scene, [operation]);
    scene
}

fn app_spec(hooks: &Value) -> Value {
    let balancer = json!({ "ContainerName": "web1", "ContainerPort": 8080 });
    let service = json!({ "Type": "AWS::ECS::Service",
        "Properties": { "LoadBalancerInfo": balancer } });
    json!({ "version": 0.0, "Resources": [{ "TargetService": service }], "Hooks": hooks })
}

fn deny_all_that_is_optional(scene: &Scene) {
    let Policies { optional, optional_codedeploy, .. } = policies();
    deny(scene, operations(&(&optional | &optional_codedeploy)));
}

fn rows_of_codedeploy() -> Vec<(BTreeSet<String>, String)> {
    let optional = policies().optional_codedeploy;
    rows().into_iter().filter(|(actions, _)| actions.is_subset(&optional)).collect()
}
