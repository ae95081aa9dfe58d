//! What each version brought when it first ran, and who asked for it: as far as GitHub knows.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout, timeout_at};

use crate::commands::github_updates::{added, labelled_or_tagged};
use crate::deploy::context::Run;
use crate::github::{Comparison, GitHub, Recorded};
use crate::history::History;
use crate::image::Digest;
use crate::plan::VersionInfo;
use crate::read::Versions;
use crate::report::listing::{Brought, Period, Version};
use crate::request::AppRequest;

/// The newest of the versions that ran, whose commits are asked for: each takes one to four
/// calls to GitHub for its commit, one to three for what lies between, one for each
/// folder of an app of many (eight at most), and at most three for pull requests.
const VERSIONS: usize = 10;
/// The same of all services of a run together: a job's token has a thousand calls an hour.
const VERSIONS_OF_ALL: usize = 60;
const AT_ONCE: usize = 4;
/// All of it. A list without commits is of use, too.
const WITHIN: Duration = Duration::from_secs(30);
const LATE: &str = "GitHub did not answer in time";
/// GitHub's clock and AWS's may differ, and a record is made once ECS has taken the update.
const BEFORE: Duration = Duration::from_secs(60);
/// GitHub tells whole seconds.
const A_LITTLE: Duration = Duration::from_secs(5);

/// What this action recorded of all services, read once in a run; or why it is not known.
pub(super) async fn recorded<'a>(run: &Run<'a>) -> (&'a [Recorded], Option<&'a str>) {
    let Some(github) = run.github else { return (&[], None) };
    let read = async || match timeout(WITHIN, github.recorded()).await {
        Ok(Ok(recorded)) => (recorded, None),
        Ok(Err(error)) => (Vec::new(), Some(error.problem("deployments: read").in_one_line())),
        Err(_) => (Vec::new(), Some(LATE.to_owned())),
    };
    let (recorded, why) = run.recorded.get_or_init(read).await;
    (recorded, why.as_deref())
}

/// Adds what GitHub knows; what it does not know of commits is said of each version.
pub(super) async fn learn(
    run: &Run<'_>,
    app: &AppRequest,
    found: &Versions,
    recorded: &[Recorded],
    versions: &mut [Version],
) {
    let Some(history) = found.history.known() else { return };
    let most = (VERSIONS_OF_ALL / run.request.apps.len()).clamp(1, VERSIONS);
    let steps = steps(history, versions, most);
    let Some(github) = run.github else {
        // Outside of a workflow nobody expects it.
        if run.request.workflow.is_some() {
            let why = || Err("there is no `github-token`".to_owned());
            steps.iter().for_each(|step| tell_commits(step, versions, why()));
        }
        return;
    };
    let deadline = Instant::now() + WITHIN;
    let account = found.service.arn.account();
    let own: Vec<&Recorded> = recorded.iter().filter(|it| it.is_to(&app.target, account)).collect();
    for version in versions.iter_mut() {
        let of_it = own.iter().filter(|it| it.is_of(version.digest.as_str()));
        of_it.for_each(|recorded| tell_who(&mut version.runs, recorded));
    }
    let commits = commits(run, github, app, found, versions, (&steps, recorded), deadline).await;
    let between = steps.iter().map(async |step| match (&commits[&step.from], &commits[&step.to]) {
        (Ok(from), Ok(to)) => {
            let added = timeout_at(deadline, added(github, app, from, to)).await;
            added.unwrap_or_else(|_| Err(LATE.to_owned()))
        }
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
    });
    let between: Vec<_> = stream::iter(between).buffered(AT_ONCE).collect().await;
    steps.iter().zip(between).for_each(|(step, commits)| tell_commits(step, versions, commits));
}

fn tell_commits(step: &Step, versions: &mut [Version], commits: Result<Comparison, String>) {
    let since = versions[step.from].name.clone();
    versions[step.to].brought = Some(Brought { since, commits });
}

/// Who asked for the run that a record is of: the newest one that had begun by then, or was
/// about to. Of several records of one run the first counts; they come newest first.
fn tell_who(runs: &mut [Period], recorded: &Recorded) {
    let during = |ahead: Duration| {
        runs.iter().position(|run| {
            let begun = run.from.and_then(|from| from.checked_sub(ahead));
            begun.is_some_and(|begun| recorded.at >= begun)
                && run.until.is_none_or(|until| recorded.at <= until)
        })
    };
    let Some(at) = during(A_LITTLE).or_else(|| during(BEFORE)) else { return };
    let run = &mut runs[at];
    run.by.clone_from(&recorded.by);
    run.reason.clone_from(&recorded.reason);
    run.run.clone_from(&recorded.run);
}

/// From the version that ran before to one that ran for the first time, by their places.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    from: usize,
    to: usize,
}

/// Those of the newest versions, newest first.
fn steps(history: &History, versions: &[Version], most: usize) -> Vec<Step> {
    let places: HashMap<&Digest, usize> =
        versions.iter().enumerate().map(|(place, it)| (&it.digest, place)).collect();
    let (mut steps, mut before) = (Vec::new(), None);
    let mut is_seen = vec![false; versions.len()];
    for entry in history.entries().rev() {
        let place = entry.digests.iter().flatten().find_map(|it| places.get(it).copied());
        let Some(place) = place else {
            // It is not listed: what came next is told against nothing older.
            if entry.ran_well() {
                before = None;
            }
            continue;
        };
        if let Some(from) = before.filter(|from| *from != place && !is_seen[place]) {
            steps.push(Step { from, to: place });
        }
        is_seen[place] = true;
        if entry.ran_well() {
            before = Some(place);
        }
    }
    steps.into_iter().rev().take(most).collect()
}

/// Of which commits they were built, by their places; or, in words, why that is not known.
async fn commits(
    run: &Run<'_>,
    github: &GitHub,
    app: &AppRequest,
    found: &Versions,
    versions: &[Version],
    (steps, recorded): (&[Step], &[Recorded]),
    deadline: Instant,
) -> HashMap<usize, Result<String, String>> {
    let mut places: Vec<usize> = steps.iter().flat_map(|it| [it.from, it.to]).collect();
    places.sort_unstable();
    places.dedup();
    let commit = async |place: usize| {
        let version = &versions[place];
        let of_it = recorded.iter().find(|it| it.is_of(version.digest.as_str()));
        if let Some(recorded) = of_it {
            return (place, Ok(recorded.commit.clone()));
        }
        let side = VersionInfo {
            version: Some(version.name.clone()),
            image: Some(found.repository.to_string()),
            tag: version.tags.first().cloned(),
            digest: Some(version.digest.clone()),
            ..VersionInfo::default()
        };
        let commit = labelled_or_tagged(run, github, app, None, &side, false);
        let commit = timeout_at(deadline, commit).await;
        let unknown = |reasons: Vec<String>| {
            format!("the commit of {} is not known: {}", version.name, reasons.join("; "))
        };
        (place, commit.unwrap_or_else(|_| Err(vec![LATE.to_owned()])).map_err(unknown))
    };
    stream::iter(places.into_iter().map(commit)).buffer_unordered(AT_ONCE).collect().await
}
