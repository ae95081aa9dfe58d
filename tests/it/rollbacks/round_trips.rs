//! How long a rollback thinks before it writes.

use std::time::Duration;

use simulator::{Act, Behaviour, Image};

use super::{to, with_a_past};

const LATENCY: Duration = Duration::from_millis(100);

/// The write counts: it is the last one.
#[tokio::test(start_paused = true)]
async fn at_most_six_round_trips_one_after_another_and_nothing_is_registered() {
    for (version, under_way, write, round_trips) in [
        ("previous", false, "UpdateService", 5),
        ("1.4.1", false, "UpdateService", 6),
        ("web1:2", false, "UpdateService", 5),
        // ECS is asked only after a look at what it is doing.
        ("web1:1", false, "UpdateService", 5),
        ("previous", true, "StopServiceDeployment", 6),
    ] {
        let scene = with_a_past();
        if under_way {
            let bad = scene.sim.repository("web1").push("1.5.0", Image::linux_amd64());
            scene.sim.behaves(&bad, Behaviour::Hangs);
            let new = scene.register("1.5.0");
            scene.sim.act(Act::deploy("prod", "web1", &new));
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        scene.sim.latency(LATENCY);
        let step = scene.deploy(&[&to(version)[..], &[("wait", "false")]].concat()).await;
        step.is("started");
        assert_eq!(step.writes(), [write], "{version}");
        let before = step.only(write).at - step.requests[0].at;
        let before = before.as_millis() / LATENCY.as_millis();
        let road: Vec<_> = step
            .requests
            .iter()
            .map(|it| ((it.at - step.requests[0].at).as_millis(), it.operation.as_str()))
            .collect();
        assert_eq!(before + 1, round_trips, "{version} {road:?}");
    }
}
