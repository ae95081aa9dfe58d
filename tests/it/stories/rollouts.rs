//! Random rollouts by ECS: what the new image does, what others do meanwhile, and what
//! goes wrong on the way.

mod story;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use simulator::{DeploymentTruth, Fault, Recorded, Truth};

use self::story::Story;
use super::{Controller, Played, TIMEOUT, on_virtual_time, play, seeds};
use crate::scene::{INTERVAL, Step, definition};

/// How many are told.
const STORIES: u64 = 360;

/// Every way that a deployment can end in them.
const ENDS: [&str; 6] = ["deployed", "failed", "superseded", "timed-out", "undo-failed", "undone"];

/// What the step is told: to leave the deployment to ECS, as far as it can be.
const INPUTS: &[(&str, &str)] = &[("timeout", "8m"), ("on-failure", "keep")];

#[test]
fn random_rollouts_end_as_ecs_ended_them_and_in_every_way() {
    let ends = play(&seeds("rollout", STORIES), async |seed| {
        let story = Story::tell(seed.number);
        let played = perform(seed.number, &story).await;
        judge(&story, &played);
        played.step.result().to_owned()
    });
    if let Some(ends) = ends {
        let ends: BTreeSet<String> = ends.into_iter().collect();
        assert!(ends.iter().eq(&ENDS), "{ends:?}");
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let [one, other] = [3, 3].map(|seed| on_virtual_time(perform(seed, &Story::tell(seed))));
    assert_eq!(one.step.lines, other.step.lines);
    assert_eq!((one.step.took, &one.truth), (other.step.took, &other.truth));
}

async fn perform(seed: u64, story: &Story) -> Played {
    Played::on(story.scene(), Controller::Ecs, story, seed, INPUTS, None).await
}

fn judge(story: &Story, played: &Played) {
    let Played { step, truth, .. } = played;
    played.judge_the_exit();
    played.judge_the_version(story.may_have_no_tasks());
    let ours = truth
        .deployments
        .iter()
        .find(|it| it.task_definition == definition("web1:2"))
        .expect("the update was carried out");
    let result = step.result();
    let allowed = allowed(story, step, truth, ours);
    assert!(allowed.contains(&result), "{result}, and ECS says {}: {allowed:?}", ours.status);
    if result == "deployed" && !story.may_have_no_tasks() && !story.is_doomed() {
        assert_eq!(step.output("running-version"), "1.4.2");
    }
    let mut writes = vec!["RegisterTaskDefinition", "UpdateService"];
    if result == "undone" {
        writes.push("DeregisterTaskDefinition");
    }
    assert_eq!(step.writes(), writes, "the writes of {result}");
    if result == "timed-out" {
        assert_eq!(step.took, TIMEOUT);
    } else if !is_given_up(step) {
        judge_the_time(story, step, ours);
    }
}

/// Whether the tasks kept dying and nobody waited for ECS to see it.
fn is_given_up(step: &Step) -> bool {
    step.said("error").contains("the deployment counts as failed")
}

/// The results that are true. More than one only where the older view cannot
/// tell, or where two things happened between two looks.
fn allowed(story: &Story, step: &Step, truth: &Truth, ours: &DeploymentTruth) -> Vec<&'static str> {
    if is_given_up(step) {
        assert!(story.is_doomed(), "a version that works was given up");
        return vec!["failed"];
    }
    let reason = ours.reason.as_deref().unwrap_or_default();
    let own = match ours.status.as_str() {
        "SUCCESSFUL" => "deployed",
        "ROLLBACK_SUCCESSFUL" => "undone",
        "ROLLBACK_FAILED" => "undo-failed",
        "STOPPED" if reason == "Replaced by a new service deployment." => "superseded",
        "STOPPED" => "failed",
        running => {
            assert_eq!(step.took, TIMEOUT, "it is still {running}");
            return vec!["timed-out"];
        }
    };
    let mut allowed = vec![own];
    let finished = ours.finished.expect("it has ended");
    if step.took == TIMEOUT && finished + INTERVAL + story.conditions.latency * 3 >= TIMEOUT {
        allowed.push("timed-out");
    }
    let last = step.requests.iter().rev().find(|it| it.operation == "DescribeServices");
    if last.is_some_and(|it| service(it)["status"] != "ACTIVE") {
        // A service that is deleted is named as such, whatever came before.
        allowed.push("failed");
    }
    let is_newest = truth.newest().deployment_id == ours.deployment_id;
    if own == "failed" && !is_newest {
        // Ours had failed by itself before somebody replaced it: nothing of it
        // is left that could be undone, so this is the better word.
        allowed.push("superseded");
    }
    if story.is_older_view() {
        // There a deployment is complete only when the old tasks are gone, and
        // what came after it hides what became of it.
        if !is_newest {
            allowed.extend(["superseded", "undone", "undo-failed"]);
        }
        if ours.status == "SUCCESSFUL" {
            allowed.push("timed-out");
        }
    }
    allowed
}

