//! `previous` where CodeDeploy deploys.
//!
//! CodeDeploy keeps no digests: an image is what its tag names now, unless that was pushed
//! later; but for what runs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Act, Behaviour, CodeDeployDeployment, CodeDeployTruth, Image, Service};

use super::super::{Controller, play, seeds};
use super::past::{Past, TAGS, number};
use super::replay::{Answer, End, Replayed, Version};
use super::{DRY, FOR_REAL, LIST, judge_the_way_back, refused, target};
use crate::codedeploy::{APPLICATION, GROUP, minutes};
use crate::scene::{Step, crashes, secs};

/// Longer than a deployment takes to move all traffic.
const SERVED: u64 = 200;

/// The newest so many deployments are looked at, rollbacks among them.
const NEWEST: usize = 50;

/// When `previous` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    AtRest,
    /// A deployment is anywhere on its way, or keeps the old tasks.
    UnderWay,
    ForReal,
}

/// A task set of the service.
#[derive(Debug, Clone)]
struct TaskSet {
    is_primary: bool,
    definition: String,
    /// The deployment that made it.
    made_by: Option<String>,
    /// Of its tasks.
    digest: Option<String>,
}

#[test]
fn previous_is_what_an_independent_computation_says_of_a_groups_past() {
    let Some(seen) = play(&seeds("group", 250), async |seed| story(seed.number).await) else {
        return;
    };
    let mut counts: BTreeMap<(Moment, &str), u32> = BTreeMap::new();
    for it in seen {
        *counts.entry(it).or_default() += 1;
    }
    // Nothing is proved by pasts that all end alike.
    let of = |answer: &str| counts.iter().filter(|((_, it), _)| *it == answer).map(|it| it.1).sum();
    let [to, back, one, unknown]: [u32; 4] = ["to", "back", "one", "unknown"].map(of);
    assert!(to >= 60 && back >= 40 && one >= 5 && unknown >= 1, "{counts:?}");
}

/// Makes one up, asks, and judges what is said; what the answer was.
async fn story(seed: u64) -> (Moment, &'static str) {
    let mut past = of_codedeploy(seed);
    for _ in 0..past.random.u8(0..7) {
        go_on(&mut past).await;
    }
    let moment = [Moment::AtRest, Moment::UnderWay, Moment::ForReal][past.random.usize(..3)];
    if moment == Moment::UnderWay || past.random.u8(..4) == 0 {
        past.deploy();
        past.pause(0..SERVED).await;
    }
    judge_the_list(&past).await;
    let before = answer(&past);
    let step = past.scene.deploy(if moment == Moment::ForReal { FOR_REAL } else { DRY }).await;
    // A dry run changes nothing, but may have waited for a rollback by CodeDeploy.
    let answer = if moment == Moment::ForReal { before } else { answer(&past) };
    let seen = judged(&answer, &step, &past);
    if moment == Moment::ForReal && step.result() == "rolled-back" {
        let Answer::To(Version { digest: Some(digest), .. }) = &answer else {
            panic!("back to what is not known: {answer:?}");
        };
        assert_eq!(serving(&past), std::slice::from_ref(digest), "{}", step.log());
        tokio::time::sleep(secs(4_500)).await;
        assert_eq!(serving(&past), std::slice::from_ref(digest), "later: {}", step.log());
    }
    (moment, seen)
}

fn judged(answer: &Answer, step: &Step, past: &Past) -> &'static str {
    let error = step.said("error");
    // Before there was anything to return from; the next run deploys.
    let had_not_begun = step.writes() == ["StopDeployment"] && step.result() == "failed";
    if had_not_begun && error.contains("rolled nothing back") {
        return "stopped";
    }
    let to = match target(answer, step) {
        Ok(to) => to,
        Err(why) => return why,
    };
    let Some(digest) = &to.digest else {
        refused(answer, step, &["is not known: its tag "]);
        return "gone";
    };
    if step.result() == "refused" && error.contains("there is no image") {
        assert!(!is_in_ecr(past, digest), "{answer:?}: {error}");
        return "gone";
    }
    if step.result() == "refused" {
        let same = ["is identical to what runs now", "can't be restored as it was"];
        refused(answer, step, &same);
        assert!(serving(past).contains(digest), "{answer:?}: {error}");
        return "same";
    }
    if step.result() == "unchanged" {
        // It was back as soon as what was in the way had been stopped.
        assert_eq!(step.writes(), ["StopDeployment"], "{}", step.log());
        assert_eq!(serving(past), std::slice::from_ref(digest), "{}", step.log());
        return "to";
    }
    judge_the_way_back(step, past, to, digest);
    "to"
}

/// What the list says to run gets traffic, and it writes nothing.
async fn judge_the_list(past: &Past) {
    let step = past.scene.deploy(LIST).await;
    step.is("listed");
    assert_eq!(step.writes(), [""; 0]);
    let serving = serving(past);
    for row in step.lines.iter().filter(|line| line.contains("runs now")) {
        let known = |digest: &String| {
            let hex = digest.trim_start_matches("sha256:");
            row.contains(&hex[..12])
        };
        assert!(serving.iter().any(known), "{row}\n{serving:?}");
    }
}

