//! Sentences about trouble on the way: a watch survives everything that heals
//! in time, and names what does not.

use std::time::Duration;

use simulator::{Behaviour, Fault, Lag, When};

use crate::scene::{Scene, Step, secs};

/// Every kind of trouble that passes by itself.
fn passing() -> [Fault; 6] {
    [
        Fault::Throttle,
        Fault::Status(500),
        Fault::Status(503),
        Fault::HtmlError,
        Fault::Reset { applied: false },
        Fault::Timeout { applied: false },
    ]
}

/// What the watch asks, besides everything at once.
const READS: [&str; 3] =
    ["DescribeServices", "DescribeServiceDeployments", "ListServiceDeployments"];

/// From when the deployment is followed in these scenes, which have no latency.
const WATCHING: Duration = Duration::from_secs(1);

/// How often a text stands in the log.
fn times(step: &Step, text: &str) -> usize {
    step.lines.iter().filter(|line| line.contains(text)).count()
}

fn assert_deployed(step: &Step, what: &str) {
    assert_eq!((step.result(), step.code), ("deployed", 0), "{what}: {}", step.log());
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"], "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_single_failed_call_is_not_even_mentioned() {
    for fault in passing() {
        for read in READS {
            let scene = Scene::ready();
            // Where the service doesn't name its deployment at once, it is looked for.
            let late = if read == "ListServiceDeployments" { secs(10) } else { Duration::ZERO };
            let lag = Lag { current_service_deployment: late, listing: late, ..Lag::default() };
            scene.sim.lag(lag);
            // The plan's own reads are over by the second.
            scene.sim.fault(read, When::Between(WATCHING, secs(4)), fault.clone());
            let step = scene.deploy(&[]).await;
            assert!(step.requests.iter().any(|it| it.fault.is_some()), "{read} was asked");
            assert_deployed(&step, &format!("{read} {fault:?}"));
            assert_eq!(times(&step, "does not answer"), 0, "{}", step.log());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_survives_an_outage_that_ends_in_time() {
    for fault in passing() {
        for read in ["*", "DescribeServices", "DescribeServiceDeployments"] {
            let what = format!("{read} {fault:?}");
            let scene = Scene::ready();
            let (begin, end) = (secs(20), secs(600));
            scene.sim.fault(read, When::Between(begin, end), fault.clone());
            let step = scene.deploy(&[]).await;
            assert_deployed(&step, &what);
            assert_eq!(times(&step, "does not answer"), 1, "{what}: {}", step.log());
            // Thirty seconds is the longest pause, thirty more the longest call.
            assert!(step.took < end + secs(65), "{what}: {:?}", step.took);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn while_aws_throttles_it_is_asked_less_often() {
    let asked = async |fault: Fault| {
        let scene = Scene::ready();
        let outage = (secs(20), secs(620));
        scene.sim.fault("*", When::Between(outage.0, outage.1), fault);
        let step = scene.deploy(&[]).await;
        step.is("deployed");
        step.requests.iter().filter(|it| (outage.0..outage.1).contains(&it.at)).count()
    };
    let throttled = asked(Fault::Throttle).await;
    let broken = asked(Fault::Status(500)).await;
    // Three calls a look, each sent once, and a look every thirty seconds.
    assert!(throttled < 3 * 28, "{throttled} requests in ten minutes");
    assert!(throttled * 3 < broken, "{throttled} and {broken} requests");
}

#[tokio::test(start_paused = true)]
async fn slow_answers_only_cost_their_own_time() {
    let scene = Scene::ready();
    scene.sim.fault("DescribeServices", When::From(WATCHING), Fault::Slow(secs(8)));
    let step = scene.deploy(&[]).await;
    assert_deployed(&step, "slow");
    let finished = scene.sim.truth("prod", "web1").newest().finished.expect("it ended");
    assert!(step.took < finished + secs(8 + 8 + 4), "{:?} {finished:?}", step.took);
}

/// Stopped tasks explain a failure; whether it is one does not hang on them.
#[tokio::test(start_paused = true)]
async fn what_only_explains_never_holds_a_verdict_up() {
    // An interval, and twice the two seconds that a look waits; in the end the
    // explanation gets eight seconds for each of its two halves.
    let ends = [(None, "deployed", secs(8)), (Some(crash()), "undone", secs(8 + 16))];
    let mut faults = passing().to_vec();
    faults.extend([Fault::AccessDenied, Fault::Slow(secs(9))]);
    for fault in faults {
        for read in ["ListTasks", "DescribeTasks"] {
            for (behaviour, result, limit) in ends.clone() {
                let scene = Scene::empty();
                let digest = furnish(&scene, true);
                if let Some(behaviour) = behaviour {
                    scene.sim.behaves(&digest, behaviour);
                }
                scene.sim.fault(read, When::From(WATCHING), fault.clone());
                let step = scene.deploy(&[]).await;
                let what = format!("{read} {fault:?}");
                assert_eq!(step.result(), result, "{what}: {}", step.log());
                let truth = scene.sim.truth("prod", "web1");
                let finished = truth.newest().finished.expect("it ended");
                assert!(step.took < finished + limit, "{what}: {:?} {finished:?}", step.took);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_longer_than_the_timeout_nobody_knows_to_the_second() {
    for fault in passing() {
        let scene = Scene::ready();
        scene.sim.fault("*", When::From(secs(20)), fault.clone());
        let step = scene.deploy(&[("timeout", "5m")]).await;
        assert_eq!((step.result(), step.code), ("unknown", 1), "{fault:?}: {}", step.log());
        assert_eq!(step.output("running-version"), "", "{fault:?}");
        assert_eq!(step.took, secs(300), "{fault:?}");
        step.says("error", "AWS stopped answering before the timeout");
    }
}

/// The deployment goes on, and comes to its end without anybody who looks.
#[tokio::test(start_paused = true)]
async fn what_can_no_longer_be_followed_is_not_known_and_not_called_failed() {
    let cases = [
        (Fault::ExpiredToken, "*", "ExpiredTokenException", "role-duration-seconds", secs(32)),
        // Only a whole look describes the service.
        (
            Fault::AccessDenied,
            "DescribeServices",
            "AccessDenied",
            "Allow ecs:DescribeServices",
            secs(50),
        ),
    ];
    for (fault, operation, named, next, within) in cases {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::From(secs(30)), fault);
        let step = scene.deploy(&[]).await;
        step.is("unknown");
        assert_deployment_goes_on(&step, named, next);
        assert!(step.took < within, "{operation}: {:?}", step.took);
        scene.sim.clear_faults();
        let again = scene.deploy(&[]).await;
        assert_eq!((again.result(), again.writes().len()), ("deployed", 0), "it is adopted");
    }
}

fn assert_deployment_goes_on(step: &Step, named: &str, next: &str) {
    let error = step.said("error");
    let headline = "the outcome of 1.4.2 on web1 is not known; ECS continues it: ";
    assert!(error.starts_with(headline), "{error}");
    let stop = "`aws ecs stop-service-deployment";
    for words in [named, next, "can no longer be followed", "run this step again to adopt", stop] {
        assert!(error.contains(words), "{words}: {error}");
    }
    assert_eq!((step.output("running-version"), step.output("version")), ("", "1.4.2"));
}

/// While the way back goes on, too.
#[tokio::test(start_paused = true)]
async fn a_way_back_that_can_no_longer_be_followed_is_not_known_and_not_called_failed() {
    let scene = Scene::empty();
    let digest = furnish(&scene, false);
    scene.sim.behaves(&digest, crash());
    let recorded = scene.deploy(&[]).await;
    recorded.is("undone");
    let back = recorded.requests.iter().rfind(|it| it.operation == "UpdateService");
    let back = back.expect("the service was updated back").at;
    let scene = Scene::empty();
    let digest = furnish(&scene, false);
    scene.sim.behaves(&digest, crash());
    scene.sim.fault("*", When::From(back + secs(5)), Fault::ExpiredToken);
    let step = scene.deploy(&[]).await;
    assert_eq!((step.result(), step.output("running-version")), ("unknown", ""), "{}", step.log());
    let error = step.said("error");
    assert!(
        error.starts_with("1.4.2 failed on web1; it is not known whether web1 is back on 1.4.1"),
        "{error}"
    );
    assert!(error.contains("ECS continues the undo"), "{error}");
}

/// One answer may be older than the service, or come of a fault.
#[tokio::test(start_paused = true)]
async fn a_service_is_gone_only_where_ecs_says_so_for_some_seconds() {
    for body in [
        r#"{"services":[],"failures":[]}"#,
        r#"{"services":[],"failures":[{"arn":"arn:aws:ecs:eu-central-1:123456789012:service/prod/web1","reason":"ACCESS"}]}"#,
        r#"{"services":[],"failures":[{"arn":"arn:aws:ecs:eu-central-1:123456789012:service/prod/web1","reason":"MISSING"}]}"#,
    ] {
        let scene = Scene::ready();
        // Tasks run from 28 s on, which a whole look follows.
        let awhile = When::Between(secs(28), secs(31));
        scene.sim.fault("DescribeServices", awhile, Fault::Empty { applied: false, body });
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.code), ("deployed", 0), "{body}: {}", step.log());
        assert!(step.requests.iter().any(|it| it.fault.is_some()), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_newer_calls_the_older_view_decides_and_says_so_once() {
    let newer: [&[&str]; 4] = [
        &["DescribeServiceDeployments"],
        &["ListServiceDeployments"],
        &["ListServiceDeployments", "DescribeServiceDeployments"],
        &["ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"],
    ];
    for denied in newer {
        for (behaviour, result) in [(None, "deployed"), (Some(crash()), "undone")] {
            let scene = Scene::empty();
            let digest = furnish(&scene, true);
            if let Some(behaviour) = behaviour {
                scene.sim.behaves(&digest, behaviour);
            }
            for operation in denied {
                scene.sim.fault(operation, When::Always, Fault::AccessDenied);
            }
            let step = scene.deploy(&[]).await;
            assert_eq!(step.result(), result, "{denied:?}: {}", step.log());
            let words = "is not allowed: following the service's own list";
            assert_eq!(times(&step, words), 1, "{denied:?}: {}", step.log());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_lost_on_the_way_changes_the_view_and_not_the_verdict() {
    let scene = Scene::ready();
    scene.sim.fault("DescribeServiceDeployments", When::From(secs(40)), Fault::AccessDenied);
    let step = scene.deploy(&[]).await;
    assert_deployed(&step, "denied later");
    assert_eq!(times(&step, "is not allowed"), 1, "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn no_lag_is_taken_for_an_end() {
    let none = Lag::default();
    let lags = [
        ("listing", Lag { listing: secs(45), ..none }),
        ("current", Lag { current_service_deployment: secs(45), ..none }),
        (
            "neither names it",
            Lag { listing: secs(60), current_service_deployment: secs(60), ..none },
        ),
        (
            "never listed",
            Lag { listing: secs(7200), current_service_deployment: secs(7200), ..none },
        ),
        ("describe", Lag { describe: secs(45), ..none }),
        ("describe services", Lag { describe_services: secs(20), ..none }),
        (
            "everything",
            Lag {
                listing: secs(30),
                current_service_deployment: secs(30),
                describe: secs(30),
                describe_services: secs(30),
                ..none
            },
        ),
    ];
    for denied in [false, true] {
        for (behaviour, result) in [(None, "deployed"), (Some(crash()), "undone")] {
            for (name, lag) in lags {
                let scene = Scene::empty();
                let digest = furnish(&scene, true);
                if let Some(behaviour) = behaviour.clone() {
                    scene.sim.behaves(&digest, behaviour);
                }
                if denied {
                    let always = When::Always;
                    scene.sim.fault("ListServiceDeployments", always, Fault::AccessDenied);
                    scene.sim.fault("DescribeServiceDeployments", always, Fault::AccessDenied);
                }
                scene.sim.lag(lag);
                let step = scene.deploy(&[]).await;
                let what = format!("{name}, denied {denied}");
                assert_eq!(step.result(), result, "{what}: {}", step.log());
                let truth = scene.sim.truth("prod", "web1");
                let finished = truth.newest().finished.expect("it ended");
                assert!(step.took >= finished, "{what}: {:?} before {finished:?}", step.took);
            }
        }
    }
}

fn crash() -> Behaviour {
    Behaviour::Crashes { after: secs(5), exit_code: 1 }
}

/// The usual scene with a circuit breaker; returns the digest of 1.4.2.
fn furnish(scene: &Scene, rollback: bool) -> String {
    let repository = scene.sim.repository("web1");
    repository.push("1.4.1", simulator::Image::linux_amd64().content("1.4.1"));
    let digest = repository.push("1.4.2", simulator::Image::linux_amd64().content("1.4.2"));
    let service = scene.sim.service("prod", "web1").running_version("1.4.1").desired(2);
    service.circuit_breaker(rollback).start();
    digest
}
