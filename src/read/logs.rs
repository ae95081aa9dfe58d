//! What a container logged: its last words, or all of it as it comes.

use crate::aws::{Answer, Cause, Clients};
use crate::ecs::{LogSource, LogTail, Task, TaskContainer};
use crate::names::Region;
use crate::reporter::Reporter;
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
    let (source, region) = source(region, definition, (task, container));
    let found = match &source {
        LogSource::CloudWatch { group, stream } if lines > 0 => {
            clients.logs(&region).tail(group, stream, lines).await?
        }
        LogSource::CloudWatch { .. } | LogSource::Elsewhere { .. } => None,
    };
    let lines = found.unwrap_or_default();
    Ok(LogTail { container: container.name.clone(), task: task.id.clone(), source, lines })
}

/// Where a container logs, and the Region of that place.
fn source(
    region: &Region,
    definition: &TaskDefinition,
    (task, container): (&Task, &TaskContainer),
) -> (LogSource, Region) {
    let (source, own) = match definition.logging(&container.name) {
        None => (elsewhere("none", "nowhere: the container has no logConfiguration"), None),
        Some(Logging::Other(driver)) => (elsewhere(&driver, place_of(&driver)), None),
        Some(Logging::AwsLogs { group, region, prefix }) => {
            let stream = match prefix {
                Some(prefix) => format!("{prefix}/{}/{}", container.name, task.id),
                None => container.runtime_id.clone().unwrap_or_default(),
            };
            (LogSource::CloudWatch { group, stream }, region)
        }
    };
    (source, own.and_then(|own| own.parse().ok()).unwrap_or_else(|| region.clone()))
}

/// The log of one container of one task, read on from where it was left.
pub(crate) struct FollowedLog<'a> {
    clients: &'a Clients,
    region: &'a Region,
    definition: &'a TaskDefinition,
    container: &'a str,
    token: Option<String>,
    said: usize,
    /// It is said once that no more of it will be.
    is_over: bool,
}

/// Lines that are said; more would drown what they are to show.
const MOST_LINES: usize = 2000;

impl<'a> FollowedLog<'a> {
    pub(crate) fn new(
        clients: &'a Clients,
        region: &'a Region,
        definition: &'a TaskDefinition,
        container: &'a str,
    ) -> Self {
        Self { clients, region, definition, container, token: None, said: 0, is_over: false }
    }

    /// Says what was logged since the last time, without the values of variables.
    pub(crate) async fn say(&mut self, task: &Task, reporter: &dyn Reporter) {
        let container = task.containers.iter().find(|it| it.name == self.container);
        let Some(container) = container.filter(|_| !self.is_over) else { return };
        let (group, stream, region) = match source(self.region, self.definition, (task, container))
        {
            (LogSource::CloudWatch { group, stream }, region) => (group, stream, region),
            (LogSource::Elsewhere { place, .. }, _) => {
                return self.end(reporter, &format!("its log goes to {place}"));
            }
        };
        // Without a prefix the stream has the name of a container that is not there yet.
        if stream.is_empty() {
            return;
        }
        let page = self.clients.logs(&region).page(&group, &stream, self.token.clone()).await;
        match page {
            Ok(None) => {}
            Ok(Some((lines, next))) => {
                for line in lines.iter().take(MOST_LINES - self.said) {
                    reporter.line(&format!("  {}", self.definition.masked(line)));
                }
                self.said = (self.said + lines.len()).min(MOST_LINES);
                self.token = next.or(self.token.take());
                if self.said == MOST_LINES {
                    self.end(reporter, &format!("its log continues in {group}, stream {stream}"));
                }
            }
            Err(error) if error.cause == Cause::Denied => {
                self.end(reporter, &format!("its log is not shown: grant {}", error.action));
            }
            // The next look may have an answer.
            Err(_) => {}
        }
    }

    fn end(&mut self, reporter: &dyn Reporter, why: &str) {
        self.is_over = true;
        reporter.line(&format!("  ({why})"));
    }
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
