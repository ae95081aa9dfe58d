//! A GitHub that hangs, refuses or limits: what becomes of the record, and that the
//! deployment does not wait for it.

use std::time::Duration;

use serde_json::json;
use simulator::github::{Fault, Grants, May, TOKEN};
use simulator::{Behaviour, Pace, When};

use super::{deploy, only, states};
use crate::github::{Shop, conforms, shop};
use crate::scene::Step;

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
        let step = deploy(&scene, &[]).await;
        assert_eq!((step.result(), step.code), ("deployed", 0), "{fault:?}");
        let warning = step.said("warning");
        assert!(warning.contains(words), "{fault:?}: {warning}");
        assert!(!warning.contains('<'), "no page of HTML: {warning}");
        assert_eq!(step.github_writes(), ["repos/create-deployment"], "{fault:?}: sent once");
        assert_eq!(scene.github.deployments().len(), 0, "{fault:?}");
        // What may be there all the same is left for the post step.
        let left = step.states.last().map_or("", |(_, value)| value.as_str());
        let is_unclear = matches!(
            fault,
            Fault::BadGateway { .. }
                | Fault::Status(_)
                | Fault::Reset { .. }
                | Fault::Timeout { .. }
        );
        assert_eq!(!left.is_empty(), is_unclear, "{fault:?}");
        conforms(&step);
    }
}

#[tokio::test(start_paused = true)]
async fn how_it_ended_is_left_for_the_post_step_where_github_does_not_listen() {
    let Shop { scene, .. } = shop();
    let fault = Fault::BadGateway { applied: false };
    scene.github.fault("repos/create-deployment-status", When::Nth(2), fault);
    let step = deploy(&scene, &[]).await;
    assert_eq!((step.result(), step.code), ("deployed", 0));
    assert_eq!(states(&only(&scene)), ["in_progress"]);
    let left = step.states.last().map_or("", |(_, value)| value.as_str());
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
    // Two runs look at ECS at different moments; GitHub is waited for for 15 s.
    let delay = ended + Duration::from_secs(6);
    let (step, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
    assert_eq!((step.result(), step.code), ("deployed", 0), "what ECS has done is done");
    assert!(step.took < delay + Duration::from_secs(7), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn a_slow_github_does_not_hold_up_the_way_back() {
    let begins = async |slow: bool| {
        let Shop { scene, .. } = shop();
        let digest = scene.digest("1.4.2");
        scene.sim.behaves(&digest, Behaviour::CannotPull);
        if slow {
            scene.github.fault("*", When::Always, Fault::Timeout { applied: false });
        }
        let step = deploy(&scene, &[]).await;
        step.is("undone");
        step.only("StopServiceDeployment").at
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
    let step = deploy(&scene, &[]).await;
    assert_eq!(step.result(), "deployed");
    let sent: Vec<Duration> = step
        .github
        .iter()
        .filter(|it| it.operation == "repos/create-deployment")
        .map(|it| it.at)
        .collect();
    assert_eq!(sent.len(), 2);
    assert!(sent[1] - sent[0] >= Duration::from_secs(5), "{sent:?}");
    assert_eq!(states(&only(&scene)), ["in_progress", "success"]);
    assert_eq!(step.said("warning"), "");
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
        let step = deploy(&scene, &[]).await;
        assert_eq!(step.result(), "deployed", "{fault:?}");
        assert_eq!(states(&only(&scene)), ["in_progress", "success"], "{fault:?}");
        assert_eq!(step.said("warning"), "", "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_record_is_named_with_what_it_needs() {
    let Shop { scene, .. } = shop();
    scene.github.token(TOKEN, Grants::all().deployments(May::Read));
    let step = deploy(&scene, &[]).await;
    assert_eq!(step.result(), "deployed");
    step.says("warning", "Add `deployments: write` to the `permissions`");
    step.says("summary", "creating the GitHub Deployment failed");
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_github_that_hangs_does_not_hold_up_a_cancelled_run() {
    let Shop { scene, .. } = shop();
    scene.github.fault("*", When::Always, Fault::Timeout { applied: true });
    let delay = Duration::from_secs(20);
    let (step, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
    assert_eq!(step.result(), "cancelled");
    assert!(step.took < delay + Duration::from_secs(7), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn a_github_that_hangs_neither_delays_the_update_nor_the_end_for_long() {
    let updated = |step: &Step| step.only("UpdateService").at;
    let Shop { scene, .. } = shop();
    let well = deploy(&scene, &[]).await;
    let Shop { scene, .. } = shop();
    scene.github.fault("*", When::Always, Fault::Timeout { applied: false });
    let step = deploy(&scene, &[]).await;
    assert_eq!((step.result(), updated(&step)), ("deployed", updated(&well)));
    assert!(step.took <= well.took + Duration::from_secs(31), "{:?}, {:?}", step.took, well.took);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_could_not_be_begun_in_time_is_missed_aloud() {
    let Shop { scene, .. } = shop();
    scene.github.fault("*", When::Always, Fault::Timeout { applied: false });
    let delay = Duration::from_secs(4);
    let (step, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
    step.says("warning", "no GitHub Deployment is recorded: GitHub did not");
    let folded = "<details><summary>Commits are not listed</summary>\n\nGitHub did not answer";
    step.says("summary", folded);
    assert!(!step.log().contains("ommits are not listed"), "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_there_is_named_though_github_listens_no_more() {
    let Shop { scene, .. } = shop();
    let fault = Fault::Timeout { applied: true };
    scene.github.fault("repos/create-deployment-status", When::Always, fault);
    let delay = Duration::from_secs(4);
    let (step, ()) = tokio::join!(deploy(&scene, &[]), scene.cancel_after(delay));
    step.is("cancelled");
    let report: serde_json::Value = serde_json::from_str(step.output("report")).expect("JSON");
    assert_eq!(report[0]["github-deployment-id"], only(&scene).id);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_tried_again_by_the_post_step() {
    let Shop { scene, .. } = shop();
    let fault = Fault::Unprocessable(json!([]));
    scene.github.fault("repos/create-deployment-status", When::Nth(2), fault);
    let step = deploy(&scene, &[]).await;
    assert_eq!(step.said("warning").lines().count(), 1, "{}", step.said("warning"));
    let left = step.states.last().map_or("", |(_, value)| value.as_str());
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
    let step = deploy(&scene, &[]).await;
    assert_eq!((step.result(), only(&scene).statuses.len()), ("deployed", 0));
    let left = step.states.last().map_or("", |(_, value)| value.as_str());
    assert!(left.contains("\"success\"") && left.contains("web1 runs 1.4.2"), "{left}");
    let created = step.github.iter().find(|it| it.operation == "repos/create-deployment");
    let ended = step.took - Duration::from_secs(15);
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
