//! How large a definition may be.

use crate::problem::Problem;
use crate::task_definition::definition::TaskDefinition;

/// Developer Guide, "Amazon ECS service quotas": "Task definition size limit", 64 KB. What
/// exactly is counted is not documented; this counts the request as it is sent.
const LARGEST: usize = 65_536;

impl TaskDefinition {
    /// Whether ECS takes so much.
    ///
    /// # Errors
    /// With the size, where it is too large.
    pub fn check_bytes(&self) -> Result<(), Problem> {
        let size = self.register_body().len();
        if size <= LARGEST {
            return Ok(());
        }
        let problem = Problem::new(format!(
            "the task definition {} has {size} bytes, but ECS accepts at most {LARGEST}",
            self.family()
        ))
        .hint(
            "Move large parts out of it: variables into `environmentFiles` in S3, configuration into the image or into Systems Manager.",
        );
        Err(match &self.origin {
            Some(origin) => problem.at(&origin.file, 1),
            None => problem,
        })
    }
}
