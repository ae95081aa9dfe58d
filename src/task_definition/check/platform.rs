//! Which platform a definition is for, and small limits that belong to nothing else:
//! of containers, tags and ulimits.

use std::collections::HashSet;

use super::findings::Findings;
use super::task::Task;

/// ECS API reference, `RegisterTaskDefinition`, member `requiresCompatibilities`.
const COMPATIBILITIES: [&str; 4] = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];

/// ECS API reference, `RuntimePlatform`.
const ARCHITECTURES: [&str; 2] = ["X86_64", "ARM64"];

/// Developer guide, "Amazon ECS service quotas"; ECS: "Too many containers."
const MAX_CONTAINERS: usize = 10;

/// ECS API reference, `Tag`. Tags of AWS itself don't count.
const MAX_TAGS: usize = 50;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for entry in task.top("requiresCompatibilities").items() {
        found.warn_of_unknown(&entry, &COMPATIBILITIES);
    }
    let architecture = task.top("runtimePlatform").member("cpuArchitecture");
    found.warn_of_unknown(&architecture, &ARCHITECTURES);
    if task.containers.len() > MAX_CONTAINERS {
        let what = format!(
            "has {} containers, but the known limit is {MAX_CONTAINERS}",
            task.containers.len()
        );
        found.warning(
            &task.top("containerDefinitions"),
            what,
            "Split it into two task definitions.",
        );
    }
    check_tags(task, found);
    check_ulimits(task, found);
}

fn check_tags(task: &Task<'_>, found: &mut Findings) {
    let tags = task.top("tags");
    let list = tags.items();
    if list.len() > MAX_TAGS {
        let what = format!("has {} tags, but a definition can have at most {MAX_TAGS}", list.len());
        found.error(&tags, what, "Remove some.");
    }
    let mut keys = HashSet::new();
    for tag in &list {
        let node = tag.member("key");
        if tag.is_object() && !node.is_set() {
            found.error(&node, "is missing or empty", "Give the tag a key, or leave it out.");
        }
        if let Some(key) = node.text()
            && !keys.insert(key)
        {
            found.error(&node, format_args!("is {key:?} again"), "Keep one tag for each key.");
        }
    }
}

/// ECS API reference, `Ulimit`; ECS: "Soft limit exceeds hard limit for ulimit
/// nofile". To Docker -1 is no limit at all.
fn check_ulimits(task: &Task<'_>, found: &mut Findings) {
    for ulimit in task.containers.iter().flat_map(|it| it.member("ulimits").items()) {
        let soft = ulimit.member("softLimit");
        let limits = soft.number().zip(ulimit.member("hardLimit").number());
        if let Some((low, high)) = limits.filter(|(low, high)| *high >= 0 && low > high) {
            let what = format!("is {low}, more than its `hardLimit`, {high}");
            found.error(&soft, what, "Lower one or raise the other.");
        }
    }
}
