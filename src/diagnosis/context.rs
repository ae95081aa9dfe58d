//! What a template of the table may name, and how it is put into words.

use crate::ecs::{BreakerCount, LogSource, LogTail, TargetHealth, Task, TaskContainer};

use super::extract;
use super::text::plain;

/// What is known around one signal.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Context<'a> {
    /// The text that the signal is, or that stands beside it.
    pub(super) text: &'a str,
    /// The task that the signal is about.
    pub(super) task: Option<&'a Task>,
    /// The container that the signal is about.
    pub(super) container: Option<&'a TaskContainer>,
    pub(super) logs: &'a [LogTail],
    pub(super) breaker: Option<BreakerCount>,
    /// The target that the signal is about.
    pub(super) target: Option<&'a TargetHealth>,
}

type Phrase = fn(&Context<'_>, &str) -> Option<String>;

/// What the placeholders of the templates stand for: of the context, and of its text in one
/// line.
pub(super) const PHRASES: [(&str, Phrase); 22] = [
    ("image", |it, text| noun("the image", extract::image(text).or_else(|| it.image()))),
    ("platform", |_, text| word(extract::platform(text))),
    ("secret", |_, text| {
        noun("the secret", extract::secret(text))
            .or_else(|| noun("the parameter", extract::parameter(text)))
    }),
    ("store", |_, text| word(store(text))),
    ("key", |_, text| word(extract::json_key(text))),
    ("role", |_, text| noun("the role", extract::role(text))),
    ("permission", |_, text| word(extract::permission(text))),
    ("log group", |_, text| noun("the log group", extract::log_group(text))),
    ("file system", |_, text| noun("the file system", extract::file_system(text))),
    ("subnet", |_, text| noun("the subnet", extract::subnet(text))),
    ("executable", |_, text| word(extract::executable(text))),
    ("container", |it, _| noun("the container", it.container.map(|it| it.name.as_str()))),
    ("exit code", |it, _| it.container?.exit_code.map(|code| code.to_string())),
    ("target group", |it, text| {
        let whole = it.target.map(|it| it.target_group.as_str());
        noun("the target group", extract::target_group(whole.unwrap_or(text)).or(whole))
    }),
    ("port", |it, text| {
        let port = it.target.and_then(|it| it.port).map(|port| port.to_string());
        port.or_else(|| word(extract::port(text))).map(|port| format!(" on port {port}"))
    }),
    ("codes", |_, text| word(extract::codes(text))),
    ("reason", |_, text| word(extract::reason(text))),
    ("stage", |_, text| extract::stage(text).map(|stage| format!(" at {stage}"))),
    ("hook", |_, text| noun("the lifecycle hook", extract::hook(text))),
    ("breaker", |it, _| {
        let BreakerCount { failures, threshold } = it.breaker.filter(|it| it.threshold > 0)?;
        Some(format!(" after {failures} of {threshold} failures"))
    }),
    ("log", |it, _| it.log()),
    ("text", |_, text| Some(text.trim_end_matches('.').to_owned()).filter(|text| !text.is_empty())),
];

fn noun(noun: &str, name: Option<&str>) -> Option<String> {
    name.map(|name| format!("{noun} {name}"))
}

fn word(name: Option<&str>) -> Option<String> {
    name.map(str::to_owned)
}

impl Context<'_> {
    /// The phrase for a placeholder, where what it stands for is known.
    pub(super) fn named(&self, placeholder: &str) -> Option<String> {
        let (_, phrase) = PHRASES.iter().find(|(name, _)| *name == placeholder)?;
        phrase(self, &plain(self.text))
    }

    /// The container's image; of a task with one container, that one's.
    fn image(&self) -> Option<&str> {
        let only = match self.task.map(|task| task.containers.as_slice()) {
            Some([only]) => Some(only),
            _ => None,
        };
        let image = self.container.or(only)?.image.as_deref()?;
        // ECS adds the digest behind the tag, where it only makes a long line.
        Some(match image.split_once('@') {
            Some((name, _)) if name.rsplit('/').next()?.contains(':') => name,
            _ => image,
        })
    }

    /// How to read the container's log.
    fn log(&self) -> Option<String> {
        let task = self.task?;
        let container = self.container?;
        let tail = self
            .logs
            .iter()
            .find(|tail| tail.task == task.id && tail.container == container.name)
            .or_else(|| self.logs.iter().find(|tail| tail.container == container.name))?;
        Some(match &tail.source {
            _ if !tail.lines.is_empty() => "Read its last log lines".to_owned(),
            LogSource::CloudWatch { group, .. } => {
                format!(
                    "No log lines of it were found in {group}; run the image by hand to see why it fails"
                )
            }
            LogSource::Elsewhere { driver, place } => {
                format!("Read its log, which the driver {driver} sends to {place}")
            }
        })
    }
}

/// Which service the task could not fetch from.
fn store(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    if text.contains("ssm") || text.contains("systems manager") {
        Some("Systems Manager")
    } else if text.contains("asm")
        || text.contains("secretsmanager")
        || text.contains("secrets manager")
    {
        Some("Secrets Manager")
    } else {
        None
    }
}
