//! The files of the checkout that a request names: package.json, a task definition and
//! an AppSpec, and the file of many apps. Read before AWS is asked for anything.
//!
//! The only room that reads files beside the runner's.

mod changesets;
mod file;
mod root;
mod version_file;
mod workspace;

use std::path::Path;

use self::file::contents;
pub(crate) use self::root::Root;
use self::version_file::read_version;

use crate::codedeploy::app_spec::AppSpec;
use crate::problem::Problem;
use crate::request::{AppRequest, TaskDefinitionSource, VersionFile, Wanted};
use crate::task_definition::TaskDefinition;
use crate::version::{Package, VersionInput};

/// What was read from the checkout.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checkout {
    /// The package.json, where the request needs it.
    pub package: Option<Package>,
    /// The task definition, where the request names a file.
    pub task_definition: Option<TaskDefinition>,
    /// The AppSpec, where the request names one.
    pub app_spec: Option<AppSpec>,
}

/// Reads what the request needs and nothing else.
pub(crate) fn read<T>(request: &AppRequest<T>) -> Result<Checkout, Problem> {
    Ok(Checkout {
        package: package_of(request)?,
        task_definition: task_definition(request)?,
        app_spec: app_spec(request)?,
    })
}

/// The same, and everything that is wrong with it.
pub(crate) fn read_all(request: &AppRequest) -> (Checkout, Vec<Problem>) {
    let (package, task_definition, app_spec) =
        (package_of(request), task_definition(request), app_spec(request));
    let errors = [package.as_ref().err(), task_definition.as_ref().err(), app_spec.as_ref().err()];
    let problems = errors.into_iter().flatten().cloned().collect();
    let checkout = Checkout {
        package: package.ok().flatten(),
        task_definition: task_definition.ok().flatten(),
        app_spec: app_spec.ok().flatten(),
    };
    (checkout, problems)
}

fn app_spec<T>(request: &AppRequest<T>) -> Result<Option<AppSpec>, Problem> {
    let Some(path) = &request.codedeploy.app_spec else { return Ok(None) };
    let name = path.display().to_string();
    AppSpec::from_file(&name, &contents(path, "Check the path in `codedeploy-appspec`.")?).map(Some)
}

fn task_definition<T>(request: &AppRequest<T>) -> Result<Option<TaskDefinition>, Problem> {
    match &request.task_definition {
        TaskDefinitionSource::File(path) => {
            let name = path.display().to_string();
            TaskDefinition::from_file(
                &name,
                &contents(path, "Check the path in `task-definition`.")?,
            )
            .map(Some)
        }
        TaskDefinitionSource::Running | TaskDefinitionSource::Registered(_) => Ok(None),
    }
}

fn package_of<T>(request: &AppRequest<T>) -> Result<Option<Package>, Problem> {
    if let Some(package) = package(&request.wanted)? {
        return Ok(Some(package));
    }
    let tags_by_name = request.git_tag.as_ref().is_some_and(|template| template.needs_name())
        || request.wanted.tag_template().is_some_and(|template| template.needs_name());
    match &request.wanted {
        // Here the name only helps to find or to set git tags, which never stops a deployment.
        Wanted::Version { package, version_file, .. } if tags_by_name => {
            Ok(read_package(package, version_file.as_ref()).ok())
        }
        Wanted::Version { .. } | Wanted::Image(_) | Wanted::From { .. } | Wanted::Past { .. } => {
            Ok(None)
        }
    }
}

/// Reads the package.json that `wanted` needs.
pub(crate) fn package(wanted: &Wanted) -> Result<Option<Package>, Problem> {
    let Wanted::Version { version, package, version_file, tag_template, .. } = wanted else {
        return Ok(None);
    };
    let needs_name = tag_template.as_ref().is_some_and(|template| template.needs_name())
        && !matches!(version, Some(VersionInput::Tag(_)));
    if version.is_some() && !needs_name {
        return Ok(None);
    }
    let read = read_package(package, version_file.as_ref()).map_err(|problem| match version {
        // What is wrong inside of it has a place, and a hint of its own.
        _ if problem.location.is_some() => problem,
        Some(_) => {
            problem.hint("`tag-template` has {name}, which is read from package.json: name it in `package`.")
        }
        None => problem.hint(
            "Check out the repository before this step, name the file in `package`, or give the version in `version`.",
        ),
    })?;
    Ok(Some(read))
}

fn read_package(package: &Path, version_file: Option<&VersionFile>) -> Result<Package, Problem> {
    if let Some(version_file) = version_file {
        return read_version(version_file);
    }
    let path = if package.is_dir() { package.join("package.json") } else { package.to_path_buf() };
    Package::parse(&path.display().to_string(), &contents(&path, "Check the path in `package`.")?)
}
