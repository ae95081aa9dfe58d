use serde_json::json;

use super::{file, line};
use crate::codedeploy::app_spec::AppSpec;
use crate::problem::Problem;
use crate::task_definition::TaskDefinition;

fn shop() -> TaskDefinition {
    let definition = json!({
        "family": "shop",
        "containerDefinitions": [
            { "name": "web", "portMappings": [
                { "containerPort": 80 }, { "containerPortRange": "8000-8010" },
            ] },
            { "name": "proxy" },
        ],
    });
    TaskDefinition::from_file("td.json", definition.to_string().as_bytes()).expect("a definition")
}

/// An AppSpec with these properties, the first of them on line 6.
fn with_properties(properties: &[&str]) -> AppSpec {
    let head = "version: 0.0\nResources:\n- Shop:\n    Type: AWS::ECS::Service\n    Properties:\n";
    let lines: String = properties.iter().map(|text| format!("      {text}\n")).collect();
    file(&format!("{head}{lines}"))
}

const BALANCED: &str = "LoadBalancerInfo: {ContainerName: web, ContainerPort: 80}";

#[test]
fn an_appspec_that_fits_the_definition_has_no_problem() {
    for balancer in [
        BALANCED,
        "LoadBalancerInfo: {ContainerName: web, ContainerPort: '8003'}",
        "loadbalancerinfo: {containername: web, CONTAINERPORT: 8010}",
    ] {
        for more in [
            "PlatformVersion: 1.4.0",
            "NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [a], SecurityGroups: [], AssignPublicIp: DISABLED}}",
            "networkConfiguration: {awsvpcConfiguration: {}}",
            "NetworkConfiguration:",
            "CapacityProviderStrategy: [{capacityProvider: FARGATE, weight: 1}]",
            "Later: [{}]",
        ] {
            assert_eq!(with_properties(&[balancer, more]).check(&shop()), [], "{balancer} {more}");
        }
    }
    assert_eq!(AppSpec::made_for("web", 80, None).check(&shop()), []);
}

#[test]
fn what_would_be_refused_is_told_with_its_line_and_the_next_move() {
    let problem = |message: &str, hint: &str, line| {
        Problem::new(format!("appspec.yaml: {message}")).hint(hint).at("appspec.yaml", line)
    };
    let cases = [
        (
            vec!["LoadBalancerInfo:", "  ContainerName: api", "  ContainerPort: 80"],
            problem(
                "Shop sends traffic to the container \"api\", which the task definition shop does not have",
                "It has web, proxy: correct `ContainerName` in the AppSpec that `codedeploy-appspec` names.",
                7,
            ),
        ),
        (
            vec!["LoadBalancerInfo:", "  ContainerName: web", "  ContainerPort: 8080"],
            problem(
                "Shop sends traffic to port 8080 of the container \"web\", which the task definition shop does not map",
                "Map the port in the task definition, or correct `ContainerPort` in the AppSpec that `codedeploy-appspec` names.",
                8,
            ),
        ),
        (
            vec![BALANCED, "NetworkConfiguration:", "  AwsvpcConfiguration:", "    subnets: [a]"],
            problem(
                "the `AwsvpcConfiguration` of Shop lacks SecurityGroups and AssignPublicIp",
                "CodeDeploy needs all of Subnets, SecurityGroups, AssignPublicIp or none: add the missing ones in the AppSpec that `codedeploy-appspec` names.",
                8,
            ),
        ),
        (
            vec![BALANCED, "CapacityProviderStrategy:", "- CapacityProvider: FARGATE", "- Base: 1"],
            problem(
                "entry 2 of the `CapacityProviderStrategy` of Shop has no `CapacityProvider`",
                "Name a capacity provider of the cluster in the AppSpec that `codedeploy-appspec` names.",
                9,
            ),
        ),
    ];
    for (properties, expected) in cases {
        assert_eq!(with_properties(&properties).check(&shop()), [expected], "{properties:?}");
    }
}

#[test]
fn a_balancer_without_container_or_port_is_told_where_it_should_stand() {
    let name = "the `LoadBalancerInfo` of Shop has no `ContainerName`";
    let port = "the `LoadBalancerInfo` of Shop has no `ContainerPort`";
    type Told<'a> = &'a [(&'a str, usize)];
    let cases: [(&[&str], Told<'_>); 7] = [
        (&["PlatformVersion: LATEST"], &[(name, 5), (port, 5)]),
        (&["a: 1", "LoadBalancerInfo:"], &[(name, 5), (port, 5)]),
        (&["a: 1", "LoadBalancerInfo: []"], &[(name, 7), (port, 7)]),
        (&["LoadBalancerInfo:", "  ContainerPort: 80"], &[(name, 6)]),
        (&["LoadBalancerInfo:", "  ContainerPort: 80", "  ContainerName: 7"], &[(name, 8)]),
        (&["LoadBalancerInfo:", "  ContainerName: web", "  ContainerPort: 0"], &[(port, 8)]),
        (&["LoadBalancerInfo:", "  ContainerName: web", "  ContainerPort: <PORT>"], &[(port, 8)]),
    ];
    for (properties, expected) in cases {
        let found = with_properties(properties).check(&shop());
        let found: Vec<_> =
            found.iter().map(|problem| (problem.message.clone(), line(problem))).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(message, line)| (format!("appspec.yaml: {message}"), Some(*line)))
            .collect();
        assert_eq!(found, expected, "{properties:?}");
    }
}

#[test]
fn all_problems_of_all_resources_are_told_and_without_a_file_no_line() {
    let revision = AppSpec::from_revision(
        "Resources:
- A: {Type: AWS::ECS::Service, Properties: {LoadBalancerInfo: {ContainerName: x, ContainerPort: 80}}}
- B: {Type: AWS::ECS::Service, Properties: {LoadBalancerInfo: {ContainerName: proxy, ContainerPort: 80}}}",
    )
    .expect("an AppSpec");
    let found = revision.check(&shop());
    let messages: Vec<_> = found.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "the AppSpec: `version` is missing",
            "the AppSpec: A sends traffic to the container \"x\", which the task definition shop does not have",
            "the AppSpec: B sends traffic to port 80 of the container \"proxy\", which the task definition shop does not map",
        ]
    );
    assert!(found.iter().all(|problem| problem.location.is_none() && problem.hint.is_some()));
}
