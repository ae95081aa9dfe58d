//! Many calls of one kind, a few at a time: sent all at once, AWS would throttle them.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::aws::Answer;

/// So many calls of one kind are on their way to CodeDeploy, or to ECS about what
/// CodeDeploy deployed: it throttles early.
pub(super) const AT_ONCE: usize = 10;

/// What all of `calls` answer, in their order, or the first error.
pub(super) async fn side_by_side<T>(
    most: usize,
    calls: impl Iterator<Item = impl Future<Output = Answer<T>>>,
) -> Answer<Vec<T>> {
    stream::iter(calls).buffered(most).try_collect().await
}
