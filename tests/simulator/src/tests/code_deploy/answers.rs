//! Answers that nothing promises, and that come otherwise where a test wants it.

use serde_json::json;

use super::super::ecs;
use super::{cd, count, create, events, info, service, target, task_sets, until, until_over};
use crate::CodeDeployAnswers;

#[tokio::test(start_paused = true)]
async fn what_nothing_promises_can_be_had_both_ways() {
    let (sim, _, group) = service();
    group.deployed("web1:1").create();
    let set = task_sets(&sim)[0]["id"].clone();
    let list = json!({ "cluster": "prod", "startedBy": set });
    let started_by = || count(&ecs(&sim, "ListTasks", &list)["taskArns"]);
    assert_eq!(started_by(), 2);
    let asked = json!({ "applicationName": "shop", "deploymentGroupName": "web1" });
    let listed = || cd(&sim, "ListDeployments", &asked)["deployments"].clone();
    let earlier = listed()[0].clone();
    let newest = create(&sim, "web1:2");
    assert_eq!(listed(), json!([newest, earlier]));
    sim.codedeploy_answers(CodeDeployAnswers {
        pending_events: false,
        task_set_labels: false,
        newest_first: false,
        started_by: false,
    });
    assert_eq!((started_by(), listed()), (0, json!([earlier, newest])));
    until(&sim, "installing", |sim| {
        info(sim, &newest)["status"] == "InProgress"
            && events(sim, &newest) == ["Succeeded", "InProgress"]
    })
    .await;
    let sets = target(&sim, &newest)["taskSetsInfo"].clone();
    assert_eq!(count(&sets), 2);
    assert!(sets[0].get("taskSetLabel").is_none() && sets[1].get("taskSetLabel").is_none());
    until_over(&sim, &newest).await;
    assert_eq!(events(&sim, &newest), ["Succeeded"; 8]);
}
