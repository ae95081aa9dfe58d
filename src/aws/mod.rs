//! The only room that names `aws_sdk_*`: calls, and their answers as the plain
//! values of the rooms below.
//!
//! Reads are repeated by the SDK with back-off, for minutes while AWS throttles them
//! (`patience.rs`); a write only when AWS throttled it, because every other failure may
//! have come after the fact (`write.rs`). Only what sets a scheduled task as a whole is sent
//! again, because it then says the same (`signed.rs`).
//! Nothing here decides or waits.

mod blob;
mod call;
mod codedeploy;
mod config;
mod credentials;
mod ecr;
mod ecs;
mod elb;
mod error;
mod logs;
mod needs;
mod once;
mod one_off;
mod patience;
mod placement;
mod raw;
mod rollback;
mod schedules;
mod side_by_side;
mod signed;
mod sts;
mod tagging;
mod translate;
mod unsent;
mod variables;
mod whole;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_smithy_runtime_api::client::http::http_client_fn;

pub(crate) use call::Answer;
pub(crate) use codedeploy::{CodeDeploy, CreateDeployment, DEPLOYMENTS};
pub(crate) use ecr::{Ecr, FoundImage, ImageDetail, ImageId, Scan};
pub(crate) use ecs::{Ecs, Services, TASKS, UpdateService};
pub(crate) use elb::Elb;
pub(crate) use error::{CallError, Cause};
pub(crate) use logs::Logs;
pub(crate) use needs::{Found, Needs};
pub(crate) use once::Once;
pub(crate) use one_off::{Placed, RunTask};
pub(crate) use schedules::Schedules;
pub(crate) use side_by_side::side_by_side;
pub(crate) use sts::Identity;
pub(crate) use variables::is_read_by_the_sdk;

use aws_credential_types::provider::ProvideCredentials as _;

use crate::http::HttpClient;
use crate::names::Region;
use crate::problem::Problem;
use call::ATTEMPT_WITHIN;
use patience::Patience;
use variables::Findings;

/// Clients by Region, made when they are first asked for. They share one pool
/// of connections and one cache of credentials.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    transport: HttpClient,
    patience: Patience,
    ecs: Arc<Mutex<HashMap<Region, Ecs>>>,
    ecr: Arc<Mutex<HashMap<Region, Ecr>>>,
    codedeploy: Arc<Mutex<HashMap<Region, CodeDeploy>>>,
}

impl Clients {
    /// Credentials, endpoints and proxies from the environment and from
    /// `~/.aws`, as every AWS tool reads them. Credentials are asked for in
    /// `region`; without one the SDK looks for a Region in the network. With them comes
    /// what is set there and not used, because it can't be.
    ///
    /// # Errors
    /// What is set there and can't be worked with, by its name and without its value.
    pub async fn from_environment(
        region: Option<&Region>,
        transport: HttpClient,
    ) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
        if let Some(region) = region {
            loader = loader.region(aws_config::Region::new(region.as_str().to_owned()));
        }
        match Self::loaded(loader, transport).await {
            (clients, Findings { wrong, unused }) if wrong.is_empty() => Ok((clients, unused)),
            (_, Findings { wrong, .. }) => Err(wrong),
        }
    }

    /// The same by a loader that is made up already.
    pub async fn with(loader: ConfigLoader, transport: HttpClient) -> Self {
        Self::loaded(loader, transport).await.0
    }

    async fn loaded(loader: ConfigLoader, transport: HttpClient) -> (Self, Findings) {
        let connector = transport.connector();
        let loader = loader
            .http_client(http_client_fn(move |_, _| whole::answers(connector.clone())))
            .timeout_config(
                TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_WITHIN).build(),
            );
        let (config, findings) = config::load(loader).await;
        let clients = Self {
            config,
            transport,
            patience: Patience::Patient,
            ecs: Arc::default(),
            ecr: Arc::default(),
            codedeploy: Arc::default(),
        };
        (clients, findings)
    }

    /// The same for a caller that asks again in any case: it is told soon that AWS
    /// throttles, so that it can ask less often.
    #[must_use]
    pub fn for_watching(&self) -> Self {
        Self {
            config: self.config.clone(),
            transport: self.transport.clone(),
            patience: Patience::Watching,
            ecs: Arc::default(),
            ecr: Arc::default(),
            codedeploy: Arc::default(),
        }
    }

    pub fn ecs(&self, region: &Region) -> Ecs {
        let mut clients = self.ecs.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.clone())
            .or_insert_with(|| Ecs::new(&self.config, region, self.patience))
            .clone()
    }

    /// ECR in a Region, which need not be the service's.
    pub fn ecr(&self, region: &Region) -> Ecr {
        let mut clients = self.ecr.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.clone())
            .or_insert_with(|| Ecr::new(&self.config, region, &self.transport, self.patience))
            .clone()
    }

    /// Whether there are credentials at all, of whatever kind. Whether AWS takes them
    /// is found out by the first call.
    pub async fn have_credentials(&self) -> bool {
        let Some(provider) = self.config.credentials_provider() else { return false };
        provider.provide_credentials().await.is_ok()
    }

    /// Whose credentials these are: the account and the name of the user or role. It takes
    /// no permission to ask; `None` where there is no answer.
    pub async fn who_asks(&self, region: &Region) -> Option<Identity> {
        sts::identity(&self.config, region).await
    }

    /// The time, as calls are signed with it.
    pub fn now(&self) -> Option<SystemTime> {
        self.config.time_source().map(|source| source.now())
    }

    /// CodeDeploy in a Region, asked only for services whose deployments it makes.
    pub fn codedeploy(&self, region: &Region) -> CodeDeploy {
        let mut clients = self.codedeploy.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || CodeDeploy::new(&self.config, region, self.patience);
        clients.entry(region.clone()).or_insert_with(new).clone()
    }

    /// What tasks need beside their images.
    pub(crate) fn needs(&self) -> Needs {
        Needs { config: self.config.clone(), transport: self.transport.clone() }
    }

    /// What starts tasks in a Region beside services.
    pub(crate) fn schedules(&self, region: &Region) -> Schedules {
        let (config, transport) = (self.config.clone(), self.transport.clone());
        Schedules { config, transport, region: region.clone() }
    }

    /// CloudWatch Logs in a Region, asked only after a failure.
    pub fn logs(&self, region: &Region) -> Logs {
        Logs::new(&self.config, region)
    }

    /// Elastic Load Balancing in a Region, asked only after a failure.
    pub fn elb(&self, region: &Region) -> Elb {
        Elb::new(&self.config, region)
    }
}
