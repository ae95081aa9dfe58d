//! What CodeDeploy would refuse in an AppSpec, or ECS when the task set is created, as
//! far as it can be known without a call.
//!
//! Every rule is one that AWS documents. A false problem would hold up somebody's
//! release, so what is not known to be refused is none.

use std::fmt::Display;

use super::node::Node;
use super::{AppSpec, properties_of};
use crate::document;
use crate::problem::Problem;
use crate::task_definition::TaskDefinition;

/// CodeDeploy's guide: "All or none of the settings under NetworkConfiguration must be
/// specified."
const NETWORK: [&str; 3] = ["Subnets", "SecurityGroups", "AssignPublicIp"];

/// Where the next move is to be made.
const IN_THE_FILE: &str = "in the AppSpec that `codedeploy-appspec` names";

/// At most so many problems are reported at once: it takes a walk through the file to find
/// the line of each.
const MOST: usize = 100;

/// What is wrong with an AppSpec, each with its place.
pub(super) struct Problems<'a> {
    app_spec: &'a AppSpec,
    problems: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub(super) fn of(app_spec: &'a AppSpec) -> Self {
        Self { app_spec, problems: Vec::new() }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn push(&mut self, at: &Node<'_>, what: impl Display, hint: impl Into<String>) {
        if self.problems.len() == MOST {
            return;
        }
        self.problems.push(match &self.app_spec.origin {
            Some(origin) => Problem::new(format!("{}: {what}", origin.file))
                .hint(hint)
                .at(&origin.file, document::line_of(&origin.text, &at.path)),
            None => Problem::new(format!("the AppSpec: {what}")).hint(hint),
        });
    }
}

impl AppSpec {
    /// What CodeDeploy would refuse, or fail at when it creates the task set for
    /// `definition`: the first hundred, each with the next move and, in a file, the
    /// line.
    ///
    /// Of the version only its absence is reported: AWS's guide wants 0.0, and AWS's own
    /// tools write that as a number or as text. That there are several resources is not
    /// reported, only what is wrong with each.
    pub(crate) fn check(&self, definition: &TaskDefinition) -> Vec<Problem> {
        let mut found = Problems::of(self);
        let root = self.root();
        // "It is required."
        if root.member("version").is_none() {
            found.push(&root, "`version` is missing", format!("Add `version: 0.0` {IN_THE_FILE}."));
        }
        for resource in self.resources() {
            check_balancer(&resource, definition, &mut found);
            check_network(&resource, &mut found);
            check_capacity(&resource, &mut found);
        }
        found.into_problems()
    }
}

/// Container and port are "required", and "it must be a container specified in your
/// Amazon ECS task definition". ECS refuses a task set whose container does not map the
/// port.
fn check_balancer(resource: &Node<'_>, definition: &TaskDefinition, found: &mut Problems<'_>) {
    let name = resource.key();
    let properties = properties_of(resource);
    let balancer = properties.member("LoadBalancerInfo");
    let place = balancer.as_ref().unwrap_or(&properties);
    let member = |key| balancer.as_ref().and_then(|balancer| balancer.member(key));
    let (container, port) = (member("ContainerName"), member("ContainerPort"));

    let container_text = container.as_ref().and_then(Node::text);
    if container_text.is_none() {
        let hint = format!("Name a container of the task definition as text {IN_THE_FILE}.");
        let what = format!("the `LoadBalancerInfo` of {name} has no `ContainerName`");
        found.push(container.as_ref().unwrap_or(place), what, hint);
    }
    let port_number = port.as_ref().and_then(Node::port).filter(|port| *port != 0);
    if port_number.is_none() {
        let hint = format!("Give a number from 1 to 65535 {IN_THE_FILE}.");
        let what = format!("the `LoadBalancerInfo` of {name} has no `ContainerPort`");
        found.push(port.as_ref().unwrap_or(place), what, hint);
    }

    let Some(text) = container_text else { return };
    let family = definition.family();
    if !definition.containers().any(|container| container.name == text) {
        let names: Vec<_> = definition.containers().map(|container| container.name).collect();
        let what = format!(
            "{name} sends traffic to the container {text:?}, which the task definition {family} \
             does not have"
        );
        let hint = format!("It has {}: correct `ContainerName` {IN_THE_FILE}.", names.join(", "));
        found.push(container.as_ref().unwrap_or(place), what, hint);
    } else if let Some(number) = port_number
        && definition.has_port(text, number) == Some(false)
    {
        let what = format!(
            "{name} sends traffic to port {number} of the container {text:?}, which the task \
             definition {family} does not map"
        );
        let hint = format!(
            "Map the port in the task definition, or correct `ContainerPort` {IN_THE_FILE}."
        );
        found.push(port.as_ref().unwrap_or(place), what, hint);
    }
}

fn check_network(resource: &Node<'_>, found: &mut Problems<'_>) {
    let network = properties_of(resource)
        .member("NetworkConfiguration")
        .and_then(|network| network.member("AwsvpcConfiguration"));
    let Some(network) = network else { return };
    let missing: Vec<_> = NETWORK.into_iter().filter(|key| network.member(key).is_none()).collect();
    if (1..NETWORK.len()).contains(&missing.len()) {
        let missing = missing.join(" and ");
        let what = format!("the `{}` of {} lacks {missing}", network.key(), resource.key());
        let hint = format!(
            "CodeDeploy needs all of {} or none: add the missing ones {IN_THE_FILE}.",
            NETWORK.join(", ")
        );
        found.push(&network, what, hint);
    }
}

/// ECS API reference, `CapacityProviderStrategyItem`: `capacityProvider` is required.
fn check_capacity(resource: &Node<'_>, found: &mut Problems<'_>) {
    let Some(strategy) = properties_of(resource).member("CapacityProviderStrategy") else { return };
    for (index, entry) in strategy.items().iter().enumerate() {
        let provider = entry.member("CapacityProvider");
        if provider.as_ref().and_then(Node::text).is_none() {
            let what = format!(
                "entry {} of the `{}` of {} has no `CapacityProvider`",
                index + 1,
                strategy.key(),
                resource.key()
            );
            let hint = format!("Name a capacity provider of the cluster {IN_THE_FILE}.");
            found.push(provider.as_ref().unwrap_or(entry), what, hint);
        }
    }
}
