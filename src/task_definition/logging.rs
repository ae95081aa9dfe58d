//! Where the log of a container goes, by its `logConfiguration`.

use super::definition::TaskDefinition;

/// The log driver of a container, as far as its log can be found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logging {
    AwsLogs {
        /// `awslogs-group`.
        group: String,
        /// `awslogs-region`; the task's own Region where it is absent.
        region: Option<String>,
        /// `awslogs-stream-prefix`; without it the stream is named after the
        /// container's runtime id.
        prefix: Option<String>,
    },
    /// Any other driver.
    Other(String),
}

impl TaskDefinition {
    /// The log driver of a container; `None` where it has none of its own.
    pub fn logging(&self, container: &str) -> Option<Logging> {
        let container = self.container_values().find(|it| it["name"] == container)?;
        let configuration = container.get("logConfiguration")?;
        let driver = configuration.get("logDriver")?.as_str()?;
        let option =
            |name: &str| configuration.get("options")?.get(name)?.as_str().map(str::to_owned);
        match (driver, option("awslogs-group")) {
            ("awslogs", Some(group)) => Some(Logging::AwsLogs {
                group,
                region: option("awslogs-region"),
                prefix: option("awslogs-stream-prefix"),
            }),
            _ => Some(Logging::Other(driver.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(log: &str) -> TaskDefinition {
        let text = format!(
            r#"{{"family": "web1", "containerDefinitions": [{{"name": "web1", "image": "web1:1", "logConfiguration": {log}}}, {{"name": "proxy", "image": "proxy:1"}}]}}"#
        );
        TaskDefinition::from_file("td.json", text.as_bytes()).expect("a definition")
    }

    #[test]
    fn awslogs_names_group_region_and_prefix() {
        let definition = definition(
            r#"{"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web1", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "ecs"}}"#,
        );
        assert_eq!(
            definition.logging("web1"),
            Some(Logging::AwsLogs {
                group: "/ecs/web1".to_owned(),
                region: Some("eu-west-1".to_owned()),
                prefix: Some("ecs".to_owned()),
            })
        );
        assert_eq!(definition.logging("proxy"), None);
        assert_eq!(definition.logging("nobody"), None);
    }

    #[test]
    fn another_driver_is_named() {
        let definition =
            definition(r#"{"logDriver": "splunk", "options": {"splunk-token": "secret"}}"#);
        assert_eq!(definition.logging("web1"), Some(Logging::Other("splunk".to_owned())));
    }
}
