//! A simulated AWS for the tests and the demo: ECS, ECR and the store behind
//! ECR's download addresses, CloudWatch Logs, target groups and CodeDeploy, as state
//! machines over tokio's clock.
//!
//! It follows AWS's documentation and models, never the product's code, and
//! knows nothing of the product. From the top:
//!
//! - [`Simulator`] is the handle: tests set it up, plan what happens, and read what was asked.
//! - `given` builds services, task definitions and images, [`Act`] is what other people
//!   do, [`Fault`] and [`Lag`] are what goes wrong with calls.
//! - `memory` and `loopback` carry requests to a `site`, `world` routes and records
//!   them, `wire` and `query` know AWS's two protocols.
//! - `ecs`, `ecr`, `logs`, `elb`, `sts`, `codedeploy`, `schedules` and `needs` are the services.
//! - [`github`] is a separate site: a simulated GitHub; [`Web`] is all other hosts.
//!
//! Nothing runs in the background: every call first advances the world to now.

mod behaviour;
mod clock;
mod codedeploy;
mod ecr;
mod ecs;
mod elb;
mod faults;
pub mod github;
mod given;
mod ids;
mod logs;
mod limits;
mod loopback;
mod memory;
mod needs;
mod outside;
mod pace;
mod query;
mod record;
mod schedules;
mod site;
mod sts;
mod timers;
mod truth;
mod web;
mod wire;
mod words;
mod world;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use bytes::Bytes;
use serde_json::Value;

pub use crate::behaviour::{Behaviour, HealthCheck, Hook, OneOff};
use crate::clock::{Clock, since_made};
pub use crate::codedeploy::model::CodeDeployAnswers;
use crate::codedeploy::model::GroupKey;
pub use crate::codedeploy::truth::{
    CodeDeployDeployment, CodeDeployTruth, ServingTruth, TrafficShare,
};
pub use crate::ecr::image::Image;
use crate::ecs::model::ServiceKey;
pub use crate::elb::TargetGroup;
pub use crate::faults::{Fault, When};
pub use crate::github::GitHub;
pub use crate::given::{DeploymentGroupBuilder, Repository, ServiceBuilder, TaskDefinitionBuilder};
use crate::limits::Limits;
pub use crate::loopback::Server;
pub use crate::outside::Act;
pub use crate::pace::{Lag, Pace};
pub use crate::record::Recorded;
use crate::site::{Outcome, Site};
use crate::timers::Timer;
pub use crate::truth::{DeploymentTruth, RunningTruth, Truth};
pub use crate::web::{Asked, Reply, Web};
pub use crate::wire::Service;
use crate::wire::{Answer, Incoming};
use crate::world::World;
pub use crate::world::{ACCOUNT, REGION};

/// One simulated AWS. Clones are handles of the same one.
#[derive(Debug, Clone)]
pub struct Simulator {
    clock: Clock,
    world: Arc<Mutex<World>>,
}

