//! The rules of EventBridge and the schedules of its Scheduler that run a family.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;

use super::needs::why;
use crate::aws::{Answer, CallError, Clients, Schedules, side_by_side};
use crate::ecs::{Place, ScheduledTask};
use crate::names::ClusterName;

/// Rules, and schedules, that are looked at.
const AT_MOST: usize = 100;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Scheduled {
    pub(crate) tasks: Vec<ScheduledTask>,
    /// What could not be looked at, and why: a clause each.
    pub(crate) not_checked: BTreeSet<String>,
}

/// The scheduled tasks of `family` on a cluster there.
pub(crate) async fn scheduled_tasks(
    clients: &Clients,
    (place, cluster): (&Place, &ClusterName),
    family: &str,
) -> Scheduled {
    let Place { partition, region, account } = place;
    let asked = clients.schedules(region);
    let cluster = format!("arn:{partition}:ecs:{region}:{account}:cluster/{cluster}");
    let mut found = Scheduled::default();
    let (rules, schedules) =
        tokio::join!(of_rules(&asked, &cluster), of_schedules(&asked, &cluster));
    found.note("rules of EventBridge", rules);
    found.note("schedules of EventBridge Scheduler", schedules);
    found.tasks.retain(|task| task.runs().is_some_and(|(of, _)| of == family));
    found
}

/// What was read of one kind, and whether there is more.
type Read = Answer<(Vec<Answer<Vec<ScheduledTask>>>, bool)>;

async fn of_rules(asked: &Schedules, cluster: &str) -> Read {
    let listed = asked.rules(cluster).await?;
    let is_cut = listed.is_cut || listed.items.len() > AT_MOST;
    let rules = listed.items.iter().take(AT_MOST);
    let reads = side_by_side(rules.map(|rule| asked.of_rule(rule, cluster)));
    Ok((reads.collect().await, is_cut))
}

async fn of_schedules(asked: &Schedules, cluster: &str) -> Read {
    let listed = asked.schedules(cluster).await?;
    let is_cut = listed.is_cut || listed.items.len() > AT_MOST;
    let schedules = listed.items.iter().take(AT_MOST);
    let reads = side_by_side(schedules.map(|(group, name)| async move {
        asked.schedule(group, name).await.map(|schedule| vec![schedule])
    }));
    Ok((reads.collect().await, is_cut))
}

impl Scheduled {
    fn note(&mut self, kind: &str, read: Read) {
        let mut not_checked = |error: &CallError| {
            // It was deleted meanwhile.
            if !error.is("ResourceNotFoundException") {
                self.not_checked.insert(format!("{kind} ({})", why(error)));
            }
        };
        match read {
            Ok((read, is_cut)) => {
                for tasks in read {
                    match tasks {
                        Ok(tasks) => self.tasks.extend(tasks),
                        Err(error) => not_checked(&error),
                    }
                }
                if is_cut {
                    let why = "because there are too many";
                    self.not_checked.insert(format!("the last {kind}, {why}"));
                }
            }
            Err(error) => not_checked(&error),
        }
    }
}
