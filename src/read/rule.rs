//! What the rule about versions rolled back from needs to know: a version of package.json
//! that this service was rolled back from stays away until it changes.

use super::optional;
use super::record::{self, Listed, Read};
use crate::aws::Ecs;
use crate::ecs::Service;
use crate::history::RolledBack;
use crate::names::ContainerName;
use crate::plan::{Fact, Image};
use crate::problem::Problem;
use crate::request::{AppRequest, Wanted};

/// Whether the rule about versions rolled back from applies: not where a person
/// decided, by typing the version or by `allow-rolled-back`.
pub(super) fn applies(request: &AppRequest) -> bool {
    !request.allow_rolled_back && matches!(request.wanted, Wanted::Version { version: None, .. })
}

pub(super) async fn past(
    ecs: &Ecs,
    request: &AppRequest,
    history: &Fact<Listed>,
) -> Option<Fact<Read>> {
    if !applies(request) {
        return None;
    }
    Some(match history {
        // The rule needs nothing from before the page, which would cost a round
        // trip more.
        Fact::Known(listed) => {
            let listed = Listed { is_cut: true, ..listed.clone() };
            optional(async { record::describe(ecs, Ok(listed)).await.map(Some) }).await
        }
        Fact::Denied(permission) => Fact::Denied(permission),
        Fact::Absent => Fact::Absent,
    })
}

pub(super) fn rolled_back(
    past: &Option<Fact<Read>>,
    service: &Service,
    containers: &[ContainerName],
    image: &Image,
) -> Fact<RolledBack> {
    match past {
        None => Fact::Absent,
        Some(Fact::Denied(permission)) => Fact::Denied(permission),
        Some(Fact::Absent) => Fact::Absent,
        Some(Fact::Known(read)) => {
            let history = read.history(service, containers);
            let mut shown = std::iter::once(&image.digest).chain(&image.listed);
            let left = shown.find_map(|digest| history.rolled_back_from(digest));
            left.cloned().map_or(Fact::Absent, Fact::Known)
        }
    }
}

/// CodeDeploy's record takes many reads: where they take too long, that is said.
pub(super) fn unchecked(past: &Option<Fact<Read>>) -> Option<Problem> {
    matches!(past, Some(Fact::Absent)).then(|| {
        Problem::new(
            "whether this service was rolled back from this version could not be checked: \
             CodeDeploy's record of it could not be read in time",
        )
    })
}
