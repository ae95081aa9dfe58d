//! Random histories on the simulator: `previous` is always the answer of an
//! independent computation ([`judge`]), or refused for a reason that is true.

mod judge;
mod past;

use std::collections::BTreeSet;

use simulator::{Act, Lag};

use super::PREVIOUS;
use crate::bad_day::secs;
use crate::scene::Step;
use judge::Answer;
use past::{Past, SETTLED, TAGS};

/// How a history comes to its end, and `previous` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

const DRY: &[(&str, &str)] = &[("command", "rollback"), ("dry-run", "true")];

impl Past {
    async fn end(&mut self, ending: Ending) -> Step {
        let target = match self.answer() {
            Answer::To(target) => Some(target),
            _ => None,
        };
        match (ending, &target) {
            (Ending::UnderWay, _) => {
                self.deploy();
                tokio::time::sleep(secs(self.random.u64(30..65))).await;
            }
            (Ending::Lagging, _) => {
                self.deploy();
                tokio::time::sleep(secs(self.random.u64(1..300))).await;
                self.sim().lag(Lag { listing: SETTLED, ..Lag::default() });
            }
            (Ending::ImageDeleted, Some((_, digest))) => {
                self.sim().act(Act::delete_image("web1", digest));
            }
            (Ending::ImageArchived, Some((_, digest))) => {
                self.sim().act(Act::archive_image("web1", digest));
            }
            (Ending::RevisionDeregistered, Some((definition, _))) => {
                self.sim().act(Act::deregister(definition));
            }
            (Ending::TagMoved, Some((_, digest))) => {
                let other = TAGS.iter().map(|tag| self.scene.digest(tag)).find(|it| it != digest);
                for tag in TAGS {
                    if self.scene.digest(tag) == *digest {
                        let other = other.clone().expect("there are other images");
                        self.sim().act(Act::move_tag("web1", tag, &other));
                    }
                }
            }
            (Ending::TwoAtOnce, Some(_)) => {
                let pause = secs(self.random.u64(0..40));
                let (one, other) = tokio::join!(Box::pin(self.scene.deploy(PREVIOUS)), async {
                    tokio::time::sleep(pause).await;
                    Box::pin(self.scene.deploy(PREVIOUS)).await
                });
                return if one.result() == "rolled-back" { one } else { other };
            }
            (Ending::ForReal, _) => return Box::pin(self.scene.deploy(PREVIOUS)).await,
            _ => {}
        }
        Box::pin(self.scene.deploy(DRY)).await
    }
}

/// What the product said, held against what is so.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Verdict {
    Answered,
    Refused,
    /// A reason that no independent computation can foresee.
    Unseen,
}

fn judged(ending: Ending, answer: &Answer, step: &Step, past: &Past) -> Verdict {
    let error = step.said("error");
    let refused = |reasons: &[&str]| {
        assert_eq!(step.result(), "refused", "{answer:?}\n{}", step.log());
        assert!(reasons.iter().any(|reason| error.contains(reason)), "{answer:?}: {error}");
        assert_eq!(step.writes(), [""; 0]);
        Verdict::Refused
    };
    if ending == Ending::Lagging
        && step.result() == "refused"
        && error.contains("can't be said yet")
    {
        return Verdict::Unseen;
    }
    let (definition, digest) = match answer {
        Answer::To(target) => target,
        Answer::AlreadyBack => return refused(&["already back on", "already on its way back"]),
        Answer::ReturnFailed => return refused(&["bring", "has failed"]),
        Answer::OnlyOne => return refused(&["there is no previous version: only"]),
        Answer::Nothing => return refused(&["which version is `previous` is not known"]),
        Answer::NotPulled => return Verdict::Unseen,
    };
    match ending {
        Ending::ImageDeleted => return refused(&["there is no image"]),
        Ending::ImageArchived => return refused(&["can't be pulled"]),
        _ => {}
    }
    if step.result() == "refused" && error.contains("can't come back as it was") {
        assert!(!past.can_be_used(definition, digest) && past.is_running(digest), "{error}");
        return Verdict::Refused;
    }
    if step.result() == "refused" && past.is_what_runs(definition, digest) {
        return refused(&["differs in nothing from what runs now"]);
    }
    assert!(
        ["planned", "rolled-back"].contains(&step.result()),
        "{answer:?}\n{}\n{error}",
        step.log()
    );
    assert_eq!(step.output("image-digest"), digest, "{}", step.log());
    if past.can_be_used(definition, digest) {
        assert_eq!(step.output("task-definition-arn"), definition, "as it was: {}", step.log());
        assert!(!step.writes().contains(&"RegisterTaskDefinition"), "{}", step.log());
    }
    Verdict::Answered
}

async fn history(seed: u64) -> (Ending, Verdict) {
    let mut past = Past::begin(seed);
    if past.random.u8(0..25) == 0 {
        past.fill_a_page().await;
    }
    for _ in 0..past.random.u8(0..8) {
        past.go_on().await;
    }
    let ending = ENDINGS[past.random.usize(..ENDINGS.len())];
    let before = past.answer();
    let step = past.end(ending).await;
    let for_real = matches!(ending, Ending::ForReal | Ending::TwoAtOnce);
    // A dry run changes nothing, but may have waited for a rollback by ECS.
    let answer = if for_real { before } else { past.answer() };
    let verdict = judged(ending, &answer, &step, &past);
    if let (true, Verdict::Answered, Answer::To((_, digest))) = (for_real, verdict, &answer) {
        assert_eq!(step.result(), "rolled-back", "{}", step.log());
        assert_eq!(past.scene.runs_in_the_end().await, std::slice::from_ref(digest));
        // Whoever presses the button after that ends on the same image.
        let again = Box::pin(past.scene.deploy(DRY)).await;
        let answer = past.answer();
        judged(Ending::AtRest, &answer, &again, &past);
        match answer {
            Answer::AlreadyBack => {}
            // By the running definition, which is a configuration of its own.
            Answer::To((_, again)) => assert_eq!(again, *digest),
            other => panic!("it was brought back: {other:?}"),
        }
    }
    (ending, verdict)
}

#[tokio::test(start_paused = true)]
async fn previous_is_what_an_independent_computation_says() {
    let mut seen = BTreeSet::new();
    let mut counts = [0; 3];
    for seed in 0..300 {
        let name = Seed(seed);
        let (ending, verdict) = Box::pin(history(seed)).await;
        drop(name);
        counts[verdict as usize] += 1;
        seen.insert((ending as usize, verdict));
    }
    let [answered, refused, unseen] = counts;
    // Nothing is proved by histories that all end alike.
    assert!(answered >= 60 && refused >= 60 && unseen <= 40, "{counts:?}");
    for ending in ENDINGS {
        let answered = [Verdict::Answered, Verdict::Refused];
        assert!(answered.iter().any(|it| seen.contains(&(ending as usize, *it))), "{ending:?}");
    }
}

/// Says which history it was when a test fails in the middle of it.
struct Seed(u64);

#[allow(clippy::print_stderr, reason = "a test that fails is there to be read")]
impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the history of seed {}", self.0);
        }
    }
}
