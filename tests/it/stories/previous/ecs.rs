//! `previous` where ECS deploys.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use simulator::{Act, Behaviour, DeploymentTruth, Lag, Service, Truth};

use super::super::{Controller, play, seeds};
use super::past::{Past, TAGS, number};
use super::replay::{Answer, End, Replayed, Version};
use super::{DRY, FOR_REAL, judge_the_way_back, refused, target};
use crate::scene::{Step, crashes, secs};

/// Longer than any rollout of the simulator without checks takes.
const SETTLED: Duration = Duration::from_secs(8 * 60);

/// How a history comes to its end, and `previous` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    AtRest,
    UnderWay,
    Lagging,
    ImageDeleted,
    ImageArchived,
    RevisionDeregistered,
    TagMoved,
    ForReal,
    TwoAtOnce,
}

const ENDINGS: [Ending; 9] = [
    Ending::AtRest,
    Ending::UnderWay,
    Ending::Lagging,
    Ending::ImageDeleted,
    Ending::ImageArchived,
    Ending::RevisionDeregistered,
    Ending::TagMoved,
    Ending::ForReal,
    Ending::TwoAtOnce,
];

#[test]
fn previous_is_what_an_independent_computation_says_of_a_services_past() {
    let Some(seen) = play(&seeds("previous", 300), async |seed| story(seed.number).await) else {
        return;
    };
    let count = |of: &[&str]| seen.iter().filter(|(_, it)| of.contains(it)).count();
    let (to, unseen) = (count(&["to"]), count(&["unseen"]));
    // Nothing is proved by pasts that all end alike.
    assert!(to >= 60 && seen.len() - to - unseen >= 60 && unseen <= 40, "{seen:?}");
    let judged = seen.iter().filter(|(_, it)| *it != "unseen").map(|(ending, _)| *ending);
    assert!(judged.collect::<BTreeSet<Ending>>().iter().eq(&ENDINGS), "{seen:?}");
}

async fn story(seed: u64) -> (Ending, &'static str) {
    let mut past = of_ecs(seed);
    if past.random.u8(0..25) == 0 {
        fill_a_page(&mut past).await;
    }
    for _ in 0..past.random.u8(0..8) {
        go_on(&mut past).await;
    }
    let ending = ENDINGS[past.random.usize(..ENDINGS.len())];
    let before = answer(&past);
    let step = ask(&mut past, ending).await;
    let for_real = matches!(ending, Ending::ForReal | Ending::TwoAtOnce);
    // A dry run changes nothing, but may have waited for a rollback by ECS.
    let expected = if for_real { before } else { answer(&past) };
    let seen = judged(ending, &expected, &step, &past);
    if let (true, "to", Answer::To(Version { digest: Some(digest), .. })) =
        (for_real, seen, &expected)
    {
        step.is("rolled-back");
        assert_eq!(past.scene.runs_in_the_end().await, std::slice::from_ref(digest));
        // Whoever presses the button after that ends on the same image.
        let again = Box::pin(past.scene.deploy(DRY)).await;
        let now = answer(&past);
        judged(Ending::AtRest, &now, &again, &past);
        match now {
            Answer::AlreadyBack => {}
            // By the running definition, which is a configuration of its own.
            Answer::To(again) => assert_eq!(again.digest.as_ref(), Some(digest)),
            other => panic!("it was brought back: {other:?}"),
        }
    }
    (ending, seen)
}

fn judged(ending: Ending, answer: &Answer, step: &Step, past: &Past) -> &'static str {
    let error = step.said("error");
    let is_refused = step.result() == "refused";
    if ending == Ending::Lagging && is_refused && error.contains("is not known yet") {
        return "unseen";
    }
    let to = match target(answer, step) {
        Ok(to) => to,
        Err(why) => return why,
    };
    let digest = to.digest.as_deref().expect("it was pulled");
    let reason = match ending {
        Ending::ImageDeleted => "there is no image",
        Ending::ImageArchived => "can't be pulled",
        _ if is_refused && error.contains("can't be restored as it was") => {
            assert!(!past.can_be_used(&to.definition, digest) && is_running(past, digest));
            "can't be restored as it was"
        }
        _ if is_refused && is_what_runs(past, &to.definition, digest) => {
            "is identical to what runs now"
        }
        _ => {
            judge_the_way_back(step, past, to, digest);
            return "to";
        }
    };
    refused(answer, step, &[reason]);
    "same"
}

