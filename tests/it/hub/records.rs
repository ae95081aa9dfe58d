//! GitHub Deployments: begun, ended, and never more than a record.

use std::time::Duration;

use serde_json::json;
use simulator::github::{Deployment, Fault, Grants, May, TOKEN};
use simulator::{Behaviour, Image, Pace, When};

use super::{Shop, conforms, shop};
use crate::scene::{Scene, Told};

const RECORDED: [(&str, &str); 3] = [
    ("github-deployment", "true"),
    ("environment", "production"),
    ("environment-url", "https://shop.example"),
];

async fn deploy(scene: &Scene, with: &[(&str, &str)]) -> Told {
    scene.deploy(&[&RECORDED[..], with].concat()).await
}

/// The states of a deployment, in their order.
fn states(deployment: &Deployment) -> Vec<&str> {
    deployment.statuses.iter().map(|it| it.state.as_str()).collect()
}

/// The only deployment that there is.
fn only(scene: &Scene) -> Deployment {
    let mut all = scene.github.deployments();
    assert_eq!(all.len(), 1, "one deployment is recorded: {all:?}");
    all.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_recorded_from_its_beginning_to_its_end() {
    let Shop { scene, commits } = shop();
    let told = deploy(&scene, &[("reason", "Because")]).await;
    assert_eq!(told.result(), "deployed", "{}", told.log());
    let recorded = only(&scene);
    assert_eq!(recorded.sha, commits[1], "the commit of the image");
    assert_eq!(
        recorded.payload,
        json!({
            "service": "web1", "cluster": "prod", "region": "eu-central-1",
            "version": "1.4.2",
            "digest": told.output("image-digest"),
            "revision": "web1:2",
            "previous": "1.4.1",
            "reason": "Because",
            "key": recorded.payload["key"],
        })
    );
    assert_eq!(states(&recorded), ["in_progress", "success"]);
    let last = recorded.statuses.last().expect("it has ended");
    assert_eq!(last.description, "web1 runs 1.4.2 (before: 1.4.1)");
    assert_eq!(last.environment_url, "https://shop.example");
    assert_eq!(last.log_url, "https://github.example/octo-org/shop/actions/runs/4711");
    let id = recorded.id.to_string();
    assert_eq!(told.output("github-deployment-id"), id);
    // Its key, its id, how it ended, and nothing at last.
    let left: Vec<&str> = told.states.iter().map(|(_, value)| value.as_str()).collect();
    let parts = [&recorded.payload["key"], &json!(recorded.id), &json!("success")];
    for part in parts.map(ToString::to_string) {
        assert!(left.iter().any(|it| it.contains(&part)), "{part}: {left:?}");
    }
    assert_eq!(left.last(), Some(&""));
    let create = told.github.iter().find(|it| it.operation == "repos/create-deployment");
    let create = &create.expect("it was created").body;
    assert_eq!((&create["auto_merge"], &create["required_contexts"]), (&json!(false), &json!([])));
    assert_eq!(
        told.github_writes(),
        [
            "repos/create-deployment",
            "repos/create-deployment-status",
            "repos/create-deployment-status"
        ]
    );
    conforms(&told);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_fails_is_a_failure_in_one_line_of_140_characters() {
    let Shop { scene, .. } = shop();
    let digest = scene.sim.repository("web1").digest("1.4.2").expect("1.4.2 was pushed");
    scene.sim.behaves(&digest, Behaviour::Crashes { after: Duration::from_secs(5), exit_code: 1 });
    let told = deploy(&scene, &[]).await;
    assert_eq!(told.result(), "undone", "{}", told.log());
    let recorded = only(&scene);
    assert_eq!(states(&recorded), ["in_progress", "failure"]);
    let description = &recorded.statuses[1].description;
    assert_eq!(description, "1.4.2 failed on web1, which is back on 1.4.1");
    conforms(&told);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_recorded_for_the_commit_that_comes_back() {
    let Shop { scene, commits } = shop();
    assert_eq!(deploy(&scene, &[]).await.result(), "deployed");
    let told = deploy(&scene, &[("command", "rollback")]).await;
    assert_eq!(told.result(), "rolled-back", "{}", told.log());
    let all = scene.github.deployments();
    let back = all.iter().find(|it| it.sha == commits[0]).expect("it is recorded");
    assert_eq!(back.state(), Some("success"));
    assert_eq!(back.payload["version"], "1.4.1");
    conforms(&told);
}

#[tokio::test(start_paused = true)]
async fn without_the_commit_of_the_image_nothing_is_recorded_and_that_is_said() {
    let scene = Scene::ready().on("push", &json!({}));
    scene.github.commit("Begin");
    let told = deploy(&scene, &[]).await;
    assert_eq!(told.result(), "deployed");
    let said = told.said("notice");
    assert!(
        said.contains("no GitHub Deployment is recorded: the commit of 1.4.2 is not known"),
        "{said}"
    );
    assert!(said.contains("org.opencontainers.image.revision"), "{said}");
    assert_eq!(told.github_writes(), [""; 0]);
    assert_eq!(told.states, []);
    conforms(&told);
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_records_nothing() {
    let Shop { scene, .. } = shop();
    let told = deploy(&scene, &[("dry-run", "true")]).await;
    assert_eq!((told.result(), told.github_writes()), ("planned", vec![]));
    assert_eq!(deploy(&scene, &[]).await.result(), "deployed");
    let told = deploy(&scene, &[]).await;
    assert_eq!((told.result(), told.github_writes()), ("unchanged", vec![]));
    conforms(&told);
}

#[tokio::test(start_paused = true)]
async fn whatever_github_answers_the_deployment_is_what_ecs_made_of_it() {
    let seconds = Duration::from_secs;
    let cases = [
        (Fault::BadCredentials, "token"),
        (Fault::NotAccessible, "Add `deployments: write` to the `permissions`"),
        (Fault::NotFound, "deployments: write"),
        (Fault::Conflict, "HTTP status 409"),
        (Fault::Unprocessable(json!([])), "HTTP status 422"),
        (Fault::RateLimit { reset: seconds(1_800) }, "rate limit"),
        (Fault::SecondaryRateLimit { status: 429, retry_after: seconds(60) }, "rate limit"),
        (Fault::BadGateway { applied: false }, "HTTP status 502"),
        (Fault::Status(500), "HTTP status 500"),
        (Fault::Reset { applied: false }, "failed"),
        (Fault::Timeout { applied: false }, "no answer within 10 s"),
    ];
    for (fault, words) in cases {
        let Shop { scene, .. } = shop();
        scene.github.fault("repos/create-deployment", When::Always, fault.clone());
        let told = deploy(&scene, &[]).await;
        assert_eq!((told.result(), told.code), ("deployed", 0), "{fault:?}");
        let warning = told.said("warning");
        assert!(warning.contains(words), "{fault:?}: {warning}");
        assert!(!warning.contains('<'), "no page of HTML: {warning}");
        assert_eq!(told.github_writes(), ["repos/create-deployment"], "{fault:?}: sent once");
        assert_eq!(scene.github.deployments().len(), 0, "{fault:?}");
        // What may be there all the same is left for the post step.
        let left = told.states.last().map_or("", |(_, value)| value.as_str());
        let is_unclear = matches!(
            fault,
            Fault::BadGateway { .. }
                | Fault::Status(_)
                | Fault::Reset { .. }
                | Fault::Timeout { .. }
        );
        assert_eq!(!left.is_empty(), is_unclear, "{fault:?}");
        conforms(&told);
    }
}

#[tokio::test(start_paused = true)]
async fn how_it_ended_is_left_for_the_post_step_where_github_does_not_listen() {
    let Shop { scene, .. } = shop();
    let fault = Fault::BadGateway { applied: false };
    scene.github.fault("repos/create-deployment-status", When::Nth(2), fault);
    let told = deploy(&scene, &[]).await;
    assert_eq!((told.result(), told.code), ("deployed", 0));
    assert_eq!(states(&only(&scene)), ["in_progress"]);
    let left = told.states.last().map_or("", |(_, value)| value.as_str());
    assert!(left.contains("\"success\"") && left.contains("web1 runs 1.4.2"), "{left}");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_is_honoured_in_time_also_while_only_github_is_waited_for() {
    let Shop { scene, .. } = shop();
    let Shop { scene: alone, .. } = shop();
    let ended = deploy(&alone, &[]).await.took;
    scene.github.fault(
        "*",
        When::From(ended - Duration::from_secs(5)),
        Fault::Timeout { applied: true },
    );
    let delay = ended + Duration::from_secs(2);
    let (told, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
    assert_eq!((told.result(), told.code), ("deployed", 0), "what ECS has done is done");
    assert!(told.took < delay + Duration::from_secs(7), "{:?}", told.took);
}

#[tokio::test(start_paused = true)]
async fn a_slow_github_does_not_hold_up_the_way_back() {
    let begins = async |slow: bool| {
        let Shop { scene, .. } = shop();
        let digest = scene.sim.repository("web1").digest("1.4.2").expect("1.4.2 was pushed");
        scene.sim.behaves(&digest, Behaviour::CannotPull);
        if slow {
            scene.github.fault("*", When::Always, Fault::Timeout { applied: false });
        }
        let told = deploy(&scene, &[]).await;
        assert_eq!(told.result(), "undone", "{}", told.log());
        told.only("StopServiceDeployment").at
    };
    // As exactly as two looks at ECS are apart.
    let (slow, quick) = (begins(true).await, begins(false).await);
    assert!(slow.abs_diff(quick) < Duration::from_secs(4), "{slow:?}, {quick:?}");
}

#[tokio::test(start_paused = true)]
async fn a_short_rate_limit_is_waited_for() {
    let Shop { scene, .. } = shop();
    let limit = Fault::SecondaryRateLimit { status: 403, retry_after: Duration::from_secs(5) };
    scene.github.fault("repos/create-deployment", When::Nth(1), limit);
    let told = deploy(&scene, &[]).await;
    assert_eq!(told.result(), "deployed");
    let sent: Vec<Duration> = told
        .github
        .iter()
        .filter(|it| it.operation == "repos/create-deployment")
        .map(|it| it.at)
        .collect();
    assert_eq!(sent.len(), 2);
    assert!(sent[1] - sent[0] >= Duration::from_secs(5), "{sent:?}");
    assert_eq!(states(&only(&scene)), ["in_progress", "success"]);
    assert_eq!(told.said("warning"), "");
}

#[tokio::test(start_paused = true)]
async fn a_record_whose_answer_got_lost_is_found_and_not_made_twice() {
    for fault in [
        Fault::Reset { applied: true },
        Fault::Timeout { applied: true },
        Fault::BadGateway { applied: true },
        Fault::Garbage,
    ] {
        let Shop { scene, .. } = shop();
        scene.github.fault("repos/create-deployment", When::Always, fault.clone());
        let told = deploy(&scene, &[]).await;
        assert_eq!(told.result(), "deployed", "{fault:?}");
        assert_eq!(states(&only(&scene)), ["in_progress", "success"], "{fault:?}");
        assert_eq!(told.said("warning"), "", "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_record_is_named_with_what_it_needs() {
    let Shop { scene, .. } = shop();
    scene.github.token(TOKEN, Grants::all().deployments(May::Read));
    let told = deploy(&scene, &[]).await;
    assert_eq!(told.result(), "deployed");
    let warning = told.said("warning");
    assert!(warning.contains("Add `deployments: write` to the `permissions`"), "{warning}");
    assert!(told.summary.contains("creating the GitHub Deployment failed"), "{}", told.summary);
    conforms(&told);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_leaves_no_deployment_open() {
    for seconds in [1, 3, 20, 60] {
        let Shop { scene, .. } = shop();
        let delay = Duration::from_secs(seconds);
        let (told, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
        assert_eq!((told.result(), told.code), ("cancelled", 130), "{seconds} s");
        assert!(told.took < delay + Duration::from_secs(7), "{seconds} s: {:?}", told.took);
        assert_eq!(only(&scene).state(), Some("error"), "{seconds} s");
        assert_eq!(told.states.last().map(|(_, value)| value.as_str()), Some(""), "{seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_github_that_hangs_does_not_hold_up_a_cancelled_run() {
    let Shop { scene, .. } = shop();
    scene.github.fault("*", When::Always, Fault::Timeout { applied: true });
    let delay = Duration::from_secs(20);
    let (told, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
    assert_eq!(told.result(), "cancelled");
    assert!(told.took < delay + Duration::from_secs(7), "{:?}", told.took);
}

#[tokio::test(start_paused = true)]
async fn a_github_that_hangs_neither_delays_the_update_nor_the_end_for_long() {
    let updated = |told: &Told| told.only("UpdateService").at;
    let Shop { scene, .. } = shop();
    let well = deploy(&scene, &[]).await;
    let Shop { scene, .. } = shop();
    scene.github.fault("*", When::Always, Fault::Timeout { applied: false });
    let told = deploy(&scene, &[]).await;
    assert_eq!((told.result(), updated(&told)), ("deployed", updated(&well)));
    assert!(told.took <= well.took + Duration::from_secs(31), "{:?}, {:?}", told.took, well.took);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_somebody_else_replaces_says_nothing_of_the_version() {
    let Shop { scene, .. } = shop();
    scene.sim.repository("web1").push("1.4.3", Image::linux_amd64().content("1.4.3"));
    let delay = Duration::from_secs(10);
    scene.sim.at(delay, simulator::Act::force_new_deployment("prod", "web1"));
    let told = deploy(&scene, &[]).await;
    assert_eq!(told.result(), "superseded", "{}", told.log());
    assert_eq!(states(&only(&scene)), ["in_progress", "error"]);
}

#[tokio::test(start_paused = true)]
async fn a_record_needs_an_environment_a_token_and_somebody_who_waits() {
    let Shop { scene, .. } = shop();
    for (with, expected) in [
        (vec![("github-deployment", "true")], "input `environment` is missing"),
        (
            vec![("github-deployment", "true"), ("environment", "e"), ("wait", "false")],
            "inputs `github-deployment` and `wait: false` exclude each other",
        ),
        (
            vec![("github-deployment", "true"), ("environment", "e"), ("github-token", "")],
            "input `github-deployment` needs `github-token`",
        ),
        (vec![("environment-url", "shop")], "is not the address of a page"),
    ] {
        let told = scene.deploy(&with).await;
        assert_eq!((told.result(), told.code), ("refused", 2), "{with:?}");
        assert!(told.said("error").contains(expected), "{}", told.said("error"));
        assert_eq!((told.requests.len(), told.github.len()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_could_not_be_begun_in_time_is_missed_aloud() {
    let Shop { scene, .. } = shop();
    scene.github.fault("*", When::Always, Fault::Timeout { applied: false });
    let delay = Duration::from_secs(4);
    let (told, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
    let warning = told.said("warning");
    assert!(warning.contains("no GitHub Deployment is recorded: GitHub did not"), "{warning}");
    assert!(told.log().contains("commits are not listed: GitHub did not"), "{}", told.log());
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_there_is_named_though_github_listens_no_more() {
    let Shop { scene, .. } = shop();
    let fault = Fault::Timeout { applied: true };
    scene.github.fault("repos/create-deployment-status", When::Always, fault);
    let delay = Duration::from_secs(4);
    let (told, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
    assert_eq!(told.result(), "cancelled", "{}", told.log());
    let report: serde_json::Value = serde_json::from_str(told.output("report")).expect("JSON");
    assert_eq!(report[0]["github-deployment-id"], only(&scene).id);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_tried_again_by_the_post_step() {
    let Shop { scene, .. } = shop();
    let fault = Fault::Unprocessable(json!([]));
    scene.github.fault("repos/create-deployment-status", When::Nth(2), fault);
    let told = deploy(&scene, &[]).await;
    assert_eq!(told.said("warning").lines().count(), 1, "{}", told.said("warning"));
    let left = told.states.last().map_or("", |(_, value)| value.as_str());
    assert_eq!(left, "");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_begins_after_the_end_is_left_with_how_it_ended() {
    let Shop { scene, .. } = shop();
    let second = Duration::from_secs(1);
    let pace = Pace { begin: second, provision: second, pull: second, ..Pace::default() };
    scene.sim.pace(Pace { settle: second, drain: second, ..pace });
    // The rollout is over before the commit is known.
    let busy = Fault::SecondaryRateLimit { status: 403, retry_after: Duration::from_secs(15) };
    scene.github.fault("repos/get-commit", When::Nth(1), busy.clone());
    scene.github.fault("repos/get-commit", When::Nth(2), busy);
    scene.github.fault("repos/create-deployment", When::Always, Fault::Timeout { applied: true });
    scene.github.fault("repos/list-deployments", When::Always, Fault::Timeout { applied: true });
    let told = deploy(&scene, &[]).await;
    assert_eq!((told.result(), only(&scene).statuses.len()), ("deployed", 0));
    let left = told.states.last().map_or("", |(_, value)| value.as_str());
    assert!(left.contains("\"success\"") && left.contains("web1 runs 1.4.2"), "{left}");
    let created = told.github.iter().find(|it| it.operation == "repos/create-deployment");
    let ended = told.took - Duration::from_secs(15);
    assert!(created.is_some_and(|it| it.at > ended), "{ended:?} {created:?}");
}

#[tokio::test(start_paused = true)]
async fn what_github_did_not_take_is_said_once() {
    let Shop { scene, .. } = shop();
    let fault = Fault::BadGateway { applied: false };
    scene.github.fault("repos/create-deployment-status", When::Nth(2), fault);
    let busy = Fault::SecondaryRateLimit { status: 403, retry_after: Duration::from_secs(9) };
    scene.github.fault("git/create-ref", When::Nth(1), busy);
    scene.github.fault("git/create-ref", When::Nth(2), Fault::Timeout { applied: false });
    let warning = deploy(&scene, &[("git-tag", "v{version}")]).await.said("warning");
    assert_eq!(warning.to_lowercase().matches("deployment").count(), 1, "{warning}");
    assert_eq!(warning.matches("git tag").count(), 1, "{warning}");
}
