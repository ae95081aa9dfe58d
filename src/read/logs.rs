//! The last words of a container.

use crate::aws::{Answer, Clients};
use crate::ecs::{LogSource, LogTail, Task, TaskContainer};
use crate::names::Region;
use crate::task_definition::{Logging, TaskDefinition};

/// The last `lines` log lines of a container of a task that was started from
/// `definition`; with 0 lines, or where the log is not in CloudWatch Logs, only
/// the place of the log.
pub(crate) async fn log_tail(
    clients: &Clients,
    region: &Region,
    definition: &TaskDefinition,
    (task, container): (&Task, &TaskContainer),
    lines: u32,
) -> Answer<LogTail> {
    let (source, lines) = match definition.logging(&container.name) {
        None => (elsewhere("none", "nowhere: the container has no logConfiguration"), Vec::new()),
        Some(Logging::Other(driver)) => (elsewhere(&driver, place_of(&driver)), Vec::new()),
        Some(Logging::AwsLogs { group, region: own, prefix }) => {
            let stream = match prefix {
                Some(prefix) => format!("{prefix}/{}/{}", container.name, task.id),
                None => container.runtime_id.clone().unwrap_or_default(),
            };
            let region = own.and_then(|own| own.parse().ok()).unwrap_or_else(|| region.clone());
            let found = match lines {
                0 => None,
                lines => clients.logs(&region).tail(&group, &stream, lines).await?,
            };
            (LogSource::CloudWatch { group, stream }, found.unwrap_or_default())
        }
    };
    Ok(LogTail { container: container.name.clone(), task: task.id.clone(), source, lines })
}

fn elsewhere(driver: &str, place: &str) -> LogSource {
    LogSource::Elsewhere { driver: driver.to_owned(), place: place.to_owned() }
}

fn place_of(driver: &str) -> &'static str {
    match driver {
        "awsfirelens" => "wherever the task's log router (FireLens) sends it",
        "splunk" => "Splunk",
        "fluentd" => "the fluentd host of the container instance",
        "gelf" => "the GELF endpoint in its options",
        "syslog" => "the syslog of its options",
        "json-file" | "local" | "journald" => "the container instance",
        _ => "where that driver sends it",
    }
}
