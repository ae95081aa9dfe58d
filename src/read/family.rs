//! The reads for a task definition that no service runs.

use futures_util::StreamExt as _;

use super::asked::{Asked, settle_all};
use super::checkout::Checkout;
use super::definitions;
use super::promoted::Sources;
use crate::aws::{Clients, Ecs, side_by_side};
use crate::ecs::{Place, TaskDefinitionArn};
use crate::plan::FamilyState;
use crate::problem::Problem;
use crate::request::{FamilyRequest, TaskDefinitionSource};
use crate::task_definition::TaskDefinition;

/// Everything that deciding about a family needs.
///
/// # Errors
/// Why it is not available; of several images, what is wrong with each.
pub(crate) async fn read_family(
    clients: &Clients,
    request: &FamilyRequest,
    checkout: &Checkout,
    sources: &Sources,
) -> Result<FamilyState, Vec<Problem>> {
    let region = &request.target.region;
    let ecs = clients.ecs(region);
    let asked = Asked::all(clients, request, region, checkout, sources).await?;
    let package_name = asked.iter().find_map(|it| it.query.name().map(str::to_owned));
    let (read, found) = tokio::join!(
        base_and_newest(&ecs, request, checkout),
        side_by_side(asked.iter().map(|it| it.look(clients))).collect::<Vec<_>>(),
    );
    let (base, newest) = read?;
    let place = place(clients, request, &base, newest.as_ref()).await?;
    let looked = found.into_iter().map(|found| found.map(|found| (found, None)));
    let looked = asked.into_iter().zip(looked).collect();
    let images = settle_all(clients, request, (&base, &place), looked).await?;
    Ok(FamilyState { place, base, newest, images, package_name })
}

/// The definition to patch, and the newest ACTIVE revision of its family.
async fn base_and_newest(
    ecs: &Ecs,
    request: &FamilyRequest,
    checkout: &Checkout,
) -> Result<(TaskDefinition, Option<TaskDefinition>), Problem> {
    let base = match (&request.task_definition, &checkout.task_definition) {
        (TaskDefinitionSource::Registered(name), _) => {
            let base = definitions::named(name, ecs.task_definition(name).await)?;
            if base.family() == name {
                return Ok((base.clone(), Some(base)));
            }
            base
        }
        (_, Some(file)) => file.clone(),
        (_, None) => return Err(Problem::new("no task definition is named")),
    };
    let family = base.family();
    let newest = match ecs.task_definition(family).await {
        Ok(raw) => Some(TaskDefinition::from_describe(&raw)?),
        // "Unable to describe task definition.": there is none that is ACTIVE.
        Err(error) if error.is("ClientException") => None,
        Err(error) => return Err(error.problem(&format!("family {family}"))),
    };
    Ok((base, newest))
}

/// Where it is registered. A family without a revision tells no account.
async fn place(
    clients: &Clients,
    request: &FamilyRequest,
    base: &TaskDefinition,
    newest: Option<&TaskDefinition>,
) -> Result<Place, Problem> {
    let region = &request.target.region;
    let revision = newest.or(Some(base)).and_then(|it| it.arn()?.parse::<TaskDefinitionArn>().ok());
    let place = match revision {
        Some(revision) => revision.place(),
        None => {
            let identity = clients.who_asks(region).await.ok_or_else(|| {
                Problem::new("whose account this is could not be read (sts:GetCallerIdentity)")
                    .hint("Check the credentials, and that this machine reaches AWS STS.")
            })?;
            let (partition, account) = (identity.partition, identity.account);
            Place { partition, region: region.clone(), account }
        }
    };
    match &request.account {
        Some(wanted) if *wanted != place.account => {
            let (family, account) = (base.family(), &place.account);
            Err(Problem::new(format!(
                "the family {family} belongs to account {account}, and `account` asks for {wanted}"
            ))
            .hint("These credentials are for another account than the one you meant."))
        }
        _ => Ok(place),
    }
}
