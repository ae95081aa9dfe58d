use super::{ARN, arn, file, parsed};
use crate::codedeploy::app_spec::AppSpec;

#[test]
fn one_that_is_made_is_spelled_as_the_guide_spells_it() {
    let made = AppSpec::made_for("web", 8080, None);
    assert_eq!(made.task_definition(), None);
    assert_eq!(made.served(), [("web".to_owned(), 8080)]);
    assert_eq!(made.hooks(), []);
    let content = made.content(&arn());
    let expected = r#"{"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Properties":{"TaskDefinition":"ARN","LoadBalancerInfo":{"ContainerName":"web","ContainerPort":8080}}}}]}"#;
    assert_eq!(content.text, expected.replace("ARN", ARN));
    parsed(&content);
}

#[test]
fn what_an_earlier_one_says_beside_definition_and_balancer_is_carried_over() {
    let earlier = AppSpec::from_revision(
        r#"{"Version":"0.0","note":1,"resources":[
            {"old":{"TYPE":"aws::ecs::service","Later":[1.00],"properties":{
                "platformVersion":"1.4.0",
                "taskdefinition":"arn:old",
                "NetworkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"]}},
                "LOADBALANCERINFO":{"ContainerName":"old","ContainerPort":1,"Later":true},
                "CapacityProviderStrategy":[{"CapacityProvider":"FARGATE_SPOT","Weight":2}],
                "New":null}}},
            {"other":{"Type":"AWS::ECS::Service","Properties":{"PlatformVersion":"other"}}}],
          "HOOKS":[{"BeforeInstall":"one"},{"AfterAllowTraffic":"two"}]}"#,
    )
    .expect("an AppSpec");
    let made = AppSpec::made_for("web", 80, Some(&earlier));
    let expected = r#"{"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Later":[1.00],"Properties":{"TaskDefinition":"ARN","LoadBalancerInfo":{"ContainerName":"web","ContainerPort":80},"platformVersion":"1.4.0","NetworkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"]}},"CapacityProviderStrategy":[{"CapacityProvider":"FARGATE_SPOT","Weight":2}],"New":null}}}],"Hooks":[{"BeforeInstall":"one"},{"AfterAllowTraffic":"two"}]}"#;
    assert_eq!(made.content(&arn()).text, expected.replace("ARN", ARN));
}

#[test]
fn an_earlier_one_that_says_nothing_more_changes_nothing() {
    let made = AppSpec::made_for("web", 80, None);
    let plain = file(
        "Resources:\n- A: {Type: AWS::ECS::Service, Properties: {TaskDefinition: x}}\nHooks:\n",
    );
    assert_eq!(AppSpec::made_for("web", 80, Some(&plain)), made);
    assert_eq!(AppSpec::made_for("web", 80, Some(&made)), made);
}
