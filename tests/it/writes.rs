//! Sentences about the two writes of a deployment when AWS's answer is lost,
//! garbled or a refusal: nothing is sent twice, what happened is adopted, what
//! came to no use is cleared away.

use std::time::Duration;

use serde_json::json;
use simulator::{Act, Fault, Lag, When};

use crate::scene::{Scene, Step, definition};

/// Answers that leave open whether the write was done, after it was done.
fn lost_after() -> [Fault; 7] {
    [
        Fault::Empty { applied: true, body: "" },
        Fault::Empty { applied: true, body: "{}" },
        Fault::Empty { applied: true, body: " \n" },
        Fault::Reset { applied: true },
        Fault::Timeout { applied: true },
        Fault::StatusAfter(500),
        Fault::StatusAfter(503),
    ]
}

/// The same, and it was not done.
fn lost_before() -> [Fault; 6] {
    [
        Fault::Empty { applied: false, body: "{}" },
        Fault::Reset { applied: false },
        Fault::Timeout { applied: false },
        Fault::Status(500),
        Fault::Status(503),
        Fault::HtmlError,
    ]
}

const PASS_ROLE: Fault = Fault::Error {
    code: "AccessDeniedException",
    message: "User: arn:aws:sts::123456789012:assumed-role/deployer/session is not authorized to \
              perform: iam:PassRole on resource: \
              arn:aws:iam::123456789012:role/ecsTaskExecutionRole because no identity-based \
              policy allows the iam:PassRole action",
};

/// The service runs what it ran before and nothing was started.
fn assert_untouched(scene: &Scene, step: &Step) {
    let truth = scene.sim.truth("prod", "web1");
    assert_eq!(truth.deployments.len(), 1, "{}", step.log());
    assert_eq!(truth.task_definition, Some(definition("web1:1")));
}

#[tokio::test(start_paused = true)]
async fn a_registration_whose_answer_was_lost_is_adopted() {
    for fault in lost_after() {
        let scene = Scene::ready();
        scene.sim.fault("RegisterTaskDefinition", When::Always, fault.clone());
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.code), ("deployed", 0), "{fault:?}: {}", step.log());
        assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"], "{fault:?}");
        assert_eq!(step.only("UpdateService").body["taskDefinition"], definition("web1:2"));
        assert_eq!(scene.state_of(3), "", "{fault:?}: registered once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_never_happened_ends_the_run_before_the_service_is_touched() {
    for fault in lost_before() {
        let scene = Scene::ready();
        scene.sim.fault("RegisterTaskDefinition", When::Always, fault.clone());
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.code), ("failed", 1), "{fault:?}: {}", step.log());
        assert_eq!(step.writes(), ["RegisterTaskDefinition"], "{fault:?}");
        step.says("error", "RegisterTaskDefinition of family web1");
        step.says("error", "The service was not touched");
        assert_untouched(&scene, &step);
    }
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_somebody_else_registered_meanwhile_is_not_taken_for_ours() {
    let scene = Scene::ready();
    scene.sim.fault("RegisterTaskDefinition", When::Always, Fault::Reset { applied: false });
    let theirs = json!({ "family": "web1", "containerDefinitions": [
        { "name": "web1", "image": scene.sim.image("web1:1.4.2"), "cpu": 7 } ] });
    scene.sim.latency(Duration::from_millis(200));
    scene.sim.after(Duration::from_millis(1_500), Act::register(theirs));
    let step = scene.deploy(&[]).await;
    step.is("failed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition"]);
    assert_eq!(scene.state_of(2), "ACTIVE", "it is not ours to deregister");
}

#[tokio::test(start_paused = true)]
async fn our_revision_is_found_below_one_that_somebody_else_registered_meanwhile() {
    let scene = Scene::ready();
    scene.sim.fault("RegisterTaskDefinition", When::Always, Fault::Reset { applied: true });
    let theirs = json!({ "family": "web1", "containerDefinitions": [
        { "name": "web1", "image": scene.sim.image("web1:1.4.2"), "cpu": 7 } ] });
    scene.sim.latency(Duration::from_millis(200));
    scene.sim.after(Duration::from_millis(1_500), Act::register(theirs));
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert!(step.output("task-definition-arn").ends_with("/web1:2"), "{step:?}");
    assert_eq!(scene.state_of(3), "ACTIVE", "it is not ours to deregister");
}

