//! What a run knows of its own deployment, where AWS shows that late.

use super::row::is_open;
use crate::image::Digest;
use crate::report::app::AppReport;
use crate::report::listing::{Period, Version};
use crate::report::outcome::Outcome;

/// Adds what this run knows of its deployment and AWS does not show yet. `seen`: what the
/// deployment brought as far as it shows; `asked`: by whom, why and in which run.
pub(crate) fn catch_up(
    versions: &mut [Version],
    report: &AppReport,
    seen: Option<&Digest>,
    asked: Period,
) {
    let to = report.versions.to.as_ref().and_then(|it| it.digest.as_ref());
    let place = |digest: &Digest| versions.iter().position(|it| it.digest == *digest);
    if let Some(seen) = seen {
        let newest = place(seen).and_then(|place| versions[place].runs.first_mut());
        if let Some(newest) = newest {
            let has_returned = report.outcome == Outcome::RolledBack && Some(seen) != to;
            end(newest, if has_returned { None } else { Some((report.outcome, asked)) });
        }
    // A deployment that was rolled back brought nothing of its own.
    } else if report.versions.from_in_flight.is_none()
        && let Some(place) = to.and_then(place)
    {
        let ended = ended(report.outcome).unwrap_or("in progress").to_owned();
        versions[place].runs.insert(0, Period { ended, ..asked });
    }
    if let Some(running) = report.versions.running.as_ref().and_then(|it| it.digest.as_ref()) {
        for version in versions {
            version.running = version.digest == *running;
        }
    }
}

/// `new`: how what the run asked for ended; `None` for a deployment that was rolled back to it.
fn end(run: &mut Period, new: Option<(Outcome, Period)>) {
    let known = match &new {
        Some((outcome, _)) => ended(*outcome),
        None => Some("rolled back"),
    };
    if let Some(known) = known.filter(|_| is_open(&run.ended)) {
        known.clone_into(&mut run.ended);
    }
    if let Some((_, asked)) = new.filter(|_| run.by.is_none() && run.run.is_none()) {
        let Period { from, until, ended, .. } = std::mem::take(run);
        *run = Period { from, until, ended, ..asked };
    }
}

/// How a deployment ended in the words of a list; `None` where it may go on.
fn ended(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Deployed | Outcome::RolledBack => Some("succeeded"),
        Outcome::Undone | Outcome::UndoFailed | Outcome::Failed => Some("failed"),
        Outcome::Superseded => Some("superseded"),
        _ => None,
    }
}
