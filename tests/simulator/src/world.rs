//! The whole simulated AWS: one state, advanced by timers on every call, and asked through
//! [`World::receive`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::behaviour::Behaviours;
use crate::clock::{Calendar, LEAD, Time, since_made};
use crate::codedeploy::model::CodeDeploy;
use crate::codedeploy::{self, life};
use crate::ecr;
use crate::ecr::registry::Registry;
use crate::ecs;
use crate::ecs::definitions::Definitions;
use crate::ecs::model::{Service as EcsService, ServiceKey};
use crate::ecs::one_off::StandaloneTask;
use crate::ecs::scene::Scene;
use crate::ecs::views::Viewpoint;
use crate::ecs::{lifecycle, native, rollout, scheduler};
use crate::elb;
use crate::faults::{self, Fault, Faults};
use crate::ids::Ids;
use crate::limits::Limits;
use crate::logs::{self, Logs};
use crate::needs;
use crate::pace::{Lag, Pace};
use crate::query;
use crate::record::Recorded;
use crate::schedules::{self, Scheduled};
use crate::site::Outcome;
use crate::sts;
use crate::timers::{Step, Timer, Timers};
use crate::wire::{Answer, Answered, AwsError, Incoming, Params, Service, bail};

/// The account that everything belongs to by default.
pub const ACCOUNT: &str = "123456789012";

/// The default Region.
pub const REGION: &str = "eu-central-1";

#[derive(Debug)]
pub(crate) struct World {
    /// Up to when everything has happened.
    pub(crate) now: Time,
    pub(crate) calendar: Calendar,
    pub(crate) timers: Timers,
    pub(crate) ids: Ids,
    pub(crate) pace: Pace,
    pub(crate) lag: Lag,
    /// Whether `ListServiceDeployments` begins with the oldest.
    pub(crate) lists_oldest_first: bool,
    /// Before every answer.
    pub(crate) latency: Duration,
    pub(crate) registry: Registry,
    pub(crate) behaviours: Behaviours,
    pub(crate) logs: Logs,
    pub(crate) definitions: Definitions,
    /// By Region and name.
    pub(crate) clusters: BTreeSet<(String, String)>,
    pub(crate) services: BTreeMap<ServiceKey, EcsService>,
    /// Tasks of no service, oldest first.
    pub(crate) one_offs: Vec<StandaloneTask>,
    pub(crate) codedeploy: CodeDeploy,
    /// Roles, secrets, parameters and log groups that are not there.
    pub(crate) absent: BTreeSet<String>,
    /// Secrets that are marked for deletion.
    pub(crate) leaving: BTreeSet<String>,
    pub(crate) scheduled: Scheduled,
    pub(crate) faults: Faults,
    /// The rates of ECS and ECR, where they are watched.
    pub(crate) limits: Option<Limits>,
    pub(crate) records: Vec<Recorded>,
}

impl World {
    pub(crate) fn new(calendar: Calendar) -> Self {
        Self {
            now: LEAD,
            calendar,
            timers: Timers::default(),
            ids: Ids::with_seed(7),
            pace: Pace::real(),
            lag: Lag::default(),
            lists_oldest_first: false,
            latency: Duration::ZERO,
            registry: Registry::default(),
            behaviours: Behaviours::default(),
            logs: Logs::default(),
            definitions: Definitions::default(),
            clusters: BTreeSet::new(),
            services: BTreeMap::new(),
            one_offs: Vec::new(),
            codedeploy: CodeDeploy::default(),
            absent: BTreeSet::new(),
            leaving: BTreeSet::new(),
            scheduled: Scheduled::default(),
            faults: Faults::default(),
            limits: None,
            records: Vec::new(),
        }
    }

    pub(crate) fn viewpoint(&self) -> Viewpoint {
        Viewpoint { now: self.now, calendar: self.calendar, lag: self.lag }
    }

