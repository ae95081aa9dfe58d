//! A simulated AWS for the tests and the demo: ECS, ECR and the store behind
//! ECR's download addresses, CloudWatch Logs, target groups and CodeDeploy, as state
//! machines over tokio's clock.
//!
//! It follows AWS's documentation and models, never the product's code, and
//! knows nothing of the product. From the top:
//!
//! - [`Simulator`] is the handle: what is given, what happens, what was asked.
//! - `given` builds services, task definitions and images, [`Act`] is what other
//!   people do, [`Fault`] and [`Lag`] what goes wrong on the way.
//! - `memory` and `loopback` carry requests to a `site`, `world` routes and records
//!   them, `wire` and `query` know AWS's two protocols.
//! - `ecs`, `ecr`, `logs`, `elb` and `codedeploy` are the services.
//! - [`github`] is another site by itself: a simulated GitHub.
//!
//! Nothing runs in the background: whoever looks moves the world on to now.

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
mod outside;
mod pace;
mod query;
mod record;
mod site;
mod sts;
mod timers;
mod truth;
mod wire;
mod world;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use bytes::Bytes;
use serde_json::Value;

pub use crate::behaviour::{Behaviour, HealthCheck, Hook};
use crate::clock::{Clock, since_made};
pub use crate::codedeploy::model::CodeDeployAnswers;
use crate::codedeploy::model::GroupKey;
pub use crate::codedeploy::truth::{
    CodeDeployDeployment, CodeDeployTruth, ServingTruth, TrafficShare,
};
pub use crate::ecr::image::Image;
use crate::ecs::model::ServiceKey;
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
pub use crate::wire::Service;
use crate::wire::{Incoming, Reply};
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
        let (delay, reply) = self.answer(&Incoming::new(request, base));
        (delay, reply.into())
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

    fn answer(&self, incoming: &Incoming) -> (Duration, Reply) {
        self.world().receive(self.clock.now(), incoming)
    }

    /// What carries requests to it, in place of a connection: for a client that makes
    /// its own HTTP client of it.
    pub fn connector(&self) -> SharedHttpConnector {
        memory::connector(self.clone())
    }

    /// Listens on a free port of 127.0.0.1, in real time.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn serve(&self) -> io::Result<Server> {
        loopback::serve(self.clone()).await
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.world().records.clone()
    }

    /// The requests for one operation.
    pub fn requests_for(&self, operation: &str) -> Vec<Recorded> {
        let world = self.world();
        world.records.iter().filter(|it| it.operation == operation).cloned().collect()
    }

    /// The requests for operations that change something, also those that failed.
    pub fn writes(&self) -> Vec<Recorded> {
        self.requests().into_iter().filter(Recorded::is_write).collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.world().records.clear();
    }

    /// Lets an operation (`*` for all of them) go wrong.
    pub fn fault(&self, operation: &str, when: When, fault: Fault) {
        self.world().faults.add(operation, when, fault);
    }

    /// Lets nothing go wrong any more.
    pub fn clear_faults(&self) {
        self.world().faults.clear();
    }

    /// Shows changes late.
    pub fn lag(&self, lag: Lag) {
        self.world().lag = lag;
    }

    /// Lets CodeDeploy answer otherwise where nothing promises how it does.
    pub fn codedeploy_answers(&self, answers: CodeDeployAnswers) {
        self.world().codedeploy.answers = answers;
    }

    /// Lists service deployments the oldest first: ECS promises no order.
    pub fn list_oldest_first(&self) {
        self.world().lists_oldest_first = true;
    }

    /// Sets how fast AWS does things.
    pub fn pace(&self, pace: Pace) {
        self.world().pace = pace;
    }

    /// Lets ECS take calls only at its rates, which all callers share.
    pub fn limit_rates(&self) {
        self.world().limits = Some(Limits::default());
    }

    /// Lets every answer take this long.
    pub fn latency(&self, latency: Duration) {
        self.world().latency = latency;
    }

    /// Plans what happens so long after the simulator was made.
    pub fn at(&self, since_made: Duration, act: Act) {
        self.world().timers.at(clock::LEAD + since_made, Timer::Outside(act));
    }

    /// Plans what happens so long from now.
    pub fn after(&self, delay: Duration, act: Act) {
        let mut world = self.world();
        let time = world.now + delay;
        world.timers.at(time, Timer::Outside(act));
    }

    /// Lets something happen now.
    pub fn act(&self, act: Act) {
        let mut world = self.world();
        act.happen(&mut world);
        codedeploy::life::look(&mut world);
    }

    /// Says how new tasks of an image fare, by its digest, or by its reference
    /// if it lies outside the simulated registries.
    pub fn behaves(&self, image: &str, behaviour: Behaviour) {
        self.world().behaviours.set(image.to_owned(), behaviour);
    }

    /// Lets ECS show the digest of the image that a task took of an index in place of the
    /// index's own. On EC2 it shows the index's; of Fargate that is not known.
    pub fn shows_what_an_index_lists(&self) {
        self.world().behaviours.shows_what_an_index_lists = true;
    }

    /// Says what containers of an image write to their log once they run; named
    /// as in [`behaves`](Self::behaves). It comes with `awslogs` only.
    pub fn logs(&self, image: &str, lines: &[&str]) {
        let lines = lines.iter().map(|&line| line.to_owned()).collect();
        self.world().behaviours.set_lines(image.to_owned(), lines);
    }

    /// Lets so many pages of `GetLogEvents` come empty before the first one with
    /// events, as CloudWatch Logs may.
    pub fn empty_log_pages(&self, count: u16) {
        self.world().logs.empty_pages = count;
    }

    /// Lets a Lambda function fail as a lifecycle hook.
    pub fn hook_fails(&self, arn: &str) {
        self.hook(arn, Hook::Fails { log_tail: String::new() });
    }

    /// Says what a Lambda function does as a lifecycle hook, by its ARN or name as
    /// the configuration or AppSpec has it.
    pub fn hook(&self, function: &str, hook: Hook) {
        self.world().behaviours.set_hook(function, hook);
    }

    /// The time since the simulator was made.
    pub fn elapsed(&self) -> Duration {
        since_made(self.world().now)
    }

    /// What really happened to a service of the default Region.
    ///
    /// # Panics
    /// If there is no such service.
    pub fn truth(&self, cluster: &str, service: &str) -> Truth {
        self.truth_in(REGION, cluster, service)
    }

    /// What really happened to a service of another Region.
    ///
    /// # Panics
    /// If there is no such service.
    pub fn truth_in(&self, region: &str, cluster: &str, service: &str) -> Truth {
        let key = ServiceKey {
            region: region.to_owned(),
            cluster: cluster.to_owned(),
            name: service.to_owned(),
        };
        let world = self.world();
        truth::of(world.services.get(&key).expect("the service was started"))
    }

    /// What CodeDeploy really did in a deployment group of the default Region.
    ///
    /// # Panics
    /// If there is no such group.
    pub fn codedeploy_truth(&self, application: &str, group: &str) -> CodeDeployTruth {
        self.codedeploy_truth_in(REGION, application, group)
    }

    /// What CodeDeploy really did in a deployment group of another Region.
    ///
    /// # Panics
    /// If there is no such group.
    pub fn codedeploy_truth_in(
        &self,
        region: &str,
        application: &str,
        group: &str,
    ) -> CodeDeployTruth {
        let key = GroupKey {
            region: region.to_owned(),
            application: application.to_owned(),
            group: group.to_owned(),
        };
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
            Service::Elb | Service::Sts => (None, query::form(operation, body)),
            Service::Blobs => return Err(Value::Null),
        };
        let scope = format!("20260101/{REGION}/{}/aws4_request", service.prefix());
        let (_, reply) = self.answer(&Incoming {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            target,
            authorization: Some(format!("AWS4-HMAC-SHA256 Credential=AKID/{scope}, Signature=0")),
            body: body.into(),
            base: None,
        });
        match reply {
            Reply::Answer(answer) => {
                if answer.status < 300 {
                    Ok(answer.members())
                } else {
                    Err(answer.members())
                }
            }
            Reply::Reset | Reply::Silence => Err(Value::Null),
        }
    }
}

#[cfg(test)]
mod tests;
