//! From what was asked and what was found to a plan, or to why not.
//!
//! Pure: every read has happened, no write has. `dry-run` prints what this room
//! returns and stops there.

mod choice;
mod found;
mod plan;
mod standing;

pub use choice::{Choice, choose, in_ecr, named_repository};
pub use found::{Base, Fact, Found, Image};
pub use plan::{Plan, Side, Step, UpdateTo};
pub use standing::Standing;

use crate::image::{Digest, Fit, ImageReference, Required, RuntimePlatform, fit};
use crate::problem::Problem;
use crate::request::{AppRequest, InFlight, TaskDefinitionSource, Wanted};
use crate::service::{Controller, DeploymentId, Service};
use crate::task_definition::{Patch, TaskDefinition, diff};
use crate::version::{ImageTag, version_of};

/// What is to be done next.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Carry this out.
    Go(Box<Plan>),
    /// Another deployment is under way: wait for it, then read and decide anew.
    WaitFor(DeploymentId),
}

/// The service, if it can be deployed to at all; the first thing that is known,
/// so that a wrong name costs one call.
pub fn deployable(request: &AppRequest, service: Option<Service>) -> Result<Service, Problem> {
    let target = &request.target;
    let service = service.ok_or_else(|| {
        Problem::new(format!("there is no service {} in the cluster {} ({})", target.service, target.cluster, target.region))
            .hint("Check `service`, `cluster` and `region`, and that the credentials are those of the right account.")
    })?;
    if let Some(account) =
        request.account.as_ref().filter(|account| *account != service.arn.account())
    {
        return Err(Problem::new(format!(
            "{target} belongs to account {}, and `account` asks for {account}",
            service.arn.account()
        ))
        .hint("These credentials lead to another account than the one you meant."));
    }
    if service.status != "ACTIVE" {
        return Err(Problem::new(format!("{target} is {}, not ACTIVE", service.status))
            .hint("A service that is being deleted can't be deployed to."));
    }
    if service.express {
        return Err(Problem::new(format!("{target} is managed by ECS Express Mode")).hint(
            "Only Express Mode's own call may change it: aws ecs update-express-gateway-service.",
        ));
    }
    match &service.controller {
        Controller::Ecs => Ok(service),
        Controller::CodeDeploy => {
            Err(Problem::new(format!("deployments of {target} are made by AWS CodeDeploy"))
                .hint("This version deploys services whose deployment controller is ECS."))
        }
        Controller::External => Err(Problem::new(format!(
            "deployments of {target} are made by an external controller (task sets)"
        ))
        .hint("Deploy it with the controller that owns its task sets.")),
        Controller::Unknown(name) => Err(Problem::new(format!(
            "{target} has the deployment controller {name:?}, which this version does not know"
        ))
        .hint("Update ecs-release, or deploy it with the controller's own tool.")),
    }
}

/// The plan for one app.
pub fn decide(request: &AppRequest, found: &Found) -> Result<Decision, Problem> {
    let patched = patch(request, found)?;
    let mut warnings = found.image.warnings.clone();
    let mut notices = found.image.notices.clone();
    check_platform(request, found, &mut notices)?;

    let same_definition = patched.same_as(&found.running);
    let running = running_digests(found);
    let same_image =
        running.as_ref().map(|digests| digests.iter().all(|it| *it == found.image.digest));
    let standing = Standing::of(&found.service, found.current.known());
    let is_wanted = same_definition && same_image == Some(true);

    let mut plan = Plan {
        target: request.target.clone(),
        account: found.service.arn.account().clone(),
        from: from_side(request, found, running.as_deref()),
        to: to_side(found),
        changes: diff(&found.running, &patched),
        warnings: Vec::new(),
        notices: Vec::new(),
        steps: Vec::new(),
        adopt: None,
        containers: found.containers.clone(),
        return_to: found.last_good.known().cloned(),
        newest: found.newest.known().cloned(),
        service: found.service.clone(),
    };

    match standing {
        Standing::UnderWay(id)
            if is_wanted && found.service.primary().is_some_and(|it| it.id == id) =>
        {
            plan.adopt = Some(id);
        }
        Standing::RollingBack(id) => return Ok(Decision::WaitFor(id)),
        Standing::UnderWay(id) => match request.in_flight {
            InFlight::Wait => return Ok(Decision::WaitFor(id)),
            InFlight::Refuse => {
                return Err(Problem::new(format!("another deployment of {} is under way: {id}", request.target))
                    .hint("Wait for it to end, or let `in-flight: wait` do that, or take its place with `in-flight: replace`."));
            }
            InFlight::Replace => {
                notices.push(Problem::new(format!(
                    "the deployment {id}, which is under way, will be replaced"
                )));
                plan.steps = steps(request, found, patched, same_definition);
            }
        },
        Standing::Settled | Standing::Failed(_) => {
            let reason_to_force =
                if is_wanted { reason_to_force(request, found, &standing) } else { None };
            if is_wanted && reason_to_force.is_none() {
                plan.steps = scale_only(request, found);
            } else {
                notices.extend(reason_to_force.map(Problem::new));
                plan.steps = steps(request, found, patched, same_definition);
            }
        }
    }
    if same_definition && plan.adopt.is_none() {
        match same_image {
            Some(true) => {}
            Some(false) => warnings.push(moved_tag(found, running.as_deref())),
            None => notices.push(unknown_digest(found)),
        }
    }
    notices.extend(newer_revision(request, found));
    plan.task_definition_of_target(found, same_definition);
    plan.warnings = warnings;
    plan.notices = notices;
    Ok(Decision::Go(Box::new(plan)))
}