fn of_codedeploy(seed: u64) -> Past {
    let mut past = Past::new(Controller::CodeDeploy, seed);
    let mut random = past.random.fork();
    let keeps = [Some(0), Some(5), Some(60), None][random.usize(..4)];
    let first = past.revision();
    let service = past.sim().service("prod", "web1").desired(1).running(&first);
    service.code_deploy().start();
    let mut group = past.sim().deployment_group(APPLICATION, GROUP).service("prod", "web1");
    group = match keeps {
        Some(minutes) => group.terminates_after(minutes),
        None => group.keeps_blue(),
    };
    if random.bool() {
        group = group.auto_rollback(&["DEPLOYMENT_FAILURE"]);
    }
    // Before the simulator was made; what runs came last.
    let before = match random.u8(0..8) {
        0..3 => 0,
        3 => random.usize(40..60),
        _ => random.usize(1..5),
    };
    for _ in 0..before {
        let revision = past.any_revision();
        group = match random.u8(0..6) {
            0 => group.then_failed(&revision),
            1 => group.then_stopped(&revision),
            _ => group.deployed(&revision),
        };
    }
    if before > 0 {
        group = group.deployed(&first);
    }
    group.create();
    past
}

/// Until the group is free, whatever it keeps the old tasks for.
async fn settle() {
    minutes(75).await;
}

/// Something that happens to a group.
async fn go_on(past: &mut Past) {
    match past.random.u8(0..8) {
        0..=2 => past.deploy(),
        3 => {
            let tag = past.tag();
            if let Some(bad) = past.named(tag) {
                past.sim().behaves(&bad, crashes());
                past.deploy();
                // Longer than CodeDeploy waits for tasks.
                minutes(75).await;
                past.sim().behaves(&bad, Behaviour::Healthy { ready_after: secs(1) });
            }
        }
        4 | 5 => {
            past.deploy();
            // In every phase, that of the old tasks' last minutes too.
            past.pause(0..200).await;
            let said = [Some(true), Some(false), None][past.random.usize(..3)];
            past.sim().act(Act::stop_code_deploy(APPLICATION, GROUP, said));
        }
        6 => {
            past.deploy();
            past.pause(100..200).await;
            let end = Act::continue_code_deploy(APPLICATION, GROUP, "TERMINATION_WAIT");
            past.sim().act(end);
        }
        _ => {
            // Back to what ran before, as people do it.
            let truth = truth(past);
            let before = truth.deployments.iter().rev().filter(|it| it.status == "Succeeded");
            if let Some(before) = before.map(|it| it.task_definition.clone()).nth(1) {
                past.deploy_this(&before);
            }
        }
    }
    settle().await;
    age(past);
}

/// What time does to revisions and images.
fn age(past: &mut Past) {
    match past.random.u8(0..16) {
        0 => past.deregister_one(),
        1 => past.move_a_tag(),
        2 => {
            let tag = past.tag();
            past.sim().act(Act::delete_image("web1", tag));
        }
        3 | 4 => {
            let (tag, now) = (past.tag(), past.sim().elapsed());
            let image = Image::linux_amd64().content(&format!("{tag} {}", now.as_secs()));
            let digest = past.sim().repository("web1").push(tag, image);
            past.pushed.push((digest, now));
        }
        _ => {}
    }
}

fn truth(past: &Past) -> CodeDeployTruth {
    past.sim().codedeploy_truth(APPLICATION, GROUP)
}

fn answer(past: &Past) -> Answer {
    let sets = task_sets(past);
    previous(&truth(past), &sets, |definition, set, then| version(past, definition, set, then))
}

