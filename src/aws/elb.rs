//! The calls to Elastic Load Balancing.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::config::retry::RetryConfig;
use futures_util::future::try_join_all;

use super::call::{Answer, send};
use crate::ecs::{TargetGroup, TargetHealth};
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

    /// How these target groups are set.
    pub async fn target_groups(&self, arns: &[String]) -> Answer<Vec<TargetGroup>> {
        let call = self.client.describe_target_groups().set_target_group_arns(Some(arns.to_vec()));
        let groups = send("elasticloadbalancing:DescribeTargetGroups", call.send());
        let delays = try_join_all(
            arns.iter().map(async |arn| Ok((arn.as_str(), self.deregistration_delay(arn).await?))),
        );
        let (groups, delays) = tokio::try_join!(groups, delays)?;
        let delay_of = |arn| delays.iter().find(|(of, _)| Some(*of) == arn).and_then(|it| it.1);
        let set = groups.target_groups().iter().filter_map(|group| {
            Some(TargetGroup {
                name: group.target_group_name()?.to_owned(),
                interval: seconds(group.health_check_interval_seconds()?.try_into().ok()?),
                healthy_threshold: group.healthy_threshold_count()?.try_into().ok()?,
                deregistration_delay: delay_of(group.target_group_arn()),
            })
        });
        Ok(set.collect())
    }

    async fn deregistration_delay(&self, arn: &str) -> Answer<Option<Duration>> {
        let call = self.client.describe_target_group_attributes().target_group_arn(arn).send();
        let answer = send("elasticloadbalancing:DescribeTargetGroupAttributes", call).await?;
        let mut attributes = answer.attributes().iter();
        let delay = attributes.find(|it| it.key() == Some("deregistration_delay.timeout_seconds"));
        Ok(delay.and_then(|it| it.value()?.parse().ok()).map(seconds))
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

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
