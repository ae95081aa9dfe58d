//! Reading through an outage: what a write came to is asked for until there is an answer.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::aws::{Answer, CallError, Cause};

/// Between two tries at first; each pause is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// So often credentials may fail to be renewed before they are taken for gone.
const RENEWALS: u32 = 10;

/// Reads until AWS answers, or says something that does not pass; gives up at `deadline`.
///
/// # Errors
/// What AWS said, or at the deadline how the last try failed.
pub(crate) async fn patiently<T, F>(
    action: &'static str,
    deadline: Instant,
    mut read: impl FnMut() -> F,
) -> Answer<T>
where
    F: Future<Output = Answer<T>>,
{
    let mut pause = FIRST_PAUSE;
    let mut tries = 0;
    let mut failure = CallError::unanswered(action);
    loop {
        match timeout_at(deadline, read()).await {
            Ok(Err(error)) if may_pass(&error, tries) => failure = error,
            Ok(answer) => return answer,
            Err(_elapsed) => return Err(failure),
        }
        tries += 1;
        let next = Instant::now() + pause;
        if next >= deadline {
            sleep_until(deadline).await;
            return Err(failure);
        }
        sleep_until(next).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn may_pass(error: &CallError, tries: u32) -> bool {
    match error.cause {
        Cause::Unclear | Cause::Throttled => true,
        // Without a word of AWS it is a provider of credentials that did not answer.
        Cause::Credentials => error.code.is_none() && tries < RENEWALS,
        Cause::Denied | Cause::Refused => false,
    }
}

/// Looks up to `looks` times, `between` apart, until one of them finds something.
///
/// # Errors
/// A look got no answer.
pub(super) async fn look<T, F>(
    looks: u32,
    between: Duration,
    read: impl Fn() -> F,
) -> Answer<Option<T>>
where
    F: Future<Output = Answer<Option<T>>>,
{
    for look in 0..looks {
        if look > 0 {
            sleep(between).await;
        }
        if let Some(found) = read().await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
