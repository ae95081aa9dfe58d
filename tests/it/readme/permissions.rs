//! The policies of docs/permissions.md, and what it says of each permission, against the
//! code and against steps that lack one.

mod codedeploy;
mod role;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use simulator::{Fault, When};

use super::markdown::code;
use super::{read, root};
use crate::scene::Scene;

/// What a deployment needs although no call of ours has its name: ECS checks the first
/// when roles are in a definition, the second when tags are, and CodeDeploy the third
/// when a deployment is created.
const NOT_CALLED: [&str; 3] =
    ["iam:PassRole", "ecs:TagResource", "codedeploy:RegisterApplicationRevision"];

const PAGE: &str = "docs/permissions.md";

#[test]
fn the_policies_grant_what_the_code_calls_and_nothing_else() {
    let Policies { least, optional, codedeploy, optional_codedeploy } = policies();
    let policies = [least, optional, codedeploy, optional_codedeploy];
    let mut granted: BTreeSet<String> = policies.iter().flatten().cloned().collect();
    let all: usize = policies.iter().map(BTreeSet::len).sum();
    assert_eq!(granted.len(), all, "nothing is granted twice: {policies:?}");
    for action in NOT_CALLED {
        assert!(granted.remove(action), "the policies grant {action}");
    }
    assert_eq!(&granted ^ &called(), BTreeSet::new(), "granted or called only");
}

#[test]
fn every_optional_permission_says_what_is_lost_without_it() {
    let policies = policies();
    let rows: BTreeSet<String> = rows().into_iter().flat_map(|(actions, _)| actions).collect();
    let optional = &policies.optional | &policies.optional_codedeploy;
    assert_eq!(&rows ^ &optional, BTreeSet::new(), "in the table or in a policy only");
}

#[tokio::test(start_paused = true)]
async fn the_least_policy_is_enough_to_deploy() {
    let scene = Scene::ready();
    let Policies { least, optional, .. } = policies();
    deny(&scene, operations(&optional));
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    let called: BTreeSet<&str> =
        step.requests.iter().map(|request| request.operation.as_str()).collect();
    for operation in operations(&least) {
        assert!(called.contains(operation), "{operation} is not needed");
    }
}

#[tokio::test(start_paused = true)]
async fn the_least_policy_is_enough_to_go_back_to_an_exact_version() {
    let scene = with_a_past().await;
    let Policies { optional, .. } = policies();
    deny(&scene, operations(&optional));
    let step = scene.deploy(&[("command", "rollback"), ("version", "1.4.1")]).await;
    step.is("rolled-back");
}

