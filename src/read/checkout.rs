//! The files of the checkout that a request names: package.json, a task definition and
//! an AppSpec. Read before AWS is asked for anything.
//!
//! The only room that reads files beside the runner's.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::codedeploy::app_spec::AppSpec;
use crate::problem::Problem;
use crate::request::{AppRequest, TaskDefinitionSource, Wanted};
use crate::task_definition::TaskDefinition;
use crate::version::{Package, VersionInput};

/// None of the files is ever near this; a larger one is a mistake in a path.
const MAX: u64 = 1024 * 1024;

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
pub(crate) fn read(request: &AppRequest) -> Result<Checkout, Problem> {
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

fn app_spec(request: &AppRequest) -> Result<Option<AppSpec>, Problem> {
    let Some(path) = &request.codedeploy.app_spec else { return Ok(None) };
    let name = path.display().to_string();
    AppSpec::from_file(&name, &contents(path, "codedeploy-appspec")?).map(Some)
}

fn task_definition(request: &AppRequest) -> Result<Option<TaskDefinition>, Problem> {
    match &request.task_definition {
        TaskDefinitionSource::File(path) => {
            let name = path.display().to_string();
            TaskDefinition::from_file(&name, &contents(path, "task-definition")?).map(Some)
        }
        TaskDefinitionSource::Running | TaskDefinitionSource::Registered(_) => Ok(None),
    }
}

fn package_of(request: &AppRequest) -> Result<Option<Package>, Problem> {
    if let Some(package) = package(&request.wanted)? {
        return Ok(Some(package));
    }
    let tags_by_name = request.git_tag.as_ref().is_some_and(|template| template.needs_name())
        || request.wanted.tag_template().is_some_and(|template| template.needs_name());
    match &request.wanted {
        // Here the name only helps to find or to set git tags, which never stops a deployment.
        Wanted::Version { package, .. } if tags_by_name => Ok(read_package(package).ok()),
        Wanted::Version { .. } | Wanted::Image(_) | Wanted::Past { .. } => Ok(None),
    }
}

/// Reads the package.json that `wanted` needs.
pub(crate) fn package(wanted: &Wanted) -> Result<Option<Package>, Problem> {
    let Wanted::Version { version, package, tag_template, .. } = wanted else {
        return Ok(None);
    };
    let needs_name = tag_template.as_ref().is_some_and(|template| template.needs_name())
        && !matches!(version, Some(VersionInput::Tag(_)));
    if version.is_some() && !needs_name {
        return Ok(None);
    }
    let read = read_package(package).map_err(|problem| match version {
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

fn read_package(package: &Path) -> Result<Package, Problem> {
    let path = if package.is_dir() { package.join("package.json") } else { package.to_path_buf() };
    Package::parse(&path.display().to_string(), &contents(&path, "package")?)
}

fn contents(path: &Path, input: &str) -> Result<Vec<u8>, Problem> {
    let name = path.display();
    let unreadable = |error: io::Error| {
        let message = match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file {name}"),
            _ => format!("{name} can't be read: {error}"),
        };
        Problem::new(message).hint(format!("Check the path in `{input}`."))
    };
    // Opening a pipe waits for whoever writes into it, and a device may never end.
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if !kind.is_file() {
        let what = if kind.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
        return Err(Problem::new(format!("{name} is {what}, not a file"))
            .hint(format!("Check the path in `{input}`.")));
    }
    #[allow(clippy::disallowed_methods, reason = "the room that reads the checkout")]
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX {
        return Err(Problem::new(format!("{name} is larger than 1 MiB"))
            .hint(format!("Check the path in `{input}`.")));
    }
    Ok(bytes)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_no_file_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let pipe = folder.path().join("pipe.json");
        let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo can be started");
        assert!(made.success());
        let cases = [
            (pipe, "a pipe, a socket or a device"),
            ("/dev/zero".into(), "a pipe, a socket or a device"),
            (folder.path().to_owned(), "a folder"),
        ];
        for (path, what) in cases {
            let (told, answer) = std::sync::mpsc::channel();
            let file = path.clone();
            std::thread::spawn(move || told.send(contents(&file, "task-definition")));
            let answer =
                answer.recv_timeout(Duration::from_secs(10)).expect("nothing is waited for");
            let problem = answer.expect_err("it is no file");
            assert_eq!(problem.message, format!("{} is {what}, not a file", path.display()));
        }
    }
}
