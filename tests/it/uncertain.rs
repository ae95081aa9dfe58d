//! Sentences about a run that cannot be sure: what it does then is right in any
//! case.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Fault, Image, Lag, Pace, When};

use crate::scene::{Scene, crashes};

#[tokio::test(start_paused = true)]
async fn where_a_tag_cannot_be_read_the_earlier_image_is_pinned() {
    let scene = Scene::ready();
    let repository = scene.sim.repository("web1");
    let [good, bad] = ["1.4.1", "1.4.2"].map(|tag| repository.digest(tag).expect("it was pushed"));
    scene.sim.behaves(&bad, crashes());
    let moved = Image::linux_amd64().content("moved");
    scene.sim.after(Duration::from_secs(5), Act::push("web1", "1.4.1", moved));
    scene.sim.fault("BatchGetImage", When::FromNth(2), Fault::AccessDenied);
    scene.sim.fault("StopServiceDeployment", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[]).await;
    step.is("undone");
    let running = &scene.sim.truth("prod", "web1").running;
    assert_eq!(running.len(), 1, "{running:?}");
    assert_eq!(running[0].digests["web1"], good);
}

#[tokio::test(start_paused = true)]
async fn a_view_that_aws_refuses_is_done_without() {
    for code in ["UnsupportedFeatureException", "InvalidParameterException"] {
        for operation in ["DescribeServiceDeployments", "ListServiceDeployments"] {
            let scene = Scene::ready();
            scene.sim.fault(operation, When::Always, Fault::Error { code, message: "not here" });
            let step = scene.deploy(&[]).await;
            step.is("deployed");
            assert!(step.requests.iter().any(|it| it.fault.is_some()), "{operation} was asked");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_clock_stands_still_while_the_deployment_in_the_way_awaits_a_person() {
    let scene = Scene::with_images(&["1.4.0", "1.4.1", "1.4.2"]);
    let hook = json!([{ "targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"] }]);
    let service = scene.sim.service("prod", "web1").running_version("1.4.1").load_balancer();
    let service = service.configured("strategy", json!("BLUE_GREEN"));
    service.configured("lifecycleHooks", hook).desired(2).start();
    let other = scene.register("1.4.0");
    scene.sim.act(Act::deploy("prod", "web1", &other));
    for hours in [1, 3] {
        let go_on = Act::continue_deployment("prod", "web1", "CONTINUE");
        scene.sim.after(Duration::from_secs(hours * 3_600), go_on);
    }
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert!(step.took > Duration::from_secs(2 * 3_600), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_takes_too_long_is_cleared_away_and_not_used() {
    let scene = Scene::ready();
    let slow = Fault::Slow(Duration::from_secs(8));
    scene.sim.fault("RegisterTaskDefinition", When::Always, slow);
    let step = scene.deploy(&[("timeout", "5s")]).await;
    step.is("timed-out");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "DeregisterTaskDefinition"]);
}

#[tokio::test(start_paused = true)]
async fn what_can_be_done_without_is_not_waited_for() {
    for operation in ["ListTaskDefinitions", "ListServiceDeployments", "DescribeServiceRevisions"] {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Times(3), Fault::Timeout { applied: false });
        let step = scene.deploy(&[("wait", "false")]).await;
        step.is("started");
        assert!(step.took < Duration::from_secs(12), "{operation}: {:?}", step.took);
        assert!(step.requests.iter().any(|it| it.fault.is_some()), "{operation} was asked");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stays_empty_is_not_waited_for() {
    let scene = Scene::ready();
    scene.sim.pace(Pace::real().faster(10.0));
    let never = Duration::MAX;
    scene.sim.lag(Lag { listing: never, current_service_deployment: never, ..Lag::default() });
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert_eq!(scene.sim.truth("prod", "web1").newest().status, "SUCCESSFUL");
    assert!(step.took < Duration::from_secs(30), "{:?}", step.took);
    assert!(step.requests.iter().any(|it| it.operation == "ListServiceDeployments"));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_by_ecs_is_waited_for_also_where_only_the_service_tells_of_it() {
    let scene = Scene::with_images(&["1.4.0", "1.4.1", "1.4.2"]);
    let bad = scene.digest("1.4.0");
    scene.sim.behaves(&bad, crashes());
    let service = scene.sim.service("prod", "web1").running_version("1.4.1").percentages(0, 100);
    service.circuit_breaker(true).desired(4).start();
    let other = scene.register("1.4.0");
    scene.sim.act(Act::deploy("prod", "web1", &other));
    let is_on_its_way_back =
        || scene.sim.truth("prod", "web1").newest().status == "ROLLBACK_IN_PROGRESS";
    for _ in 0..600 {
        if is_on_its_way_back() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(is_on_its_way_back());
    for operation in ["ListServiceDeployments", "DescribeServiceDeployments"] {
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
    }
    let step = scene.deploy(&[("in-flight", "replace")]).await;
    step.is("deployed");
    let deployments = scene.sim.truth("prod", "web1").deployments;
    let ends: Vec<&str> = deployments.iter().map(|it| it.status.as_str()).collect();
    assert_eq!(ends, ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"], "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn alarms_that_ecs_does_not_watch_are_told() {
    for (rings, is_told) in [(true, true), (false, false)] {
        let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
        let service = scene.sim.service("prod", "web1").running_version("1.4.1");
        service.alarms(&["errors"], true).start();
        if rings {
            scene.sim.act(Act::alarm("prod", "web1", "errors"));
        }
        let step = scene.deploy(&[]).await;
        step.is("deployed");
        let said = "ECS watches no alarm during this deployment, because one was in ALARM when it started: no alarm will stop it or roll it back";
        assert_eq!(step.said("warning").contains(said), is_told, "{}", step.said("warning"));
        assert_eq!(step.summary.contains(said), is_told, "{}", step.summary);
    }
}
