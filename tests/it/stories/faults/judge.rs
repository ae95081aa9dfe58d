//! Whether what a step said is true: by what the simulated AWS did, and without a line of
//! the product.

use std::time::Duration;

use simulator::{CodeDeployTruth, DeploymentTruth};

use super::super::Played;
use super::Case;
use super::journeys::{Journey, TIMEOUT};
use crate::scene::definition;

/// A write that got no answer, and what clears up after it.
const SLACK: Duration = Duration::from_secs(45);

/// An end that came so shortly before the time was up need not have been seen.
const UNSEEN: Duration = Duration::from_secs(16);

pub(super) fn judge(case: &Case, (played, newest): &(Played, u32)) {
    played.judge_the_exit();
    played.judge_the_version(false);
    judge_the_time(case, played);
    judge_the_revisions(played, *newest);
    judge_the_words(case, played);
    match &played.codedeploy {
        Some(group) => judge_codedeploy(case.journey, played, &group.truth),
        None => judge_ecs(case.journey, played),
    }
}

/// The time of the way back begins where the first one ends.
fn judge_the_time(case: &Case, played: &Played) {
    let times = if case.journey.is_doomed() { 2 } else { 1 };
    let (took, limit) = (played.step.took, TIMEOUT * times + SLACK);
    assert!(took <= limit, "{took:?} are more than {limit:?}");
}

/// A revision of this run that nothing uses is told.
fn judge_the_revisions(played: &Played, newest: u32) {
    let Played { step, scene, truth, .. } = played;
    for number in newest + 1.. {
        let state = scene.state_of(number);
        if state.is_empty() {
            return;
        }
        let short = format!("web1:{number}");
        let is_used = truth.task_definition == Some(definition(&short));
        if state != "ACTIVE" || is_used {
            continue;
        }
        let said = [step.said("error"), step.said("notice"), step.summary.clone()].join("\n");
        let is_told = said.contains(&short) || said.contains("if the revision was registered");
        assert!(is_told, "the revision {short} is left behind and not told: {said}");
    }
}

fn judge_the_words(case: &Case, played: &Played) {
    let step = &played.step;
    let error = step.said("error");
    match step.result() {
        "unknown" => {
            assert_eq!(step.output("running-version"), "", "it is not known");
            assert!(!case.passes || is_unheard(played), "what passes in time is waited for");
            assert!(!error.contains("could not be deployed"), "{error}");
        }
        result if case.is_after_a_write && case.passes => {
            assert_eq!(result, case.journey.result(), "what was carried out is adopted");
        }
        _ => {}
    }
}

/// A stop is sent once, and that it was not heard shows in nothing: CodeDeploy may take its
/// time with it.
fn is_unheard(played: &Played) -> bool {
    let mut stops = played.step.requests.iter().filter(|it| it.operation == "StopDeployment");
    stops.any(|it| it.fault.is_some() && !it.carried_out)
}

/// The service deployments of this run, oldest first.
fn own(played: &Played) -> &[DeploymentTruth] {
    &played.truth.deployments[played.before.deployments.len()..]
}

fn judge_ecs(journey: Journey, played: &Played) {
    let Played { step, truth, before, .. } = played;
    let begun = !step.output("deployment-id").is_empty();
    let wanted = &played.built[journey.wants()];
    let runs_wanted = || {
        let digests = truth.running.iter().filter_map(|it| it.digests.get("web1"));
        assert!(digests.into_iter().all(|it| it == wanted), "only {wanted} runs: {truth:#?}");
    };
    // A copy with its image pinned is as good.
    let earlier = &played.built["1.4.1"];
    let mut digests = truth.running.iter().filter_map(|it| it.digests.get("web1"));
    let is_back =
        truth.task_definition == before.task_definition || digests.all(|it| it == earlier);
    let ours = own(played).first();
    let is_there = journey.is_about_what_is_there();
    let ours = ours.or(truth.deployments.last().filter(|_| is_there));
    match step.result() {
        "deployed" => {
            assert_eq!(ours.map(|it| it.status.as_str()), Some("SUCCESSFUL"));
            runs_wanted();
        }
        "rolled-back" => {
            let newest = truth.newest();
            let status = newest.status.as_str();
            assert!(["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"].contains(&status), "{newest:?}");
        }
        "undone" => {
            assert!(is_back, "{truth:#?}");
            let status = truth.newest().status.as_str();
            assert!(["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"].contains(&status), "{status}");
        }
        "undo-failed" => {
            let over =
                ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"].contains(&truth.newest().status.as_str());
            assert!(!(is_back && over), "it is back: {truth:#?}");
        }
        "failed" if begun => {
            let ours = ours.or(truth.deployments.last()).expect("it has begun");
            assert_ne!(ours.status, "SUCCESSFUL", "{truth:#?}");
        }
        "timed-out" if begun => {
            let ours = ours.or(truth.deployments.last()).expect("it has begun");
            let seen = |end: Duration| end + UNSEEN < played.began + step.took;
            assert!(!ours.finished.is_some_and(seen), "it had ended: {ours:?}");
        }
        "failed" | "timed-out" | "refused" => {
            assert_eq!(own(played), [], "it was deployed");
        }
        "unknown" => {}
        other => panic!("{other} is no end of this"),
    }
}

fn judge_codedeploy(journey: Journey, played: &Played, truth: &CodeDeployTruth) {
    let step = &played.step;
    let begun = !step.output("deployment-id").is_empty();
    let serves = |version: &str| matches!(truth.serving(), [share] if share.digests["web1"] == played.built[version]);
    let ours = truth.deployments.iter().find(|it| it.created >= played.began);
    match step.result() {
        "deployed" | "rolled-back" => {
            assert!(serves(journey.wants()), "{truth:#?}");
        }
        "undone" => assert!(serves("1.4.1"), "{truth:#?}"),
        "undo-failed" => {
            let is_over = truth.deployments.iter().all(|it| it.finished.is_some());
            assert!(!(is_over && serves("1.4.1")), "it is back: {truth:#?}");
        }
        "failed" if begun && ours.is_some() => {
            assert_ne!(ours.map(|it| it.status.as_str()), Some("Succeeded"), "{truth:#?}");
        }
        "timed-out" if begun => {
            let seen = |end: Duration| end + UNSEEN < played.began + step.took;
            let ended = ours.and_then(|it| it.served);
            assert!(!ended.is_some_and(seen), "it had served: {truth:#?}");
        }
        "failed" | "timed-out" | "refused" if !begun => {
            assert_eq!(ours, None, "it was deployed");
        }
        "failed" | "timed-out" | "refused" | "unknown" => {}
        other => panic!("{other} is no end of this"),
    }
}
