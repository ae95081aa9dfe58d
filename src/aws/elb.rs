//! The calls to Elastic Load Balancing.

use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::config::retry::RetryConfig;

use super::call::{Answer, send};
use crate::ecs::TargetHealth;
use crate::names::Region;

/// Elastic Load Balancing in one Region.
#[derive(Debug, Clone)]
pub struct Elb {
    client: Client,
}

impl Elb {
    pub(super) fn new(config: &SdkConfig, region: &Region) -> Self {
        let config = aws_sdk_elasticloadbalancingv2::config::Builder::from(config)
            .region(aws_sdk_elasticloadbalancingv2::config::Region::new(region.as_str().to_owned()))
            .retry_config(RetryConfig::standard())
            .build();
        Self { client: Client::from_conf(config) }
    }

    /// How the targets of a group are.
    pub async fn target_health(&self, target_group: &str) -> Answer<Vec<TargetHealth>> {
        let call = self.client.describe_target_health().target_group_arn(target_group).send();
        let answer = send("elasticloadbalancing:DescribeTargetHealth", call).await?;
        Ok(answer
            .target_health_descriptions()
            .iter()
            .filter_map(|description| {
                let target = description.target()?;
                let health = description.target_health()?;
                Some(TargetHealth {
                    target_group: target_group.to_owned(),
                    target: target.id().unwrap_or_default().to_owned(),
                    port: target.port(),
                    state: health.state().map(|it| it.as_str().into()).unwrap_or_default(),
                    reason: health.reason().map(|it| it.as_str().to_owned()),
                    description: health.description().map(str::to_owned),
                })
            })
            .collect())
    }
}
