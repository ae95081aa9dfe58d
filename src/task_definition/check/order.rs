//! In which order containers start: `dependsOn`.

use std::collections::{HashSet, VecDeque};

use super::findings::Findings;
use super::node::Node;
use super::task::{Task, name_of};

/// ECS API reference, `ContainerDependency`.
const CONDITIONS: [&str; 4] = ["START", "COMPLETE", "SUCCESS", "HEALTHY"];

/// One entry of a `dependsOn`: from which container to which.
struct Edge<'a> {
    from: usize,
    to: usize,
    name: Node<'a>,
}

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    let mut edges = Vec::new();
    for (from, container) in task.containers.iter().enumerate() {
        for entry in container.member("dependsOn").items() {
            let name = entry.member("containerName");
            let to = name.text().and_then(|name| task.index_of(name));
            check_condition(&entry, to.map(|to| &task.containers[to]), found);
            if name.text().is_none() {
                if !name.exists() {
                    found.error(&name, "is missing", task.known_containers());
                }
                continue;
            }
            match to {
                Some(to) => edges.push(Edge { from, to, name }),
                // ECS: "Cannot depend on container + 'log' because it does not exist".
                None => found.no_such_container(&name, task.known_containers()),
            }
        }
    }
    if task.containers.len() <= MOST_CONTAINERS {
        check_circles(task, &edges, found);
    }
}

/// To look for circles among more takes its time, and ECS takes only ten containers.
const MOST_CONTAINERS: usize = 100;

fn check_condition(entry: &Node<'_>, other: Option<&Node<'_>>, found: &mut Findings) {
    let node = entry.member("condition");
    let Some(condition) = node.text() else {
        if !node.exists() {
            let hint = format!("Set what to wait for: {}.", CONDITIONS.join(", "));
            found.error(&node, "is missing", hint);
        }
        return;
    };
    if !CONDITIONS.contains(&condition) {
        let what = format!("is {condition:?}, which is not a condition");
        found.error(&node, what, format_args!("Write one of {}.", CONDITIONS.join(", ")));
        return;
    }
    let Some(other) = other else { return };
    let name = name_of(other);
    match condition {
        // ECS: "A dependency container with SUCCESS or COMPLETE condition cannot be an
        // essential container".
        "COMPLETE" | "SUCCESS" if !other.member("essential").is_false() => found.error(
            &node,
            format_args!("is {condition}, but {name:?} is essential: the task ends when it ends"),
            format_args!("Set `essential` of {name:?} to false, or wait for START or HEALTHY."),
        ),
        // ECS: "A dependency container with HEALTHY condition must have health check
        // configured". That of the image is not looked at.
        "HEALTHY" if !other.member("healthCheck").exists() => found.error(
            &node,
            format_args!("is HEALTHY, but {name:?} has no `healthCheck`"),
            format_args!("Add a `healthCheck` to {name:?}, or wait for START."),
        ),
        _ => {}
    }
}

/// Each circle once, at the first container in it. A dependency on oneself is one.
fn check_circles(task: &Task<'_>, edges: &[Edge<'_>], found: &mut Findings) {
    for start in 0..task.containers.len() {
        let Some(circle) = shortest_circle(start, edges) else { continue };
        let names = circle.iter().map(|edge| edge.from).chain([start]);
        let names: Vec<_> = names
            .map(|index| name_of(&task.containers[index]).escape_debug().to_string())
            .collect();
        let what = format!("is circular: {}", names.join(" → "));
        found.error(&circle[0].name, what, "Remove one of these dependencies.");
    }
}

/// The way from a container back to itself, over none that stands before it.
fn shortest_circle<'e, 'a>(start: usize, edges: &'e [Edge<'a>]) -> Option<Vec<&'e Edge<'a>>> {
    let mut ways = VecDeque::from([Vec::new()]);
    let mut seen = HashSet::new();
    while let Some(way) = ways.pop_front() {
        let at = way.last().map_or(start, |edge: &&Edge<'_>| edge.to);
        for edge in edges.iter().filter(|edge| edge.from == at && edge.to >= start) {
            let further: Vec<_> = way.iter().copied().chain([edge]).collect();
            if edge.to == start {
                return Some(further);
            }
            if seen.insert(edge.to) {
                ways.push_back(further);
            }
        }
    }
    None
}
