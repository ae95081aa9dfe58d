//! What another service runs, if that has proved to be good: for `version: from`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::OnceCell;

use super::image::Promoted;
use super::what_runs::{WhatRuns, what_runs};
use crate::aws::Clients;
use crate::ecs::{Controller, ServiceDeploymentStatus};
use crate::plan::VersionInfo;
use crate::problem::{Problem, ProblemKind, utc};
use crate::request::{AppRequest, Target};

/// ECS lists the deployments of so long.
const LISTED: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What the sources of a run were found to run. Each is read once: wherever it moves meanwhile,
/// every service that takes from it gets the same, and so does every later decision.
#[derive(Debug, Default)]
pub(crate) struct Sources(Mutex<Vec<(AppRequest, Known)>>);

type Known = Arc<OnceCell<Arc<WhatRuns>>>;

impl Sources {
    async fn what_runs(
        &self,
        clients: &Clients,
        source: &AppRequest,
    ) -> Result<Arc<WhatRuns>, Problem> {
        let known = self.known(source);
        let read = async || what_runs(clients, source).await.map(Arc::new);
        known.get_or_try_init(read).await.cloned()
    }

    fn known(&self, source: &AppRequest) -> Known {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = all.iter().find(|(it, _)| it == source) {
            return Arc::clone(known);
        }
        let known = Known::default();
        all.push((source.clone(), Arc::clone(&known)));
        known
    }
}

/// # Errors
/// What is seen there does not prove it, or could not be read.
pub(super) async fn promoted(
    clients: &Clients,
    sources: &Sources,
    source: &AppRequest,
    stable_for: Duration,
) -> Result<Promoted, Problem> {
    let found = sources.what_runs(clients, source).await.map_err(|problem| {
        let message = format!("what {} runs is not known: {}", source.target, problem.message);
        Problem { message, kind: ProblemKind::Other, ..problem }
    })?;
    judge(&found, &source.target, stable_for, clients.now())
}

fn judge(
    found: &WhatRuns,
    source: &Target,
    stable_for: Duration,
    now: Option<SystemTime>,
) -> Result<Promoted, Problem> {
    let not_proved = |why: String| {
        let message = format!("what {source} runs can't be deployed here: {why}");
        Problem::new(message).of_kind(ProblemKind::Blocked)
    };
    let runs = found.runs.as_ref().ok_or_else(|| {
        not_proved("no task of it runs".to_owned()).hint("Give the version itself in `version`.")
    })?;
    if let Some(why) = under_way(found, runs) {
        return Err(
            not_proved(why).hint("Wait for it to finish, or give the version in `version`.")
        );
    }
    match found.has_succeeded {
        Some(true) => {}
        Some(false) => {
            let why = format!("the deployment of {} has not succeeded", runs.name());
            return Err(
                not_proved(why).hint("Fix it there first, or give the version in `version`.")
            );
        }
        None => {
            let by = match found.service.controller {
                Controller::CodeDeploy => "CodeDeploy makes its deployments",
                Controller::Ecs | Controller::External | Controller::Unknown(_) => {
                    "ECS does not report it"
                }
            };
            let why = format!(
                "it is not known whether the deployment of {} succeeded ({by})",
                runs.name()
            );
            return Err(not_proved(why).hint("Give the version itself in `version`."));
        }
    }
    let digest = runs.digest.clone().ok_or_else(|| {
        not_proved(format!("the digest of {} is not known", runs.name()))
            .hint("Allow ecs:DescribeServiceRevisions, or give the version in `version`.")
    })?;
    is_stable(found, runs, stable_for, now).map_err(|(why, hint)| not_proved(why).hint(hint))?;
    let since = found.since.and_then(utc).map(|at| format!(" since {at}")).unwrap_or_default();
    Ok(Promoted {
        digest,
        tag: runs.tag.as_ref().and_then(|tag| tag.parse().ok()),
        version: runs.version.clone(),
        how: format!("{} is what {source} runs{since}", runs.name()),
    })
}

/// What is not at rest there.
fn under_way(found: &WhatRuns, runs: &VersionInfo) -> Option<String> {
    let newest = found.newest.as_ref();
    if let Some(set_to) = &found.set_to {
        return Some(format!(
            "most of its tasks run {}, but it is set to {}",
            runs.name(),
            set_to.name()
        ));
    }
    if let Some(status) = newest.filter(|it| it.is_under_way()) {
        return Some(format!("its newest deployment is {status}"));
    }
    if let Some(status @ ServiceDeploymentStatus::RollbackFailed) = newest {
        return Some(format!("its newest deployment ended as {status}"));
    }
    let counts = found.service.counts;
    let others = found.service.deployments.iter().filter(|it| !it.is_primary());
    if others.clone().any(|it| it.counts.running + it.counts.pending > 0) {
        return Some("tasks of another deployment still run".to_owned());
    }
    // Those on their way beside others that run are of a scale-out.
    (counts.running + counts.pending < counts.desired)
        .then(|| format!("only {} of {} tasks run", counts.running, counts.desired))
}

/// # Errors
/// How long it has been so, and what to do.
fn is_stable(
    found: &WhatRuns,
    runs: &VersionInfo,
    stable_for: Duration,
    now: Option<SystemTime>,
) -> Result<(), (String, &'static str)> {
    if stable_for.is_zero() {
        return Ok(());
    }
    let name = runs.name();
    let age = |since: SystemTime| now?.duration_since(since).ok();
    // What ECS lists no more was created before all that it lists.
    let created = found.service.primary().and_then(|it| it.created_at).and_then(age);
    let is = found.since.and_then(age).or(created.filter(|it| *it >= LISTED)).ok_or((
        format!("it is not known since when {name} has been stable there"),
        "Allow ecs:ListServiceDeployments, or give the version in `version`.",
    ))?;
    if is >= stable_for {
        return Ok(());
    }
    let words = |time: Duration| humantime::format_duration(Duration::from_secs(time.as_secs()));
    let (is, stable_for) = (words(is), words(stable_for));
    Err((
        format!(
            "{name} has been stable there for {is}, but `from-stable-for` asks for {stable_for}"
        ),
        "Wait until then, or give the version in `version`.",
    ))
}
