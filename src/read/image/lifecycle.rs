//! Whether a lifecycle policy is about to take the image away that a rollback
//! brings back.
//!
//! Read from the last preview of the policy, which changes nothing and may be
//! missing; to make one takes a permission to write.

use crate::aws::Clients;
use crate::image::{Digest, EcrRepository};
use crate::plan::Fact;
use crate::problem::Problem;
use crate::read::optional::optional;

/// A warning where the policy matches the image.
pub(crate) async fn about_to_go(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
) -> Option<Problem> {
    let ecr = clients.ecr(&repository.region);
    let Fact::Known(action) = optional(ecr.lifecycle_action(repository, digest)).await else {
        return None;
    };
    let goes = match action.as_str() {
        "EXPIRE" => "deletes",
        _ => "archives",
    };
    Some(
        Problem::new(format!(
            "the lifecycle policy of the ECR repository {repository} {goes} this image soon"
        ))
        .hint("Tasks that start after that can't pull it. Keep the image by another rule or tag."),
    )
}
