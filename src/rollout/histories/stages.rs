//! Random ways through the stages of blue/green, linear and canary deployments, looked at
//! at random moments: a point is reached at the first look that shows it or what comes
//! after it, and never on the way back.

use std::time::Duration;

use super::answers::{OURS, PREVIOUS, deployment, id, ours, service};
use crate::ecs::{DeploymentId, Pause, Service, ServiceDeployment};
use crate::request::{Stage, WaitUntil};
use crate::rollout::{End, Followed, Tracker, View, snapshot};

/// A stage, and the production traffic in it.
type Moment = (&'static str, f64);

/// The stages that a deployment with these shares of traffic passes through.
fn way(shares: &[f64]) -> Vec<Moment> {
    let mut way: Vec<Moment> = [
        "RECONCILE_SERVICE",
        "PRE_SCALE_UP",
        "SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
    ]
    .map(|stage| (stage, 0.0))
    .to_vec();
    let mut before = 0.0;
    for share in shares {
        way.push(("PRE_PRODUCTION_TRAFFIC_SHIFT", before));
        way.push(("PRODUCTION_TRAFFIC_SHIFT", *share));
        before = *share;
    }
    way.extend(["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"].map(|it| (it, 100.0)));
    way
}

fn under_way() -> Service {
    let deployments = [
        deployment(OURS, "PRIMARY", "IN_PROGRESS", 2),
        deployment(PREVIOUS, "ACTIVE", "COMPLETED", 2),
    ];
    Service { deployments: deployments.to_vec(), ..service(2) }
}

fn followed() -> Followed {
    let before = Service {
        deployments: vec![deployment(PREVIOUS, "PRIMARY", "COMPLETED", 2)],
        ..service(2)
    };
    Followed::started(DeploymentId::Ecs(id(OURS)), &before)
}

fn at((stage, traffic): Moment, status: &str) -> ServiceDeployment {
    let mut ours = ours(2);
    ours.status = status.into();
    ours.lifecycle_stage = Some(stage.to_owned());
    ours.production_traffic = Some(traffic);
    ours
}

#[test]
fn a_stage_is_reached_at_the_first_look_that_shows_it_or_what_comes_after_it() {
    let ways = [way(&[100.0]), way(&[5.0, 100.0]), way(&[40.0, 80.0, 100.0])];
    let mut reached = 0;
    for seed in 0..3_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let way = &ways[rng.usize(..ways.len())];
        let stage = Stage::ALL[rng.usize(..Stage::ALL.len())];
        let first = way.iter().position(|(it, _)| *it == stage.as_str());
        let first = first.expect("every way has every stage");
        // Somewhere it may turn back, and passes no stage any more.
        let turns_at = if rng.bool() { rng.usize(..way.len()) } else { usize::MAX };
        let mut tracker = Tracker::default().until(WaitUntil::Stage(stage));
        let mut index = rng.usize(..3);
        while index < way.len() {
            let status = if index >= turns_at { "ROLLBACK_IN_PROGRESS" } else { "IN_PROGRESS" };
            let look = at(way[index], status);
            let look = snapshot(&followed(), &under_way(), View::Described(&look));
            let end = tracker.observe(&look, Duration::from_secs(index as u64)).end;
            let is_due = index >= first && index < turns_at;
            assert_eq!(
                end,
                is_due.then_some(End::Reached),
                "seed {seed}: {stage:?} at {:?}",
                way[index]
            );
            if is_due {
                reached += 1;
                break;
            }
            index += rng.usize(1..4);
        }
    }
    assert!(reached > 1_000, "most ways come there: {reached}");
}

#[test]
fn a_pause_is_reached_while_it_waits_and_not_once_it_was_answered() {
    let pause = |hook: &str| Pause { hook: hook.to_owned(), expires_at: None, on_timeout: None };
    for (hooks, answered, is_end) in [
        (vec![], vec![], false),
        (vec!["a"], vec![], true),
        // AWS may show it waiting a moment longer.
        (vec!["a"], vec!["a"], false),
        (vec!["a", "b"], vec!["a"], true),
    ] {
        let mut look = at(("POST_SCALE_UP", 0.0), "IN_PROGRESS");
        look.pauses = hooks.iter().map(|hook| pause(hook)).collect();
        let answered = answered.iter().map(|it: &&str| (*it).to_owned()).collect();
        let followed = Followed { answered, ..followed() };
        let look = snapshot(&followed, &under_way(), View::Described(&look));
        let mut tracker = Tracker::default().until(WaitUntil::Paused);
        let end = tracker.observe(&look, Duration::ZERO).end;
        assert_eq!(end, is_end.then_some(End::Reached), "{hooks:?}");
    }
}

#[test]
fn a_stage_that_is_not_known_is_no_point() {
    for stage in ["", "PONDERING", "RECONCILE_SERVICE", "clean-up"] {
        let mut look = at(("CLEAN_UP", 100.0), "IN_PROGRESS");
        look.lifecycle_stage = Some(stage.to_owned());
        let look = snapshot(&followed(), &under_way(), View::Described(&look));
        let mut tracker = Tracker::default().until(WaitUntil::Stage(Stage::PreScaleUp));
        assert_eq!(tracker.observe(&look, Duration::ZERO).end, None, "{stage:?}");
    }
}
