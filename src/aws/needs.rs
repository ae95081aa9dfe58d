//! Whether what a task needs is there: roles, secrets, parameters and log groups. No value of
//! any of them is asked for.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::config::retry::RetryConfig;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::call::{Answer, send};
use super::error::CallError;
use super::signed::{Operation, Protocol, call, percent_encoded};
use crate::http::HttpClient;
use crate::names::Region;
use crate::problem::Problem;

/// Pages that are read of one answer.
const PAGES: usize = 20;

const GET_ROLE: Operation =
    Operation { action: "iam:GetRole", service: "iam", protocol: Protocol::Query };
const DESCRIBE_SECRET: Operation = Operation {
    action: "secretsmanager:DescribeSecret",
    service: "secretsmanager",
    protocol: Protocol::Json("secretsmanager.DescribeSecret"),
};
const DESCRIBE_PARAMETERS: Operation = Operation {
    action: "ssm:DescribeParameters",
    service: "ssm",
    protocol: Protocol::Json("AmazonSSM.DescribeParameters"),
};

/// IAM shows a role that was just made a moment later; so long one is waited for.
const IAM_SHOWS: Duration = Duration::from_secs(3);

/// What a secret is like that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    There,
    Missing,
    /// It is about to be deleted, and gives its value to nobody until then.
    Leaving,
}

/// The services that are asked.
#[derive(Debug)]
pub(crate) struct Needs {
    pub(super) config: SdkConfig,
    pub(super) transport: HttpClient,
}

impl Needs {
    /// Whether there is a role of this name, without its path.
    pub(crate) async fn has_role(&self, name: &str, partition: &str) -> Answer<bool> {
        // IAM has one address for all Regions of a partition, which signs as one of them.
        let (host, region) = match partition {
            "aws-cn" => ("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            "aws-eusc" => ("iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            "aws-us-gov" => ("iam.us-gov.amazonaws.com", "us-gov-west-1"),
            _ if self.config.use_fips() == Some(true) => ("iam-fips.amazonaws.com", "us-east-1"),
            _ => ("iam.amazonaws.com", "us-east-1"),
        };
        let region: Region = region
            .parse()
            .map_err(|problem: Problem| CallError::unclear(GET_ROLE.action, problem.message))?;
        let escaped = percent_encoded(name);
        let body = format!("Action=GetRole&Version=2010-05-08&RoleName={escaped}");
        let at = (&region, Some(host));
        for pause in [Duration::ZERO, IAM_SHOWS] {
            sleep(pause).await;
            let sent = ("/", body.clone());
            match call(&self.config, &self.transport, GET_ROLE, at, sent).await {
                Ok(_) => return Ok(true),
                Err(error) if error.is("NoSuchEntity") => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// A secret by its ARN.
    pub(crate) async fn secret(&self, region: &Region, arn: &str) -> Answer<Found> {
        let body = json!({ "SecretId": arn }).to_string();
        match call(&self.config, &self.transport, DESCRIBE_SECRET, (region, None), ("/", body))
            .await
        {
            Ok(answer) => {
                let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                if !answer.is_object() {
                    return Err(CallError::without(DESCRIBE_SECRET.action, "the secret"));
                }
                let is_leaving = answer.get("DeletedDate").is_some_and(|it| !it.is_null());
                Ok(if is_leaving { Found::Leaving } else { Found::There })
            }
            Err(error) if error.is("ResourceNotFoundException") => Ok(Found::Missing),
            Err(error) => Err(error),
        }
    }

    /// Which of at most 50 names are those of parameters.
    pub(crate) async fn parameters(
        &self,
        region: &Region,
        names: &[String],
    ) -> Answer<Vec<String>> {
        let mut found = Vec::new();
        let mut token = Value::Null;
        // A page may be short, or empty, although there are more.
        for _ in 0..PAGES {
            let mut body = json!({ "MaxResults": 50,
                "ParameterFilters": [{ "Key": "Name", "Option": "Equals", "Values": names }] });
            if !token.is_null() {
                body["NextToken"] = token;
            }
            let at = (region, None);
            let body = ("/", body.to_string());
            let answer = call(&self.config, &self.transport, DESCRIBE_PARAMETERS, at, body).await?;
            let mut answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
            let Some(page) = answer["Parameters"].as_array() else {
                return Err(CallError::without(DESCRIBE_PARAMETERS.action, "the parameters"));
            };
            found.extend(page.iter().filter_map(|it| it["Name"].as_str().map(str::to_owned)));
            token = answer["NextToken"].take();
            if token.is_null() {
                return Ok(found);
            }
        }
        Err(CallError::without(DESCRIBE_PARAMETERS.action, "an end"))
    }

    /// Whether there is a log group of exactly this name.
    pub(crate) async fn has_log_group(&self, region: &Region, name: &str) -> Answer<bool> {
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.config)
            .region(aws_sdk_cloudwatchlogs::config::Region::new(region.as_str().to_owned()))
            .retry_config(RetryConfig::standard())
            .build();
        let client = aws_sdk_cloudwatchlogs::Client::from_conf(config);
        // The shortest name that begins so comes first.
        let call = client.describe_log_groups().log_group_name_prefix(name).limit(1).send();
        let answer = send("logs:DescribeLogGroups", call).await?;
        Ok(answer.log_groups().iter().any(|it| it.log_group_name() == Some(name)))
    }
}
