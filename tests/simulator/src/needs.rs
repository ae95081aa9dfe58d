//! What tasks need beside their images: IAM's roles, the secrets of Secrets Manager, the
//! parameters of SSM. All that a request names is there, but for what a test takes away.

use serde_json::{Value, json};

use crate::wire::{Answered, Params, bail};
use crate::world::{ACCOUNT, World};

pub(crate) fn iam(operation: &str, world: &World, params: Params<'_>) -> Option<Answered> {
    (operation == "GetRole").then(|| get_role(world, params))
}

fn get_role(world: &World, params: Params<'_>) -> Answered {
    let name = params.required_text("RoleName")?;
    if name.contains('/') || world.absent.contains(name) {
        bail!("NoSuchEntity", "The role with name {name} cannot be found.");
    }
    Ok(json!({ "Role": { "Path": "/", "RoleName": name, "RoleId": "AROAEXAMPLEEXAMPLE",
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        "CreateDate": "2025-01-01T00:00:00Z" } }))
}

pub(crate) fn secrets(operation: &str, world: &World, params: Params<'_>) -> Option<Answered> {
    (operation == "DescribeSecret").then(|| describe_secret(world, params))
}

fn describe_secret(world: &World, params: Params<'_>) -> Answered {
    let id = params.required_text("SecretId")?;
    if world.absent.contains(id) {
        bail!("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }
    let mut secret = json!({ "ARN": id, "Name": id.rsplit(':').next() });
    if world.leaving.contains(id) {
        secret["DeletedDate"] = json!(1_767_225_600.0);
    }
    Ok(secret)
}

pub(crate) fn parameters(operation: &str, world: &World, params: Params<'_>) -> Option<Answered> {
    (operation == "DescribeParameters").then(|| describe_parameters(world, params))
}

/// Names alone; a page has at most ten.
fn describe_parameters(world: &World, params: Params<'_>) -> Answered {
    let filters = params.list("ParameterFilters")?.cloned().unwrap_or_default();
    let [filter] = filters.as_slice() else {
        bail!("InvalidFilterKey", "One filter is played");
    };
    if filter["Key"] != "Name" || filter["Option"] != "Equals" {
        bail!("InvalidFilterKey", "Only names are played");
    }
    let names = filter["Values"].as_array().cloned().unwrap_or_default();
    if names.len() > 50 {
        bail!("InvalidFilterValue", "At most 50 values");
    }
    let begin = params.text("NextToken")?.and_then(|it| it.parse().ok()).unwrap_or(0_usize);
    let end = names.len().min(begin + 10);
    // A name in a hierarchy begins with a slash.
    let is_there = |name: &&Value| {
        let name = name.as_str().unwrap_or_default();
        let is_one = name.starts_with('/') || !name.contains('/');
        is_one && !world.absent.contains(name)
    };
    let page = names[begin..end].iter().filter(is_there);
    let page: Vec<Value> =
        page.map(|name| json!({ "Name": name, "Type": "SecureString" })).collect();
    let mut answer = json!({ "Parameters": page });
    if end < names.len() {
        answer["NextToken"] = json!(end.to_string());
    }
    Ok(answer)
}
