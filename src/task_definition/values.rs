//! Which variables and labels hold a value. Their names are told, a value never.

use serde_json::Value;

use super::definition::TaskDefinition;

/// A variable or a label of a container, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named<'a> {
    Variable(&'a str),
    Label(&'a str),
}

impl TaskDefinition {
    /// Those of a container whose values are such.
    pub(crate) fn with_values(
        &self,
        container: &str,
        is_such: impl Fn(&str) -> bool,
    ) -> Vec<Named<'_>> {
        let Some(container) = self.container_values().find(|it| it["name"] == container) else {
            return Vec::new();
        };
        let is_such = |value: &Value| value.as_str().is_some_and(&is_such);
        let variables = container["environment"].as_array().into_iter().flatten();
        let variables = variables.filter(|it| is_such(&it["value"]));
        let variables = variables.filter_map(|it| it["name"].as_str()).map(Named::Variable);
        let labels = container["dockerLabels"].as_object().into_iter().flatten();
        let labels = labels.filter(|(_, value)| is_such(value));
        variables.chain(labels.map(|(name, _)| Named::Label(name))).collect()
    }
}
