//! Random histories: whatever happens to a group, its views agree with the truth.

use serde_json::{Value, json};

use super::super::described;
use super::super::histories::any_behaviour;
use super::{WAY_BACK, app_spec, cd, create, info, request, secs, service, target, truth, wait};
use crate::{Act, Behaviour, Hook, Service, Simulator};

fn any_hook(random: &mut fastrand::Rng) -> Hook {
    match random.u8(..5) {
        0..3 => Hook::Succeeds,
        3 => Hook::Fails { log_tail: "bad".into() },
        _ => Hook::Hangs,
    }
}

/// Something happens; what it was.
fn any_act(sim: &Simulator, random: &mut fastrand::Rng, digests: &[String]) -> String {
    let (application, group) = ("shop", "web1");
    let act = match random.u8(..14) {
        0..5 => {
            let event = ["BeforeInstall", "AfterInstall", "AfterAllowTraffic"][random.usize(..3)];
            let hooks = if random.bool() { json!([{ event: "check" }]) } else { json!([]) };
            let content = app_spec(&format!("web1:{}", random.u8(1..3)), &hooks).to_string();
            let made = sim.call(Service::CodeDeploy, "CreateDeployment", &request(&content));
            return format!("{content}: {made:?}");
        }
        5 => Act::stop_code_deploy(application, group, random.choice([None, Some(true)]).flatten()),
        6 => Act::stop_code_deploy(application, group, Some(false)),
        7 => Act::continue_code_deploy(application, group, "READY_WAIT"),
        8 => Act::continue_code_deploy(application, group, "TERMINATION_WAIT"),
        9 => Act::alarm("prod", "web1", "errors"),
        10 => Act::alarm_off("prod", "web1", "errors"),
        11 => Act::desired_count("prod", "web1", random.u32(..4)),
        12 => Act::hook("check", any_hook(random)),
        _ => Act::behave(&digests[random.usize(..digests.len())], any_behaviour(random)),
    };
    sim.act(act.clone());
    format!("{act:?}")
}

const TERMINAL: [&str; 3] = ["Succeeded", "Failed", "Stopped"];

/// What holds at every moment.
fn check(sim: &Simulator, history: &str) {
    let truth = truth(sim);
    let service = described(sim);
    let sets = service["taskSets"].as_array().expect("a list");
    let primaries = sets.iter().filter(|set| set["status"] == "PRIMARY").count();
    assert_eq!((primaries, &sets[0]["status"]), (1, &"PRIMARY".into()), "{history}");
    assert_eq!(service["taskDefinition"], sets[0]["taskDefinition"], "{history}");
    assert_eq!(service["loadBalancers"], sets[0]["loadBalancers"], "{history}");
    let serving = truth.serving();
    assert_eq!(serving.iter().map(|it| it.percent).sum::<u32>(), 100, "{history}");
    // The primary has traffic, and all that have are there.
    assert!(serving.iter().any(|it| sets[0]["id"] == it.task_set), "{history}");
    for share in serving {
        let set = sets.iter().find(|set| set["id"] == share.task_set);
        assert!(set.is_some_and(|set| set["status"] != "DRAINING"), "{history}");
    }
    let sum: u64 = sets.iter().filter_map(|set| set["runningCount"].as_u64()).sum();
    assert_eq!(service["runningCount"].as_u64(), Some(sum), "{history}");
    let mut told = service.to_string();
    let active = truth.deployments.iter().filter(|it| it.finished.is_none()).count();
    assert!(active <= 1, "{history}");
    for deployment in &truth.deployments {
        let info = info(sim, &deployment.id);
        assert_eq!(info["status"], deployment.status.as_str(), "{history}");
        let over = TERMINAL.contains(&deployment.status.as_str());
        assert_eq!(over, info.get("completeTime").is_some(), "{history}");
        assert_eq!(info.get("errorInformation").is_some(), over && info["status"] != "Succeeded");
        let rollback = info["rollbackInfo"]["rollbackDeploymentId"].as_str();
        assert_eq!(rollback, deployment.rolled_back_by.as_deref(), "{history}");
        if let Some(rollback) = rollback {
            let undone = truth.deployment(rollback).rolls_back.as_deref();
            assert_eq!(undone, Some(deployment.id.as_str()), "{history}");
        }
        if info.get("startTime").is_some() {
            let target = target(sim, &deployment.id);
            let events = target["lifecycleEvents"].as_array().expect("a list");
            let going = events.iter().filter(|it| it["status"] == "InProgress").count();
            assert!(going <= usize::from(!over), "{history}: {target}");
            told += &target.to_string();
        }
        told += &info.to_string();
    }
    assert!(!told.contains("null"), "{history}: AWS leaves out, it never writes null");
}

#[tokio::test(start_paused = true)]
async fn the_views_agree_with_the_truth_through_random_histories() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (sim, digests, mut group) = service();
        let digests = [digests.old, digests.new];
        if random.bool() {
            group = group.auto_rollback(WAY_BACK);
        }
        if random.bool() {
            group = group.alarms(&["errors"]);
        }
        if random.bool() {
            group = group.config("CodeDeployDefault.ECSLinear10PercentEvery1Minutes");
        }
        group = match random.u8(..4) {
            0 => group.waits_for_a_person(5),
            1 => group.keeps_blue(),
            2 => group.with("blueGreenDeploymentConfiguration", Value::Null),
            _ => group.deployed("web1:1"),
        };
        group.create();
        let mut history = format!("seed {seed}");
        for _ in 0..25 {
            let act = any_act(&sim, &mut random, &digests);
            history = format!("{history}\n{:?} {act}", sim.elapsed());
            check(&sim, &history);
            wait(random.u64(..200)).await;
            check(&sim, &history);
        }
        // Left in peace, with images that run, a deployment succeeds.
        for digest in &digests {
            sim.behaves(digest, Behaviour::Healthy { ready_after: secs(10) });
        }
        sim.act(Act::hook("check", Hook::Succeeds));
        sim.act(Act::alarm_off("prod", "web1", "errors"));
        sim.act(Act::desired_count("prod", "web1", 2));
        wait(4 * 3600).await;
        check(&sim, &history);
        let busy = truth(&sim).deployments.iter().any(|it| it.finished.is_none());
        assert!(!busy, "{history}: everything comes to an end");
        let id = create(&sim, "web1:2");
        wait(240).await;
        if info(&sim, &id)["status"] == "Ready" {
            cd(&sim, "ContinueDeployment", &json!({ "deploymentId": id }));
        }
        wait(4 * 3600).await;
        check(&sim, &history);
        assert_eq!(info(&sim, &id)["status"], "Succeeded", "{history}");
        assert_eq!(truth(&sim).serving()[0].digests["web1"], digests[1], "{history}");
        assert_eq!(described(&sim)["taskSets"][0]["runningCount"], 2, "{history}");
    }
}
