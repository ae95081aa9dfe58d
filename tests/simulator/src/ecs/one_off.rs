//! Tasks that no service started: `RunTask`, `StopTask`, and their life, which needs no
//! timers, because it is a function of the time that has passed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::behaviour::OneOff;
use crate::clock::{Calendar, Time};
use crate::ecs::definitions::Definition;
use crate::ecs::lifecycle::{self, REMEMBERED};
use crate::ecs::names::cluster;
use crate::logs::Place;
use crate::outside::Act;
use crate::timers::Timer;
use crate::wire::{Answered, AwsError, Params, bail, present};
use crate::world::{ACCOUNT, World};

/// A task that `RunTask` started.
#[derive(Debug, Clone)]
pub(crate) struct StandaloneTask {
    pub(crate) id: String,
    pub(crate) region: String,
    pub(crate) cluster: String,
    pub(crate) task_definition: String,
    pub(crate) family: String,
    pub(crate) started_by: Option<String>,
    token: Option<String>,
    /// The parameters of the request, by which a token is used again rightly.
    request: Value,
    /// The containers, with what each was resolved to.
    containers: Vec<(String, String, Option<String>)>,
    /// The container that does what the behaviour says; the others are stopped behind it.
    acting: usize,
    created: Time,
    runs: Time,
    /// When it stops, and how; none: never.
    ends: Option<(Time, End)>,
}

#[derive(Debug, Clone)]
struct End {
    code: &'static str,
    reason: String,
    exit_code: Option<i32>,
    container_reason: Option<String>,
    has_run: bool,
}

impl StandaloneTask {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:ecs:{}:{ACCOUNT}:task/{}/{}", self.region, self.cluster, self.id)
    }

    fn ended(&self, now: Time) -> Option<&(Time, End)> {
        self.ends.as_ref().filter(|(at, _)| *at <= now)
    }

    /// `desiredStatus` is RUNNING.
    pub(crate) fn is_wanted(&self, now: Time) -> bool {
        self.ended(now).is_none()
    }

    /// Whether readers see it already.
    pub(crate) fn is_shown(&self, now: Time, lag: Duration) -> bool {
        self.created + lag <= now
    }

    pub(crate) fn is_remembered(&self, now: Time) -> bool {
        self.ended(now).is_none_or(|(at, _)| *at + REMEMBERED > now)
    }

    pub(crate) fn view(&self, now: Time, calendar: Calendar) -> Value {
        let ended = self.ended(now);
        let has_run = self.runs <= now && ended.is_none_or(|(_, end)| end.has_run);
        let status = match ended {
            Some(_) => "STOPPED",
            None if self.runs <= now => "RUNNING",
            None => "PENDING",
        };
        let stamp = |time| calendar.stamp(time);
        let containers = self.containers.iter().enumerate().map(|(at, (name, image, digest))| {
            let is_acting = at == self.acting;
            let own = ended.filter(|(_, end)| end.has_run);
            // What is not done when an essential container ends is killed.
            let exit_code =
                own.and_then(|(_, end)| if is_acting { end.exit_code } else { Some(137) });
            let reason =
                own.filter(|_| is_acting).and_then(|(_, end)| end.container_reason.clone());
            present(json!({
                "containerArn": format!("{}/{at}", self.arn()), "taskArn": self.arn(), "name": name,
                "image": image, "imageDigest": digest.as_ref().filter(|_| has_run),
                "runtimeId": has_run.then(|| format!("{}-{at}", self.id)), "lastStatus": status,
                "exitCode": exit_code, "reason": reason, "networkBindings": [],
                "networkInterfaces": [], "healthStatus": "UNKNOWN",
            }))
        });
        present(json!({
            "taskArn": self.arn(),
            "clusterArn": format!("arn:aws:ecs:{}:{ACCOUNT}:cluster/{}", self.region, self.cluster),
            "taskDefinitionArn": self.task_definition,
            "containers": containers.collect::<Vec<_>>(),
            "attachments": [],
            "group": format!("family:{}", self.family),
            "startedBy": self.started_by,
            "lastStatus": status,
            "desiredStatus": if ended.is_some() { "STOPPED" } else { "RUNNING" },
            "healthStatus": "UNKNOWN",
            "createdAt": stamp(self.created),
            "startedAt": has_run.then(|| stamp(self.runs)),
            "stoppedAt": ended.map(|(at, _)| stamp(*at)),
            "stopCode": ended.map(|(_, end)| end.code),
            "stoppedReason": ended.map(|(_, end)| end.reason.clone()),
            "launchType": self.request.get("launchType"),
            "overrides": self.request["overrides"],
            "enableExecuteCommand": false,
            "tags": [],
            "version": 1,
        }))
    }
}

