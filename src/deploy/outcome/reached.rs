//! A deployment that has reached the point of `wait-until`: its state there, what comes
//! next, and how to continue.

use crate::deploy::context::Rollout;
use crate::ecs::Pause;
use crate::plan::VersionInfo;
use crate::problem::{Problem, utc};
use crate::report::{AppReport, PointReached};
use crate::request::Stage;
use crate::rollout::Snapshot;

/// How much production traffic the deployment has.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Traffic {
    None,
    Percent(f64),
    All,
    /// It is not shifted, or nobody says how far.
    NotKnown,
}

impl Traffic {
    fn of(last: &Snapshot) -> Self {
        let stage = last.stage.as_deref().and_then(Stage::of);
        match last.traffic {
            Some(percent) if percent >= 100.0 => Self::All,
            Some(percent) if percent > 0.0 => Self::Percent(percent),
            Some(_) => Self::None,
            // A rolling update replaces tasks in the meantime.
            None if last.gate.is_some() || stage == Some(Stage::PreScaleUp) => Self::None,
            None => Self::NotKnown,
        }
    }

    fn in_words(self, from: &str, to: &str) -> String {
        match self {
            Self::None => format!("no production traffic is on {to} yet"),
            Self::Percent(percent) => {
                format!("{percent} % of production traffic is on {to}, the rest on {from}")
            }
            Self::All => format!("all production traffic is on {to}"),
            Self::NotKnown => format!("it is not known how much production traffic is on {to}"),
        }
    }
}

impl Rollout<'_> {
    /// Says so, and reports it.
    pub(crate) fn reached(&self, report: &mut AppReport) {
        let Some(last) = &self.watched.last else { return };
        let traffic = Traffic::of(last);
        let (from, to) = (report.versions.from.clone(), report.versions.to.clone());
        report.versions.tasks = None;
        report.versions.running = match traffic {
            Traffic::None => from.clone(),
            Traffic::All => to.clone(),
            Traffic::Percent(_) | Traffic::NotKnown => None,
        };
        let name = |side: Option<VersionInfo>, unknown: &str| {
            side.map_or_else(|| unknown.to_owned(), |side| side.name())
        };
        let (from, to) = (name(from, "what ran before"), name(to, "the new version"));
        let point = PointReached {
            stage: last.stage.clone().unwrap_or_else(|| self.app.wait.until.to_string()),
            is_paused: last.waits_for_a_person(),
        };
        let (by, id) = (self.plan.by(), &self.followed.id);
        let next = match (&last.pause, &last.gate) {
            (Some(pause), _) => what_is_waited_for(pause),
            (None, Some(gate)) => {
                format!("CodeDeploy stops it after {} min", gate.within.as_secs() / 60)
            }
            (None, None) => format!("{by} continues it and may still roll back"),
        };
        let is_at = if point.is_paused { "waits for a person at" } else { "has reached" };
        let goes_on = if point.is_paused { "lets it continue" } else { "follows it to its end" };
        let notice = format!(
            "the deployment {is_at} {}: {}; {next}",
            point.stage,
            traffic.in_words(&from, &to)
        );
        self.run.notice(
            report,
            Problem::new(notice).hint(format!(
                "`command: continue` with `deployment: {id}` {goes_on}, `command: stop` rolls it back."
            )),
        );
        report.rollout.reached = Some(point);
    }

    /// The end came first: nobody has seen the point.
    pub(crate) fn passed_unseen(&self, report: &mut AppReport) {
        let until = self.app.wait.until;
        if until.is_on_the_way() {
            let notice = format!("the deployment finished before `{until}` was seen");
            self.run.notice(report, Problem::new(notice));
        }
    }
}

fn what_is_waited_for(pause: &Pause) -> String {
    let then = match pause.on_timeout.as_deref() {
        Some("ROLLBACK") => "rolls back",
        Some("CONTINUE") => "continues",
        Some(_) | None => "ends the pause",
    };
    match pause.expires_at.and_then(utc) {
        Some(at) => format!("without an answer ECS {then} at {at}"),
        None => format!("it is not known when ECS {then} without an answer"),
    }
}
