//! The reads before deciding, side by side wherever one doesn't need the other.
//!
//! Counted in round trips one after another: the service; its definition and
//! all that hangs on its name; the image; what ECR says of its digest. With the
//! address of a single manifest's config that is five. Optional facts that are
//! denied become [`Fact::Denied`]; only what a deployment can't do without fails.

mod missing_image;
mod aim;
mod image_only;
pub(crate) mod checkout;
mod codedeploy;
mod image;
mod lifecycle;
mod logs;
mod named;
mod past;
mod permissions;
mod record;
mod rule;
mod running;
mod scan;
mod query;
mod source;
mod tagged;
mod versions;
mod way;

pub(crate) use image_only::{check_free, check_wanted, in_use, read_image, repository_of_service};
pub(crate) use logs::log_tail;
pub(crate) use past::{RollbackRead, read_rollback};
pub(crate) use permissions::{REQUIRED, denied_beside, denied_by_found};
pub(crate) use source::source_of;
pub(crate) use versions::{Versions, read_versions};

use std::time::Duration;

use crate::aws::{Answer, Cause, Clients, Ecs};
use crate::ecs::{ContainerImage, Service, ServiceDeployment, ServiceRevision, TaskDefinitionArn};
use crate::names::{ContainerName, Region};
use crate::plan::{
    Base, CodeDeployState, CurrentState, Fact, Image, choose, deployable, in_ecr, named_repository,
};
use crate::problem::Problem;
use crate::read::checkout::Checkout;
use crate::request::{AppRequest, TaskDefinitionSource};
use crate::task_definition::TaskDefinition;

use tokio::time::timeout;

use codedeploy::Looking;
use image::FoundManifest;
use query::ImageQuery;
use running::{last_good, running_images, serving};

/// So long a deployment waits for what it can do without; a call that hangs would
/// otherwise take half a minute with its retries.
const OPTIONAL_WITHIN: Duration = Duration::from_secs(5);

/// Everything that deciding about one app needs.
pub(crate) async fn read(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
) -> Result<CurrentState, Problem> {
    let ecs = clients.ecs(&request.target.region);
    let query = ImageQuery::new(&request.wanted, checkout.package.as_ref())?;
    let named = named_repository(&request.wanted, &request.target.region)?;

    let (service, history, registered, looked) = tokio::join!(
        service(clients, request),
        record::newest(&ecs, &request.target),
        registered(&ecs, &request.task_definition),
        async {
            match &named {
                Some(repository) => Some(image::look(clients, repository, &query).await),
                None => None,
            }
        },
    );
    let mut service = service?;
    let history = record::with_the_newest(&ecs, &request.target, &service, history).await;
    let registered = registered.transpose()?;

    let definition_arn = running_definition(request, &service)?;
    let (
        subject,
        (newest, newest_was_left),
        current,
        (running_images, last_good),
        serving,
        under_codedeploy,
    ) = tokio::join!(
        subject(clients, request, checkout, &query, &service, registered, looked),
        async {
            let newest = newest(&ecs, &definition_arn).await;
            let was_left = record::was_left(&ecs, &service, newest.known(), &history).await;
            (newest, was_left)
        },
        current(&ecs, &service),
        async {
            let running_images = running_images(&ecs, &request.target, &service).await;
            let last_good = last_good(&ecs, &service, &history, &running_images).await;
            (running_images, last_good)
        },
        serving(&ecs, &request.target, &service),
        async {
            let found = codedeploy::look(clients, request, checkout, &service, async |group| {
                if !rule::applies(request) {
                    return None;
                }
                let past = codedeploy::past(clients, &request.target, &service, group);
                Some(optional(async { past.await.map(Some) }).await)
            });
            Ok::<_, Problem>(match found.await? {
                Some((mut looked, past)) => {
                    looked.codedeploy.notices.extend(rule::unchecked(&past));
                    (Some(looked), past)
                }
                None => (None, rule::past(&ecs, request, &history).await),
            })
        },
    );
    // A wrong setup is told before what was looked for in it.
    let (looked, past) = under_codedeploy?;
    let Subject { running, base, containers, image } = subject?;
    let package_name = query.name().map(str::to_owned);
    let rolled_back = rule::rolled_back(&past, &service, &containers, &image);
    let (codedeploy, last_good) = with_codedeploy(looked, &mut service, last_good, &running_images);
    Ok(CurrentState {
        service,
        codedeploy,
        running,
        serving,
        running_images,
        current,
        last_good,
        base,
        containers,
        image,
        package_name,
        version_at: query.at,
        rolled_back,
        rollback_source: None,
        newest,
        newest_was_left,
    })
}

/// What a deployment can't do without, beside the service.
struct Subject {
    running: TaskDefinition,
    base: Base,
    containers: Vec<ContainerName>,
    image: Image,
}

