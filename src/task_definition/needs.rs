//! What the tasks of a definition can't start without, and that is not in the definition.

use serde_json::Value;

use super::definition::TaskDefinition;

/// Something in AWS that a task needs, named as the definition names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Need {
    /// The ARN or, of an older definition, the name of an IAM role.
    Role(String),
    /// Of AWS Secrets Manager: the ARN without the key of a value in it.
    Secret(String),
    /// Of SSM's Parameter Store: a name or an ARN.
    Parameter(String),
    /// Of CloudWatch Logs, where the log driver does not make it.
    LogGroup { name: String, region: Option<String> },
}

impl TaskDefinition {
    /// Each once, in a fixed order.
    pub(crate) fn needs(&self) -> Vec<Need> {
        // An empty text means the same as none.
        let named = |key: &str| self.body.get(key)?.as_str().filter(|it| !it.is_empty());
        let role = |key: &str| named(key).map(|it| Need::Role(it.to_owned()));
        let mut needs: Vec<Need> =
            ["taskRoleArn", "executionRoleArn"].into_iter().filter_map(role).collect();
        for container in self.container_values() {
            let log = &container["logConfiguration"];
            let values = [&container["secrets"], &log["secretOptions"]];
            let values = values.into_iter().filter_map(Value::as_array).flatten();
            needs.extend(values.filter_map(|it| value(it["valueFrom"].as_str()?)));
            let credentials = container["repositoryCredentials"]["credentialsParameter"].as_str();
            needs.extend(credentials.and_then(value));
            needs.extend(log_group(log));
        }
        needs.sort();
        needs.dedup();
        needs
    }
}

/// What stands behind `valueFrom`: an ARN of Secrets Manager, which may go on with the key of a
/// value, or a parameter.
fn value(from: &str) -> Option<Need> {
    let parts: Vec<&str> = from.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "secretsmanager", _, _, "secret", _, ..] => {
            Some(Need::Secret(parts[..7].join(":")))
        }
        ["arn", _, "ssm", ..] => Some(Need::Parameter(from.to_owned())),
        ["arn", ..] => None,
        _ => Some(Need::Parameter(from.to_owned())),
    }
}

fn log_group(configuration: &Value) -> Option<Need> {
    let option = |name: &str| configuration["options"][name].as_str();
    let is_made = option("awslogs-create-group").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    if configuration["logDriver"] != "awslogs" || is_made {
        return None;
    }
    let region = option("awslogs-region").map(str::to_owned);
    Some(Need::LogGroup { name: option("awslogs-group")?.to_owned(), region })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_role_is_none() {
        let text = r#"{ "family": "web1", "taskRoleArn": "", "executionRoleArn": "",
            "containerDefinitions": [{ "name": "web1", "image": "web1:1" }] }"#;
        let definition =
            TaskDefinition::from_file("td.json", text.as_bytes()).expect("a definition");
        assert_eq!(definition.needs(), []);
    }

    #[test]
    fn each_is_named_once_and_a_secret_without_its_key() {
        let text = r#"{
            "family": "web1", "taskRoleArn": "web1-task",
            "executionRoleArn": "arn:aws:iam::123456789012:role/web1-execution",
            "containerDefinitions": [
                { "name": "web1", "image": "web1:1",
                  "secrets": [
                    { "name": "A", "valueFrom": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf:password::" },
                    { "name": "B", "valueFrom": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf" },
                    { "name": "C", "valueFrom": "/web1/key" },
                    { "name": "D", "valueFrom": "arn:aws:ssm:eu-central-1:123456789012:parameter/web1/key" }],
                  "logConfiguration": { "logDriver": "awslogs",
                    "options": { "awslogs-group": "/ecs/web1", "awslogs-region": "eu-west-1" } } },
                { "name": "proxy", "image": "proxy:1",
                  "logConfiguration": { "logDriver": "awslogs",
                    "options": { "awslogs-group": "/ecs/proxy", "awslogs-create-group": "true" } } }]
        }"#;
        let definition =
            TaskDefinition::from_file("td.json", text.as_bytes()).expect("a definition");
        let text = |text: &str| text.to_owned();
        assert_eq!(
            definition.needs(),
            [
                Need::Role(text("arn:aws:iam::123456789012:role/web1-execution")),
                Need::Role(text("web1-task")),
                Need::Secret(text(
                    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf"
                )),
                Need::Parameter(text("/web1/key")),
                Need::Parameter(text("arn:aws:ssm:eu-central-1:123456789012:parameter/web1/key")),
                Need::LogGroup { name: text("/ecs/web1"), region: Some(text("eu-west-1")) },
            ]
        );
    }
}