#[tokio::test(start_paused = true)]
async fn the_least_policy_is_enough_to_register_and_not_to_run_a_task() {
    let scene = Scene::ready();
    let Policies { optional, .. } = policies();
    deny(&scene, operations(&optional));
    let family = [("service", ""), ("cluster", ""), ("task-definition", "web1")];
    let step = scene.deploy(&[&[("command", "register")], &family[..]].concat()).await;
    step.is("registered");
    let step = scene.deploy(&[("command", "run"), ("before", r#"["true"]"#)]).await;
    step.is("refused");
    step.says("error", "Allow ecs:ListTasks in the IAM policy");
}

#[tokio::test(start_paused = true)]
async fn the_table_says_which_permission_a_rollback_and_a_list_can_not_do_without() {
    for (command, words) in [("rollback", "`previous` is refused"), ("list", "`list` is refused")] {
        for (actions, without) in rows() {
            for operation in operations(&(&actions & &policies().optional)) {
                let scene = with_a_past().await;
                deny(&scene, [operation]);
                let step = scene.deploy(&[("command", command)]).await;
                let is_refused = step.result() == "refused";
                assert_eq!(is_refused, without.contains(words), "{command}: {operation}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_can_only_list_is_enough_to_list() {
    let page = read(PAGE);
    let (_, list) = page.split_once("A role that can only `list` needs").expect("it is said");
    let (needed, _) = list.split_once(';').expect("the sentence goes on");
    let needed: BTreeSet<String> =
        needed.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let scene = with_a_past().await;
    let Policies { least, optional, .. } = policies();
    deny(&scene, operations(&(&(&least | &optional) - &needed)));
    let step = scene.deploy(&[("command", "list")]).await;
    step.is("listed");
    for operation in operations(&needed) {
        assert!(step.requests.iter().any(|it| it.operation == operation), "{operation} is needed");
    }
}

/// 1.4.1 ran, 1.4.2 runs.
async fn with_a_past() -> Scene {
    let scene = Scene::ready();
    assert_eq!(scene.deploy(&[]).await.result(), "deployed");
    scene
}

fn deny<'a>(scene: &Scene, operations: impl IntoIterator<Item = &'a str>) {
    for operation in operations {
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
    }
}

/// The table of what is optional: the actions of each row, and what is lost
/// without them.
fn rows() -> Vec<(BTreeSet<String>, String)> {
    read(PAGE)
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let mut cells = line.split('|').skip(1);
            let mut cell = || cells.next().expect("a row has two cells");
            let actions = cell().split('`').skip(1).step_by(2).map(str::to_owned);
            (actions.collect::<BTreeSet<String>>(), cell().to_owned())
        })
        // Those of GitHub stand in a table of their own.
        .filter(|(actions, _)| actions.iter().all(|action| is_iam_action(action)))
        .collect()
}

/// The actions of the policies.
struct Policies {
    least: BTreeSet<String>,
    optional: BTreeSet<String>,
    /// What a service under CodeDeploy needs beside the least one.
    codedeploy: BTreeSet<String>,
    /// What is optional for it, beside the other.
    optional_codedeploy: BTreeSet<String>,
}

fn policies() -> Policies {
    let Shown { least, optional, codedeploy, optional_codedeploy, .. } = shown();
    let [least, optional, codedeploy, optional_codedeploy] =
        [least, optional, codedeploy, optional_codedeploy].map(|it| actions(&it));
    Policies { least, optional, codedeploy, optional_codedeploy }
}

/// The policies as the page shows them.
struct Shown {
    least: Value,
    optional: Value,
    /// What a job needs besides that builds and pushes.
    push: Value,
    /// What AWS asks for besides where `schedules` sets a target.
    schedule_roles: Value,
    codedeploy: Value,
    optional_codedeploy: Value,
}

fn shown() -> Shown {
    let policies: Vec<Value> = code(&read(PAGE))
        .into_iter()
        .filter(|(language, _)| language == "json")
        .map(|(_, text)| serde_json::from_str(&text).expect("a policy is JSON"))
        // Who may use a role is no permission.
        .filter(|policy: &Value| policy["Statement"][0].get("Principal").is_none())
        .collect();
    let [least, optional, push, schedule_roles, codedeploy, optional_codedeploy] =
        policies.try_into().expect("the page shows six policies");
    Shown { least, optional, push, schedule_roles, codedeploy, optional_codedeploy }
}

fn actions(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().expect("a policy has statements");
    let actions = statements.iter().flat_map(|statement| strings(&statement["Action"]));
    actions.inspect(|it| assert!(is_iam_action(it), "{it}")).collect()
}

/// The operations that a policy allows us to call.
fn operations(policy: &BTreeSet<String>) -> impl Iterator<Item = &str> {
    let ours = policy.iter().filter(|action| !NOT_CALLED.contains(&action.as_str()));
    ours.map(|action| action.split_once(':').expect("an action has a service").1)
}

/// Every action that a call of the product is known by, as IAM spells it.
pub(crate) fn called() -> BTreeSet<String> {
    let mut called = BTreeSet::new();
    for file in files_below(&root().join("src/aws")) {
        let code = fs::read_to_string(&file).expect("sources are UTF-8");
        let product = code.split("#[cfg(test)]").next().unwrap_or_default();
        // Every second piece between quotes stands inside them.
        let literals = product.split('"').skip(1).step_by(2);
        called.extend(literals.filter(|it| is_iam_action(it)).map(str::to_owned));
    }
    called
}

pub(super) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn is_iam_action(text: &str) -> bool {
    text.split_once(':').is_some_and(|(service, action)| {
        service.bytes().all(|byte| byte.is_ascii_lowercase())
            && action.starts_with(|first: char| first.is_ascii_uppercase())
            && action.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}
