//! What `previous` means, computed once more: from what the simulator knows to have
//! happened, on names, and without a line of the product.

use simulator::{DeploymentTruth, Truth};

/// A definition's ARN and the digest that its container ran.
pub(super) type Version = (String, String);

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// Back to this.
    To(Version),
    /// The service is back, or on its way.
    AlreadyBack,
    /// A deployment that was to bring an earlier version back has failed.
    ReturnFailed,
    /// There is nothing before it.
    OnlyOne,
    /// Nothing ever succeeded.
    Nothing,
    /// No task has pulled the image yet, so nobody can know what it is.
    NotPulled,
}

fn version(deployment: &DeploymentTruth) -> Option<Version> {
    let digest = deployment.digests.get("web1")?;
    Some((deployment.task_definition.clone(), digest.clone()))
}

/// Where a version lies on the stack: its index, exactly or else by its image.
fn lies(stack: &[Version], it: &Version) -> Option<usize> {
    let top = stack.last()?;
    if top == it {
        return Some(stack.len() - 1);
    }
    let exact = stack.iter().rposition(|other| other == it);
    // The image of the top by another definition is a new configuration.
    let by_image =
        || (top.1 != it.1).then(|| stack.iter().rposition(|other| other.1 == it.1)).flatten();
    exact.or_else(by_image)
}

/// The answer for a service at rest, or with a deployment under way. The first
/// `forgotten` deployments lie so far back that ECS lists them no more; of them only
/// what ran in the end is known.
pub(super) fn previous(truth: &Truth, forgotten: usize) -> Answer {
    let earlier = truth.deployments[..forgotten].iter().rev();
    let mut stack: Vec<Version> =
        earlier.filter(|it| it.status == "SUCCESSFUL").find_map(version).into_iter().collect();
    let mut failures: Vec<Option<Version>> = Vec::new();
    let mut is_back = false;
    let last = truth.deployments.len().saturating_sub(1);
    for (index, deployment) in truth.deployments.iter().enumerate().skip(forgotten) {
        let own = version(deployment);
        match (deployment.status.as_str(), own) {
            ("SUCCESSFUL", Some(own)) => {
                match lies(&stack, &own) {
                    Some(at) if at + 1 == stack.len() => {
                        is_back |= failures.iter().any(|failed| failed.as_ref() != Some(&own));
                    }
                    Some(at) => {
                        stack.truncate(at);
                        stack.push(own);
                        is_back = true;
                    }
                    None => {
                        stack.push(own);
                        is_back = false;
                    }
                }
                failures.clear();
            }
            ("SUCCESSFUL", None) => {}
            ("ROLLBACK_SUCCESSFUL", _) => {
                is_back = true;
                failures.clear();
            }
            (_, own) if index == last => {
                return in_the_middle(&stack, &failures, deployment, own, is_back);
            }
            (_, own) => failures.push(own),
        }
    }
    below(&stack, is_back)
}

fn below(stack: &[Version], is_back: bool) -> Answer {
    match stack {
        [] => Answer::Nothing,
        _ if is_back => Answer::AlreadyBack,
        [_] => Answer::OnlyOne,
        [.., below, _] => Answer::To(below.clone()),
    }
}

/// The last deployment has failed and was left, or is under way.
fn in_the_middle(
    stack: &[Version],
    failures: &[Option<Version>],
    deployment: &DeploymentTruth,
    own: Option<Version>,
    is_back: bool,
) -> Answer {
    let Some(top) = stack.last() else { return Answer::Nothing };
    let Some(own) = own else { return Answer::NotPulled };
    let goes_back = || match deployment.status.as_str() {
        "STOPPED" | "ROLLBACK_FAILED" => Answer::ReturnFailed,
        _ => Answer::AlreadyBack,
    };
    match lies(stack, &own) {
        None => Answer::To(top.clone()),
        Some(at) if at + 1 < stack.len() => goes_back(),
        Some(_) if failures.iter().any(|failed| failed.as_ref() != Some(&own)) => goes_back(),
        Some(_) => below(stack, is_back),
    }
}
