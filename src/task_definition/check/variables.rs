//! Variables and secrets of containers. Only their names are ever said.

use std::collections::HashSet;

use super::empty::EMPTY;
use super::findings::Findings;
use super::node::Node;
use super::task::Task;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for container in &task.containers {
        let variables = container.member("environment").items();
        for list in ["environment", "secrets"] {
            for entry in container.member(list).items().iter().filter(|it| it.is_object()) {
                check_name(&entry.member("name"), found);
            }
        }
        let names: HashSet<_> = variables.iter().filter_map(name).collect();
        for again in repeated(&variables) {
            // ECS takes it, and the container's runtime chooses.
            let what = "names a variable that is already in the list";
            found.warning(&again, what, "Keep the one that you mean.");
        }
        let secrets = container.member("secrets").items();
        for again in repeated(&secrets) {
            // ECS: "Duplicate secret names found: TOKEN. Each secret name must be unique."
            let what = "names a secret that is already in the list";
            found.error(&again, what, "Keep the one that you mean.");
        }
        for secret in &secrets {
            check_secret(secret, &names, found);
        }
    }
}

/// There is no variable without a name.
fn check_name(node: &Node<'_>, found: &mut Findings) {
    let hint = "Name the variable, or remove the entry.";
    if !node.exists() {
        found.error(node, "is missing", hint);
    } else if node.is_empty_text() {
        found.error(node, EMPTY, hint);
    }
}

fn check_secret(secret: &Node<'_>, variables: &HashSet<&str>, found: &mut Findings) {
    // ECS: "The secret name must be unique and not shared with any new or existing
    // environment variables set on the container".
    if let Some(text) = name(secret).filter(|text| variables.contains(text)) {
        let node = secret.member("name");
        let what = format!("is {text:?}, which is also in `environment`");
        found.error(&node, what, "Remove it from one of the two.");
    }
    // ECS API reference, `Secret`.
    let source = secret.member("valueFrom");
    if source.text().is_none() {
        let hint = "Name the secret or the parameter that holds the value.";
        found.error(&source, "is missing or empty", hint);
    }
}

fn name<'a>(entry: &Node<'a>) -> Option<&'a str> {
    entry.member("name").text()
}

/// The names that stood in the list before.
fn repeated<'a>(entries: &[Node<'a>]) -> Vec<Node<'a>> {
    let mut seen = HashSet::new();
    let again = entries.iter().filter(|entry| name(entry).is_some_and(|it| !seen.insert(it)));
    again.map(|entry| entry.member("name")).collect()
}
