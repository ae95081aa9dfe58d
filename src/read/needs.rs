//! Whether everything is there that the tasks of a definition need: what is missing shows
//! otherwise only in tasks that never start.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::aws::{Answer, CallError, Cause, Clients, Found, Needs, side_by_side};
use crate::ecs::Place;
use crate::names::Region;
use crate::problem::Problem;
use crate::task_definition::Need;

/// Parameters that AWS publishes, and those that stand for secrets.
const PUBLIC: [&str; 2] = ["/aws/service/", "/aws/reference/"];

/// One call names so many parameters.
const PARAMETERS: usize = 25;

/// What came of the check.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Preflight {
    /// What is not there, each with the next move.
    pub(crate) missing: Vec<Problem>,
    /// What could not be looked at, and why: a clause each.
    pub(crate) not_checked: BTreeSet<String>,
}

/// Nobody waits longer for what is only a help.
const WITHIN: Duration = Duration::from_secs(8);

/// The partitions whose addresses are known.
const PARTITIONS: [&str; 4] = ["aws", "aws-cn", "aws-eusc", "aws-us-gov"];

/// Looks for each of `needs` of tasks there.
pub(crate) async fn check_needs(clients: &Clients, place: &Place, needs: &[Need]) -> Preflight {
    let nothing = |why: &str| Preflight {
        not_checked: BTreeSet::from([format!("roles, secrets, parameters and log groups ({why})")]),
        ..Preflight::default()
    };
    if !PARTITIONS.contains(&place.partition.as_str()) {
        return nothing("their addresses are not known to this action");
    }
    look_for_all(clients, place, needs).await
}

async fn look_for_all(clients: &Clients, place: &Place, needs: &[Need]) -> Preflight {
    let mut preflight = Preflight::default();
    let asked = clients.needs();
    let asked = &asked;
    let looks = needs.iter().map(|need| async move {
        let look = async {
            match need {
                Need::Role(role) => look_for_role(asked, place, role).await,
                Need::Secret(arn) => look_for_secret(asked, place, arn).await,
                Need::LogGroup { name, region: own } => {
                    let region = own
                        .as_ref()
                        .and_then(|it| it.parse().ok())
                        .unwrap_or_else(|| place.region.clone());
                    let found = asked.has_log_group(&region, name).await;
                    Looked::of(found, |found| if found { Found::There } else { Found::Missing })
                }
                Need::Parameter(_) => Looked::There,
            }
        };
        (need, in_time(look).await)
    });
    let (looked, parameters) = tokio::join!(
        side_by_side(looks).collect::<Vec<_>>(),
        look_for_parameters(asked, place, needs)
    );
    for (need, found) in looked.into_iter().chain(parameters) {
        preflight.note(need, found);
    }
    preflight
}

async fn in_time(look: impl Future<Output = Looked>) -> Looked {
    timeout(WITHIN, look).await.unwrap_or_else(|_| Looked::late())
}

/// What came of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Looked {
    There,
    Missing,
    Leaving,
    NotChecked(String),
}

impl Looked {
    fn of<T>(answer: Answer<T>, found: impl FnOnce(T) -> Found) -> Self {
        match answer.map(found) {
            Ok(Found::There) => Self::There,
            Ok(Found::Missing) => Self::Missing,
            Ok(Found::Leaving) => Self::Leaving,
            Err(error) => Self::NotChecked(why(&error)),
        }
    }

    fn late() -> Self {
        Self::NotChecked("no answer in time".to_owned())
    }

    /// It is in an account that answers nobody from here.
    fn elsewhere() -> Self {
        Self::NotChecked("it is in another account".to_owned())
    }
}

pub(super) fn why(error: &CallError) -> String {
    match error.cause {
        Cause::Denied => format!("grant {}", error.action),
        Cause::Credentials | Cause::Throttled | Cause::Refused | Cause::Unclear => {
            error.to_string()
        }
    }
}

