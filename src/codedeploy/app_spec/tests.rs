//! The folder's rules, one sentence each. What holds for every AppSpec is in
//! `properties.rs`.

mod checking;
mod hooks;
mod making;
mod properties;
mod reading;
mod writing;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::node::Node;
use super::{AppSpec, Content, properties_of};
use crate::ecs::TaskDefinitionArn;
use crate::problem::Problem;

const ARN: &str = "arn:aws:ecs:eu-central-1:111122223333:task-definition/shop:42";

impl AppSpec {
    /// The container and the port that each resource sends traffic to, where it names both.
    fn served(&self) -> Vec<(String, u16)> {
        let served = |resource: Node<'_>| {
            let balancer = properties_of(&resource).member("LoadBalancerInfo")?;
            let container = balancer.member("ContainerName")?.value.as_str()?.to_owned();
            Some((container, balancer.member("ContainerPort")?.port()?))
        };
        self.resources().filter_map(served).collect()
    }
}

fn arn() -> TaskDefinitionArn {
    ARN.parse().expect("a definition's ARN")
}

fn file(text: &str) -> AppSpec {
    AppSpec::from_file("appspec.yaml", text.as_bytes()).expect(text)
}

fn refused(text: &str) -> Problem {
    AppSpec::from_file("appspec.yaml", text.as_bytes()).expect_err(text)
}

fn line(problem: &Problem) -> Option<usize> {
    problem.location.as_ref().map(|location| location.line)
}

/// What a content holds, once its hash has been held against it.
fn parsed(content: &Content) -> Value {
    let digest = <[u8; 32]>::from(Sha256::new().chain_update(&content.text).finalize());
    let digits: String = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect();
    assert_eq!(content.sha256, digits);
    serde_json::from_str(&content.text).expect("content is JSON")
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).expect("four bits")
}

/// The same AppSpec with this in place of every task definition that it has.
fn with_definitions(mut value: Value, definition: &str) -> Value {
    each_definition(&mut value, |place| *place = definition.into());
    value
}

/// Every member of every resource's properties that is a task definition.
fn each_definition(value: &mut Value, mut act: impl FnMut(&mut Value)) {
    for resources in named(value, "resources") {
        for entry in resources.as_array_mut().expect("a list") {
            for resource in entry.as_object_mut().expect("an object").values_mut() {
                for properties in named(resource, "properties") {
                    named(properties, "taskdefinition").into_iter().for_each(&mut act);
                }
            }
        }
    }
}

fn named<'a>(object: &'a mut Value, name: &str) -> Vec<&'a mut Value> {
    let members = object.as_object_mut().expect("an object").iter_mut();
    members.filter(|(key, _)| key.to_ascii_lowercase() == name).map(|(_, value)| value).collect()
}
