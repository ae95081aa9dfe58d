//! Long histories: hundreds of deployments, in whatever order AWS lists them.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::Image;

use super::{PREVIOUS, to};
use crate::scene::{Scene, Step};

/// Versions 1.0.0 and 1.0.1 came in turn so many times, then 1.4.1, then 1.4.2, which runs.
fn with_a_long_past(deployments: usize) -> Scene {
    let scene = Scene::empty();
    let tags = ["1.0.0", "1.0.1", "1.4.1", "1.4.2"];
    for tag in tags {
        scene.sim.repository("web1").push_days_ago(300, tag, Image::linux_amd64().content(tag));
    }
    let [one, other, before, last] = tags.map(|tag| scene.register(tag));
    let mut service = scene.sim.service("prod", "web1");
    for number in 2..deployments {
        service = service.running(if number % 2 == 0 { &one } else { &other });
    }
    service.running(&before).running(&last).start();
    scene
}

fn planned(step: &Step, version: &str) {
    step.is("planned");
    assert_eq!(step.output("version"), version);
    assert_eq!(step.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn previous_is_the_same_in_whatever_order_ecs_lists() {
    for is_oldest_first in [false, true] {
        let scene = with_a_long_past(400);
        if is_oldest_first {
            scene.sim.list_oldest_first();
        }
        let step = scene.deploy(&[PREVIOUS, &[("dry-run", "true")]].concat()).await;
        planned(&step, "1.4.1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_that_was_rolled_back_from_stays_away_in_whatever_order_ecs_lists() {
    for is_oldest_first in [false, true] {
        let scene = with_a_long_past(400);
        if is_oldest_first {
            scene.sim.list_oldest_first();
        }
        let back = scene.deploy(&to("1.4.1")).await;
        back.is("rolled-back");
        let refused = scene.refusal(&[]).await;
        assert!(refused.starts_with("this service was rolled back from 1.4.2"), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_history_of_a_thousand_is_read_by_a_few_calls_at_a_time() {
    let scene = with_a_long_past(2_100);
    scene.sim.latency(Duration::from_millis(50));
    let step = scene.deploy(&[PREVIOUS, &[("dry-run", "true")]].concat()).await;
    planned(&step, "1.4.1");
    let mut at_once: BTreeMap<Duration, usize> = BTreeMap::new();
    for request in step.requests.iter().filter(|it| it.operation == "DescribeServiceRevisions") {
        *at_once.entry(request.at).or_default() += 1;
    }
    let calls: usize = at_once.values().sum();
    assert!(calls > 40, "{calls} calls: {at_once:?}");
    let most = at_once.values().copied().max().unwrap_or_default();
    assert_eq!(most, 8, "{at_once:?}");
}
