//! Why `previous` is refused, in words, with what to type instead.

use super::entry::{By, Entry};
use super::previous::{HowReturned, NoPrevious};
use super::service_history::History;
use crate::problem::{Problem, utc};

impl NoPrevious<'_> {
    /// The refusal by `history` for people.
    pub(crate) fn problem(&self, history: &History) -> Problem {
        let message = match self {
            Self::AlreadyBack { on, way } => already_back(on, way),
            Self::ReturnFailed { to } => format!(
                "it is not clear which version is `previous`: a deployment that should have restored \
                 {to} failed"
            ),
            Self::OnlyOne(entry) => {
                format!("there is no previous version: only {entry} has succeeded on this service")
            }
            Self::Lagging => format!(
                "it is not known yet which version is `previous`: {} does not list the newest \
                 deployment of this service",
                history.controller
            ),
            Self::Unknown(gap) => {
                let why = gap.in_words(&history.controller);
                format!("it is not known which version is `previous`: {why}")
            }
        };
        Problem::new(message).hint(self.next_move(&history.candidates()))
    }

    fn next_move(&self, candidates: &[&Entry]) -> String {
        if *self == Self::Lagging {
            return "Run it again in a minute, or give an exact `version`.".to_owned();
        }
        if candidates.is_empty() {
            return "Give an exact `version`; `list` shows what is in the repository.".to_owned();
        }
        let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
        format!("Give an exact `version`. Succeeded here: {}.", names.join(", "))
    }
}

fn already_back(on: &Entry, way: &HowReturned<'_>) -> String {
    match way {
        HowReturned::Done { at, by } => {
            let by = match by {
                By::Itself(controller) => {
                    format!("{controller} rolled the last deployment back")
                }
                By::Deployment(_) => "a deployment restored it".to_owned(),
            };
            let since = at.and_then(utc).map(|at| format!(" at {at}")).unwrap_or_default();
            format!("the service is already back on {on}: {by}{since}")
        }
        HowReturned::UnderWay => format!("the service is already being rolled back to {on}"),
        HowReturned::Idle => {
            format!("the service is already back on {on}, but has not started a task of it")
        }
        HowReturned::Stayed => format!(
            "the service still runs {on}: the last deployment failed and does not have all of \
             the traffic"
        ),
    }
}
