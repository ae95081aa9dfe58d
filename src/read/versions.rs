//! The reads of a list: what is in the repository, and what ran on the service.

use std::collections::HashMap;

use super::codedeploy;
use super::definitions::definition;
use super::image::tagged;
use super::optional::fact;
use super::service::{running_definition, service};
use super::service_deployments;
use super::service_reads::ServiceReads;
use super::service_record;
use super::what_runs::version;
use crate::aws::{Clients, Ecr, ImageDetail, ImageId};
use crate::ecs::{Controller, Deployment, Service};
use crate::history::History;
use crate::image::{Digest, EcrRepository, ImageReference, Manifest};
use crate::plan::{Fact, VersionInfo, choose, in_ecr};
use crate::problem::Problem;
use crate::request::AppRequest;

/// The repository is searched for the newest images in so many pages of 1,000.
const PAGES: usize = 5;

/// What there is to go back to.
#[derive(Debug)]
pub(crate) struct Versions {
    pub service: Service,
    /// Where its images are; a tag or digest in it means nothing.
    pub repository: ImageReference,
    /// The tagged images, newest first, archived ones included.
    pub images: Vec<ImageDetail>,
    /// Whether the repository has more than were read.
    pub is_cut: bool,
    /// The manifests of those that are shown.
    pub manifests: HashMap<Digest, Manifest>,
    pub history: Fact<History>,
    /// What runs, where that record has nothing of it: ECS keeps it for 90 days. Else why that
    /// is not known.
    pub runs: Option<Result<VersionInfo, Problem>>,
    /// Why that is not known, where CodeDeploy deploys and its group was not found.
    pub unread: Option<Problem>,
}

impl Versions {
    /// What runs without being on record, if that is known.
    pub(crate) fn runs_unrecorded(&self) -> Option<&VersionInfo> {
        self.runs.as_ref()?.as_ref().ok()
    }
}

/// Reads it all: one call for a thousand images, one for the platforms of a
/// hundred, and the history of the service beside them. What runs without being on record is
/// asked for last.
pub(crate) async fn read_versions(
    clients: &Clients,
    request: &AppRequest,
) -> Result<Versions, Problem> {
    let ecs = clients.ecs(&request.target.region);
    let (service, listed) =
        tokio::join!(service(clients, request), service_deployments::list(&ecs, &request.target));
    let service = service?;
    let arn = running_definition(request, &service)?;
    let reads = ServiceReads::new(&ecs, &request.target);
    let stored = async {
        let choice =
            choose(request, &definition(&reads, arn.as_str()).await?, &service.arn.place())?;
        let repository = in_ecr(&choice.repository)?;
        let ecr = clients.ecr(&repository.region);
        let (mut images, is_cut) = tagged(&ecr, &repository, request.keep_tag.as_ref(), PAGES)
            .await
            .map_err(|error| error.problem(&format!("the ECR repository {repository}")))?;
        images.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
        let shown = images.iter().take(request.list_limit as usize);
        let shown: Vec<Digest> = shown.map(|image| image.digest.clone()).collect();
        let manifests = manifests(&ecr, &repository, &shown).await;
        Ok::<_, Problem>((choice, images, is_cut, manifests))
    };
    let read = async {
        if service.controller != Controller::CodeDeploy {
            return Ok(service_record::describe(&reads, &service, listed).await);
        }
        let client = clients.codedeploy(&request.target.region);
        let group = codedeploy::find_group(&client, &request.target, &request.codedeploy).await?;
        Ok(codedeploy::record(clients, &reads, &service, &group).await)
    };
    let (stored, read) = tokio::join!(stored, read);
    let (choice, images, is_cut, manifests) = stored?;
    let (history, unread) = match read {
        Ok(read) => {
            let history = read.map(|record| {
                let history = History::new(&record, &choice.containers);
                Some(of_what_runs(history, &service))
            });
            (fact(history), None)
        }
        Err(problem) => (Fact::Absent, Some(problem)),
    };
    let repository = choice.repository;
    let runs = match unrecorded(history.known(), &service) {
        Some(running) => Some(version(clients, &reads, request, &service, running).await),
        None => None,
    };
    Ok(Versions { service, repository, images, is_cut, manifests, history, runs, unread })
}

/// The deployment that runs, where it is not on record.
fn unrecorded<'a>(history: Option<&History>, service: &'a Service) -> Option<&'a Deployment> {
    let is_recorded =
        |it: &&Deployment| history.is_some_and(|all| all.brought_by(&it.id).is_some());
    let running = service.running().filter(|_| service.controller != Controller::CodeDeploy);
    running.filter(|it| !is_recorded(it))
}

/// Only what has running tasks runs. Under CodeDeploy its record already shows what the
/// running tasks belong to.
fn of_what_runs(history: History, service: &Service) -> History {
    if service.controller == Controller::CodeDeploy && service.running().is_some() {
        return history;
    }
    let running = service.deployments.iter().filter(|it| it.counts.running > 0);
    let running: Vec<_> = running.map(|it| &it.id).collect();
    if service.running().is_none() { history.running(&[]) } else { history.running(&running) }
}

/// An index lists its platforms; that of a single image would take two more calls each.
async fn manifests(
    ecr: &Ecr,
    repository: &EcrRepository,
    digests: &[Digest],
) -> HashMap<Digest, Manifest> {
    let ids: Vec<ImageId> = digests.iter().cloned().map(ImageId::Digest).collect();
    if ids.is_empty() {
        return HashMap::new();
    }
    // Without them only a column stays empty.
    let found = ecr.images(repository, &ids).await.unwrap_or_default();
    found
        .into_iter()
        .map(|it| {
            let manifest = Manifest::read(it.media_type.as_deref(), &it.manifest);
            (it.digest, manifest)
        })
        .collect()
}
