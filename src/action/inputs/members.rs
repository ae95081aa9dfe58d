//! `apps: workspaces`: the packages of the workspace. Which of them have a service, and so are
//! apps, is found out later.

use std::collections::HashMap;

use super::grammar;
use super::one::{Services, environment_of_github, one_each, refuse_what_is_for_one};
use super::parts::depend;
use super::reader::Reader;
use crate::names::{AppName, ServiceName};
use crate::problem::Problem;
use crate::read::Root;
use crate::request::{AppRequest, Command, Wanted};
use crate::workflow::Workflow;
use crate::workspace::Member;

pub(super) const WORKSPACES: &str = "workspaces";

/// Inputs that say of one app what is read of each.
const READ_OF_EACH: [&str; 4] = ["service", "package", "image", "images"];

pub(super) fn read(
    inputs: &mut Reader<'_>,
    command: Command,
    workflow: Option<&Workflow>,
) -> Vec<AppRequest> {
    let root = Root::new(inputs.environment().path("GITHUB_WORKSPACE"));
    let workspace = match root.workspace() {
        Ok(Some(workspace)) => workspace,
        Ok(None) => {
            inputs.note(
                Problem::new("`apps: workspaces`: the checkout is not a workspace").hint(
                    "declare the folders of the packages in package.json, pnpm-workspace.yaml or lerna.json, or describe the apps in .github/ecs-release.yml",
                ),
            );
            return Vec::new();
        }
        Err(problems) => {
            inputs.take(problems);
            return Vec::new();
        }
    };
    for name in READ_OF_EACH {
        if inputs.is_set(name) {
            let message = format!("inputs `apps: workspaces` and `{name}` can't be used together");
            inputs.note(Problem::new(message).hint("remove it: each package has its own"));
        }
    }
    let members: Vec<_> = workspace.members.iter().filter_map(named).collect();
    refuse_one_name(inputs, &members);
    refuse_what_is_for_one(inputs, members.len());
    let names = members.iter().map(|(_, service, _)| service.clone()).collect();
    let environment = environment_of_github(inputs);
    let services = Services { names, is_alone: false, environment };
    let mut apps = one_each(inputs, command, workflow, services);
    for (app, (name, _, member)) in apps.iter_mut().zip(&members) {
        app.app = Some(name.clone());
        app.folder = root.folder().join(&member.folder);
        if let Wanted::Version { package, package_given, .. } = &mut app.wanted {
            *package = app.folder.join("package.json");
            *package_given = true;
        }
    }
    depend(&workspace, &root, &mut apps);
    apps
}

/// The name without its scope, if a service can have it.
fn named(member: &Member) -> Option<(AppName, ServiceName, &Member)> {
    let short = member.name.as_deref()?.rsplit('/').next()?;
    Some((short.parse().ok()?, grammar::name_not_arn(short).ok()?, member))
}

fn refuse_one_name(inputs: &mut Reader<'_>, members: &[(AppName, ServiceName, &Member)]) {
    let mut taken = HashMap::new();
    for (name, service, member) in members {
        if let Some(other) = taken.insert(service, &member.folder) {
            let (other, folder) = (other.display(), member.folder.display());
            let message =
                format!("{other} and {folder} are both called {name} without their scope");
            inputs.note(Problem::new(message).hint(
                "a service can belong to only one of them: describe the apps in .github/ecs-release.yml",
            ));
        }
    }
}
