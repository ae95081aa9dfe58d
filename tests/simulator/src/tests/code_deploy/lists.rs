//! Applications, groups and deployments, listed and described.

use serde_json::{Value, json};

use super::super::two_versions;
use super::{cd, cd_error, create, info, service, target, until_over};
use crate::Simulator;

/// Every page of a listing.
fn all(sim: &Simulator, operation: &str, mut body: Value, member: &str) -> Vec<Value> {
    let mut found = Vec::new();
    loop {
        let page = cd(sim, operation, &body);
        found.extend(page[member].as_array().cloned().unwrap_or_default());
        match page.get("nextToken") {
            Some(token) => body["nextToken"] = token.clone(),
            None => return found,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn names_come_in_pages() {
    let (sim, _) = two_versions();
    for number in 0..230 {
        sim.application(&format!("app-{number:03}"), "ECS");
        sim.deployment_group("shop", &format!("group-{number:03}")).create();
    }
    assert_eq!(all(&sim, "ListApplications", json!({}), "applications").len(), 231);
    let shop = json!({ "applicationName": "shop" });
    let groups = all(&sim, "ListDeploymentGroups", shop, "deploymentGroups");
    assert_eq!(groups.len(), 230);
    assert_eq!(groups[229], "group-229");
    let names = json!({ "applicationNames": ["app-000", "shop"] });
    let told = cd(&sim, "BatchGetApplications", &names)["applicationsInfo"].clone();
    assert_eq!(told[1]["computePlatform"], "ECS");
    let names = json!({ "applicationName": "shop", "deploymentGroupNames": ["group-001", "nope"] });
    let told = cd(&sim, "BatchGetDeploymentGroups", &names);
    assert_eq!(told["deploymentGroupsInfo"].as_array().map(Vec::len), Some(1));
    assert_eq!(told["errorMessage"], "No Deployment Group found for name: nope");
}

#[tokio::test(start_paused = true)]
async fn a_group_tells_what_it_was_given_and_what_it_deployed_last() {
    let (sim, _, group) = service();
    group
        .deployed("web1:1")
        .then_failed("web1:2")
        .with("blueGreenDeploymentConfiguration", Value::Null)
        .create();
    let asked = json!({ "applicationName": "shop", "deploymentGroupName": "web1" });
    let told = || cd(&sim, "GetDeploymentGroup", &asked)["deploymentGroupInfo"].clone();
    assert_eq!(told()["ecsServices"], json!([{ "serviceName": "web1", "clusterName": "prod" }]));
    assert!(told().get("blueGreenDeploymentConfiguration").is_none());
    assert_eq!(told()["lastSuccessfulDeployment"]["status"], "Succeeded");
    assert_eq!(told()["lastAttemptedDeployment"]["status"], "Failed");
    let pair = &told()["loadBalancerInfo"]["targetGroupPairInfoList"][0]["targetGroups"];
    assert_eq!(*pair, json!([{ "name": "web1-1" }, { "name": "web1-2" }]));
    let id = create(&sim, "web1:2");
    assert_eq!(told()["lastAttemptedDeployment"]["deploymentId"], json!(id));
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    assert_eq!(told()["lastSuccessfulDeployment"]["deploymentId"], json!(id));
    let revision = info(&sim, &id)["revision"].clone();
    assert_eq!(told()["targetRevision"], revision);
}

#[tokio::test(start_paused = true)]
async fn deployments_are_listed_newest_first() {
    let (sim, _, mut group) = service();
    for _ in 0..75 {
        group = group.deployed("web1:1").then_stopped("web1:2");
    }
    group.create();
    sim.deployment_group("shop", "other").deployed("web1:1").create();
    let id = create(&sim, "web1:2");
    let asked = json!({ "applicationName": "shop", "deploymentGroupName": "web1" });
    let listed = all(&sim, "ListDeployments", asked.clone(), "deployments");
    assert_eq!((listed.len(), &listed[0]), (151, &json!(id)));
    let created = |id: &Value| info(&sim, id.as_str().expect("an id"))["createTime"].as_f64();
    assert!(listed.windows(2).all(|two| created(&two[0]) > created(&two[1])));
    assert_eq!(all(&sim, "ListDeployments", json!({}), "deployments").len(), 152);
    let of = |name: &str, value: Value| {
        let mut body = asked.clone();
        body[name] = value;
        all(&sim, "ListDeployments", body, "deployments").len()
    };
    assert_eq!(of("includeOnlyStatuses", json!(["Stopped"])), 75);
    assert_eq!(of("includeOnlyStatuses", json!(["Created", "InProgress"])), 1);
    let (start, end) = (created(&listed[9]), created(&listed[4]));
    assert_eq!(of("createTimeRange", json!({ "start": start, "end": end })), 6);
}

#[tokio::test(start_paused = true)]
async fn configurations_say_how_the_traffic_moves() {
    let (sim, _) = two_versions();
    let name = "CodeDeployDefault.ECSCanary10Percent15Minutes";
    let told = cd(&sim, "GetDeploymentConfig", &json!({ "deploymentConfigName": name }));
    let routing = &told["deploymentConfigInfo"]["trafficRoutingConfig"];
    assert_eq!(routing["timeBasedCanary"]["canaryInterval"], 15);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_has_one_target_once_it_has_begun() {
    let (sim, _, group) = service();
    group.create();
    let id = create(&sim, "web1:2");
    let listed = json!({ "deploymentId": id });
    let named = |name: &str| json!({ "deploymentId": id, "targetIds": [name] });
    for (operation, body) in
        [("ListDeploymentTargets", &listed), ("BatchGetDeploymentTargets", &named("prod:web1"))]
    {
        assert_eq!(cd_error(&sim, operation, body), "DeploymentNotStartedException");
    }
    assert_eq!(until_over(&sim, &id).await["status"], "Succeeded");
    assert_eq!(cd(&sim, "ListDeploymentTargets", &listed)["targetIds"], json!(["prod:web1"]));
    let found = cd(&sim, "BatchGetDeploymentTargets", &named("prod:web1"));
    assert_eq!(found["deploymentTargets"][0]["ecsTarget"], target(&sim, &id));
    let sets = found["deploymentTargets"][0]["ecsTarget"]["taskSetsInfo"].clone();
    assert_eq!((&sets[0]["status"], &sets[1]["status"]), (&json!("DRAINING"), &json!("PRIMARY")));
    let other = cd_error(&sim, "BatchGetDeploymentTargets", &named("prod:web2"));
    assert_eq!(other, "DeploymentTargetDoesNotExistException");
}