/// The members that are played; another would be passed over silently.
const PLAYED: &[&str] = &[
    "cluster",
    "taskDefinition",
    "count",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "overrides",
    "startedBy",
    "clientToken",
    "placementConstraints",
];

pub(super) fn run(world: &mut World, params: Params<'_>) -> Answered {
    let cluster = cluster(world, params)?;
    let reference = params.required_text("taskDefinition")?;
    let Some(definition) = world.definitions.find(params.region, reference).cloned() else {
        bail!("ClientException", "Unable to describe task definition.");
    };
    if !definition.is_active() {
        bail!("ClientException", "TaskDefinition is inactive");
    }
    check(params, &definition)?;
    let request = Value::Object(params.members.clone());
    let token = params.text("clientToken")?.map(str::to_owned);
    if let Some(known) = world.one_offs.iter().find(|it| token.is_some() && it.token == token) {
        if known.request != request {
            bail!("ConflictException", "The clientToken was used with other parameters.");
        }
        let view = known.view(world.now, world.calendar);
        return Ok(json!({ "tasks": [view], "failures": [] }));
    }
    if let OneOff::CannotBePlaced { reason } = &world.behaviours.one_off {
        let arn = format!("arn:aws:ecs:{}:{ACCOUNT}:container-instance/x", params.region);
        return Ok(json!({ "tasks": [], "failures": [{ "arn": arn, "reason": reason }] }));
    }
    let task = start(world, params, cluster, &definition, (token, request))?;
    let view = task.view(world.now, world.calendar);
    world.one_offs.push(task);
    Ok(json!({ "tasks": [view], "failures": [] }))
}

fn check(params: Params<'_>, definition: &Definition) -> Answered<()> {
    if let Some(other) = params.members.keys().find(|it| !PLAYED.contains(&it.as_str())) {
        return Err(AwsError::invalid(format!("{other} is not played")));
    }
    if params.has("launchType") && params.has("capacityProviderStrategy") {
        bail!(
            "InvalidParameterException",
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        );
    }
    match (definition.is_awsvpc(), params.has("networkConfiguration")) {
        (true, false) => bail!(
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        ),
        (false, true) => bail!(
            "InvalidParameterException",
            "Network Configuration is not valid for the given networkMode of this task definition."
        ),
        _ => {}
    }
    let legal = |it: char| it.is_ascii_alphanumeric() || "-_/".contains(it);
    if params.text("startedBy")?.is_some_and(|it| it.len() > 128 || !it.chars().all(legal)) {
        bail!("InvalidParameterException", "startedBy is not valid.");
    }
    if params.text("clientToken")?.is_some_and(|it| it.len() > 64) {
        bail!("InvalidParameterException", "clientToken is too long.");
    }
    for name in overridden(params) {
        if !definition.containers().any(|it| it.get("name") == Some(&json!(name))) {
            bail!(
                "InvalidParameterException",
                "Override for container named {name} is not a container in the TaskDefinition."
            );
        }
    }
    Ok(())
}

/// The containers whose command is another one.
fn overridden(params: Params<'_>) -> Vec<String> {
    let overrides = params.members.get("overrides");
    let list = overrides.and_then(|it| it["containerOverrides"].as_array());
    let names = list.into_iter().flatten().filter_map(|it| it["name"].as_str());
    names.map(str::to_owned).collect()
}

