//! How long a run took, and where.

use crate::ecs::DeploymentId;
use crate::report::app::{AppReport, Subject};
use crate::report::markdown::Inline;
use crate::text::duration;

pub(super) fn facts(app: &AppReport) -> Vec<Inline> {
    let mut facts = Vec::new();
    if !app.duration.is_zero() {
        facts.push(Inline::text(&duration(app.duration)));
    }
    let named = |name, value: &str| Inline::text(name).then(Inline::code(value));
    match &app.asked.subject {
        Subject::Service(target) => {
            facts.push(named("service ", target.service.as_str()));
            facts.push(named("cluster ", target.cluster.as_str()));
            facts.push(Inline::code(target.region.as_str()));
        }
        Subject::Image { repository, region } => {
            facts.push(named("repository ", repository));
            facts.push(Inline::code(region.as_str()));
        }
        Subject::Family { name, region, account: _ } => {
            facts.push(named("task definition ", name));
            facts.push(Inline::code(region.as_str()));
        }
    }
    if let Some(account) = app.account() {
        facts.push(named("account ", account.as_str()));
    }
    if let Some((page, address)) = console(app) {
        facts.push(Inline::link(page, &address));
    }
    facts
}

/// The page of the service's deployments in the console, or that of the one by
/// CodeDeploy, and what it is called; `None` in a partition
/// whose console is not known.
pub(super) fn console(app: &AppReport) -> Option<(&'static str, String)> {
    let host = match app.service.arn.as_ref()?.partition() {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => return None,
    };
    let target = app.asked.subject.target()?;
    if let Some(id) = app.rollout.deployment.as_ref().and_then(DeploymentId::codedeploy) {
        return Some((
            "deployment in the CodeDeploy console",
            format!(
                "https://{region}.{host}/codesuite/codedeploy/deployments/{id}?region={region}",
                region = target.region
            ),
        ));
    }
    let address = format!(
        "https://{region}.{host}/ecs/v2/clusters/{}/services/{}/deployments?region={region}",
        target.cluster,
        target.service,
        region = target.region
    );
    Some(("deployments in the ECS console", address))
}