fn of_ecs(seed: u64) -> Past {
    let mut past = Past::new(Controller::Ecs, seed);
    let mut random = past.random.fork();
    let service = past.scene.sim.service("prod", "web1").desired(1);
    let service = match random.u8(0..3) {
        0 => service,
        1 => service.circuit_breaker(true),
        _ => service.circuit_breaker(false),
    };
    // A day apart: once in a while more than ECS remembers.
    let before = if random.u8(0..8) == 0 { random.usize(80..130) } else { random.usize(1..4) };
    let mut service = service.running(&past.revision());
    for number in 1..before {
        let revision = past.any_revision();
        service = match random.u8(0..6) {
            0 => service.then_rolled_back(&revision),
            // By what comes after it.
            1 if number + 1 < before => service.then_superseded(&revision),
            _ => service.running(&revision),
        };
    }
    service.start();
    past
}

async fn settle() {
    tokio::time::sleep(SETTLED).await;
}

/// Something that happens to a service.
async fn go_on(past: &mut Past) {
    match past.random.u8(0..9) {
        0..=3 => past.deploy(),
        4 => past.sim().act(Act::force_new_deployment("prod", "web1")),
        5 => {
            let tag = past.tag();
            let bad = past.scene.digest(tag);
            let this = if past.random.bool() { crashes() } else { Behaviour::Hangs };
            past.sim().behaves(&bad, this);
            past.deploy();
            settle().await;
            past.sim().behaves(&bad, Behaviour::Healthy { ready_after: secs(1) });
        }
        6 => {
            // Replaced before it is done.
            past.deploy();
            past.pause(1..60).await;
            past.deploy();
        }
        7 => {
            past.deploy();
            past.pause(1..60).await;
            past.sim().act(Act::stop_deployment("prod", "web1"));
        }
        _ => {
            // Back to what ran before, as people do it.
            let runs = past.sim().truth("prod", "web1");
            let before = runs.deployments.iter().rev().find(|it| it.status == "SUCCESSFUL");
            if let Some(before) = before {
                past.deploy_this(&before.task_definition.clone());
            }
        }
    }
    settle().await;
    age(past);
}

/// More deployments than ECS lists at once.
async fn fill_a_page(past: &mut Past) {
    for _ in 0..past.random.u8(95..115) {
        past.deploy();
        past.pause(20..200).await;
    }
    settle().await;
}

/// What time does to revisions and images.
fn age(past: &mut Past) {
    match past.random.u8(0..12) {
        0 => past.deregister_one(),
        1 => past.move_a_tag(),
        _ => {}
    }
}

fn answer(past: &Past) -> Answer {
    let truth = past.sim().truth("prod", "web1");
    previous(&truth, truth.deployments.len() - listed(past))
}

/// How many deployments ECS lists; it forgets them after 90 days.
fn listed(past: &Past) -> usize {
    past.sim().lag(Lag::default());
    let mut body = json!({ "cluster": "prod", "service": "web1", "maxResults": 100 });
    let mut count = 0;
    loop {
        let page = past.sim().call(Service::Ecs, "ListServiceDeployments", &body);
        let page = page.expect("it is listed");
        count += page["serviceDeployments"].as_array().map_or(0, Vec::len);
        match page.get("nextToken") {
            Some(next) => body["nextToken"] = next.clone(),
            None => return count,
        }
    }
}

/// What the service has now.
fn now(past: &Past) -> DeploymentTruth {
    let truth = past.sim().truth("prod", "web1");
    let is_primary = |it: &DeploymentTruth| Some(&it.deployment_id) == truth.primary.as_ref();
    truth.deployments.iter().find(|it| is_primary(it)).cloned().expect("it has a deployment")
}

fn is_running(past: &Past, digest: &str) -> bool {
    now(past).digests.get("web1").is_some_and(|it| it == digest)
}

