//! Sentences about tasks behind a load balancer that die: which of the others are healthy
//! is the load balancer's word, however it knows them.

use serde_json::json;
use simulator::{Act, Behaviour, Fault, HealthCheck, Image, When};

use crate::scene::{Scene, Step, crashes, secs};

/// How a target group knows the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Targets {
    Addresses,
    Ipv6Addresses,
    /// Instances, with a port for each task.
    BridgePorts,
    /// Instances, with the same port for all tasks.
    HostPorts,
}

const ALL: [Targets; 4] =
    [Targets::Addresses, Targets::Ipv6Addresses, Targets::BridgePorts, Targets::HostPorts];

/// Version 1.4.1 runs in two tasks, and tasks of 1.4.2 do `this`.
fn behind(targets: Targets, this: Behaviour) -> Scene {
    let scene = Scene::empty();
    let repository = scene.sim.repository("web1");
    repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
    let new = repository.push("1.4.2", Image::linux_amd64().content("1.4.2"));
    let image = scene.sim.image("web1:1.4.1");
    let definition = scene.sim.task_definition("web1").container("web1", &image);
    let definition = match targets {
        Targets::Addresses | Targets::Ipv6Addresses => definition,
        Targets::BridgePorts => definition.on_instances("bridge"),
        Targets::HostPorts => definition.on_instances("host"),
    };
    let service = scene.sim.service("prod", "web1").running(&definition.register()).desired(2);
    // While alarms are watched the deployment goes on, however healthy it is.
    let service = service.load_balancer().alarms(&["errors"], true);
    match targets {
        Targets::Addresses => service,
        Targets::Ipv6Addresses => service.ipv6(),
        Targets::BridgePorts | Targets::HostPorts => service.on_instances(),
    }
    .start();
    scene.sim.behaves(&new, this);
    scene
}

/// Something kills all tasks once a minute, and those that follow are healthy again.
async fn killed_thrice(scene: &Scene) -> Step {
    for wave in 1..=3 {
        scene.sim.at(secs(90 * wave), Act::kill_tasks("prod", "web1", 1));
    }
    scene.deploy(&[("on-failure", "keep"), ("timeout", "20m")]).await
}

fn healthy() -> Behaviour {
    Behaviour::Healthy { ready_after: secs(10) }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_become_healthy_start_the_count_again_whatever_their_targets_are() {
    for targets in ALL {
        let scene = behind(targets, healthy());
        let step = killed_thrice(&scene).await;
        step.ended("deployed", &[]);
        assert!(step.took > secs(270), "three waves have died: {:?}", step.took);
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_never_become_healthy_are_given_up_whatever_their_targets_are() {
    for targets in ALL {
        let check = HealthCheck::LoadBalancer;
        let scene = behind(targets, Behaviour::FailsHealthChecks { after: secs(10), check });
        let step = scene.deploy(&[("on-failure", "keep")]).await;
        step.ended("failed", &[]);
        let error = step.said("error");
        assert!(error.contains("is answered with 500"), "{targets:?}: {error}");
        assert!(error.contains("4 tasks failed in a row, which reaches the limit of 3"), "{error}");
        let instances = matches!(targets, Targets::BridgePorts | Targets::HostPorts);
        assert_eq!(step.summary.contains("| `i-0"), instances, "{targets:?}: {}", step.summary);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_given_up_for_a_number_while_it_is_not_known_which_tasks_are_healthy() {
    for denied in ["DescribeTargetHealth", "nothing"] {
        let scene = behind(Targets::Addresses, healthy());
        scene.sim.fault(denied, When::Always, Fault::AccessDenied);
        let step = killed_thrice(&scene).await;
        step.ended("deployed", &[]);
    }
    // A load balancer without target groups is not asked.
    let scene = Scene::ready();
    let balancers =
        json!([{ "loadBalancerName": "old", "containerName": "web1", "containerPort": 8080 }]);
    let service = scene.sim.service("prod", "web2").running("web1:1").desired(2);
    service.with("loadBalancers", balancers).start();
    scene.sim.behaves(&scene.digest("1.4.2"), crashes());
    let inputs = [("service", "web2"), ("on-failure", "keep"), ("timeout", "4m")];
    let step = scene.deploy(&inputs).await;
    step.ended("timed-out", &[]);
    assert!(!step.said("error").contains("in a row"), "{}", step.said("error"));
}

/// The newest ones may stand on any page.
#[tokio::test(start_paused = true)]
async fn the_dying_tasks_are_found_among_hundreds_that_stopped_before() {
    let scene = behind(Targets::BridgePorts, crashes());
    scene.sim.act(Act::desired_count("prod", "web1", 250));
    tokio::time::sleep(secs(120)).await;
    scene.sim.act(Act::desired_count("prod", "web1", 2));
    tokio::time::sleep(secs(120)).await;
    let step = scene.deploy(&[("on-failure", "keep")]).await;
    step.ended("failed", &[]);
    step.says("error", "The container web1 exited with code 1");
    step.says("error", "4 tasks failed in a row, which reaches the limit of 3");
}
