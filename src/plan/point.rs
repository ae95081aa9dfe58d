//! Whether a deployment can reach the point of `wait-until` at all.

use super::state::CurrentState;
use crate::ecs::Lifecycle;
use crate::problem::Problem;
use crate::request::{Stage, Wait, WaitUntil};

/// What a deployment passes through on its way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Passes<'a> {
    Stages(&'a Lifecycle),
    /// CodeDeploy makes it; whether it waits for a person before traffic moves.
    ByCodeDeploy {
        waits: bool,
    },
}

impl<'a> Passes<'a> {
    fn of(state: &'a CurrentState) -> Self {
        match &state.codedeploy {
            Some(codedeploy) => Self::ByCodeDeploy { waits: codedeploy.group.gate.is_some() },
            None => Self::Stages(&state.service.lifecycle),
        }
    }
}

/// Refuses a point that would never be reached, or that could not be observed.
pub(super) fn check_in(wait: &Wait, state: &CurrentState) -> Result<(), Problem> {
    let passes = Passes::of(state);
    check(wait, passes)?;
    let until = wait.until;
    match (state.unseen, passes) {
        (Some(permission), Passes::Stages(_)) if until.is_on_the_way() && wait.enabled => {
            Err(Problem::new(format!(
                "`wait-until: {until}` can't be followed: {permission} is not allowed"
            ))
            .hint("Allow ecs:ListServiceDeployments and ecs:DescribeServiceDeployments: they show the stages of a deployment."))
        }
        _ => Ok(()),
    }
}

/// Refuses a point that would never be reached.
pub(super) fn check(wait: &Wait, passes: Passes<'_>) -> Result<(), Problem> {
    let until = wait.until;
    let never = match passes {
        _ if !wait.enabled => None,
        Passes::ByCodeDeploy { waits } => never_by_codedeploy(until, waits),
        Passes::Stages(lifecycle) => never_by_ecs(until, lifecycle),
    };
    let Some((why, possible)) = never else { return Ok(()) };
    let message = format!("`wait-until: {until}` would never be reached: {why}");
    Err(Problem::new(message).hint(format!("Here it can be {possible}.")))
}

/// Why it never comes, and what can be waited for.
type Never = Option<(String, &'static str)>;

fn never_by_codedeploy(until: WaitUntil, waits: bool) -> Never {
    let why = match until {
        WaitUntil::Done | WaitUntil::Traffic => return None,
        WaitUntil::Paused if waits => return None,
        WaitUntil::Paused => "CodeDeploy does not wait for a person here",
        WaitUntil::Stage(_) => {
            "these are stages of deployments by ECS, and CodeDeploy makes those of this service"
        }
    };
    let possible = if waits { "`done`, `traffic` or `paused`" } else { "`done` or `traffic`" };
    Some((why.to_owned(), possible))
}

fn never_by_ecs(until: WaitUntil, lifecycle: &Lifecycle) -> Never {
    let Lifecycle { is_rolling, hooks_at, pauses_at } = lifecycle;
    let is_hooked = |stage: Stage| hooks_at.iter().any(|it| it == stage.as_str());
    let why = match until {
        WaitUntil::Paused if pauses_at.is_empty() => "the service has no PAUSE hook".to_owned(),
        WaitUntil::Stage(stage) if *is_rolling && !is_hooked(stage) => match hooks_at.join(", ") {
            none if none.is_empty() => "a rolling update has no stages".to_owned(),
            hooks => format!("a rolling update has stages only where a hook is: {hooks}"),
        },
        WaitUntil::Done | WaitUntil::Traffic | WaitUntil::Paused | WaitUntil::Stage(_) => {
            return None;
        }
    };
    let possible = match (is_rolling, hooks_at.is_empty()) {
        (true, true) => "`done`",
        (true, false) => "`done`, or a stage with a hook",
        (false, _) => "`done`, `traffic` or a stage",
    };
    Some((why, possible))
}
