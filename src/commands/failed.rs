//! After a deployment that failed: why, and the way back, side by side.

use tokio::time::Instant;

use super::deploy::TIMEOUT;
use super::ending::Bad;
use super::undo::{self, Undo, Undone};
use super::{Run, evidence};
use crate::apply::{Journal, Stop};
use crate::decide::Plan;
use crate::diagnosis::diagnose;
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::request::{AppRequest, OnFailure};
use crate::rollout::Followed;
use crate::watch::{Limits, Watched};

/// A deployment that did not succeed, and everything about it.
pub(super) struct Failed<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) app: &'a AppRequest,
    pub(super) plan: &'a Plan,
    pub(super) followed: &'a Followed,
    pub(super) watched: &'a Watched,
    pub(super) journal: &'a Journal,
    pub(super) begun: Instant,
}

impl Failed<'_> {
    /// Finds out why, brings the earlier version back where that is asked for,
    /// and gives the outcome.
    pub(super) async fn explain_and_undo(
        &self,
        bad: Bad,
        report: &mut AppReport,
    ) -> Result<Outcome, Stop> {
        let Self { run, app, plan, followed, watched, journal, begun } = *self;
        run.voice.line(&bad.problem.message);
        let wanted = match bad.outcome {
            Outcome::TimedOut => app.failure.on_timeout,
            _ => app.failure.on_failure,
        };
        let mut timeline = Vec::new();
        let undo = async {
            if !bad.undoable || wanted == OnFailure::Keep {
                return None;
            }
            journal.note(|entries| entries.undoing = true);
            let limit = app.wait.timeout.unwrap_or(TIMEOUT);
            let deadline = Instant::now() + limit + plan.service.strategy_waits;
            let limits = Limits { begun, deadline };
            let own = report.service_deployment.as_ref();
            Some(Undo { run, app, plan, followed, limits }.undo(own, &mut timeline).await)
        };
        // In time means in time: after a timeout only what was seen is explained,
        // unless the way back takes its time anyway.
        let reads = bad.outcome != Outcome::TimedOut || wanted == OnFailure::Undo;
        let explanation = async {
            if !bad.explicable {
                return None;
            }
            let evidence = if reads {
                evidence::collect(run, app, plan, followed, watched).await
            } else {
                evidence::seen(watched)
            };
            let diagnosis = diagnose(&evidence);
            for line in diagnosis.lines() {
                run.voice.line(&line);
            }
            Some(diagnosis)
        };
        let (undone, diagnosis) = tokio::join!(undo, explanation);
        report.diagnosis = diagnosis;
        report.timeline.append(&mut timeline);
        let outcome = settle(bad, undone, plan, report)?;
        if outcome == Outcome::Undone {
            report.notices.extend(undo::clear_away(run, app, journal).await.map(Problem::new));
        }
        Ok(outcome)
    }
}

/// Both ends in one outcome.
fn settle(
    bad: Bad,
    undone: Option<Undone>,
    plan: &Plan,
    report: &mut AppReport,
) -> Result<Outcome, Stop> {
    let mut problem = bad.problem;
    let outcome = match undone {
        None => bad.outcome,
        Some(Undone::Back(how)) => {
            report.running = Some(plan.from.clone());
            report.undo = Some(format!("{} is back {how}", plan.from.name()));
            problem.hint = None;
            Outcome::Undone
        }
        Some(Undone::Failed(why)) => {
            report.undo =
                Some(format!("bringing {} back failed: {}", plan.from.name(), why.message));
            problem.hint = why.hint.or_else(|| {
                Some("The service needs a person: look at its tasks in the ECS console.".to_owned())
            });
            Outcome::UndoFailed
        }
        Some(Undone::Kept(why)) => {
            report.undo = Some(format!("nothing was undone: {why}"));
            bad.outcome
        }
        Some(Undone::Cancelled) => return Err(Stop::Cancelled),
    };
    if let Some(diagnosis) = report.diagnosis.as_ref().filter(|it| it.is_known) {
        // The cause first: what ECS made of it follows from it.
        problem.message = format!("{}; {}", diagnosis.cause, problem.message);
        // What to do about the cause, then about what is left behind.
        let hints = [diagnosis.next.clone(), problem.hint];
        problem.hint = hints.into_iter().flatten().reduce(|cause, rest| format!("{cause}. {rest}"));
    }
    report.failure = Some(problem);
    Ok(outcome)
}