impl Site for Simulator {
    fn receive(&self, request: &http::Request<Bytes>, base: Option<&str>) -> (Duration, Outcome) {
        let (delay, outcome) = self.answer(&Incoming::new(request, base));
        (delay, outcome.map(Answer::response))
    }
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// An empty AWS on 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self::with_clock(Clock::with_fixed_calendar())
    }

    /// An empty AWS on the machine's date.
    pub fn in_real_time() -> Self {
        Self::with_clock(Clock::with_machine_calendar())
    }

    fn with_clock(clock: Clock) -> Self {
        Self { clock, world: Arc::new(Mutex::new(World::new(clock.calendar()))) }
    }

    /// The world as it is now.
    fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.now());
        world
    }

    fn answer(&self, incoming: &Incoming) -> (Duration, Outcome<Answer>) {
        self.world().receive(self.clock.now(), incoming)
    }

    /// What carries requests to it, in place of a connection: for a client that makes
    /// its own HTTP client of it.
    pub fn connector(&self) -> SharedHttpConnector {
        memory::connector(self.clone())
    }

    /// Listens on a free port of 127.0.0.1, in real time.
    pub async fn serve(&self) -> io::Result<Server> {
        loopback::serve(self.clone()).await
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.world().records.clone()
    }

    pub fn requests_for(&self, operation: &str) -> Vec<Recorded> {
        let world = self.world();
        world.records.iter().filter(|it| it.operation == operation).cloned().collect()
    }

    /// The requests for operations that change something, also those that failed.
    pub fn writes(&self) -> Vec<Recorded> {
        self.requests().into_iter().filter(Recorded::is_write).collect()
    }

    pub fn forget_requests(&self) {
        self.world().records.clear();
    }

    /// Makes an operation (`*` for all of them) fail in this way.
    pub fn fault(&self, operation: &str, when: When, fault: Fault) {
        self.world().faults.add(operation, when, fault);
    }

    pub fn clear_faults(&self) {
        self.world().faults.clear();
    }

    /// Makes changes visible late.
    pub fn lag(&self, lag: Lag) {
        self.world().lag = lag;
    }

    /// Changes how CodeDeploy answers where nothing is documented.
    pub fn codedeploy_answers(&self, answers: CodeDeployAnswers) {
        self.world().codedeploy.answers = answers;
    }

    /// Lists service deployments from the oldest: ECS documents no order.
    pub fn list_oldest_first(&self) {
        self.world().lists_oldest_first = true;
    }

    /// Sets how fast AWS does things.
    pub fn pace(&self, pace: Pace) {
        self.world().pace = pace;
    }

    /// Throttles calls at the rates of ECS and ECR, which all callers share.
    pub fn limit_rates(&self) {
        self.world().limits = Some(Limits::default());
    }

    /// Delays every answer by this long.
    pub fn latency(&self, latency: Duration) {
        self.world().latency = latency;
    }

    /// Plans something for this long after the simulator was created.
    pub fn at(&self, since_made: Duration, act: Act) {
        self.world().timers.at(clock::LEAD + since_made, Timer::Outside(act));
    }

    /// Plans something for this long from now.
    pub fn after(&self, delay: Duration, act: Act) {
        let mut world = self.world();
        let time = world.now + delay;
        world.timers.at(time, Timer::Outside(act));
    }

    /// Does something now.
    pub fn act(&self, act: Act) {
        let mut world = self.world();
        act.happen(&mut world);
        codedeploy::life::observe(&mut world);
    }

    /// Sets how new tasks of an image behave. The image is named by its digest, or by its
    /// reference if it is outside the simulated registries.
    pub fn behaves(&self, image: &str, behaviour: Behaviour) {
        self.world().behaviours.set(image.to_owned(), behaviour);
    }

    /// The same for the containers of this name alone: another command of the same image.
    pub fn container_behaves(&self, container: &str, image: &str, behaviour: Behaviour) {
        self.world().behaviours.set_of_container(container, image, behaviour);
    }

    /// Sets how tasks end that no service started, and what they write to their log.
    pub fn one_off(&self, ends: OneOff, lines: &[&str]) {
        let mut world = self.world();
        world.behaviours.one_off = ends;
        world.behaviours.one_off_lines = lines.iter().map(|&line| line.to_owned()).collect();
    }

    /// How many tasks `RunTask` has started.
    pub fn one_off_tasks(&self) -> usize {
        self.world().one_offs.len()
    }

    /// Makes ECS show the digest of the image that a task took from an index instead of the
    /// index's own. On EC2 it shows the index's; for Fargate that is not known.
    pub fn shows_what_an_index_lists(&self) {
        self.world().behaviours.shows_what_an_index_lists = true;
    }

    /// Sets what containers of an image write to their log once they run; the image is named
    /// as in [`behaves`](Self::behaves). Only `awslogs` carries it.
    pub fn logs(&self, image: &str, lines: &[&str]) {
        let lines = lines.iter().map(|&line| line.to_owned()).collect();
        self.world().behaviours.set_lines(image.to_owned(), lines);
    }

    /// Takes away a role (by its name), a secret (by its ARN), a parameter or a log group (by
    /// its name): else all that a definition names is there.
    pub fn lacks(&self, name: &str) {
        self.world().absent.insert(name.to_owned());
    }

    /// Marks a secret for deletion.
    pub fn deletes_secret(&self, arn: &str) {
        self.world().leaving.insert(arn.to_owned());
    }

    /// Makes this many pages of `GetLogEvents` empty before the first one with events, as
    /// CloudWatch Logs may.
    pub fn empty_log_pages(&self, count: u16) {
        self.world().logs.empty_pages = count;
    }

    /// Makes a Lambda function fail as a lifecycle hook.
    pub fn hook_fails(&self, arn: &str) {
        self.hook(arn, Hook::Fails { log_tail: String::new() });
    }

    /// Sets what a Lambda function does as a lifecycle hook. It is named by ARN or name, as
    /// in the configuration or AppSpec.
    pub fn hook(&self, function: &str, hook: Hook) {
        self.world().behaviours.set_hook(function, hook);
    }

    /// The time since the simulator was made.
    pub fn elapsed(&self) -> Duration {
        since_made(self.world().now)
    }

    /// What really happened to a service.
    pub fn truth(&self, cluster: &str, service: &str) -> Truth {
        let key = ServiceKey::new(REGION, cluster, service);
        let world = self.world();
        truth::of(world.services.get(&key).expect("the service was started"))
    }

    /// What CodeDeploy really did in a deployment group.
    pub fn codedeploy_truth(&self, application: &str, group: &str) -> CodeDeployTruth {
        let key = GroupKey::new(REGION, application, group);
        let world = self.world();
        assert!(key.find(&world.codedeploy).is_some(), "the group {group} was made");
        codedeploy::truth::of(&world, &key)
    }

    /// Sends a request as an SDK would, without transport, faults included. The
    /// parameters of the services that speak the query protocol are flat.
    ///
    /// # Errors
    /// The members of an error answer; null where no answer comes.
    pub fn call(&self, service: Service, operation: &str, body: &Value) -> Result<Value, Value> {
        let json = |prefix: &str| (Some(format!("{prefix}.{operation}")), body.to_string());
        let (target, body) = match service {
            Service::Ecs => json("AmazonEC2ContainerServiceV20141113"),
            Service::Ecr => json("AmazonEC2ContainerRegistry_V20150921"),
            Service::Logs => json("Logs_20140328"),
            Service::CodeDeploy => json("CodeDeploy_20141006"),
            Service::SecretsManager => json("secretsmanager"),
            Service::Ssm => json("AmazonSSM"),
            Service::Events => json("AWSEvents"),
            Service::Elb | Service::Sts | Service::Iam => (None, query::form(operation, body)),
            Service::Scheduler | Service::Blobs => return Err(Value::Null),
        };
        let scope = format!("20260101/{REGION}/{}/aws4_request", service.prefix());
        let (_, outcome) = self.answer(&Incoming {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            target,
            authorization: Some(format!("AWS4-HMAC-SHA256 Credential=AKID/{scope}, Signature=0")),
            body: body.into(),
            base: None,
        });
        match outcome.answer() {
            Some(answer) if answer.status < 300 => Ok(answer.members()),
            Some(answer) => Err(answer.members()),
            None => Err(Value::Null),
        }
    }
}

#[cfg(test)]
mod tests;