/// An equal revision may be older than the registration and somebody else's.
#[tokio::test(start_paused = true)]
async fn a_revision_that_is_not_known_to_be_new_is_not_taken_for_ours() {
    let scene = Scene::ready();
    let theirs = scene.sim.task_definition("web1");
    theirs.container("web1", &scene.sim.image("web1:1.4.2")).register();
    scene.sim.fault("ListTaskDefinitions", When::Always, Fault::AccessDenied);
    scene.sim.fault("RegisterTaskDefinition", When::Always, Fault::Reset { applied: false });
    scene.sim.fault("UpdateService", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[]).await;
    step.is("unknown");
    assert_eq!(step.writes(), ["RegisterTaskDefinition"]);
    step.says("error", "it is not known whether there is a new revision");
    assert_eq!(scene.state_of(2), "ACTIVE", "it is not ours to deregister");
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_answer_was_lost_is_adopted_and_followed() {
    for fault in lost_after() {
        for late in [0, 2] {
            let scene = Scene::ready();
            let describe_services = Duration::from_secs(late);
            scene.sim.lag(Lag { describe_services, ..Lag::default() });
            scene.sim.fault("UpdateService", When::Always, fault.clone());
            let step = scene.deploy(&[]).await;
            assert_eq!((step.result(), step.code), ("deployed", 0), "{fault:?}: {}", step.log());
            assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"], "{fault:?}");
            assert_eq!(scene.sim.truth("prod", "web1").deployments.len(), 2, "{fault:?}");
        }
    }
}

/// AWS can't be reached for a while after the write; when it can, what happened is seen.
#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_is_looked_for_through_an_outage() {
    for operation in ["RegisterTaskDefinition", "UpdateService"] {
        for minutes in [1, 10] {
            let scene = Scene::ready();
            scene.sim.latency(Duration::from_millis(20));
            scene.sim.fault(operation, When::Nth(1), Fault::Reset { applied: true });
            let recorded = scene.deploy(&[]).await;
            let at = recorded.only(operation).at;
            let scene = Scene::ready();
            scene.sim.latency(Duration::from_millis(20));
            scene.sim.fault(operation, When::Nth(1), Fault::Reset { applied: true });
            let outage = When::Between(at, at + Duration::from_secs(60 * minutes));
            scene.sim.fault("*", outage, Fault::Reset { applied: false });
            let step = scene.deploy(&[]).await;
            assert_eq!((step.result(), step.code), ("deployed", 0), "{operation}: {}", step.log());
            assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"], "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_never_happened_leaves_no_revision_behind() {
    for fault in lost_before() {
        let scene = Scene::ready();
        scene.sim.fault("UpdateService", When::Always, fault.clone());
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.code), ("failed", 1), "{fault:?}: {}", step.log());
        assert_eq!(
            step.writes(),
            ["RegisterTaskDefinition", "UpdateService", "DeregisterTaskDefinition"],
            "{fault:?}"
        );
        step.says("error", "ecs:UpdateService on");
        step.says("error", "web1:2 that this run registered was deregistered");
        assert_eq!(scene.state_of(2), "INACTIVE");
        assert_untouched(&scene, &step);
    }
}

#[tokio::test(start_paused = true)]
async fn where_an_update_can_be_neither_confirmed_nor_ruled_out_nothing_is_cleared_away() {
    let scene = Scene::ready();
    scene.sim.fault("UpdateService", When::Always, Fault::Reset { applied: true });
    // The first look is the plan's, the second the last one before the update.
    scene.sim.fault("DescribeServices", When::FromNth(3), Fault::Status(500));
    let step = scene.deploy(&[]).await;
    step.is("unknown");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    assert_eq!(step.took, Duration::from_secs(30 * 60), "it is looked for until the time is up");
    assert_eq!(step.output("running-version"), "");
    let error = step.said("error");
    assert!(
        error.starts_with("it is not known how far the deployment of 1.4.2 to web1 got"),
        "{error}"
    );
    assert!(error.contains("whether it was updated could not be read"), "{error}");
    assert!(error.contains("the revision web1:2 stays registered"), "{error}");
    assert_eq!(scene.state_of(2), "ACTIVE");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_write_is_sent_again_and_done_once() {
    for operation in ["RegisterTaskDefinition", "UpdateService"] {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Times(2), Fault::Throttle);
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.code), ("deployed", 0), "{operation}: {}", step.log());
        let sent: Vec<_> = step.requests.iter().filter(|it| it.operation == operation).collect();
        assert_eq!(sent.len(), 3, "{operation}");
        assert_eq!(sent.iter().filter(|it| it.carried_out).count(), 1, "{operation}");
        assert!(sent.iter().all(|it| it.raw == sent[0].raw), "the same body each time");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_throttled_for_good_was_not_done() {
    let cases: [(&str, &[&str]); 2] = [
        ("RegisterTaskDefinition", &[]),
        ("UpdateService", &["RegisterTaskDefinition", "DeregisterTaskDefinition"]),
    ];
    for (operation, done) in cases {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Always, Fault::Throttle);
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.code), ("timed-out", 1), "{operation}: {}", step.log());
        assert!(step.said("error").contains("run the step again in a minute"), "{operation}");
        let carried_out: Vec<_> =
            step.requests.iter().filter(|it| it.is_write() && it.carried_out).collect();
        let carried_out: Vec<_> = carried_out.iter().map(|it| it.operation.as_str()).collect();
        assert_eq!(carried_out, done);
        assert_untouched(&scene, &step);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_update_leaves_no_revision_behind_and_says_why() {
    let scene = Scene::ready();
    let refusal = Fault::Error {
        code: "ClientException",
        message: "5 active deployments exist, unable to create new deployment.",
    };
    scene.sim.fault("UpdateService", When::Always, refusal);
    let step = scene.deploy(&[]).await;
    step.is("failed");
    assert_eq!(
        step.writes(),
        ["RegisterTaskDefinition", "UpdateService", "DeregisterTaskDefinition"]
    );
    step.says("error", "ClientException: 5 active deployments exist");
    step.says("error", "web1:2 that this run registered was deregistered");
    assert_eq!(scene.state_of(2), "INACTIVE");
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named_as_aws_names_it() {
    let cases = [
        ("RegisterTaskDefinition", Fault::AccessDenied, "Allow ecs:RegisterTaskDefinition in"),
        ("UpdateService", Fault::AccessDenied, "Allow ecs:UpdateService in"),
        // The action that is denied need not be the call that was made.
        ("RegisterTaskDefinition", PASS_ROLE, "Allow iam:PassRole in"),
        ("UpdateService", PASS_ROLE, "Allow iam:PassRole in"),
    ];
    for (operation, fault, hint) in cases {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Always, fault);
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.code), ("failed", 1), "{operation}: {}", step.log());
        let error = step.said("error");
        assert!(error.contains(hint), "{operation}: {error}");
        assert!(step.requests.iter().filter(|it| it.operation == operation).count() == 1);
        assert_untouched(&scene, &step);
    }
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_may_not_be_deregistered_is_named() {
    let scene = Scene::ready();
    scene.sim.fault("UpdateService", When::Always, Fault::AccessDenied);
    scene.sim.fault("DeregisterTaskDefinition", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[]).await;
    let error = step.said("error");
    let kept = "the revision web1:2 stays registered: ecs:DeregisterTaskDefinition is not allowed";
    assert!(error.contains(kept), "{error}");
    assert!(error.contains("Allow ecs:UpdateService in"), "the first failure counts: {error}");
}

