//! A diagnosis as lines for the log of the step.

use crate::ecs::{Event, LogSource, LogTail, TargetHealth};
use crate::problem::utc;

use super::extract;
use super::result::Diagnosis;
use super::task_group::TaskGroup;

impl Diagnosis {
    /// The whole diagnosis, one line each: the cause, the next move, then what
    /// shows them. Lines that a container logged stand behind `  | `. Events that were
    /// `told` before are not told again.
    pub(crate) fn lines<'a>(&self, told: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut lines = vec![self.cause.clone()];
        lines.extend(self.last_words.iter().map(|line| format!("Its log ends with: {line}")));
        lines.extend(self.next.iter().map(|next| format!("Next: {next}")));
        lines.extend(self.groups.iter().map(group));
        for step in &self.failed_steps {
            lines.push(step.heading());
            lines.extend(step.log.iter().map(|line| format!("  | {line}")));
        }
        for tail in &self.logs {
            lines.push(heading(tail));
            lines.extend(tail.lines.iter().map(|line| format!("  | {line}")));
        }
        lines.extend(self.targets.iter().map(target));
        let events = self.events_beside(told);
        if !events.is_empty() {
            lines.push("Events of this deployment:".to_owned());
            lines.extend(events.into_iter().map(|it| format!("  {}", event(it))));
        }
        if let Some(older) = &self.older_event {
            lines.push(
                "Event from before this deployment (ECS repeats an event only after hours):"
                    .to_owned(),
            );
            lines.push(format!("  {}", event(older)));
        }
        lines.extend(self.notes.iter().cloned());
        lines
    }
}

fn group(group: &TaskGroup) -> String {
    let mut facts: Vec<String> = Vec::new();
    facts.extend(group.stop_code.clone());
    facts.extend(group.container.as_ref().map(|name| format!("container {name}")));
    facts.extend(group.exit_code.map(|code| format!("exit code {code}")));
    let mut line = match group.count {
        1 => "1 task stopped".to_owned(),
        count => format!("{count} tasks stopped"),
    };
    if !facts.is_empty() {
        line.push_str(&format!(" ({})", facts.join(", ")));
    }
    match (group.first.and_then(utc), group.last.and_then(utc)) {
        (Some(first), Some(last)) if first != last => {
            line.push_str(&format!(" from {first} to {last}"));
        }
        (Some(at), _) | (None, Some(at)) => line.push_str(&format!(" at {at}")),
        (None, None) => {}
    }
    if let Some(reason) = &group.reason {
        line.push_str(&format!(": {reason}"));
    }
    let more = group.count - group.tasks.len();
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    line.push_str(&format!(" [{}{and_more}]", group.tasks.join(", ")));
    line
}

fn heading(tail: &LogTail) -> String {
    let LogTail { container, task, source, lines } = tail;
    match source {
        LogSource::CloudWatch { group, stream } if lines.is_empty() => {
            format!("The container {container} of task {task} logged nothing to {group}/{stream}")
        }
        LogSource::CloudWatch { group, stream } => {
            format!(
                "Last log lines of the container {container} of task {task} ({group}/{stream}):"
            )
        }
        LogSource::Elsewhere { driver, place } => format!(
            "The log of the container {container} of task {task} goes to {place} (log driver {driver})"
        ),
    }
}

fn target(target: &TargetHealth) -> String {
    let TargetHealth { target_group, target, port, state, reason, description } = target;
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let why: Vec<&str> = [reason, description].into_iter().flatten().map(String::as_str).collect();
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.join(", ")) };
    let group = extract::target_group(target_group).unwrap_or(target_group);
    format!("Target {target}{port} of the target group {group} is {state}{why}")
}

fn event(event: &Event) -> String {
    match event.at.and_then(utc) {
        Some(at) => format!("{at} {}", event.message),
        None => event.message.clone(),
    }
}
