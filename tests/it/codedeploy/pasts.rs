//! Random histories of a deployment group: `previous` is always the answer of an
//! independent computation ([`judge`]), or refused for a reason that is true.

mod judge;
mod past;

use std::collections::BTreeMap;

use crate::bad_day::secs;
use crate::scene::Step;
use judge::{Answer, Version};
use past::Past;

/// How many are made up.
const PASTS: u64 = 250;

/// When `previous` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    AtRest,
    /// A deployment is anywhere on its way, or keeps the old tasks.
    UnderWay,
    ForReal,
}

const DRY: &[(&str, &str)] = &[("command", "rollback"), ("dry-run", "true")];
const FOR_REAL: &[(&str, &str)] = &[("command", "rollback")];
const LIST: &[(&str, &str)] = &[("command", "list")];

#[tokio::test(start_paused = true)]
async fn previous_is_what_an_independent_computation_says_of_a_groups_past() {
    let number = |name: &str| std::env::var(name).ok().and_then(|it| it.parse::<u64>().ok());
    let seeds = match number("PAST_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PASTS").unwrap_or(PASTS),
    };
    let is_whole = seeds.end - seeds.start >= PASTS;
    let mut counts: BTreeMap<(Moment, &str), u32> = BTreeMap::new();
    for seed in seeds {
        let name = Seed(seed);
        let seen = Box::pin(past(seed)).await;
        drop(name);
        *counts.entry(seen).or_default() += 1;
    }
    if !is_whole {
        return;
    }
    // Nothing is proved by histories that all end alike.
    let of = |answer: &str| counts.iter().filter(|((_, it), _)| *it == answer).map(|it| it.1).sum();
    let [to, back, one, unknown]: [u32; 4] = ["to", "back", "one", "unknown"].map(of);
    assert!(to >= 60 && back >= 40 && one >= 5 && unknown >= 1, "{counts:?}");
}

/// Makes one up, asks, and judges what is said; what the answer was.
async fn past(seed: u64) -> (Moment, &'static str) {
    let mut past = Past::begin(seed);
    for _ in 0..past.random.u8(0..7) {
        past.go_on().await;
    }
    let moment = [Moment::AtRest, Moment::UnderWay, Moment::ForReal][past.random.usize(..3)];
    if moment == Moment::UnderWay || past.random.u8(..4) == 0 {
        past.deploy();
        let pause = past.random.u64(0..past::SERVED.as_secs());
        tokio::time::sleep(secs(pause)).await;
    }
    judge_the_list(&past).await;
    let before = past.answer();
    let step = past.scene.deploy(if moment == Moment::ForReal { FOR_REAL } else { DRY }).await;
    // A dry run changes nothing, but may have waited for a rollback by CodeDeploy.
    let answer = if moment == Moment::ForReal { before } else { past.answer() };
    let seen = judged(&answer, &step, &past);
    if moment == Moment::ForReal && step.result() == "rolled-back" {
        let Answer::To(Version { digest: Some(digest), .. }) = &answer else {
            panic!("back to what is not known: {answer:?}");
        };
        assert_eq!(past.serving(), std::slice::from_ref(digest), "{}", step.log());
        tokio::time::sleep(secs(4_500)).await;
        assert_eq!(past.serving(), std::slice::from_ref(digest), "later: {}", step.log());
    }
    (moment, seen)
}

fn judged(answer: &Answer, step: &Step, past: &Past) -> &'static str {
    let error = step.said("error");
    // Before there was anything to return from; the next run deploys.
    let had_not_begun = step.writes() == ["StopDeployment"] && step.result() == "failed";
    if had_not_begun && error.contains("went back to nothing") {
        return "stopped";
    }
    let refused = |reasons: &[&str]| {
        assert_eq!(step.result(), "refused", "{answer:?}\n{}", step.log());
        assert!(reasons.iter().any(|reason| error.contains(reason)), "{answer:?}: {error}");
        assert_eq!(step.writes(), [""; 0]);
    };
    let it = match answer {
        Answer::To(it) => it,
        Answer::AlreadyBack => {
            refused(&["already back on", "already on its way back", "the service still runs"]);
            return "back";
        }
        Answer::ReturnFailed => {
            refused(&["has failed"]);
            return "failed";
        }
        Answer::OnlyOne => {
            refused(&["there is no previous version: only"]);
            return "one";
        }
        Answer::Unknown => {
            refused(&["which version is `previous` is not known"]);
            return "unknown";
        }
    };
    let Some(digest) = &it.digest else {
        refused(&["is not known: its tag "]);
        return "gone";
    };
    if step.result() == "refused" && error.contains("there is no image") {
        assert!(!past.is_in_ecr(digest), "{answer:?}: {error}");
        return "gone";
    }
    if step.result() == "refused" {
        let same = ["differs in nothing from what runs now", "can't come back as it was"];
        refused(&same);
        assert!(past.serving().contains(digest), "{answer:?}: {error}");
        return "same";
    }
    let result = step.result();
    if result == "unchanged" {
        // It was back as soon as what was in the way had been stopped.
        assert_eq!(step.writes(), ["StopDeployment"], "{}", step.log());
        assert_eq!(past.serving(), std::slice::from_ref(digest), "{}", step.log());
        return "to";
    }
    assert!(["planned", "rolled-back"].contains(&result), "{answer:?}\n{}\n{error}", step.log());
    assert_eq!(step.output("image-digest"), digest, "{}", step.log());
    if past.can_be_used(it) {
        assert_eq!(step.output("task-definition-arn"), it.definition, "{}", step.log());
        assert!(!step.writes().contains(&"RegisterTaskDefinition"), "{}", step.log());
    }
    "to"
}

/// What the list says to run gets traffic, and it writes nothing.
async fn judge_the_list(past: &Past) {
    let step = past.scene.deploy(LIST).await;
    assert_eq!((step.result(), step.code), ("listed", 0), "{}", step.said("error"));
    assert_eq!(step.writes(), [""; 0]);
    let serving = past.serving();
    for row in step.lines.iter().filter(|line| line.contains("runs now")) {
        let known = |digest: &String| {
            let hex = digest.trim_start_matches("sha256:");
            row.contains(&hex[..12])
        };
        assert!(serving.iter().any(known), "{row}\n{serving:?}");
    }
}

/// Says which past it was when a test fails in the middle of it.
struct Seed(u64);

#[allow(clippy::print_stderr, reason = "a test that fails is there to be read")]
impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the past of PAST_SEED={}", self.0);
        }
    }
}