/// The definition and, where its repository was not named in the request, after
/// it the image: the longest chain of reads, so the others go on beside it.
async fn subject(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    query: &ImageQuery,
    service: &Service,
    registered: Option<TaskDefinition>,
    looked: Option<Result<FoundManifest, Problem>>,
) -> Result<Subject, Problem> {
    let ecs = clients.ecs(&request.target.region);
    let arn = running_definition(request, service)?;
    let (running, details) = tokio::join!(definition(&ecs, arn.as_str()), async {
        match &looked {
            Some(Ok(looked)) => Some(looked.details(clients, request.fail_on).await),
            Some(Err(_)) | None => None,
        }
    });
    let running = running?;
    let base = match (registered, &checkout.task_definition) {
        (Some(definition), _) => {
            Base { arn: definition.arn().and_then(|arn| arn.parse().ok()), definition }
        }
        (None, Some(definition)) => Base { definition: definition.clone(), arn: None },
        (None, None) => Base { definition: running.clone(), arn: Some(arn) },
    };
    // The names are settled before what was looked for under them is judged.
    let choice = choose(request, &base.definition, &service.arn)?;
    let (looked, details) = match (looked, details) {
        (Some(Err(problem)), _) => return Err(problem),
        (Some(Ok(looked)), Some(details)) => (looked, details),
        (Some(Ok(_)) | None, _) => {
            let repository = in_ecr(&choice.repository)?;
            let looked = image::look(clients, &repository, query).await?;
            let details = looked.details(clients, request.fail_on).await;
            (looked, details)
        }
    };
    let image = looked.settle(&choice.repository, query, details);
    let image = image.map_err(|problem| query.located(problem))?;
    Ok(Subject { running, base, containers: choice.containers, image })
}

fn running_definition(
    request: &AppRequest,
    service: &Service,
) -> Result<TaskDefinitionArn, Problem> {
    service.task_definition.clone().ok_or_else(|| {
        Problem::new(format!("{} has no task definition", request.target))
            .hint("Only services with the ECS deployment controller can be deployed to.")
    })
}

async fn service(clients: &Clients, request: &AppRequest) -> Result<Service, Problem> {
    let target = &request.target;
    let absent = match clients.ecs(&target.region).service(target).await {
        Ok(Some(found)) => return deployable(request, Some(found)),
        Ok(None) => match deployable(request, None) {
            Ok(found) => return Ok(found),
            Err(problem) => problem,
        },
        Err(error) if error.is("ClusterNotFoundException") => {
            Problem::new(format!("there is no cluster {} in {}", target.cluster, target.region))
                .hint("Check `cluster` and `region`, and that the credentials are those of the right account.")
        }
        Err(error) => return Err(error.problem(&target.to_string())),
    };
    Err(saying_who_asks(clients, &target.region, absent).await)
}

/// What is not there may be in another account: so it is said which one was asked.
async fn saying_who_asks(clients: &Clients, region: &Region, absent: Problem) -> Problem {
    let Some(identity) = clients.who_asks(region).await else { return absent };
    let hint = absent.hint.iter().cloned().chain([identity.to_string()]);
    let hint = hint.collect::<Vec<_>>().join(" ");
    absent.hint(hint)
}

async fn registered(
    ecs: &Ecs,
    source: &TaskDefinitionSource,
) -> Option<Result<TaskDefinition, Problem>> {
    match source {
        TaskDefinitionSource::Registered(name) => Some(definition(ecs, name).await),
        TaskDefinitionSource::Running | TaskDefinitionSource::File(_) => None,
    }
}

async fn definition(ecs: &Ecs, name: &str) -> Result<TaskDefinition, Problem> {
    let raw = ecs.task_definition(name).await.map_err(|error| match error.cause {
        Cause::Refused => {
            Problem::new(format!("there is no task definition {name}: {}", error.message))
                .hint("Check `task-definition`: a file, a family, family:revision or an ARN.")
        }
        Cause::Denied | Cause::Credentials | Cause::Throttled | Cause::Unclear => {
            error.problem(&format!("task definition {name}"))
        }
    })?;
    TaskDefinition::from_describe(&raw)
}

async fn newest(ecs: &Ecs, running: &TaskDefinitionArn) -> Fact<TaskDefinitionArn> {
    optional(ecs.newest_revision(running.family())).await
}

async fn current(ecs: &Ecs, service: &Service) -> Fact<ServiceDeployment> {
    let Some(arn) = &service.current_service_deployment else { return Fact::Absent };
    optional(async {
        Ok(ecs.service_deployments(std::slice::from_ref(arn)).await?.into_iter().next())
    })
    .await
}

/// What CodeDeploy adds to what was found: the time that its traffic takes, and the point
/// of return, which its record has in place of ECS's.
fn with_codedeploy(
    looked: Option<Looking>,
    service: &mut Service,
    last_good: Fact<ServiceRevision>,
    running_images: &Fact<Vec<ContainerImage>>,
) -> (Option<CodeDeployState>, Fact<ServiceRevision>) {
    let Some(Looking { codedeploy, time_to_shift }) = looked else { return (None, last_good) };
    service.strategy_waits += time_to_shift;
    let images = running_images.known().cloned().unwrap_or_default();
    let last_good = codedeploy.last_good(service, images).map_or(Fact::Absent, Fact::Known);
    (Some(codedeploy), last_good)
}

/// An optional fact is not waited for longer than it is worth.
async fn optional<T>(reading: impl Future<Output = Answer<Option<T>>>) -> Fact<T> {
    match timeout(OPTIONAL_WITHIN, reading).await {
        Ok(answer) => fact(answer),
        Err(_) => Fact::Absent,
    }
}

fn fact<T>(answer: Answer<Option<T>>) -> Fact<T> {
    match answer {
        Ok(Some(value)) => Fact::Known(value),
        Ok(None) => Fact::Absent,
        Err(error) if error.cause == Cause::Denied => Fact::Denied(error.action),
        Err(_) => Fact::Absent,
    }
}
