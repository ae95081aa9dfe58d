//! Random histories: whatever happens, in whatever order, the two views agree
//! and the state keeps its promises.

use serde_json::{Value, json};

use super::{described, newest, secs, two_versions, wait};
use crate::{Act, Behaviour, HealthCheck, Image, Simulator};

pub(super) fn any_behaviour(random: &mut fastrand::Rng) -> Behaviour {
    let after = secs(random.u64(1..90));
    match random.u8(..8) {
        0..3 => Behaviour::Healthy { ready_after: after },
        3 => Behaviour::Crashes { after, exit_code: 1 },
        4 => Behaviour::CannotPull,
        5 => Behaviour::FailsHealthChecks { after, check: HealthCheck::Container },
        6 => Behaviour::RunsOutOfMemory { after },
        _ => Behaviour::Hangs,
    }
}

fn any_act(random: &mut fastrand::Rng, digests: &[String]) -> Act {
    let (cluster, service) = ("prod", "web1");
    let digest = &digests[random.usize(..digests.len())];
    match random.u8(..12) {
        0..4 => Act::deploy(cluster, service, &format!("web1:{}", random.u8(1..4))),
        4 => Act::force_new_deployment(cluster, service),
        5 => Act::stop_deployment(cluster, service),
        6 => Act::desired_count(cluster, service, random.u32(..5)),
        7 => Act::kill_tasks(cluster, service, 1),
        8 => Act::move_tag("web1", "1.4.2", digest),
        9 => Act::alarm(cluster, service, "errors"),
        10 => Act::push("web1", "1.4.3", Image::linux_amd64()),
        _ => Act::behave(digest, any_behaviour(random)),
    }
}

/// What holds at every moment.
fn check(sim: &Simulator, history: &str) {
    let truth = sim.truth("prod", "web1");
    for (index, deployment) in truth.deployments.iter().enumerate() {
        let under_way = ["PENDING", "REQUESTED", "IN_PROGRESS"];
        let over = !under_way.iter().any(|it| deployment.status.ends_with(it));
        assert_eq!(over, deployment.finished.is_some(), "{history}: {deployment:?}");
        let newest = index + 1 == truth.deployments.len();
        assert!(over || newest, "{history}: only the newest is under way");
    }
    let service = described(sim);
    let deployments = service["deployments"].as_array().expect("a list");
    let primaries: Vec<&Value> =
        deployments.iter().filter(|deployment| deployment["status"] == "PRIMARY").collect();
    assert_eq!(primaries.len(), 1, "{history}");
    assert_eq!(deployments[0]["status"], "PRIMARY", "{history}");
    assert_eq!(service["taskDefinition"], primaries[0]["taskDefinition"], "{history}");
    let newest = newest(sim);
    assert_eq!(service["currentServiceDeployment"], newest["serviceDeploymentArn"], "{history}");
    // The primary is what is rolled out or, once ECS turned round, back to.
    let goal = match newest.get("rollback") {
        Some(rollback) => &rollback["serviceRevisionArn"],
        None => &newest["targetServiceRevision"]["arn"],
    };
    let number = goal.as_str().and_then(|arn| arn.rsplit('/').next()).expect("an ARN");
    assert_eq!(primaries[0]["id"], json!(format!("ecs-svc/{number}")), "{history}");
    let sum = |name: &str| -> u64 {
        deployments.iter().filter_map(|deployment| deployment[name].as_u64()).sum()
    };
    assert_eq!(service["runningCount"].as_u64(), Some(sum("runningCount")), "{history}");
    let no_null = service.to_string() + &newest.to_string();
    assert!(!no_null.contains("null"), "{history}: AWS leaves out, it never writes null");
}

#[tokio::test(start_paused = true)]
async fn the_views_agree_through_random_histories() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (sim, digests) = two_versions();
        let third = sim.repository("web1").push("1.4.3", Image::linux_amd64());
        sim.task_definition("web1").container("web1", &sim.image("web1:1.4.3")).register();
        let digests = [digests.old, digests.new, third];
        let mut service = sim.service("prod", "web1").running("web1:1").desired(random.u32(..4));
        if random.bool() {
            service = service.circuit_breaker(random.bool());
        }
        if random.bool() {
            service = service.alarms(&["errors"], random.bool());
        }
        if random.bool() {
            service = service.percentages([0, 50, 100][random.usize(..3)], 200);
        }
        if random.u8(..3) == 0 {
            let strategy = ["BLUE_GREEN", "LINEAR", "CANARY"][random.usize(..3)];
            service = service.configured("strategy", json!(strategy));
        }
        service.start();
        let mut history = format!("seed {seed}");
        for _ in 0..12 {
            let act = any_act(&mut random, &digests);
            history = format!("{history}\n{:?} {act:?}", sim.elapsed());
            sim.act(act);
            check(&sim, &history);
            wait(random.u64(..120)).await;
            check(&sim, &history);
        }
        // Left in peace, with images that run, everything comes to an end.
        for digest in &digests {
            sim.behaves(digest, Behaviour::Healthy { ready_after: secs(10) });
        }
        sim.act(Act::deploy("prod", "web1", "web1:2"));
        sim.act(Act::force_new_deployment("prod", "web1"));
        wait(4 * 3600).await;
        check(&sim, &history);
        let truth = sim.truth("prod", "web1");
        assert_eq!(truth.newest().status, "SUCCESSFUL", "{history}");
        let running: usize = truth.running.iter().map(|running| running.tasks).sum();
        assert_eq!(running, truth.desired as usize, "{history}");
        assert_eq!(described(&sim)["deployments"][0]["rolloutState"], "COMPLETED", "{history}");
    }
}
