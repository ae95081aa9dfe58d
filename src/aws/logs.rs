//! The calls to CloudWatch Logs.

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::retry::RetryConfig;

use super::call::{Answer, send};
use crate::names::Region;

/// `GetLogEvents` may answer with an empty page although older events exist; so
/// many pages are asked for.
const PAGES: usize = 4;

#[derive(Debug, Clone)]
pub struct Logs {
    client: Client,
}

impl Logs {
    pub(super) fn new(config: &SdkConfig, region: &Region) -> Self {
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(config)
            .region(aws_sdk_cloudwatchlogs::config::Region::new(region.as_str().to_owned()))
            .retry_config(RetryConfig::standard())
            .build();
        Self { client: Client::from_conf(config) }
    }

    /// The lines of a stream from its beginning, or from behind the page that gave `token`, and
    /// the token of the next page; `None` as in [`Self::tail`].
    pub(crate) async fn page(
        &self,
        group: &str,
        stream: &str,
        token: Option<String>,
    ) -> Answer<Option<(Vec<String>, Option<String>)>> {
        let call = self
            .client
            .get_log_events()
            .log_group_name(group)
            .log_stream_name(stream)
            .start_from_head(true)
            .set_next_token(token)
            .send();
        let answer = match send("logs:GetLogEvents", call).await {
            Ok(answer) => answer,
            Err(error) if error.is("ResourceNotFoundException") => return Ok(None),
            Err(error) => return Err(error),
        };
        let lines = answer.events().iter().filter_map(|event| event.message().map(str::to_owned));
        Ok(Some((lines.collect(), answer.next_forward_token().map(str::to_owned))))
    }

    /// The last `most` lines of a stream, oldest first; `None` where the stream
    /// or its group does not exist, which is a container that never logged.
    pub async fn tail(&self, group: &str, stream: &str, most: u32) -> Answer<Option<Vec<String>>> {
        let limit = i32::try_from(most).unwrap_or(i32::MAX);
        let mut token: Option<String> = None;
        for _ in 0..PAGES {
            let call = self
                .client
                .get_log_events()
                .log_group_name(group)
                .log_stream_name(stream)
                .start_from_head(false)
                .limit(limit)
                .set_next_token(token.clone())
                .send();
            let answer = send("logs:GetLogEvents", call).await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) if error.is("ResourceNotFoundException") => return Ok(None),
                Err(error) => return Err(error),
            };
            let lines: Vec<String> = answer
                .events()
                .iter()
                .filter_map(|event| event.message().map(str::to_owned))
                .collect();
            let next = answer.next_backward_token().map(str::to_owned);
            // The same token again: nothing older is left.
            if !lines.is_empty() || next.is_none() || next == token {
                return Ok(Some(lines));
            }
            token = next;
        }
        Ok(Some(Vec::new()))
    }
}
