//! Random pasts of a service: `previous` is always the answer of an independent
//! computation ([`replay`]), or refused for a reason that is true.

mod codedeploy;
mod ecs;
mod past;
mod replay;

use self::past::Past;
use self::replay::{Answer, Version};
use crate::scene::Step;

const DRY: &[(&str, &str)] = &[("command", "rollback"), ("dry-run", "true")];
const FOR_REAL: &[(&str, &str)] = &[("command", "rollback")];
const LIST: &[(&str, &str)] = &[("command", "list")];

/// It was refused for one of these reasons.
fn refused(answer: &Answer, step: &Step, reasons: &[&str]) {
    let error = step.said("error");
    step.is("refused");
    assert!(reasons.iter().any(|reason| error.contains(reason)), "{answer:?}: {error}");
    assert_eq!(step.writes(), [""; 0]);
}

/// The version that is to come back, or why there is none: then it was refused for that.
fn target<'a>(answer: &'a Answer, step: &Step) -> Result<&'a Version, &'static str> {
    let (why, reasons): (_, &[&str]) = match answer {
        Answer::To(version) => return Ok(version),
        // Nobody else can know what it is.
        Answer::NotPulled => return Err("unseen"),
        Answer::AlreadyBack => {
            ("back", &["already back on", "already being rolled back", "the service still runs"])
        }
        Answer::ReturnFailed => ("failed", &["that should have restored"]),
        Answer::OnlyOne => ("one", &["there is no previous version: only"]),
        Answer::Unknown => ("unknown", &["it is not known which version is `previous`"]),
    };
    refused(answer, step, reasons);
    Err(why)
}

/// It goes back to this, by the revision that it ran as if that can be used again.
fn judge_the_way_back(step: &Step, past: &Past, to: &Version, digest: &str) {
    let said = format!("{to:?}\n{}\n{}", step.log(), step.said("error"));
    assert!(["planned", "rolled-back"].contains(&step.result()), "{said}");
    assert_eq!(step.output("image-digest"), digest, "{said}");
    if past.can_be_used(&to.definition, digest) {
        assert_eq!(step.output("task-definition-arn"), to.definition, "as it was: {said}");
        assert!(!step.writes().contains(&"RegisterTaskDefinition"), "{said}");
    }
}
