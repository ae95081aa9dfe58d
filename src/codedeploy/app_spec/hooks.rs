//! What CodeDeploy is likely to pass over in an AppSpec, or to fail at when it gets there:
//! sections and hooks that a deployment to ECS does not have.
//!
//! Nothing documents that it refuses them, so that they are warnings.

use super::AppSpec;
use super::check::Problems;
use super::node::{Node, is_same_key};
use crate::problem::Problem;

/// CodeDeploy's guide, "AppSpec file structure for Amazon ECS deployments".
const SECTIONS: [&str; 3] = ["version", "Resources", "Hooks"];

/// CodeDeploy API, `PutLifecycleEventHookExecutionStatus`: "For Amazon ECS deployments, the
/// available lifecycle hooks are".
const HOOKS: [&str; 5] = [
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
];

/// CodeDeploy's guide: the hooks and sections that only deployments to servers have.
const OF_SERVERS: [&str; 10] = [
    "ApplicationStop",
    "DownloadBundle",
    "ApplicationStart",
    "ValidateService",
    "BeforeBlockTraffic",
    "BlockTraffic",
    "AfterBlockTraffic",
    "os",
    "files",
    "permissions",
];

impl AppSpec {
    /// What a deployment to ECS does not have, each with its line in a file. Of an AppSpec
    /// that was not read from a file, nothing: the reader can't change it.
    pub(crate) fn warnings(&self) -> Vec<Problem> {
        if self.origin.is_none() {
            return Vec::new();
        }
        let mut found = Problems::of(self);
        let root = self.root();
        for (key, member) in root.members() {
            if !is_one_of(key, &SECTIONS) {
                let what =
                    format!("`{key}` is not a section of an AppSpec for ECS{}", of_servers(key));
                found.push(&member, what, format!("The sections are {}.", SECTIONS.join(", ")));
            }
        }
        if let Some(hooks) = root.member("Hooks") {
            check_hooks(&hooks, &mut found);
        }
        found.into_problems()
    }
}

fn check_hooks(hooks: &Node<'_>, found: &mut Problems<'_>) {
    // One object is what earlier versions of cdk-ecs-codedeploy write.
    let entries = if hooks.value.is_object() { vec![hooks.clone()] } else { hooks.items() };
    if !hooks.value.is_object() && !hooks.value.is_array() {
        let hint = "Write each hook as an entry of a list, as in `- AfterInstall: my-function`.";
        found.push(hooks, format!("`{}` is not a list of hooks", hooks.key()), hint);
    }
    for entry in &entries {
        let members = entry.members();
        if members.is_empty() && !hooks.value.is_object() {
            let hint =
                "Name the step and its Lambda function, as in `- AfterInstall: my-function`.";
            found.push(entry, format!("an entry of `{}` is not a hook", hooks.key()), hint);
        }
        for (event, function) in members {
            check_hook(event, &function, found);
        }
    }
}

fn check_hook(event: &str, function: &Node<'_>, found: &mut Problems<'_>) {
    if !is_one_of(event, &HOOKS) {
        let what = format!(
            "`{event}` is not a hook of a deployment to ECS{}, so its function never runs",
            of_servers(event)
        );
        found.push(function, what, format!("The hooks are {}.", HOOKS.join(", ")));
        return;
    }
    let what = match function.text() {
        Some(text) if is_function(text) => return,
        Some(_) => "names no Lambda function: a name has letters, digits, hyphens and underscores",
        None => "names no Lambda function",
    };
    let hint = "Give the name or the ARN of the function that checks, as text; a deployment to ECS runs no scripts.";
    found.push(function, format!("the hook `{event}` {what}"), hint);
}

/// Lambda API, `FunctionName`: a name, or an ARN in whole or in part. Whether letters beyond
/// ASCII are taken is left to Lambda.
fn is_function(text: &str) -> bool {
    let is_part_of_name = |it: char| it.is_alphanumeric() || it == '-' || it == '_';
    text.contains(':') || text.chars().all(is_part_of_name)
}

fn of_servers(key: &str) -> &'static str {
    if is_one_of(key, &OF_SERVERS) { ", but one for servers" } else { "" }
}

fn is_one_of(key: &str, known: &[&str]) -> bool {
    known.iter().any(|it| is_same_key(it, key))
}
