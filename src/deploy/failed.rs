//! After a deployment that failed: why, and the way back, side by side.

use std::time::Duration;

use tokio::time::Instant;

use super::context::{Rollout, TIMEOUT, Via, desired_count};
use super::outcome::{FailedRollout, Response, remaining, restored};
use super::undo::{self, Undo, Undone};
use super::{evidence, one_off};
use crate::deploy::apply::Stop;
use crate::deploy::watch::Limits;
use crate::diagnosis::{Diagnosis, diagnose};
use crate::ecs::{Deployment, ServiceDeploymentArn};
use crate::plan::{VersionInfo, undo_target};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::rollout::and_back;

const NEEDS_A_PERSON: &str =
    "The service needs your attention: look at its tasks in the ECS console.";

impl Rollout<'_> {
    /// Finds out why, brings the earlier version back where that is asked for,
    /// and gives the outcome.
    pub(crate) async fn explain_and_undo(
        &self,
        failed: FailedRollout,
        report: &mut AppReport,
    ) -> Result<Outcome, Stop> {
        let Self { run, app, plan, journals, .. } = *self;
        let whole = failed.whole();
        run.reporter.line(&whole.message);
        let is_left = matches!(failed.outcome, Outcome::TimedOut | Outcome::Unknown);
        if failed.response != Response::Undo && !is_left {
            run.member.fails();
        }
        // What a cancel from here on has to explain.
        report.failure.problem = Some(whole);
        let wanted = match failed.outcome {
            Outcome::TimedOut => app.failure.on_timeout,
            _ => app.failure.on_failure,
        };
        let undoes =
            matches!(failed.response, Response::ExplainAndUndo | Response::Undo) && wanted.undoes();
        if undoes && let Ok(point) = undo_target(plan) {
            report.failure.back_to = Some(restored::side_of(plan, point));
        }
        // In time means in time: after a timeout only what was seen is explained,
        // unless the undo takes its time anyway.
        let reads = failed.outcome != Outcome::TimedOut || wanted.undoes();
        let mut timeline = Vec::new();
        let own = report.rollout.service_deployment.clone();
        let undo = async {
            match undoes {
                true => {
                    if failed.response == Response::Undo {
                        run.member.last_to_go().await;
                    }
                    let undone = self.undo(own.as_ref(), &mut timeline).await;
                    Some((undone, self.begun.elapsed()))
                }
                false => None,
            }
        };
        let explain = async {
            match failed.response {
                Response::Leave | Response::Undo => None,
                Response::Explain | Response::ExplainAndUndo => self.explain(reads).await,
            }
        };
        let (undone, diagnosis) = tokio::join!(undo, explain);
        if let Some((Undone::Back(_) | Undone::Failed(_) | Undone::Unknown(_), at)) = undone {
            report.rollout.spans = and_back(std::mem::take(&mut report.rollout.spans), at);
        }
        let undone = undone.map(|(undone, _)| undone);
        report.failure.diagnosis = diagnosis;
        report.rollout.timeline.append(&mut timeline);
        // Then nothing is on its way out.
        let has_stayed = matches!(undone, Some(Undone::Stayed));
        let outcome = self.settle(failed, undone, report)?;
        if outcome == Outcome::Failed {
            self.look_at_what_is_left(report).await;
        }
        if outcome == Outcome::Undone {
            if desired_count(app, plan) == 0 {
                report.versions.running = None;
            }
            let looks = if has_stayed { 1 } else { undo::LOOKS };
            let cleared = undo::clear_away(run, app, &journals.deploy, looks).await;
            report.notices.extend(cleared.map(Problem::new));
        }
        Ok(outcome)
    }

    async fn undo(
        &self,
        own: Option<&ServiceDeploymentArn>,
        timeline: &mut Vec<(Duration, String)>,
    ) -> Undone {
        let limit = self.app.wait.timeout.unwrap_or(TIMEOUT);
        let deadline = Instant::now() + limit + self.plan.service.strategy_waits;
        let limits = Limits { begun: self.begun, deadline };
        Undo { of: self, limits }.undo(own, timeline).await
    }

    /// Why it failed; `reads` what the watch has not seen. Of a rollout that had succeeded only
    /// what is known.
    async fn explain(&self, reads: bool) -> Option<Diagnosis> {
        let Self { run, app, plan, watched, .. } = *self;
        let seen = || evidence::seen(plan, watched, app.failure.log_lines);
        let evidence = if reads {
            tokio::select! {
                evidence = evidence::collect(self) => evidence,
                // Somebody who cancels waits for no explanation.
                () = run.shutdown.requested() => seen(),
            }
        } else {
            seen()
        };
        let diagnosis = diagnose(&evidence.masked(&plan.revision.definition));
        if self.has_succeeded() && !diagnosis.is_known {
            return None;
        }
        for line in diagnosis.lines(watched.timeline.iter().map(|(_, line)| line.as_str())) {
            run.reporter.line(&line);
        }
        Some(diagnosis)
    }

    /// Nothing was undone: then what runs is what people ask first.
    async fn look_at_what_is_left(&self, report: &mut AppReport) {
        let ecs = self.run.clients.ecs(&self.app.target.region);
        let service = tokio::select! {
            service = ecs.service(&self.app.target) => service,
            () = self.run.shutdown.requested() => return,
        };
        let Ok(Some(service)) = service else { return };
        // A deployment that was to return brings what was to be left.
        let brings = match self.plan.roll_back().is_some() {
            true => report.versions.from_in_flight.as_ref().or(report.versions.from.as_ref()),
            false => report.versions.to.as_ref(),
        };
        let its_part = self.watched.last.as_ref().and_then(|it| it.traffic);
        let is_beside = |it: &Deployment| {
            it.made_by.is_some() && it.is_of(&self.followed.id) && !it.is_primary()
        };
        let is_shared = match its_part {
            Some(percent) => percent > 0.0 && percent < 100.0,
            // Where that may not be read, it may have any part.
            None => service.deployments.iter().any(is_beside),
        };
        let left = remaining::of(&service, self.plan, &self.followed.id, brings, is_shared);
        report.failure.remaining = Some(left.to_string());
        // Where both get traffic, neither is what runs, whatever their tasks do just now.
        report.versions.running = left.only().filter(|_| !is_shared);
    }

    /// Both ends in one outcome. Where AWS had not answered before the time was up it may have
    /// ended meanwhile.
    fn settle(
        &self,
        failed: FailedRollout,
        undone: Option<Undone>,
        report: &mut AppReport,
    ) -> Result<Outcome, Stop> {
        let mut problem = failed.whole();
        let (what, why) = (failed.problem.message, failed.why);
        // Whoever started it should learn that it was undone.
        let whose = match self.followed.adopted && self.via == Via::Deployment {
            true => "; this run had only followed the failed deployment, which it did not start",
            false => "",
        };
        let back_to = report.failure.back_to.as_ref().map(VersionInfo::name).unwrap_or_default();
        let outcome = match undone {
            None if self.watched.is_stale => Outcome::Unknown,
            None => failed.outcome,
            Some(Undone::Back(how)) => {
                report.versions.running.clone_from(&report.failure.back_to);
                // Where its own could not be used as it is, it is back in a new revision.
                let registered = self.journals.undo.entries().registered().cloned();
                if let (Some(running), Some(arn)) = (&mut report.versions.running, registered) {
                    running.task_definition = Some(arn);
                }
                report.failure.undo = Some(format!("{back_to} was restored {how}{whose}"));
                problem.hint = None;
                Outcome::Undone
            }
            Some(Undone::Stayed) => {
                report.versions.running.clone_from(&report.failure.back_to);
                report.failure.undo =
                    Some(format!("{back_to} kept all the traffic throughout{whose}"));
                problem.hint = None;
                Outcome::Undone
            }
            Some(Undone::Failed(why)) => {
                report.failure.undo = Some(format!("restoring {back_to} failed: {}", why.message));
                problem.hint = why.hint.or_else(|| Some(NEEDS_A_PERSON.to_owned()));
                Outcome::UndoFailed
            }
            Some(Undone::Unknown(why)) => {
                report.failure.undo = Some(format!(
                    "it is not known whether {back_to} was restored: {}",
                    why.message
                ));
                problem.hint = why.hint.or(problem.hint);
                Outcome::Unknown
            }
            Some(Undone::Kept(why)) => {
                report.failure.undo = Some(format!("nothing was undone: {why}"));
                failed.outcome
            }
            Some(Undone::Cancelled) => return Err(Stop::Cancelled),
        };
        let problem = match report.failure.diagnosis.as_ref().filter(|it| it.is_known) {
            Some(diagnosis) => {
                let what =
                    if why.as_ref() == Some(&diagnosis.cause) { what } else { problem.message };
                with_the_cause(diagnosis, Problem { message: what, ..problem })
            }
            None => problem,
        };
        if let Some(stays) = one_off::stays(self.app, report) {
            match &mut report.failure.undo {
                Some(undo) => undo.push_str(&format!("; {stays}")),
                None => report.notices.push(Problem::new(stays)),
            }
        }
        report.failure.problem = Some(problem);
        Ok(outcome)
    }
}

/// The cause first: what ECS made of it follows from it.
fn with_the_cause(diagnosis: &Diagnosis, problem: Problem) -> Problem {
    let message = format!("{}; {}", diagnosis.cause, problem.message);
    // What to do about the cause, then about what is left behind.
    let hints = [diagnosis.next.clone(), problem.hint];
    let hint = hints.into_iter().flatten().reduce(|cause, rest| format!("{cause}. {rest}"));
    Problem { message, hint, ..problem }
}