/// The last look at the service comes after the plan, beside the registration.
#[tokio::test(start_paused = true)]
async fn a_service_that_changed_while_deciding_is_left_alone() {
    let scene = || {
        let scene = Scene::ready();
        let theirs = scene.sim.task_definition("web1");
        theirs.container("web1", &scene.sim.image("web1:1.4.2")).register();
        scene.sim.latency(Duration::from_millis(100));
        scene
    };
    let cases = [
        (Act::deploy("prod", "web1", "web1:2"), "its deployment is now ecs-svc/"),
        (Act::force_new_deployment("prod", "web1"), "its deployment is now ecs-svc/"),
        (Act::delete_service("prod", "web1"), "(DRAINING)"),
    ];
    for (act, words) in cases {
        let scene = scene();
        scene.sim.after(Duration::from_millis(150), act.clone());
        let step = scene.deploy(&[]).await;
        assert_eq!((step.result(), step.code), ("refused", 1), "{act:?}: {}", step.log());
        assert_eq!(step.writes(), ["RegisterTaskDefinition", "DeregisterTaskDefinition"]);
        let error = step.said("error");
        assert!(error.contains("changed while this run was deciding"), "{act:?}: {error}");
        assert!(error.contains(words), "{act:?}: {error}");
        assert_eq!(scene.state_of(3), "INACTIVE", "{act:?}");
        assert_eq!(scene.state_of(2), "ACTIVE", "{act:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_vanishes_before_the_update_is_named() {
    let scene = Scene::ready();
    scene.sim.fault(
        "UpdateService",
        When::Always,
        Fault::Error { code: "ServiceNotActiveException", message: "Service was not ACTIVE." },
    );
    let step = scene.deploy(&[]).await;
    step.is("failed");
    step.says("error", "ServiceNotActiveException");
    assert_eq!(scene.state_of(2), "INACTIVE");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_begins_while_only_the_count_is_changed_is_not_taken_for_ours() {
    let mut raced = 0;
    for at in (400..1_000).step_by(20).map(Duration::from_millis) {
        let scene = Scene::ready();
        let theirs = scene.sim.task_definition("web1");
        theirs.container("web1", &scene.sim.image("web1:1.4.2")).register();
        scene.sim.latency(Duration::from_millis(100));
        scene.sim.after(at, Act::deploy("prod", "web1", "web1:2"));
        let step = scene.deploy(&[("version", "1.4.1"), ("desired-count", "3")]).await;
        let updates: Vec<_> =
            step.requests.iter().filter(|it| it.operation == "UpdateService").collect();
        let [update] = updates[..] else { continue };
        if update.body.get("taskDefinition").is_some() {
            continue;
        }
        assert_eq!(step.output("deployment-id"), "", "{at:?}: {}", step.log());
        // Theirs came before the update or, where it is not mentioned, after it.
        if step.result() == "failed" {
            step.says("error", "another deployment started at the same time");
            raced += 1;
        } else {
            assert_eq!((step.result(), step.code), ("unchanged", 0), "{at:?}: {}", step.log());
        }
    }
    assert!(raced > 0, "theirs began between the last look and the update");
}
