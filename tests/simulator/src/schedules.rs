//! What starts tasks beside services: EventBridge's rules of the default bus, and the
//! schedules of EventBridge Scheduler, which speaks REST. Nothing is ever started.
//!
//! Pages have at most [`PAGE`] entries, because AWS may answer fewer than were asked for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::query::decode;
use crate::wire::{Answered, AwsError, Incoming, Params, bail};
use crate::world::{ACCOUNT, REGION, World};

const PAGE: usize = 3;

#[derive(Debug, Default)]
pub(crate) struct Scheduled {
    /// The targets of each rule.
    rules: BTreeMap<String, Vec<Value>>,
    /// By group and name, as `GetSchedule` answers them.
    schedules: BTreeMap<(String, String), Value>,
}

impl Simulator {
    /// A rule of EventBridge with these targets.
    pub fn rule(&self, name: &str, targets: &[Value]) {
        self.world().scheduled.rules.insert(name.to_owned(), targets.to_vec());
    }

    /// The targets of a rule.
    pub fn targets_of(&self, rule: &str) -> Vec<Value> {
        self.world().scheduled.rules[rule].clone()
    }

    /// A schedule of EventBridge Scheduler with these members, as `UpdateSchedule` takes them.
    pub fn schedule(&self, group: &str, name: &str, members: Value) {
        let answered = schedule(group, name, members.as_object().cloned().unwrap_or_default());
        let key = (group.to_owned(), name.to_owned());
        self.world().scheduled.schedules.insert(key, answered);
    }

    /// A schedule as `GetSchedule` answers it.
    pub fn schedule_of(&self, group: &str, name: &str) -> Value {
        self.world().scheduled.schedules[&(group.to_owned(), name.to_owned())].clone()
    }
}

fn schedule(group: &str, name: &str, mut members: Map<String, Value>) -> Value {
    members.shift_remove("ClientToken");
    let arn = format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/{name}");
    for (member, value) in [
        ("Arn", json!(arn)),
        ("GroupName", json!(group)),
        ("Name", json!(name)),
        ("CreationDate", json!(1_767_225_600.25)),
        ("LastModificationDate", json!(1_767_225_600.25)),
    ] {
        members.insert(member.to_owned(), value);
    }
    // What is not given has its default.
    for (member, value) in [("State", "ENABLED"), ("ActionAfterCompletion", "NONE")] {
        members.entry(member).or_insert_with(|| json!(value));
    }
    Value::Object(members)
}

pub(crate) fn events(operation: &str, world: &mut World, params: Params<'_>) -> Option<Answered> {
    Some(match operation {
        "ListRuleNamesByTarget" => list_rules(world, params),
        "ListTargetsByRule" => list_targets(world, params),
        "PutTargets" => put_targets(world, params),
        _ => return None,
    })
}

fn list_rules(world: &World, params: Params<'_>) -> Answered {
    let target = params.required_text("TargetArn")?;
    let has = |targets: &[Value]| targets.iter().any(|it| it["Arn"] == target);
    let rules = world.scheduled.rules.iter().filter(|(_, targets)| has(targets));
    page("RuleNames", rules.map(|(name, _)| json!(name)).collect(), params)
}

fn list_targets(world: &World, params: Params<'_>) -> Answered {
    let rule = params.required_text("Rule")?;
    let Some(targets) = world.scheduled.rules.get(rule) else {
        bail!("ResourceNotFoundException", "Rule {rule} does not exist on EventBus default.");
    };
    page("Targets", targets.clone(), params)
}

/// A target with the id of one that is there takes its place as a whole.
fn put_targets(world: &mut World, params: Params<'_>) -> Answered {
    let rule = params.required_text("Rule")?;
    let given = params.list("Targets")?.cloned().unwrap_or_default();
    let Some(targets) = world.scheduled.rules.get_mut(rule) else {
        bail!("ResourceNotFoundException", "Rule {rule} does not exist on EventBus default.");
    };
    for target in given {
        match targets.iter_mut().find(|it| it["Id"] == target["Id"]) {
            Some(known) => *known = target,
            None => targets.push(target),
        }
    }
    Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}