/// The end is known within one interval of the first look that could show it,
/// and that look comes within one interval of the end.
fn judge_the_time(story: &Story, step: &Step, ours: &DeploymentTruth) {
    let finished = ours.finished.expect("it has ended");
    assert!(step.took >= finished, "told at {:?}, ended at {finished:?}", step.took);
    let Some(shown) = first_shown(story, step, ours) else { return };
    let look = INTERVAL + story.conditions.latency * 3 + Duration::from_millis(100);
    // That it is not replaced by another is seen only some seconds after a stop.
    let stopped = if ours.status == "STOPPED" { Duration::from_secs(3) } else { Duration::ZERO };
    let decided = decided(step);
    if !troubled(step, shown, decided) {
        assert!(decided <= shown + look + stopped, "shown at {shown:?}, decided at {decided:?}");
    }
    let before = finished.saturating_sub(Duration::from_secs(60));
    let late = ours.created + story.longest_lag() > finished;
    if !story.is_older_view() && !late && !troubled(step, before, shown) {
        assert!(shown <= finished + look, "ended at {finished:?}, shown at {shown:?}");
    }
}

/// When the watch was over: what follows a success is the check of the digest.
fn decided(step: &Step) -> Duration {
    let check = watched(step).find(|it| it.operation == "DescribeServiceRevisions");
    check.filter(|_| step.result() == "deployed").map_or(step.decided(), |it| it.at)
}

/// What was asked after the update.
fn watched(step: &Step) -> impl Iterator<Item = &Recorded> {
    step.requests.iter().skip_while(|it| it.operation != "UpdateService")
}

/// Whether anything went wrong in this time but a permission that never was.
fn troubled(step: &Step, from: Duration, to: Duration) -> bool {
    step.requests.iter().any(|it| {
        (from..=to).contains(&it.at)
            && it.fault.as_ref().is_some_and(|fault| *fault != Fault::AccessDenied)
    })
}

/// When ECS first answered so that the end could be known.
fn first_shown(story: &Story, step: &Step, ours: &DeploymentTruth) -> Option<Duration> {
    let answers = watched(step).filter(|it| it.status == Some(200));
    if story.is_older_view() {
        // Until then the newer view is waited for.
        let denied = watched(step).find(|it| it.fault == Some(Fault::AccessDenied))?.at;
        let mut seen = false;
        let mut services =
            answers.filter(|it| it.at >= denied && it.operation == "DescribeServices");
        return services.find(|it| shows(&service(it), ours, &mut seen)).map(|it| it.at);
    }
    // A look is whole when both answers are there; the SDK may have had to ask
    // twice for one of them.
    let (mut service_at, mut own_at) = (None, None);
    for answer in answers {
        match answer.operation.as_str() {
            "DescribeServices" => service_at = Some(answer.at),
            _ if tells_the_end(answer, ours) => own_at = Some(answer.at),
            _ => {}
        }
        if let (Some(service), Some(own)) = (service_at, own_at)
            && service.abs_diff(own) < Duration::from_secs(3)
        {
            return Some(service.max(own));
        }
    }
    None
}

fn service(answer: &Recorded) -> Value {
    answer.response()["services"][0].clone()
}

/// Whether a list or description of service deployments shows ours as ended.
fn tells_the_end(answer: &Recorded, ours: &DeploymentTruth) -> bool {
    let ended = ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"];
    let answer = answer.response();
    let listed = answer["serviceDeployments"].as_array();
    listed.into_iter().flatten().any(|it| {
        it["serviceDeploymentArn"] == ours.service_deployment_arn.as_str()
            && ended.iter().any(|status| it["status"] == *status)
    })
}

/// Whether `service.deployments[]` shows the end of ours. `seen` remembers
/// whether it ever held ours: before that it may be older than the update.
fn shows(service: &Value, ours: &DeploymentTruth, seen: &mut bool) -> bool {
    let deployments = || service["deployments"].as_array().into_iter().flatten();
    let is_ours = |it: &Value| it["id"] == ours.deployment_id.as_str();
    *seen |= deployments().any(is_ours);
    let Some(primary) = deployments().find(|it| it["status"] == "PRIMARY") else { return false };
    let rolls_back =
        service["deploymentConfiguration"]["deploymentCircuitBreaker"]["rollback"] == true;
    let state = primary["rolloutState"].as_str().unwrap_or_default();
    match state {
        _ if service["status"] != "ACTIVE" => true,
        _ if !*seen => false,
        "COMPLETED" => true,
        // With a way back ECS may yet take it.
        "FAILED" => !rolls_back || !is_ours(primary),
        _ => false,
    }
}
