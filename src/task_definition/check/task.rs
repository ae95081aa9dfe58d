//! A definition as the rules look at it.

use std::collections::HashMap;
use std::fmt;

use super::model::{self, Shape};
use super::node::Node;

/// A definition, and what most rules ask first.
pub(super) struct Task<'a> {
    root: Node<'a>,
    /// All objects that the API's model knows, each with what it says of them.
    pub(super) objects: Vec<(Node<'a>, &'static Shape)>,
    /// At least one.
    pub(super) containers: Vec<Node<'a>>,
    by_name: HashMap<&'a str, usize>,
    /// Whether ECS holds it against what Fargate takes.
    pub(super) is_fargate: bool,
    /// Whether it is for instances of one's own and for nothing else.
    pub(super) is_for_instances: bool,
    /// Whether it says that it is for Windows.
    pub(super) is_windows: bool,
    /// How its tasks are attached to a network.
    pub(super) network: Network,
}

/// The member `networkMode`, by what it means for ports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// Also where it is absent on EC2.
    Bridge,
    Host,
    /// Also on Fargate, whatever the definition says: there is no other.
    Awsvpc,
    None,
    /// One that is for ECS to judge.
    Other,
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bridge => "bridge",
            Self::Host => "host",
            Self::Awsvpc => "awsvpc",
            Self::None => "none",
            Self::Other => "another one",
        })
    }
}

impl<'a> Task<'a> {
    pub(super) fn of(root: Node<'a>) -> Self {
        let compatibilities = root.member("requiresCompatibilities");
        // As text it is refused, and means the same.
        let compatibilities = match compatibilities.text() {
            Some(_) => vec![compatibilities],
            None => compatibilities.items(),
        };
        let is_fargate = compatibilities.iter().any(|entry| entry.text() == Some("FARGATE"));
        let is_for_instances =
            compatibilities.iter().all(|entry| matches!(entry.text(), Some("EC2" | "EXTERNAL")));
        let system = root.member("runtimePlatform").member("operatingSystemFamily");
        let containers = root.member("containerDefinitions").items();
        Self {
            objects: model::objects(root.clone()),
            by_name: containers.iter().map(name_of).zip(0..).collect(),
            containers,
            is_fargate,
            is_for_instances,
            is_windows: system.text().is_some_and(|family| family.starts_with("WINDOWS")),
            network: match root.member("networkMode").text() {
                _ if is_fargate => Network::Awsvpc,
                Some("awsvpc") => Network::Awsvpc,
                Some("host") => Network::Host,
                Some("none") => Network::None,
                Some("bridge") | None => Network::Bridge,
                Some(_) => Network::Other,
            },
            root,
        }
    }

    pub(super) fn top(&self, key: &'static str) -> Node<'a> {
        self.root.member(key)
    }

    /// Which container it is that has this name.
    pub(super) fn index_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The next move where a container is named that is not there.
    pub(super) fn known_containers(&self) -> String {
        let names: Vec<_> =
            self.containers.iter().map(|container| format!("{:?}", name_of(container))).collect();
        format!("The containers of the definition: {}.", names.join(", "))
    }
}

/// The name of a container: reading a definition has proved that it has one.
pub(super) fn name_of<'a>(container: &Node<'a>) -> &'a str {
    container.member("name").text().unwrap_or_default()
}
