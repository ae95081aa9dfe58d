//! Deployments and their statuses.

use serde_json::{Value, json};

use crate::github::links::Links;
use crate::github::state::{Deployment, Status};
use crate::github::world::World;

/// A `deployment`.
pub(crate) fn deployment(world: &World, links: &Links, deployment: &Deployment) -> Value {
    let id = deployment.id;
    let url = links.repo(&format!("deployments/{id}"));
    json!({
        "url": url,
        "id": id,
        "node_id": format!("DE_{id}"),
        "task": deployment.task,
        "original_environment": deployment.original_environment,
        "environment": deployment.environment,
        "description": deployment.description,
        "created_at": world.date(deployment.created),
        "updated_at": world.date(deployment.updated),
        "statuses_url": format!("{url}/statuses"),
        "repository_url": links.repository(),
        "creator": deployment.creator.view(links),
        "sha": deployment.sha,
        "ref": deployment.reference,
        "payload": deployment.payload,
        "transient_environment": deployment.transient,
        "production_environment": deployment.production,
        "performed_via_github_app": deployment.creator.app(links),
    })
}

/// A `deployment-status` of the deployment with this id.
pub(crate) fn status(world: &World, links: &Links, deployment: u64, status: &Status) -> Value {
    let of = links.repo(&format!("deployments/{deployment}"));
    let id = status.id;
    json!({
        "url": format!("{of}/statuses/{id}"),
        "id": id,
        "node_id": format!("DES_{id}"),
        "state": status.state,
        "creator": status.creator.view(links),
        "description": status.description,
        "environment": status.environment,
        "target_url": status.log_url,
        "created_at": world.date(status.created),
        "updated_at": world.date(status.created),
        "deployment_url": of,
        "repository_url": links.repository(),
        "environment_url": status.environment_url,
        "log_url": status.log_url,
        "performed_via_github_app": status.creator.app(links),
    })
}