fn patch(request: &AppRequest, found: &Found) -> Result<TaskDefinition, Problem> {
    let image = found.image.reference.to_string();
    found.base.definition.patch(&Patch {
        images: found.containers.iter().map(|name| (name.clone(), image.clone())).collect(),
        environment: request.environment.clone(),
        secrets: request.secrets.clone(),
    })
}

fn check_platform(
    request: &AppRequest,
    found: &Found,
    notices: &mut Vec<Problem>,
) -> Result<(), Problem> {
    let definition = &found.base.definition;
    let fargate =
        definition.requires_fargate() || found.service.launch_type.as_deref() == Some("FARGATE");
    let runtime = definition.runtime_platform();
    let runtime = RuntimePlatform {
        cpu_architecture: runtime.and_then(|it| it.cpu_architecture),
        operating_system_family: runtime.and_then(|it| it.operating_system_family),
    };
    let required = Required::by_task(runtime, fargate);
    let image = &found.image.reference;
    let platforms = match &found.image.platforms {
        Ok(platforms) => platforms,
        Err(why) => {
            notices
                .push(Problem::new(format!("the platform of {image} could not be checked: {why}")));
            return Ok(());
        }
    };
    match fit(&required, platforms) {
        Fit::Fits => Ok(()),
        Fit::Unknown(why) => {
            notices
                .push(Problem::new(format!("the platform of {image} could not be checked: {why}")));
            Ok(())
        }
        Fit::Mismatch { wanted, has } => {
            let has = has.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let problem = Problem::new(format!(
                "the image {image} holds {has}, and the task runs on {wanted}"
            ));
            if request.platform_check {
                Err(problem.hint(format!(
                    "Build it for {wanted} (docker build --platform), or set runtimePlatform in the task definition; \
                     `platform-check: false` deploys it all the same."
                )))
            } else {
                notices.push(problem);
                Ok(())
            }
        }
    }
}

/// What the chosen containers run now; `None` where one of them is not known.
fn running_digests(found: &Found) -> Option<Vec<Digest>> {
    let images = found.running_images.known()?;
    found
        .containers
        .iter()
        .map(|name| {
            images.iter().find(|it| it.container == name.as_str()).and_then(|it| it.digest.clone())
        })
        .collect()
}

/// Why a deployment is started although definition and digest are the same.
fn reason_to_force(request: &AppRequest, found: &Found, standing: &Standing) -> Option<String> {
    let counts = found.service.counts;
    if request.force_new_deployment {
        return Some(
            "the same definition and image are deployed again, because force-new-deployment is set"
                .to_owned(),
        );
    }
    if let Standing::Failed(id) = standing {
        return Some(format!(
            "the same definition and image are deployed again, because their deployment {id} failed"
        ));
    }
    (counts.running < counts.desired).then(|| {
        format!(
            "the same definition and image are deployed again, because only {} of {} tasks run",
            counts.running, counts.desired
        )
    })
}

