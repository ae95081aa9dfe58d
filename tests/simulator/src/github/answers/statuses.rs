//! The statuses of deployments.

use crate::github::answers::{Members, id_of, page_of};
use crate::github::state::Status;
use crate::github::views;
use crate::github::wire::{Answer, Refusal};
use crate::github::world::{Call, World};

const STATES: &[&str] =
    &["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];

/// The most characters a description may have.
const LIMIT: usize = 140;

pub(super) fn list(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    let deployment = world.state.deployments.iter().find(|it| it.id == id);
    let deployment = deployment.ok_or_else(Refusal::not_found)?;
    let newest_first: Vec<_> = deployment.statuses.iter().rev().cloned().collect();
    Ok(page_of(call, &newest_first, |it| views::status(world, &call.links, id, it)))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(call)?;
    let members = Members::of(call)?;
    let environment = world.state.deployment(id).ok_or_else(Refusal::not_found)?;
    let environment = environment.environment.clone();
    let state = members.required_text("state")?;
    if !STATES.contains(&state) {
        return Err(custom("state", "state is not included in the list"));
    }
    let description = members.text("description")?.unwrap_or_default();
    if description.chars().count() > LIMIT {
        return Err(custom("description", "description is too long (maximum is 140 characters)"));
    }
    // The newer name replaces the older one.
    let log_url = address(&members, "log_url")?;
    let target_url = address(&members, "target_url")?;
    let status = Status {
        id: world.state.next_id(),
        state: state.to_owned(),
        description: description.to_owned(),
        environment: members.text("environment")?.map_or(environment, str::to_owned),
        environment_url: address(&members, "environment_url")?,
        log_url: if log_url.is_empty() { target_url } else { log_url },
        creator: call.author.clone(),
        created: world.now,
    };
    let auto_inactive = members.flag("auto_inactive")?.unwrap_or(true);
    world.state.set_status(id, status.clone(), auto_inactive);
    let view = views::status(world, &call.links, id, &status);
    Ok(Answer::json(201, &view).with("location", views::text(&view["url"])))
}

fn custom(field: &str, message: &str) -> Refusal {
    Refusal::invalid("DeploymentStatus", field, "custom", message)
}

fn address(members: &Members, name: &str) -> Result<String, Refusal> {
    let address = members.text(name)?.unwrap_or_default();
    let web = ["http://", "https://"].iter().any(|scheme| address.starts_with(scheme));
    if address.is_empty() || web {
        Ok(address.to_owned())
    } else {
        Err(custom(name, &format!("{name} must use http(s) scheme")))
    }
}