fn start(
    world: &mut World,
    params: Params<'_>,
    cluster: String,
    definition: &Definition,
    (token, request): (Option<String>, Value),
) -> Answered<StandaloneTask> {
    let id = world.ids.task();
    let images = definition.images();
    let named = overridden(params);
    let acting = images.iter().position(|it| named.contains(&it.container)).unwrap_or_default();
    let runs = world.now + world.pace.provision + world.pace.pull;
    let mut containers = Vec::new();
    let mut broken = None;
    for image in images {
        let found = lifecycle::pulls(world, &image.image, definition.platform());
        broken = broken.or(found.as_ref().err().cloned());
        containers.push((image.container, image.image, found.ok()));
    }
    let never_ran = |reason: String| End {
        code: "TaskFailedToStart",
        reason,
        exit_code: None,
        container_reason: None,
        has_run: false,
    };
    let exits = |exit_code: Option<i32>, container_reason: Option<String>| End {
        code: "EssentialContainerExited",
        reason: "Essential container in task exited".to_owned(),
        exit_code,
        container_reason,
        has_run: true,
    };
    let ends = match (broken, world.behaviours.one_off.clone()) {
        (Some(reason), _) | (None, OneOff::FailsToStart { reason }) => {
            Some((runs, never_ran(reason)))
        }
        (None, OneOff::Exits { after, code }) => Some((runs + after, exits(Some(code), None))),
        (None, OneOff::LosesItsExitCode { after, reason }) => {
            Some((runs + after, exits(None, Some(reason))))
        }
        (None, OneOff::RunsForEver | OneOff::CannotBePlaced { .. }) => None,
    };
    if ends.as_ref().is_none_or(|(_, end)| end.has_run) {
        let name = &containers[acting].0;
        let length = ends.as_ref().map_or(Duration::from_secs(10), |(at, _)| *at - runs);
        write_log(world, params.region, definition, name, &id, (runs, length));
    }
    Ok(StandaloneTask {
        id,
        region: params.region.to_owned(),
        cluster,
        task_definition: definition.arn.clone(),
        family: definition.family.clone(),
        started_by: params.text("startedBy")?.map(str::to_owned),
        token,
        request,
        containers,
        acting,
        created: world.now,
        runs,
        ends,
    })
}

/// Its lines, evenly over the time that it runs; the stream is there once it runs.
fn write_log(
    world: &mut World,
    region: &str,
    definition: &Definition,
    container: &str,
    id: &str,
    (runs, length): (Time, Duration),
) {
    let defined = definition.containers().find(|it| it.get("name") == Some(&json!(container)));
    let Some(configuration) = defined.and_then(|it| it.get("logConfiguration")) else { return };
    let option = |name: &str| configuration["options"][name].as_str();
    let (Some(group), Some(prefix)) = (option("awslogs-group"), option("awslogs-stream-prefix"))
    else {
        return;
    };
    let place = Place {
        region: option("awslogs-region").unwrap_or(region).to_owned(),
        group: group.to_owned(),
        stream: format!("{prefix}/{container}/{id}"),
    };
    let lines = world.behaviours.one_off_lines.clone();
    let steps = u32::try_from(lines.len()).unwrap_or(u32::MAX) + 1;
    for (at, line) in std::iter::once(String::new()).chain(lines).enumerate() {
        let at = runs + length * u32::try_from(at).unwrap_or(u32::MAX) / steps;
        world.timers.at(at, Timer::Outside(Act::log_line(place.clone(), line)));
    }
}

pub(super) fn stop(world: &mut World, params: Params<'_>) -> Answered {
    let cluster = cluster(world, params)?;
    let reference = params.required_text("task")?;
    let now = world.now;
    let reason = params.text("reason")?.unwrap_or("Task stopped by user").to_owned();
    let is_it = |it: &&mut StandaloneTask| {
        it.cluster == cluster && it.region == params.region && reference.ends_with(&it.id)
    };
    let Some(task) = world.one_offs.iter_mut().find(is_it) else {
        bail!("InvalidParameterException", "The referenced task was not found.");
    };
    if task.is_wanted(now) {
        let has_run = task.runs <= now;
        let end = End {
            code: "UserInitiated",
            reason,
            exit_code: has_run.then_some(137),
            container_reason: None,
            has_run,
        };
        task.ends = Some((now, end));
    }
    Ok(json!({ "task": task.view(now, world.calendar) }))
}