fn steps(
    request: &AppRequest,
    found: &Found,
    patched: TaskDefinition,
    same_definition: bool,
) -> Vec<Step> {
    let desired_count = request.desired_count;
    let existing = if same_definition {
        found.service.task_definition.clone()
    } else {
        found.base.arn.clone().filter(|_| patched.same_as(&found.base.definition))
    };
    match existing {
        Some(arn) => {
            // Without it ECS starts nothing for a definition that is the same.
            let force = request.force_new_deployment || same_definition;
            vec![Step::Update { definition: UpdateTo::Existing(arn), force, desired_count }]
        }
        None => vec![
            Step::Register(patched),
            Step::Update {
                definition: UpdateTo::Registered,
                force: request.force_new_deployment,
                desired_count,
            },
        ],
    }
}

fn scale_only(request: &AppRequest, found: &Found) -> Vec<Step> {
    match request.desired_count {
        Some(count) if count != found.service.counts.desired => vec![Step::Update {
            definition: UpdateTo::Unchanged,
            force: false,
            desired_count: Some(count),
        }],
        _ => Vec::new(),
    }
}

fn from_side(request: &AppRequest, found: &Found, running: Option<&[Digest]>) -> Side {
    let reference: Option<ImageReference> = found
        .running
        .containers()
        .find(|container| found.containers.iter().any(|name| name.as_str() == container.name))
        .and_then(|container| container.image)
        .and_then(|image| image.parse().ok());
    let tag = reference.as_ref().and_then(ImageReference::tag).cloned();
    Side {
        version: tag.as_ref().map(|tag| version_name(request, found, tag)),
        image: reference.as_ref().map(ToString::to_string),
        digest: running
            .and_then(|digests| digests.first().cloned())
            .or_else(|| reference.as_ref().and_then(ImageReference::digest).cloned()),
        tag: tag.map(|tag| tag.to_string()),
        task_definition: found.service.task_definition.clone(),
    }
}

/// A tag as people call it: its version, where it is made of one.
fn version_name(request: &AppRequest, found: &Found, tag: &ImageTag) -> String {
    let template = match &request.wanted {
        Wanted::Version { tag_template, .. } => tag_template.as_ref(),
        Wanted::Image(_) => None,
    };
    version_of(tag, template, found.package_name.as_deref())
        .map_or_else(|| tag.to_string(), |version| version.to_string())
}

fn to_side(found: &Found) -> Side {
    let image = &found.image;
    Side {
        version: image.version.clone(),
        image: Some(image.reference.to_string()),
        tag: image.tag.as_ref().map(ToString::to_string),
        digest: Some(image.digest.clone()),
        task_definition: None,
    }
}

fn moved_tag(found: &Found, running: Option<&[Digest]>) -> Problem {
    let was = running.and_then(|digests| digests.iter().find(|it| **it != found.image.digest));
    let was = was.map_or_else(|| "another digest", Digest::short);
    Problem::new(format!(
        "the tag of {} has moved: the service runs {was}, the tag now names {}",
        found.image.reference,
        found.image.digest.short()
    ))
    .hint("The same definition is deployed again to bring the new image. Immutable tags in ECR keep a version what it was.")
}

fn unknown_digest(found: &Found) -> Problem {
    let why = match found.running_images {
        Fact::Denied(permission) => format!("{permission} is not allowed"),
        Fact::Known(_) | Fact::Absent => "ECS does not say it".to_owned(),
    };
    Problem::new(format!(
        "the digest that runs is not known ({why}), so the same definition is deployed again to be sure of the image"
    ))
}

fn newer_revision(request: &AppRequest, found: &Found) -> Option<Problem> {
    let newest = found.newest.known()?;
    let running = found.service.task_definition.as_ref()?;
    let is_newer = newest.family() == running.family() && newest.revision() > running.revision();
    let is_used = found.base.arn.as_ref() == Some(newest)
        || !matches!(request.task_definition, TaskDefinitionSource::Running);
    (is_newer && !is_used).then(|| {
        Problem::new(format!(
            "{} is newer than {}, which the service runs and this deployment is based on",
            newest.short(),
            running.short()
        ))
        .hint(format!(
            "`task-definition: {}` deploys from the newest revision instead.",
            newest.family()
        ))
    })
}

impl Plan {
    fn task_definition_of_target(&mut self, found: &Found, same_definition: bool) {
        let existing = self.steps.iter().find_map(|step| match step {
            Step::Update { definition: UpdateTo::Existing(arn), .. } => Some(arn.clone()),
            Step::Register(_) | Step::Update { .. } => None,
        });
        self.to.task_definition =
            existing.or_else(|| found.service.task_definition.clone().filter(|_| same_definition));
    }
}
