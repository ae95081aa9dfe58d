//! Services and images that are refused.

use super::super::deployable;
use super::{Case, described, platform, request, web1};
use crate::ecs::tests::service;
use crate::ecs::{Controller, Service};
use crate::image::Platform;

fn refused(change: impl FnOnce(&mut Service)) -> String {
    let mut service = service([]);
    change(&mut service);
    let problem = deployable(&request(), Some(service)).expect_err("a refusal");
    assert!(problem.hint.is_some(), "no next move: {problem}");
    problem.message
}

#[test]
fn a_service_under_ecs_can_be_deployed_to() {
    let found = deployable(&request(), Some(service([]))).expect("it can");
    assert_eq!(found, service([]));
}

#[test]
fn a_service_that_is_not_there_is_refused_by_its_name() {
    let problem = deployable(&request(), None).expect_err("a refusal");
    assert_eq!(problem.message, "there is no service web1 in the cluster prod (eu-central-1)");
}

#[test]
fn a_service_that_others_deploy_or_nobody_any_more_is_refused() {
    let name = "service web1 (cluster prod, eu-central-1)";
    for (status, said) in [
        ("DRAINING", "is DRAINING, not ACTIVE"),
        ("INACTIVE", "is INACTIVE, not ACTIVE"),
        ("PONDERING", "is PONDERING, not ACTIVE"),
    ] {
        assert_eq!(refused(|it| it.status = status.into()), format!("{name} {said}"));
    }
    let said = refused(|it| it.express = true);
    assert_eq!(said, format!("{name} is managed by ECS Express Mode"));
    for (controller, said) in [
        (
            Controller::External,
            format!("deployments of {name} are made by an external controller (task sets)"),
        ),
        (
            Controller::Unknown("ROBOT".to_owned()),
            format!(
                "{name} has the deployment controller \"ROBOT\", which this version does not know"
            ),
        ),
    ] {
        assert_eq!(refused(|it| it.controller = controller), said);
    }
}

#[test]
fn what_is_only_for_codedeploy_is_refused_where_ecs_deploys() {
    let mut request = request();
    request.codedeploy.config = Some("CodeDeployDefault.ECSAllAtOnce".to_owned());
    let problem = deployable(&request, Some(service([]))).expect_err("a refusal");
    assert_eq!(
        problem.message,
        "`codedeploy-deployment-config` is given, and deployments of service web1 (cluster prod, \
         eu-central-1) are made by ECS itself"
    );
    let under_codedeploy = Service { controller: Controller::CodeDeploy, ..service([]) };
    assert_eq!(deployable(&request, Some(under_codedeploy.clone())), Ok(under_codedeploy));
}

#[test]
fn the_account_is_that_of_the_service_where_one_is_asked_for() {
    let mut request = request();
    request.account = Some("123456789012".parse().expect("an account"));
    assert!(deployable(&request, Some(service([]))).is_ok());
    request.account = Some("210987654321".parse().expect("an account"));
    let problem = deployable(&request, Some(service([]))).expect_err("a refusal");
    assert_eq!(
        problem.message,
        "service web1 (cluster prod, eu-central-1) belongs to account 123456789012, \
         and `account` asks for 210987654321"
    );
}

fn holding(platforms: Result<Vec<Platform>, String>) -> Case {
    Case::new().finding(|found| found.images.first.image.platforms = platforms)
}

#[test]
fn an_image_that_is_proved_to_be_for_another_cpu_is_refused_unless_that_is_asked_for() {
    let case = holding(Ok(vec![platform("arm64")]));
    let problem = case.refusal();
    assert!(
        problem.message.ends_with("is built for linux/arm64, but the task runs on linux/amd64")
    );
    let hint = problem.hint.expect("the next move");
    assert!(hint.contains("platform-check: false"), "{hint}");

    let plan = case.asking(|request| request.platform_check = false).plan();
    assert_eq!(super::messages(&plan.remarks.notices), [problem.message.as_str()]);
    assert_eq!(plan.steps.len(), 2);
}

#[test]
fn a_platform_that_cannot_be_proved_is_a_notice() {
    for platforms in [Err("ecr:GetDownloadUrlForLayer is not allowed".to_owned()), Ok(Vec::new())] {
        let plan = holding(platforms).plan();
        let [notice] = &super::messages(&plan.remarks.notices)[..] else {
            panic!("{:?}", plan.remarks.notices)
        };
        assert!(notice.starts_with("the platform of "), "{notice}");
        assert!(notice.contains(":1.4.2 could not be checked: "), "{notice}");
    }
}

#[test]
fn the_platform_is_that_of_the_definition_that_is_deployed_not_of_the_running_one() {
    let case = holding(Ok(vec![platform("arm64")])).finding(|found| {
        let arm = r#"{ "family": "web1",
            "runtimePlatform": { "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" },
            "containerDefinitions": [{ "name": "web1", "image": "web1" }] }"#;
        found.base.definition =
            crate::task_definition::TaskDefinition::from_file("td.json", arm.as_bytes())
                .expect("JSON");
        found.base.arn = None;
    });
    assert_eq!(super::messages(&case.plan().remarks.notices), [""; 0]);
    let case = holding(Ok(vec![platform("arm64")]))
        .finding(|found| found.base.definition = described(6, &web1("1.4.0")));
    assert!(case.refusal().message.contains("the task runs on linux/amd64"));
}
