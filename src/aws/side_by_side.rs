//! Many calls of one kind, a few at a time: sent all at once, AWS would throttle them.

use futures_util::stream::{self, Stream, StreamExt};

/// So many are on their way at a time. The buckets of ECS hold 50 calls and more, and get
/// 20 back in a second, for all that the account does in a Region; CodeDeploy throttles
/// earlier and does not say when.
const AT_ONCE: usize = 8;

/// What the calls answer, in their order.
pub(crate) fn side_by_side<F: Future>(
    calls: impl IntoIterator<Item = F>,
) -> impl Stream<Item = F::Output> {
    let calls: Vec<F> = calls.into_iter().collect();
    stream::iter(calls).buffered(AT_ONCE)
}