fn task_sets(past: &Past) -> Vec<TaskSet> {
    let body = json!({ "cluster": "prod", "services": ["web1"] });
    let answer = past.sim().call(Service::Ecs, "DescribeServices", &body).expect("it is there");
    let sets = answer["services"][0]["taskSets"].as_array().cloned().unwrap_or_default();
    let running = past.sim().truth("prod", "web1").running;
    let digest = |set: &Value| {
        let runs = running.iter().find(|it| set["id"] == it.deployment_id.as_str())?;
        runs.digests.get("web1").cloned()
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let read = |set: &Value| TaskSet {
        is_primary: set["status"] == "PRIMARY",
        definition: text(&set["taskDefinition"]).unwrap_or_default(),
        made_by: text(&set["externalId"]),
        digest: digest(set),
    };
    sets.iter().map(read).collect()
}

/// What the tasks of a set run, where it has any; else what the tag of its definition
/// names, if that is not younger than its deployment.
fn version(past: &Past, definition: &str, set: Option<&TaskSet>, deployed: Duration) -> Version {
    let revision = past.scene.revision(number(definition));
    let reference = revision["containerDefinitions"][0]["image"].as_str().unwrap_or_default();
    let (_, tag) = reference.rsplit_once(':').expect("a tag");
    let runs = set.and_then(|set| set.digest.clone());
    let now = past.named(tag).filter(|_| runs.is_none());
    let is_later = |it: &String| past.pushed.iter().any(|(own, at)| own == it && *at > deployed);
    let (moved_to, assumed) = match now {
        Some(now) if is_later(&now) => (Some(now), None),
        now => (None, now),
    };
    let digest = runs.or(assumed);
    let later = past.pushed.iter().find(|(own, _)| digest.as_ref() == Some(own));
    let is_there = |digest: &&String| is_stored(past, digest);
    let pushed = digest.as_ref().filter(is_there).and(later).map(|it| it.1);
    Version {
        definition: definition.to_owned(),
        reference: reference.to_owned(),
        digest,
        moved_to,
        pushed: pushed.unwrap_or_default(),
    }
}

/// The digests that get traffic.
fn serving(past: &Past) -> Vec<String> {
    let truth = truth(past);
    truth.serving().iter().filter_map(|it| it.digests.get("web1").cloned()).collect()
}

/// Whether ECR has it, with a tag or without.
fn is_stored(past: &Past, digest: &str) -> bool {
    let body = json!({ "repositoryName": "web1", "imageIds": [{ "imageDigest": digest }] });
    past.sim().call(Service::Ecr, "DescribeImages", &body).is_ok()
}

fn is_in_ecr(past: &Past, digest: &str) -> bool {
    TAGS.iter().any(|tag| past.named(tag).as_deref() == Some(digest))
}

fn end(it: &CodeDeployDeployment, truth: &CodeDeployTruth) -> End {
    let rollback = it.rolled_back_by.as_ref().map(|id| truth.deployment(id));
    match (it.status.as_str(), rollback) {
        ("Succeeded", _) => End::Succeeded,
        // Only its old tasks were left to remove, and nothing came back.
        ("Stopped", None) if it.served.is_some() => End::Succeeded,
        ("Failed" | "Stopped", None) => End::Failed,
        ("Failed" | "Stopped", Some(rollback)) => match rollback.status.as_str() {
            "Failed" | "Stopped" => End::Failed,
            _ if rollback.served.is_some() => End::RolledBack,
            _ => End::RollingBack,
        },
        _ if it.served.is_some() => End::Succeeded,
        _ => End::UnderWay,
    }
}

/// The answer; `version` says what a definition ran that was deployed then, by what its
/// tasks tell if there are some.
fn previous(
    truth: &CodeDeployTruth,
    sets: &[TaskSet],
    version: impl Fn(&str, Option<&TaskSet>, Duration) -> Version,
) -> Answer {
    let first = truth.deployments.len().saturating_sub(NEWEST);
    let listed = &truth.deployments[first..];
    let own: Vec<&CodeDeployDeployment> =
        listed.iter().filter(|it| it.rolls_back.is_none()).collect();
    if own.is_empty() {
        return Answer::Unknown;
    }
    let maker = |set: &TaskSet| {
        let made = own.iter().find(|it| Some(&it.id) == set.made_by.as_ref());
        let same = || own.iter().rev().filter(|it| it.task_definition == set.definition);
        let served = || same().find(|it| end(it, truth) == End::Succeeded);
        made.or_else(served).or_else(|| same().next()).copied()
    };
    let before = sets.iter().rev().find(|set| maker(set).is_none());
    let since = (first > 0).then(|| own[0].created);
    let mut replayed = Replayed::since(since);
    let before = before.filter(|_| since.is_none());
    replayed.stack.extend(before.map(|set| version(&set.definition, Some(set), Duration::MAX)));
    let is_of_its_own = |set: &&TaskSet| own.iter().any(|it| Some(&it.id) == set.made_by.as_ref());
    let brought = |it: &CodeDeployDeployment| {
        let made = sets.iter().find(|set| set.made_by.as_ref() == Some(&it.id));
        let stands_for = |set: &&TaskSet| maker(set).is_some_and(|maker| maker.id == it.id);
        let set = made.or_else(|| sets.iter().filter(|set| !is_of_its_own(set)).find(stands_for));
        version(&it.task_definition, set, it.created)
    };
    let primary = sets.iter().find(|set| set.is_primary).expect("there is a primary one");
    let runs = maker(primary).map_or("", |it| &it.id);
    // Several may have failed in a row, after one that failed and kept the traffic.
    let failed = own.iter().rev().take_while(|it| end(it, truth) == End::Failed).count();
    let tail = own[own.len() - failed..].iter().position(|it| it.id == runs);
    let at = tail.map_or(own.len() - 1, |it| own.len() - failed + it);
    let last = own[at];
    for deployment in &own[..at] {
        replayed.take(brought(deployment), end(deployment, truth));
    }
    let runs_newest = last.finished.is_none() || runs == last.id;
    let (last, end) = (brought(last), end(last, truth));
    match end {
        End::Succeeded | End::RolledBack => {
            replayed.take(last, end);
            replayed.below()
        }
        _ if replayed.stack.is_empty() => Answer::Unknown,
        End::RollingBack => Answer::AlreadyBack,
        End::Failed if !runs_newest => Answer::AlreadyBack,
        End::Failed | End::UnderWay => replayed.in_the_middle(&last, end),
    }
}
