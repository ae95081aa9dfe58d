//! Whether a lifecycle policy is about to take the image away that a rollback
//! brings back.
//!
//! Read from the last preview of the policy, which changes nothing and may be
//! missing; to make one takes a permission to write.

use tokio::time::timeout;

use crate::aws::Clients;
use crate::image::{Digest, EcrRepository};
use crate::plan::Expiry;
use crate::problem::Problem;
use crate::read::optional::{OPTIONAL_WITHIN, why};

pub(crate) async fn expiry(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
) -> Expiry {
    let ecr = clients.ecr(&repository.region);
    let goes = match timeout(OPTIONAL_WITHIN, ecr.lifecycle_preview(repository, digest)).await {
        Ok(Ok(preview)) => match preview.action.as_deref() {
            Some("EXPIRE") => "deletes",
            Some(_) => "archives",
            None if preview.is_complete => return Expiry::Stays,
            None => return Expiry::NotChecked("the last preview of it is not complete".to_owned()),
        },
        Ok(Err(error)) if error.is("LifecyclePolicyPreviewNotFoundException") => {
            return Expiry::NotChecked(format!(
                "there is no preview of it in the ECR repository {repository}"
            ));
        }
        Ok(Err(error)) => return Expiry::NotChecked(why(&error)),
        Err(_) => return Expiry::NotChecked("ECR did not answer in time".to_owned()),
    };
    Expiry::Goes(
        Problem::new(format!(
            "the lifecycle policy of the ECR repository {repository} {goes} this image soon"
        ))
        .hint("Tasks that start after that can't pull it. Keep the image by another rule or tag."),
    )
}