/// Whether a revision is, but for its number, what the service has now.
fn is_what_runs(past: &Past, definition: &str, digest: &str) -> bool {
    let content = |arn: &str| {
        let revision = past.scene.revision(number(arn));
        (revision["memory"].clone(), revision["containerDefinitions"].clone())
    };
    is_running(past, digest) && content(&now(past).task_definition) == content(definition)
}

async fn ask(past: &mut Past, ending: Ending) -> Step {
    let target = match answer(past) {
        Answer::To(Version { definition, digest, .. }) => digest.map(|it| (definition, it)),
        _ => None,
    };
    match (ending, &target) {
        (Ending::UnderWay, _) => {
            past.deploy();
            past.pause(30..65).await;
        }
        (Ending::Lagging, _) => {
            past.deploy();
            past.pause(1..300).await;
            past.sim().lag(Lag { listing: SETTLED, ..Lag::default() });
        }
        (Ending::ImageDeleted, Some((_, digest))) => {
            past.sim().act(Act::delete_image("web1", digest));
        }
        (Ending::ImageArchived, Some((_, digest))) => {
            past.sim().act(Act::archive_image("web1", digest));
        }
        (Ending::RevisionDeregistered, Some((definition, _))) => {
            past.sim().act(Act::deregister(definition));
        }
        (Ending::TagMoved, Some((_, digest))) => {
            let other = TAGS.iter().map(|tag| past.scene.digest(tag)).find(|it| it != digest);
            for tag in TAGS {
                if past.scene.digest(tag) == *digest {
                    let other = other.clone().expect("there are other images");
                    past.sim().act(Act::move_tag("web1", tag, &other));
                }
            }
        }
        (Ending::TwoAtOnce, Some(_)) => {
            let pause = secs(past.random.u64(0..40));
            let (one, other) = tokio::join!(Box::pin(past.scene.deploy(FOR_REAL)), async {
                tokio::time::sleep(pause).await;
                Box::pin(past.scene.deploy(FOR_REAL)).await
            });
            return if one.result() == "rolled-back" { one } else { other };
        }
        (Ending::ForReal, _) => return Box::pin(past.scene.deploy(FOR_REAL)).await,
        _ => {}
    }
    Box::pin(past.scene.deploy(DRY)).await
}

fn version(deployment: &DeploymentTruth) -> Version {
    let digest = deployment.digests.get("web1").cloned();
    let reference = digest.clone().unwrap_or_default();
    let definition = deployment.task_definition.clone();
    Version { definition, reference, digest, moved_to: None, pushed: Duration::ZERO }
}

fn end(deployment: &DeploymentTruth) -> End {
    match deployment.status.as_str() {
        "SUCCESSFUL" => End::Succeeded,
        "ROLLBACK_SUCCESSFUL" => End::RolledBack,
        "STOPPED" | "ROLLBACK_FAILED" => End::Failed,
        _ => End::UnderWay,
    }
}

/// The answer for a service at rest, or with a deployment under way. The first
/// `forgotten` deployments lie so far back that ECS lists them no more; of them only
/// what ran in the end is known.
fn previous(truth: &Truth, forgotten: usize) -> Answer {
    let (forgotten, listed) = truth.deployments.split_at(forgotten);
    let mut replayed = Replayed::default();
    let is_base = |it: &&DeploymentTruth| end(it) == End::Succeeded && !it.digests.is_empty();
    replayed.stack.extend(forgotten.iter().rev().find(is_base).map(version));
    let Some((last, earlier)) = listed.split_last() else { return replayed.below() };
    let take = |replayed: &mut Replayed, it: &DeploymentTruth| {
        // A success without a task brought no image.
        if end(it) != End::Succeeded || !it.digests.is_empty() {
            replayed.take(version(it), end(it));
        }
    };
    earlier.iter().for_each(|it| take(&mut replayed, it));
    match end(last) {
        End::Succeeded | End::RolledBack => {
            take(&mut replayed, last);
            replayed.below()
        }
        _ if replayed.stack.is_empty() => Answer::Unknown,
        _ if last.digests.is_empty() => Answer::NotPulled,
        end => replayed.in_the_middle(&version(last), end),
    }
}
