//! Many services of one image in one step, in an account that takes calls at the
//! rates of ECS and ECR.

use std::time::Duration;

use super::{Scene, Step};

/// What a step for so many services took, and what the rollout of the slowest one did.
pub(crate) struct Fleet {
    pub(crate) step: Step,
    pub(crate) slowest: Duration,
}

pub(crate) async fn fleet(size: usize) -> Fleet {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let image = scene.sim.image("web1:1.4.1");
    let names: Vec<String> = (0..size).map(|at| format!("app{at}")).collect();
    for name in &names {
        let definition = scene.sim.task_definition(name).container(name, &image).register();
        scene.sim.service("prod", name).running(&definition).start();
    }
    scene.sim.limit_rates();
    let step = scene.deploy(&[("service", &names.join("\n")), ("repository", "web1")]).await;
    step.is("deployed");
    let rollouts = names.iter().map(|name| {
        let newest = scene.sim.truth("prod", name).newest().clone();
        assert_eq!(newest.status, "SUCCESSFUL", "{name}");
        newest.finished.expect("it has ended") - newest.created
    });
    Fleet { slowest: rollouts.max().expect("there is one"), step }
}
