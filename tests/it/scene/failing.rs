//! Scenes of a deployment that goes wrong.

use std::time::Duration;

use simulator::{Behaviour, ServiceBuilder};

use super::Scene;

/// Between two looks at most: 1.3 s and 0.1 at random.
pub(crate) const INTERVAL: Duration = Duration::from_millis(1_400);

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// It starts and dies soon after.
pub(crate) fn crashes() -> Behaviour {
    Behaviour::Crashes { after: secs(2), exit_code: 1 }
}

/// Version 1.4.1 runs in two tasks, and tasks of 1.4.2 do `this`.
pub(crate) fn when_it(this: Behaviour) -> Scene {
    when_it_on(this, |service| service)
}

/// The same on a service that is `made` otherwise.
pub(crate) fn when_it_on(
    this: Behaviour,
    made: impl FnOnce(ServiceBuilder) -> ServiceBuilder,
) -> Scene {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    made(scene.sim.service("prod", "web1").running_version("1.4.1").desired(2)).start();
    scene.sim.behaves(&scene.digest("1.4.2"), this);
    scene
}
