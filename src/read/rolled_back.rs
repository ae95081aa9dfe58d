//! What the rule about versions rolled back from needs to know: a version of package.json
//! that this service was rolled back from is not deployed again until it changes.

use super::checkout::Checkout;
use super::codedeploy::{self, CodeDeployRead};
use super::optional::optional;
use super::service_deployments::DeploymentList;
use super::service_reads::ServiceReads;
use super::service_record;
use crate::aws::Clients;
use crate::ecs::Service;
use crate::history::{DeploymentRecord, History, RolledBack};
use crate::plan::{ChosenImage, Fact};
use crate::problem::Problem;
use crate::request::{AppRequest, Wanted};

/// Whether the rule applies: not where a person decided, by typing the version or by
/// `allow-rolled-back`.
fn applies(request: &AppRequest) -> bool {
    let is_of_nobody =
        matches!(request.wanted, Wanted::Version { version: None, .. } | Wanted::From { .. });
    !request.allow_rolled_back && is_of_nobody
}

/// What ECS listed, as far as the rule reads it; `None` where it does not apply. It needs
/// nothing from before the page, which would cost a round trip more.
pub(super) fn list(
    request: &AppRequest,
    listed: &Fact<DeploymentList>,
) -> Option<Fact<DeploymentList>> {
    applies(request).then(|| match listed {
        Fact::Known(listed) => Fact::Known(DeploymentList { is_cut: true, ..listed.clone() }),
        Fact::Denied(permission) => Fact::Denied(permission),
        Fact::Absent => Fact::Absent,
    })
}

/// What CodeDeploy has of the service, where it makes the deployments, and the record that
/// the rule reads; `None` where it does not apply.
pub(super) async fn past(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    (service, reads): (&Service, &ServiceReads<'_>),
    listed: Option<Fact<DeploymentList>>,
) -> Result<(Option<CodeDeployRead>, Option<Fact<DeploymentRecord>>), Problem> {
    let applies = applies(request);
    let found = codedeploy::read(clients, request, checkout, (service, reads), async |group| {
        if !applies {
            return None;
        }
        let record = codedeploy::record(clients, reads, service, group);
        Some(optional(async { record.await.map(Some) }).await)
    });
    if let Some((mut codedeploy, record)) = found.await? {
        codedeploy.state.notices.extend(unchecked(&record));
        return Ok((Some(codedeploy), record));
    }
    let record = match listed {
        Some(Fact::Known(listed)) => {
            let read = service_record::describe(reads, service, Ok(listed));
            Some(optional(async { read.await.map(Some) }).await)
        }
        Some(Fact::Denied(permission)) => Some(Fact::Denied(permission)),
        Some(Fact::Absent) => Some(Fact::Absent),
        None => None,
    };
    Ok((None, record))
}

/// How the service was rolled back from `image`, if it was.
pub(super) fn of_image(
    record: &Option<Fact<DeploymentRecord>>,
    ChosenImage { containers, image }: &ChosenImage,
) -> Fact<RolledBack> {
    match record {
        None | Some(Fact::Absent) => Fact::Absent,
        Some(Fact::Denied(permission)) => Fact::Denied(permission),
        Some(Fact::Known(record)) => {
            let history = History::new(record, containers);
            let mut shown = std::iter::once(&image.digest).chain(&image.listed);
            let rolled_back = shown.find_map(|digest| history.rolled_back_from(digest));
            rolled_back.cloned().map_or(Fact::Absent, Fact::Known)
        }
    }
}

/// CodeDeploy's record takes many reads: where they take too long, that is said.
fn unchecked(record: &Option<Fact<DeploymentRecord>>) -> Option<Problem> {
    matches!(record, Some(Fact::Absent)).then(|| {
        Problem::new(
            "could not check whether this service was rolled back from this version: CodeDeploy's \
             record of it could not be read in time",
        )
    })
}
