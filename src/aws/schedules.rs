//! What starts tasks of ECS beside services: the rules of EventBridge, and the schedules of
//! its Scheduler. JSON in, JSON out, so that no field is lost that is younger than this.

use aws_config::SdkConfig;
use serde_json::{Value, json};

use super::call::Answer;
use super::error::{CallError, Cause};
use super::signed::{Operation, Protocol, call, percent_encoded};
use crate::ecs::{ScheduledBy, ScheduledTask};
use crate::http::HttpClient;
use crate::names::Region;

const LIST_RULES: Operation = Operation {
    action: "events:ListRuleNamesByTarget",
    service: "events",
    protocol: Protocol::Json("AWSEvents.ListRuleNamesByTarget"),
};
const LIST_TARGETS: Operation = Operation {
    action: "events:ListTargetsByRule",
    service: "events",
    protocol: Protocol::Json("AWSEvents.ListTargetsByRule"),
};
const PUT_TARGETS: Operation = Operation {
    action: "events:PutTargets",
    service: "events",
    protocol: Protocol::Json("AWSEvents.PutTargets"),
};
const LIST_SCHEDULES: Operation = Operation {
    action: "scheduler:ListSchedules",
    service: "scheduler",
    protocol: Protocol::Rest("GET"),
};
const GET_SCHEDULE: Operation = Operation {
    action: "scheduler:GetSchedule",
    service: "scheduler",
    protocol: Protocol::Rest("GET"),
};
const UPDATE_SCHEDULE: Operation = Operation {
    action: "scheduler:UpdateSchedule",
    service: "scheduler",
    protocol: Protocol::Rest("PUT"),
};

/// What a schedule is answered with and not updated by.
const ONLY_ANSWERED: [&str; 4] = ["Arn", "Name", "CreationDate", "LastModificationDate"];

/// Pages of one list that are read.
const PAGES: usize = 20;

/// The services that are asked, in one Region.
#[derive(Debug)]
pub(crate) struct Schedules {
    pub(super) config: SdkConfig,
    pub(super) transport: HttpClient,
    pub(super) region: Region,
}

/// A part of a list, and whether there is more.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    pub(crate) is_cut: bool,
}