    /// Does everything that is due, in order.
    pub(crate) fn advance(&mut self, now: Time) {
        while let Some((time, timer)) = self.timers.due(now) {
            self.now = self.now.max(time);
            match timer {
                Timer::Outside(act) => act.happen(self),
                Timer::Service(key, step) => {
                    self.with_service(&key, |service, scene| take(service, scene, &step));
                }
                Timer::CodeDeploy { deployment, step } => life::take(self, &deployment, step),
            }
            life::observe(self);
        }
        self.now = self.now.max(now);
    }

    /// Changes one service, with the rest of the world at hand.
    pub(crate) fn with_service<R>(
        &mut self,
        key: &ServiceKey,
        work: impl FnOnce(&mut EcsService, &mut Scene<'_>) -> R,
    ) -> Option<R> {
        let service = self.services.get_mut(key)?;
        let mut scene = Scene {
            now: self.now,
            pace: &self.pace,
            timers: &mut self.timers,
            ids: &mut self.ids,
            registry: &self.registry,
            behaviours: &self.behaviours,
            logs: &mut self.logs,
            definitions: &self.definitions,
        };
        Some(work(service, &mut scene))
    }

    /// The outcome of a request, and the delay before it.
    pub(crate) fn receive(
        &mut self,
        now: Time,
        incoming: &Incoming,
    ) -> (Duration, Outcome<Answer>) {
        self.advance(now);
        let (service, operation, body) = route(incoming);
        let region = incoming.signed_region().unwrap_or(REGION).to_owned();
        let too_fast =
            self.limits.as_mut().is_some_and(|it| !it.admit(&region, &operation, self.now));
        let fault = self.faults.strike(&operation, self.now);
        let fault = if too_fast { Some(Fault::Throttle) } else { fault };
        let applies = fault.as_ref().is_none_or(Fault::applies);
        let real = applies.then(|| self.carry_out(service, &operation, incoming, &body));
        let carried_out = real.as_ref().is_some_and(|answer| answer.status < 300);
        let outcome = faults::outcome(fault.as_ref(), real, service, &operation);
        let slow = match fault {
            Some(Fault::Slow(delay)) => delay,
            _ => Duration::ZERO,
        };
        let answer = outcome.answer();
        self.records.push(Recorded {
            at: since_made(self.now),
            region: incoming.signed_region().unwrap_or_default().to_owned(),
            service,
            operation,
            body,
            raw: incoming.body.clone(),
            fault,
            status: answer.map(|answer| answer.status),
            answer: answer.map(|answer| answer.body.clone()).unwrap_or_default(),
            xml_members: answer.and_then(|answer| answer.xml_members.clone()),
            carried_out,
        });
        (self.latency + slow, outcome)
    }

    fn carry_out(
        &mut self,
        service: Service,
        operation: &str,
        incoming: &Incoming,
        body: &Value,
    ) -> Answer {
        if service == Service::Blobs {
            return ecr::blob(&self.registry, &incoming.path, incoming.authorization.is_some());
        }
        let result = match body {
            Value::Object(params) => self.call(service, operation, incoming, params),
            _ => Err(AwsError::new("SerializationException", "The body is no JSON object")),
        };
        match (result, service.query_namespace()) {
            (Ok(answer), Some(namespace)) => query::answer(namespace, operation, answer),
            (Ok(answer), None) => Answer::json(200, &answer),
            (Err(error), _) => error.answer(service),
        }
    }

    fn call(
        &mut self,
        service: Service,
        operation: &str,
        incoming: &Incoming,
        members: &Map<String, Value>,
    ) -> Answered {
        // Whoever asks for credentials has none to sign with.
        if incoming.signed_region().is_none() && service != Service::Sts {
            bail!("MissingAuthenticationTokenException", "Not signed");
        }
        let region = incoming.signed_region().unwrap_or(REGION);
        let params = Params { members, region };
        let answer = match service {
            Service::Ecs => ecs::answer(operation, self, params),
            Service::Ecr => ecr::answer(operation, self, params, incoming.base.as_deref()),
            Service::Logs => logs::answer(operation, self, params),
            Service::Elb => elb::answer(operation, self, params),
            Service::CodeDeploy => codedeploy::answer(operation, self, params),
            Service::Sts => sts::answer(operation),
            Service::Iam => needs::iam(operation, self, params),
            Service::SecretsManager => needs::secrets(operation, self, params),
            Service::Ssm => needs::parameters(operation, self, params),
            Service::Events => schedules::events(operation, self, params),
            Service::Scheduler => schedules::scheduler(operation, self, params),
            Service::Blobs => None,
        };
        life::observe(self);
        answer.unwrap_or_else(|| {
            Err(AwsError::new("UnknownOperationException", format!("{operation} is not played")))
        })
    }
}

/// Which service and operation a request is for, and its parameters.
fn route(incoming: &Incoming) -> (Service, String, Value) {
    let body = serde_json::from_slice(&incoming.body).unwrap_or_default();
    let target = incoming.target.as_deref().unwrap_or_default();
    let (service, name) = match target.split_once('.') {
        Some(("AmazonEC2ContainerServiceV20141113", name)) => (Service::Ecs, name),
        Some(("AmazonEC2ContainerRegistry_V20150921", name)) => (Service::Ecr, name),
        Some(("Logs_20140328", name)) => (Service::Logs, name),
        Some(("CodeDeploy_20141006", name)) => (Service::CodeDeploy, name),
        Some(("secretsmanager", name)) => (Service::SecretsManager, name),
        Some(("AmazonSSM", name)) => (Service::Ssm, name),
        Some(("AWSEvents", name)) => (Service::Events, name),
        None if incoming.signed_service() == Some(Service::Scheduler.prefix()) => {
            let (name, params) = schedules::rest(incoming).unwrap_or_default();
            return (Service::Scheduler, name.to_owned(), params);
        }
        None if incoming.method == "GET" => (Service::Blobs, "GetBlob"),
        None if incoming.signed_service() == Some(Service::Elb.prefix()) => {
            return form(Service::Elb, incoming);
        }
        None if incoming.signed_service() == Some(Service::Iam.prefix()) => {
            return form(Service::Iam, incoming);
        }
        None if [None, Some(Service::Sts.prefix())].contains(&incoming.signed_service()) => {
            return form(Service::Sts, incoming);
        }
        _ => (Service::Ecs, target),
    };
    (service, name.to_owned(), body)
}

fn form(service: Service, incoming: &Incoming) -> (Service, String, Value) {
    let (name, params) = query::read(&incoming.body).unwrap_or_default();
    (service, name, Value::Object(params))
}

/// One step of a service.
fn take(service: &mut EcsService, scene: &mut Scene<'_>, step: &Step) {
    match step {
        Step::Reconcile => scheduler::reconcile(service, scene),
        Step::Begin { rollout } => rollout::started(service, scene, rollout),
        Step::StartRollback { rollout } => {
            rollout::start_requested_rollback(service, scene, rollout)
        }
        Step::Stage { rollout, turn } => native::stage_over(service, scene, rollout, *turn),
        Step::HookTimeout { rollout, hook } => {
            native::hooks::timed_out(service, scene, rollout, hook);
        }
        Step::Pull { task } => lifecycle::pull(service, scene, task),
        Step::FailToStart { task, reason } => {
            lifecycle::fail_to_start(service, scene, task, reason)
        }
        Step::Run { task } => lifecycle::run(service, scene, task),
        Step::Ready { task } => lifecycle::ready(service, scene, task),
        Step::Exit { task, exit } => lifecycle::exit(service, scene, task, exit),
        Step::Unhealthy { task, by_load_balancer } => {
            lifecycle::unhealthy(service, scene, task, *by_load_balancer);
        }
        Step::Stopped { task } => lifecycle::stopped(service, scene, task),
    }
}
