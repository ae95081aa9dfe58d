//! The revision that a deployment is undone to if it fails.

use crate::ecs::{
    RolloutState, Service, ServiceDeployment, ServiceDeploymentStatus, ServiceRevisionArn,
};

/// The last service revision that succeeded here: the one that runs, if its
/// deployment ended well, else the newest that did. `listed` is newest first.
pub(crate) fn last_good(
    service: &Service,
    listed: &[ServiceDeployment],
) -> Option<ServiceRevisionArn> {
    let running = service.primary().map(|primary| (service.arn.revision(&primary.id), primary));
    if let Some((revision, primary)) = &running {
        let own = listed
            .iter()
            .find(|it| it.target.as_ref().is_some_and(|it| it.number() == revision.number()));
        let succeeded = match own {
            Some(own) => own.status == ServiceDeploymentStatus::Successful,
            // Listed no more (90 days), or not readable: the classic view.
            None => match &primary.rollout_state {
                Some(state) => *state == RolloutState::Completed,
                // Behind a Classic Load Balancer; one of two may be in progress.
                None => service.deployments.len() == 1,
            },
        };
        if succeeded {
            return Some(revision.clone());
        }
    }
    let successful = listed.iter().find(|it| it.status == ServiceDeploymentStatus::Successful);
    successful.and_then(|it| it.target.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::tests::{deployment, service, service_deployment};

    #[test]
    fn what_runs_is_the_last_good_revision_once_its_deployment_succeeded() {
        let service = service([deployment(2, "PRIMARY", Some("COMPLETED"))]);
        let listed = [service_deployment(2, "SUCCESSFUL"), service_deployment(1, "SUCCESSFUL")];
        assert_eq!(number(last_good(&service, &listed)), Some("2".to_owned()));
    }

    #[test]
    fn a_revision_that_failed_is_none_whatever_the_classic_view_says() {
        let service = service([deployment(3, "PRIMARY", Some("COMPLETED"))]);
        let listed = [
            service_deployment(3, "STOPPED"),
            service_deployment(2, "ROLLBACK_SUCCESSFUL"),
            service_deployment(1, "SUCCESSFUL"),
        ];
        assert_eq!(number(last_good(&service, &listed)), Some("1".to_owned()));
    }

    #[test]
    fn without_a_list_the_classic_view_decides() {
        let completed = service([deployment(7, "PRIMARY", Some("COMPLETED"))]);
        let failed = service([deployment(7, "PRIMARY", Some("FAILED"))]);
        assert_eq!(number(last_good(&completed, &[])), Some("7".to_owned()));
        assert_eq!(number(last_good(&failed, &[])), None);
    }

    #[test]
    fn without_a_state_only_a_deployment_that_is_alone_has_succeeded() {
        let alone = service([deployment(8, "PRIMARY", None)]);
        assert_eq!(number(last_good(&alone, &[])), Some("8".to_owned()));
        let two = service([deployment(8, "PRIMARY", None), deployment(7, "ACTIVE", None)]);
        assert_eq!(number(last_good(&two, &[])), None);
        let listed = [service_deployment(7, "SUCCESSFUL")];
        assert_eq!(number(last_good(&two, &listed)), Some("7".to_owned()));
    }

    #[test]
    fn a_first_deployment_under_way_leaves_nothing_to_return_to() {
        let service = service([deployment(1, "PRIMARY", Some("IN_PROGRESS"))]);
        assert_eq!(number(last_good(&service, &[service_deployment(1, "IN_PROGRESS")])), None);
    }

    fn number(revision: Option<ServiceRevisionArn>) -> Option<String> {
        revision.map(|it| it.number().to_owned())
    }
}