impl Schedules {
    /// The names of the rules of the default bus that have this target.
    pub(crate) async fn rules(&self, target: &str) -> Answer<Listed<String>> {
        let Listed { items, is_cut } = self
            .list(LIST_RULES, "RuleNames", |token| {
                let mut body = json!({ "TargetArn": target });
                next(&mut body, token);
                ("/".to_owned(), body.to_string())
            })
            .await?;
        let items = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Listed { items, is_cut })
    }

    /// What a rule runs on this target.
    pub(crate) async fn of_rule(&self, rule: &str, target: &str) -> Answer<Vec<ScheduledTask>> {
        let listed = self.list(LIST_TARGETS, "Targets", |token| {
            let mut body = json!({ "Rule": rule });
            next(&mut body, token);
            ("/".to_owned(), body.to_string())
        });
        let of_target = listed.await?.items.into_iter().filter(|it| it["Arn"] == target);
        let (by, name) = (ScheduledBy::Rule, rule.to_owned());
        Ok(of_target.map(|json| ScheduledTask { by, name: name.clone(), json }).collect())
    }

    /// The schedules with this target: their groups and names.
    pub(crate) async fn schedules(&self, target: &str) -> Answer<Listed<(String, String)>> {
        let Listed { items, is_cut } = self
            .list(LIST_SCHEDULES, "Schedules", |token| {
                let next = token.map(|it| format!("&NextToken={}", percent_encoded(it)));
                let next = next.unwrap_or_default();
                (format!("/schedules?MaxResults=100{next}"), String::new())
            })
            .await?;
        let of_target = items.iter().filter(|it| it["Target"]["Arn"] == target);
        let named = of_target.filter_map(|it| {
            Some((it["GroupName"].as_str()?.to_owned(), it["Name"].as_str()?.to_owned()))
        });
        Ok(Listed { items: named.collect(), is_cut })
    }

    /// One schedule.
    pub(crate) async fn schedule(&self, group: &str, name: &str) -> Answer<ScheduledTask> {
        let path =
            format!("/schedules/{}?groupName={}", percent_encoded(name), percent_encoded(group));
        let json = self.ask(GET_SCHEDULE, &path, String::new()).await?;
        if json["Target"].is_null() {
            return Err(CallError::without(GET_SCHEDULE.action, "the target"));
        }
        Ok(ScheduledTask { by: ScheduledBy::Schedule, name: format!("{group}/{name}"), json })
    }

    /// Puts a target or a schedule as it is to be from now on.
    pub(crate) async fn put(&self, task: &ScheduledTask) -> Answer<()> {
        match task.by {
            ScheduledBy::Rule => self.put_target(&task.name, &task.json).await,
            ScheduledBy::Schedule => self.update_schedule(task).await,
        }
    }

    async fn put_target(&self, rule: &str, target: &Value) -> Answer<()> {
        let action = PUT_TARGETS.action;
        let body = json!({ "Rule": rule, "Targets": [target] }).to_string();
        let answer = self.ask(PUT_TARGETS, "/", body).await?;
        match answer["FailedEntryCount"].as_u64() {
            Some(0) => Ok(()),
            Some(_) => {
                let failed = &answer["FailedEntries"][0];
                let text = |member: &str| failed[member].as_str().map(str::to_owned);
                let message = text("ErrorMessage").unwrap_or_else(|| "no reason given".to_owned());
                let code = text("ErrorCode");
                Err(CallError { action, cause: Cause::Refused, code, message, hint: None })
            }
            None => Err(CallError::without(action, "the number of targets that failed")),
        }
    }

    async fn update_schedule(&self, task: &ScheduledTask) -> Answer<()> {
        let name = task.json["Name"].as_str().unwrap_or_default();
        let mut body = task.json.clone();
        if let Some(members) = body.as_object_mut() {
            members.retain(|member, _| !ONLY_ANSWERED.contains(&member.as_str()));
            members.insert("ClientToken".to_owned(), format!("{:032x}", fastrand::u128(..)).into());
        }
        let path = format!("/schedules/{}", percent_encoded(name));
        let answer = self.ask(UPDATE_SCHEDULE, &path, body.to_string()).await?;
        match answer["ScheduleArn"].is_string() {
            true => Ok(()),
            false => Err(CallError::without(UPDATE_SCHEDULE.action, "the schedule")),
        }
    }

    /// Reads a list to its end, or as far as it is read; `page` gives path and body for the
    /// token of a page.
    async fn list(
        &self,
        operation: Operation,
        member: &'static str,
        page: impl Fn(Option<&str>) -> (String, String),
    ) -> Answer<Listed<Value>> {
        let (mut items, mut token) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let (path, body) = page(token.as_deref());
            let mut answer = self.ask(operation, &path, body).await?;
            let Some(Value::Array(some)) = answer.get_mut(member).map(Value::take) else {
                return Err(CallError::without(operation.action, member));
            };
            items.extend(some);
            token = answer["NextToken"].as_str().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(Listed { items, is_cut: token.is_some() })
    }

    async fn ask(&self, operation: Operation, path: &str, body: String) -> Answer<Value> {
        let at = (&self.region, None);
        let answer = call(&self.config, &self.transport, operation, at, (path, body)).await?;
        let read = serde_json::from_slice::<Value>(&answer).ok().filter(Value::is_object);
        read.ok_or_else(|| CallError::without(operation.action, "content"))
    }
}

fn next(body: &mut Value, token: Option<&str>) {
    if let Some(token) = token {
        body["NextToken"] = token.into();
    }
}
