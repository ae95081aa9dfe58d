//! Wrong setups are told by name, before anything is written.

use expect_test::{Expect, expect};
use simulator::Act;

use super::{APPLICATION, GROUP, ready, without_group};
use crate::scene::Scene;

async fn refused(scene: Scene, with: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&scene.refusal(with).await);
}

#[tokio::test(start_paused = true)]
async fn without_a_deployment_group_nothing_can_be_deployed() {
    let scene = without_group();
    scene.sim.service("prod", "web2").running_version("1.4.1").code_deploy().start();
    scene.sim.deployment_group("shop", "web2").service("prod", "web2").create();
    refused(
        scene,
        &[],
        expect![[r#"
            CodeDeploy has no deployment group for service web1 (cluster prod, eu-central-1): neither DgpECS-prod-web1 of the application AppECS-prod-web1 nor another one names it
            Create a deployment group for the service, or correct `codedeploy-application` and `codedeploy-deployment-group`."#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn two_groups_for_one_service_are_both_named() {
    let scene = without_group();
    scene.sim.deployment_group("shop", "blue").service("prod", "web1").create();
    scene.sim.deployment_group("other", "green").service("prod", "web1").create();
    refused(
        scene,
        &[],
        expect![[r#"
            several deployment groups of CodeDeploy name service web1 (cluster prod, eu-central-1): green of the application other; blue of the application shop
            Name one of them in `codedeploy-application` and `codedeploy-deployment-group`."#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_named_has_to_deploy_to_this_service() {
    let scene = without_group();
    scene.sim.service("prod", "web2").running_version("1.4.1").code_deploy().start();
    scene.sim.deployment_group("shop", "web2").service("prod", "web2").create();
    refused(
        scene,
        &[("codedeploy-application", "shop"), ("codedeploy-deployment-group", "web2")],
        expect![[r#"
            the deployment group web2 of the application shop deploys to service web2 (cluster prod), and not to service web1 (cluster prod, eu-central-1)
            Name the group of this service in `codedeploy-application` and `codedeploy-deployment-group`, or leave them out to have it found."#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_named_has_to_be_there() {
    refused(
        ready(),
        &[("codedeploy-application", "shop"), ("codedeploy-deployment-group", "web1")],
        expect![[r#"
            CodeDeploy has no deployment group web1 of the application shop in eu-central-1
            Check `codedeploy-application` and `codedeploy-deployment-group`; without them this action looks for the group that names the service."#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_group_on_another_platform_is_told_by_its_platform() {
    let scene = without_group();
    scene.sim.application("functions", "Lambda");
    scene.sim.deployment_group("functions", "web1").service("prod", "web1").create();
    refused(
        scene,
        &[("codedeploy-application", "functions"), ("codedeploy-deployment-group", "web1")],
        expect![[r#"
            the deployment group web1 of the application functions is for the platform Lambda, not for ECS
            Name one of an application for ECS in `codedeploy-application` and `codedeploy-deployment-group`."#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_for_codedeploy_is_refused_where_ecs_deploys_by_itself() {
    refused(
        Scene::ready(),
        &[("codedeploy-deployment-config", "CodeDeployDefault.ECSAllAtOnce")],
        expect![[r#"
            `codedeploy-deployment-config` is given, and deployments of service web1 (cluster prod, eu-central-1) are made by ECS itself
            Remove it: it is for services whose deployment controller is CODE_DEPLOY."#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_app_spec_is_held_against_the_definition_before_anything_is_registered() {
    let scene = ready();
    let path = scene.file(
        "appspec.yaml",
        "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      \
         Properties:\n        TaskDefinition: <TASK_DEFINITION>\n        LoadBalancerInfo:\n          \
         ContainerName: webb\n          ContainerPort: 8080\n",
    );
    refused(
        scene,
        &[("codedeploy-appspec", &path)],
        expect![[r#"
            appspec.yaml: TargetService sends traffic to the container "webb", which the task definition web1 does not have
            It has web1: correct `ContainerName` in the AppSpec that `codedeploy-appspec` names.
            (at appspec.yaml, line 8)"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_app_spec_of_something_else_is_told_with_its_line() {
    let scene = ready();
    let path = scene.file("appspec.yml", "version: 0.0\nos: linux\nfiles:\n  - source: /\n");
    refused(scene, &[("codedeploy-appspec", &path)], expect![[r#"
        appspec.yml: `os` belongs in an AppSpec for servers, not for ECS
        Name the AppSpec of an ECS service in `codedeploy-appspec`, or leave that out to have one made.
        (at appspec.yml, line 2)"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn hooks_that_cannot_be_read_are_not_left_out() {
    let scene = ready();
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    scene.sim.fault(
        "GetApplicationRevision",
        simulator::When::Always,
        simulator::Fault::AccessDenied,
    );
    refused(scene, &[("version", "1.4.2")], expect![[r#"
        the hooks and the platform version of the last deployment are not known: codedeploy:GetApplicationRevision is not allowed
        Allow codedeploy:GetApplicationRevision, or give the AppSpec in `codedeploy-appspec`."#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_deployment_in_the_way_is_named_with_its_time() {
    let scene = ready();
    scene.sim.act(Act::create_deployment(APPLICATION, GROUP, "web1:1"));
    refused(scene, &[("in-flight", "refuse"), ("version", "1.4.2")], expect![[r#"
        another deployment of service web1 (cluster prod, eu-central-1) is in progress since 2026-01-01T00:00:00Z: d-HSFIFXTAB (Created)
        Wait for it to end, or let `in-flight: wait` do that, or stop it with `in-flight: replace`."#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_role_that_may_not_look_at_the_usual_group_is_told_to_name_its_own() {
    let scene = ready();
    scene.sim.fault("GetDeploymentGroup", simulator::When::Always, simulator::Fault::AccessDenied);
    let refusal = scene.refusal(&[]).await;
    let hint = "Allow codedeploy:GetDeploymentGroup, or, if the group has another name, give it in \
                `codedeploy-application` and `codedeploy-deployment-group`.";
    assert!(refusal.contains(hint), "{refusal}");
}