pub(crate) fn scheduler(
    operation: &str,
    world: &mut World,
    params: Params<'_>,
) -> Option<Answered> {
    Some(match operation {
        "ListSchedules" => list_schedules(world, params),
        "GetSchedule" => get_schedule(world, params),
        "UpdateSchedule" => update_schedule(world, params),
        _ => return None,
    })
}

fn list_schedules(world: &World, params: Params<'_>) -> Answered {
    let summary = |it: &Value| {
        json!({ "Arn": it["Arn"], "GroupName": it["GroupName"], "Name": it["Name"],
            "State": it["State"], "Target": { "Arn": it["Target"]["Arn"] } })
    };
    page("Schedules", world.scheduled.schedules.values().map(summary).collect(), params)
}

fn key(params: Params<'_>) -> Result<(String, String), AwsError> {
    let group = params.text("GroupName")?.unwrap_or("default");
    Ok((group.to_owned(), params.required_text("Name")?.to_owned()))
}

fn get_schedule(world: &World, params: Params<'_>) -> Answered {
    let key = key(params)?;
    world.scheduled.schedules.get(&key).cloned().ok_or_else(|| no_schedule(&key.1))
}

/// What is left out is set to its default.
fn update_schedule(world: &mut World, params: Params<'_>) -> Answered {
    for member in ["ScheduleExpression", "Target", "FlexibleTimeWindow"] {
        if !params.has(member) {
            bail!("ValidationException", "{member} is required");
        }
    }
    let (group, name) = key(params)?;
    let found = world.scheduled.schedules.get_mut(&(group.clone(), name.clone()));
    let known = found.ok_or_else(|| no_schedule(&name))?;
    *known = schedule(&group, &name, params.members.clone());
    Ok(json!({ "ScheduleArn": known["Arn"] }))
}

fn no_schedule(name: &str) -> AwsError {
    AwsError {
        status: 404,
        ..AwsError::new("ResourceNotFoundException", format!("Schedule {name} does not exist."))
    }
}

/// The token has what has to be encoded in an address.
fn page(member: &str, items: Vec<Value>, params: Params<'_>) -> Answered {
    let start = match params.text("NextToken")? {
        None => 0,
        Some(token) => {
            let start = token.strip_prefix("from=").and_then(|it| it.strip_suffix("/+&"));
            let start = start.and_then(|it| it.parse::<usize>().ok());
            start.ok_or_else(|| AwsError::new("ValidationException", "Invalid token"))?
        }
    };
    let end = items.len().min(start + PAGE);
    let mut answer = json!({ member: items[start.min(end)..end] });
    if end < items.len() {
        answer["NextToken"] = json!(format!("from={end}/+&"));
    }
    Ok(answer)
}

/// The operation of a REST request, and its parameters from path, query and body.
pub(crate) fn rest(incoming: &Incoming) -> Option<(&'static str, Value)> {
    let (path, query) = incoming.path.split_once('?').unwrap_or((&incoming.path, ""));
    let mut params: Map<String, Value> = match incoming.body.as_ref() {
        [] => Map::new(),
        body => serde_json::from_slice(body).ok()?,
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value = decode(value)?;
        let (name, value) = match name {
            "MaxResults" => (name, json!(value.parse::<u64>().ok()?)),
            "groupName" | "ScheduleGroup" => ("GroupName", json!(value)),
            _ => (name, json!(value)),
        };
        params.insert(name.to_owned(), value);
    }
    let name = path.strip_prefix("/schedules")?;
    let operation = match (incoming.method.as_str(), name.strip_prefix('/')) {
        ("GET", None) if name.is_empty() => return Some(("ListSchedules", params.into())),
        ("GET", Some(_)) => "GetSchedule",
        ("PUT", Some(_)) => "UpdateSchedule",
        _ => return None,
    };
    params.insert("Name".to_owned(), json!(decode(name.strip_prefix('/')?)?));
    Some((operation, params.into()))
}
