//! What each version brought when it first ran, and who asked for it: as far as GitHub knows.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;

use crate::commands::github_updates::{added, labelled_or_tagged};
use crate::deploy::context::Run;
use crate::github::{GitHub, Recorded};
use crate::history::History;
use crate::image::Digest;
use crate::plan::VersionInfo;
use crate::read::Versions;
use crate::report::listing::{Brought, Period, Version};
use crate::request::AppRequest;

/// The newest of the versions that ran, whose commits are asked for: each takes one to four
/// calls to GitHub for its commit, one to three for what lies between, one for each
/// folder of an app of many, and at most three for pull requests.
const VERSIONS: usize = 10;
const AT_ONCE: usize = 4;
/// All of it. A list without commits is of use, too.
const WITHIN: Duration = Duration::from_secs(30);
const LATE: &str = "GitHub did not answer in time";
/// GitHub's clock and AWS's may differ, and a record is made once ECS has taken the update.
const BEFORE: Duration = Duration::from_secs(60);

/// Adds what GitHub knows; what it does not know is said of each version.
pub(super) async fn learn(
    run: &Run<'_>,
    app: &AppRequest,
    found: &Versions,
    versions: &mut [Version],
) {
    let Some(history) = found.history.known() else { return };
    let steps = steps(history, versions);
    let Some(github) = run.github else {
        // Outside of a workflow nobody expects it.
        if run.request.workflow.is_some() {
            unknown(&steps, versions, "there is no `github-token`");
        }
        return;
    };
    // One more permission, for what is only good to know.
    let recorded = timeout(WITHIN, github.recorded()).await.map(Result::unwrap_or_default);
    let recorded = recorded.unwrap_or_default();
    for version in versions.iter_mut() {
        let own = |it: &&Recorded| it.is_of(version.digest.as_str());
        let own: Vec<&Recorded> = recorded.iter().filter(|it| is_of(it, app)).filter(own).collect();
        version.runs.iter_mut().for_each(|run| tell(run, &own));
    }
    let commits = commits(run, github, app, found, versions, &steps, &recorded);
    let Ok(commits) = timeout(WITHIN, commits).await else {
        return unknown(&steps, versions, LATE);
    };
    let between = steps.iter().map(async |step| match (&commits[&step.from], &commits[&step.to]) {
        (Ok(from), Ok(to)) => added(github, app, from, to).await,
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
    });
    let between = stream::iter(between).buffered(AT_ONCE).collect::<Vec<_>>();
    let Ok(between) = timeout(WITHIN, between).await else {
        return unknown(&steps, versions, LATE);
    };
    for (step, commits) in steps.iter().zip(between) {
        let since = versions[step.from].name.clone();
        versions[step.to].brought = Some(Brought { since, commits });
    }
}

fn unknown(steps: &[Step], versions: &mut [Version], why: &str) {
    for step in steps {
        let since = versions[step.from].name.clone();
        let commits = Err(why.to_owned());
        versions[step.to].brought = Some(Brought { since, commits });
    }
}

fn is_of(recorded: &Recorded, app: &AppRequest) -> bool {
    let target = &app.target;
    recorded.is_to(target.region.as_str(), target.cluster.as_str(), target.service.as_str())
}

/// Who asked for it, by the first record of the image in the time that it ran.
fn tell(run: &mut Period, recorded: &[&Recorded]) {
    let Some(from) = run.from.and_then(|from| from.checked_sub(BEFORE)) else { return };
    let is_within = |at: SystemTime| at >= from && run.until.is_none_or(|until| at <= until);
    let of_it = recorded.iter().filter(|it| is_within(it.at)).min_by_key(|it| it.at);
    if let Some(recorded) = of_it {
        run.by.clone_from(&recorded.by);
        run.reason.clone_from(&recorded.reason);
        run.run.clone_from(&recorded.run);
    }
}

/// From the version that ran before to one that ran for the first time, by their places.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    from: usize,
    to: usize,
}

/// Those of the newest versions, newest first.
fn steps(history: &History, versions: &[Version]) -> Vec<Step> {
    let places: HashMap<&Digest, usize> =
        versions.iter().enumerate().map(|(place, it)| (&it.digest, place)).collect();
    let (mut steps, mut before) = (Vec::new(), None);
    let mut is_seen = vec![false; versions.len()];
    for entry in history.entries().rev() {
        let place = entry.digests.iter().flatten().find_map(|it| places.get(it).copied());
        let Some(place) = place else { continue };
        if let Some(from) = before.filter(|from| *from != place && !is_seen[place]) {
            steps.push(Step { from, to: place });
        }
        is_seen[place] = true;
        if entry.ran_well() {
            before = Some(place);
        }
    }
    steps.into_iter().rev().take(VERSIONS).collect()
}

/// Of which commits they were built, by their places; or, in words, why that is not known.
async fn commits(
    run: &Run<'_>,
    github: &GitHub,
    app: &AppRequest,
    found: &Versions,
    versions: &[Version],
    steps: &[Step],
    recorded: &[Recorded],
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
        let commit = labelled_or_tagged(run, github, app, None, &side, false).await;
        let unknown = |reasons: Vec<String>| {
            format!("the commit of {} is not known: {}", version.name, reasons.join("; "))
        };
        (place, commit.map_err(unknown))
    };
    stream::iter(places.into_iter().map(commit)).buffer_unordered(AT_ONCE).collect().await
}