impl Preflight {
    fn note(&mut self, need: &Need, looked: Looked) {
        let (kind, name) = match need {
            Need::Role(name) => ("role", name),
            Need::Secret(name) => ("secret", name),
            Need::Parameter(name) => ("parameter", name),
            Need::LogGroup { name, .. } => ("log group", name),
        };
        match looked {
            Looked::There => {}
            Looked::Missing => self.missing.push(
                Problem::new(format!("the {kind} {name} that the task definition names does not exist"))
                    .hint("Create it, or correct the name in the task definition."),
            ),
            Looked::Leaving => self.missing.push(
                Problem::new(format!("the {kind} {name} that the task definition names is marked for deletion, so its value can't be read"))
                    .hint("Restore it, or name another one in the task definition."),
            ),
            Looked::NotChecked(why) => {
                self.not_checked.insert(format!("{kind}s ({why})"));
            }
        }
    }
}

async fn look_for_role(asked: &Needs, place: &Place, role: &str) -> Looked {
    let is_elsewhere = role.split(':').nth(4).is_some_and(|it| it != place.account.as_str());
    if is_elsewhere {
        return Looked::elsewhere();
    }
    let name = role.rsplit('/').next().unwrap_or(role);
    let found = asked.has_role(name, &place.partition).await;
    Looked::of(found, |found| if found { Found::There } else { Found::Missing })
}

async fn look_for_secret(asked: &Needs, place: &Place, arn: &str) -> Looked {
    let mut parts = arn.split(':').skip(3);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next());
    if account != Some(place.account.as_str()) {
        return Looked::elsewhere();
    }
    match region.parse::<Region>() {
        Ok(region) => Looked::of(asked.secret(&region, arn).await, |found| found),
        Err(problem) => Looked::NotChecked(problem.message),
    }
}

/// In one call for each Region and 25 of them.
async fn look_for_parameters<'a>(
    asked: &Needs,
    place: &Place,
    needs: &'a [Need],
) -> Vec<(&'a Need, Looked)> {
    let mut looked = Vec::new();
    let mut by_region: BTreeMap<String, Vec<(&Need, [String; 2])>> = BTreeMap::new();
    for need in needs {
        let Need::Parameter(from) = need else { continue };
        // They are in no list.
        if PUBLIC.iter().any(|it| from.contains(it)) {
            continue;
        }
        match named(from, place) {
            Some((region, names)) => by_region.entry(region).or_default().push((need, names)),
            None => looked.push((need, Looked::elsewhere())),
        }
    }
    for (region, wanted) in by_region {
        let Ok(region) = region.parse::<Region>() else { continue };
        for some in wanted.chunks(PARAMETERS) {
            let names: BTreeSet<&String> = some.iter().flat_map(|(_, names)| names).collect();
            let names: Vec<String> = names.into_iter().cloned().collect();
            let found = timeout(WITHIN, asked.parameters(&region, &names)).await;
            let found =
                found.unwrap_or_else(|_| Err(CallError::unanswered("ssm:DescribeParameters")));
            looked.extend(some.iter().map(|(need, names)| {
                let is_there = |found: &Vec<String>| names.iter().any(|it| found.contains(it));
                let found = found.as_ref().map(is_there).map_err(Clone::clone);
                (*need, Looked::of(found, |it| if it { Found::There } else { Found::Missing }))
            }));
        }
    }
    looked
}

/// The Region of a parameter and the names that it may have: an ARN does not tell `a` from `/a`.
fn named(from: &str, place: &Place) -> Option<(String, [String; 2])> {
    let Some((head, name)) = from.split_once(":parameter/") else {
        return Some((place.region.to_string(), [from.to_owned(), from.to_owned()]));
    };
    let mut parts = head.split(':').skip(3);
    let (region, account) = (parts.next()?, parts.next()?);
    (account == place.account.as_str())
        .then(|| (region.to_owned(), [name.to_owned(), format!("/{name}")]))
}
