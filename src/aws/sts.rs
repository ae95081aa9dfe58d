//! The one call to AWS STS that is ours: whose credentials these are.

use std::fmt;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sts::Client;
use tokio::time::timeout;

use crate::names::{AccountId, Region};

/// The answer is an addition to an error, and not waited for longer than that is worth.
const WITHIN: Duration = Duration::from_secs(5);

/// Whom AWS takes the credentials for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The account that they belong to.
    pub account: AccountId,
    /// Such as `assumed-role/deployer/session` or `user/anna`.
    pub name: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "These credentials are {} of account {}.", self.name, self.account)
    }
}

pub(super) async fn identity(config: &SdkConfig, region: &Region) -> Option<Identity> {
    let config = aws_sdk_sts::config::Builder::from(config)
        .region(aws_sdk_sts::config::Region::new(region.as_str().to_owned()))
        .build();
    let asking = Client::from_conf(config).get_caller_identity().send();
    let answer = timeout(WITHIN, asking).await.ok()?.ok()?;
    // `arn:aws:sts::123456789012:assumed-role/deployer/session`
    let mut arn = answer.arn()?.splitn(6, ':').map(str::to_owned);
    let (partition, name) = (arn.nth(1)?, arn.nth(3)?);
    Some(Identity { partition, account: answer.account()?.parse().ok()?, name })
}
