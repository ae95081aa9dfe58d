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

/// The placeholders of the table's templates, for its test.
#[cfg(test)]
pub(super) const PLACEHOLDERS: &[&str] = &[
    "image",
    "platform",
    "secret",
    "store",
    "key",
    "role",
    "permission",
    "log group",
    "file system",
    "subnet",
    "executable",
    "container",
    "exit code",
    "target group",
    "port",
    "codes",
    "reason",
    "stage",
    "hook",
    "breaker",
    "log",
    "text",
];

impl Context<'_> {
    /// The phrase for a placeholder, where what it stands for is known.
    pub(super) fn named(&self, placeholder: &str) -> Option<String> {
        let text = plain(self.text);
        let phrase = |noun: &str, name: Option<&str>| name.map(|name| format!("{noun} {name}"));
        let word = |name: Option<&str>| name.map(str::to_owned);
        match placeholder {
            "image" => phrase("the image", extract::image(&text).or_else(|| self.image())),
            "platform" => word(extract::platform(&text)),
            "secret" => phrase("the secret", extract::secret(&text))
                .or_else(|| phrase("the parameter", extract::parameter(&text))),
            "store" => word(store(&text)),
            "key" => word(extract::json_key(&text)),
            "role" => phrase("the role", extract::role(&text)),
            "permission" => word(extract::permission(&text)),
            "log group" => phrase("the log group", extract::log_group(&text)),
            "file system" => phrase("the file system", extract::file_system(&text)),
            "subnet" => phrase("the subnet", extract::subnet(&text)),
            "executable" => word(extract::executable(&text)),
            "container" => phrase("the container", self.container.map(|it| it.name.as_str())),
            "exit code" => self.container?.exit_code.map(|code| code.to_string()),
            "target group" => {
                let named = self.target.map(|it| it.target_group.as_str()).unwrap_or(&text);
                let whole = self.target.map(|it| it.target_group.as_str());
                phrase("the target group", extract::target_group(named).or(whole))
            }
            "port" => {
                let port = self.target.and_then(|it| it.port).map(|port| port.to_string());
                port.or_else(|| word(extract::port(&text))).map(|port| format!(" on port {port}"))
            }
            "codes" => word(extract::codes(&text)),
            "reason" => word(extract::reason(&text)),
            "stage" => extract::stage(&text).map(|stage| format!(" at {stage}")),
            "hook" => phrase("the lifecycle hook", extract::hook(&text)),
            "breaker" => self.breaker.filter(|it| it.threshold > 0).map(|breaker| {
                format!(" after {} of {} failures", breaker.failures, breaker.threshold)
            }),
            "log" => self.log(),
            "text" => Some(text.trim_end_matches('.').to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        }
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
                format!("It left no log lines in {group}; start the image by hand to see why")
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
