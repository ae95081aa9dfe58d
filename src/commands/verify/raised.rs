//! Whether a version is higher than that of package.json on the base branch.

use std::cmp::Ordering;
use std::path::PathBuf;

use semver::Version;

use crate::deploy::context::Run;
use crate::github::CallError;
use crate::problem::{Location, Problem};
use crate::request::Wanted;
use crate::version::{FoundVersion, Package, VersionInput, version_in};
use crate::workflow::{Base, Workflow};

pub(super) enum Raised {
    /// It has a lower one: `1.4.1 on main`.
    From(String),
    /// Nothing, and why, where that is worth a word.
    NotCompared(Option<String>),
}

/// # Errors
/// The version is not higher, or there is something to compare with that could not be read:
/// then nothing was verified.
pub(super) async fn is_raised(
    run: &Run<'_>,
    wanted: &Wanted,
    package: Option<&Package>,
) -> Result<Raised, Problem> {
    let (now, file) = match version_and_file(wanted, package) {
        Ok(compared) => compared,
        Err(why) => return Ok(Raised::NotCompared(why)),
    };
    let Some(workflow) = &run.request.workflow else { return Ok(Raised::NotCompared(None)) };
    let Some(base) = workflow.base() else {
        let why = "this run is not for a pull request or a merge queue".to_owned();
        return Ok(Raised::NotCompared(Some(why)));
    };
    let before = match version_on(&base, run, workflow, wanted, file).await? {
        Ok(before) => before,
        Err(why) => return Ok(Raised::NotCompared(Some(why))),
    };
    match is_higher(now, &before, &base.name) {
        Ok(()) => Ok(Raised::From(format!("{before} on {}", base.name))),
        Err(problem) => Err(Problem { location: version_at(wanted, package), ..problem }),
    }
}

/// # Errors
/// It is not higher than that `on` somewhere.
pub(super) fn is_higher(now: &Version, before: &Version, on: &str) -> Result<(), Problem> {
    let problem = match now.cmp_precedence(before) {
        Ordering::Greater => return Ok(()),
        Ordering::Equal if now == before => {
            Problem::new(format!("the version is {now}, the same as on {on}"))
        }
        Ordering::Equal => Problem::new(format!(
            "the version is {now}, which is no higher than {before} on {on}: build metadata after the + does not count"
        )),
        Ordering::Less => {
            Problem::new(format!("the version is {now}, which is lower than {before} on {on}"))
        }
    };
    Err(problem.hint(format!("Raise \"version\" above {before}: one version is one image.")))
}

/// Where the version stands; one that was typed stands in no file.
pub(super) fn version_at(wanted: &Wanted, package: Option<&Package>) -> Option<Location> {
    match wanted {
        Wanted::Version { version: None, .. } => package.map(Package::version_at),
        Wanted::Version { .. } | Wanted::Image(_) | Wanted::From { .. } | Wanted::Past { .. } => {
            None
        }
    }
}

/// The version, and the package.json that it is compared with; else why nothing is compared,
/// where that is worth a word.
pub(super) fn version_and_file<'a>(
    wanted: &'a Wanted,
    package: Option<&'a Package>,
) -> Result<(&'a Version, PathBuf), Option<String>> {
    let Wanted::Version { version, package: named, package_given, version_file, .. } = wanted
    else {
        return Err(None);
    };
    match (version, package) {
        (None, Some(package)) => Ok((&package.version, PathBuf::from(&package.file))),
        (Some(VersionInput::Semver { .. }), None) if !package_given && version_file.is_none() => {
            let why = "the version was typed, and `package` does not name its package.json";
            Err(Some(why.to_owned()))
        }
        (Some(VersionInput::Semver { version, .. }), _) => {
            let is_file = named.extension().is_some_and(|it| it == "json");
            let file = match version_file {
                Some(version_file) => version_file.file.clone(),
                None if is_file => named.clone(),
                None => named.join("package.json"),
            };
            Ok((version, file))
        }
        _ => Err(None),
    }
}

/// The version that `file` has on the base branch; else why there is none.
async fn version_on(
    base: &Base,
    run: &Run<'_>,
    workflow: &Workflow,
    wanted: &Wanted,
    file: PathBuf,
) -> Result<Result<Version, String>, Problem> {
    let Base { at, commit, name } = base;
    let unknown = |why: String| {
        Problem::new(format!("could not check whether the version is higher than on {name}: {why}"))
    };
    let unread = |error: CallError| {
        let problem = error.problem("contents: read");
        let unknown = unknown(problem.message);
        Problem { hint: problem.hint, ..unknown }
    };
    let Some(github) = run.github else {
        return Err(unknown("there is no `github-token`".to_owned()));
    };
    let Some(path) = workflow.in_repository(&file) else {
        return Ok(Err(format!("{} is not in the checkout", file.display())));
    };
    let Some(before) = github.file(&path, at).await.map_err(unread)? else {
        // Where a token may not read, GitHub knows of nothing either.
        if github.has_commit(commit).await.map_err(unread)? {
            return Ok(Err(format!("there is no {path} on {name}")));
        }
        let why = format!("the token cannot see {name} on GitHub");
        return Err(unknown(why).hint("Give the job `permissions: contents: read`."));
    };
    let folder = match wanted {
        Wanted::Version { version_file: Some(of), .. } => of.folder.display().to_string(),
        Wanted::Version { .. } | Wanted::Image(_) | Wanted::From { .. } | Wanted::Past { .. } => {
            String::new()
        }
    };
    Ok(match version_in(&path, &before, &folder) {
        Ok(FoundVersion::Here(before)) => Ok(before.version),
        Ok(FoundVersion::InWorkspace(_)) => {
            Err(format!("on {name}, {path} has the version of its workspace"))
        }
        Err(problem) => Err(format!("on {name}, {}", problem.message)),
    })
}
