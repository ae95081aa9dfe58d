//! How often a call is tried.
//!
//! An account has one rate for all that call its API, and 30 jobs of a matrix share it: a
//! call that AWS refused for its rate was not carried out and comes through later. So it is
//! tried on for minutes, with the SDK's jittered back-off, until whoever sent it gives up.
//! After anything else a read is tried as often as the SDK does by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_ecs::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_ecs::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_ecs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ecs::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_types::retry::ErrorKind;

/// While AWS throttles: some four minutes, at 20 s at most between two of them.
const ATTEMPTS: u32 = 30;
/// After anything else: the SDK's own number.
const OTHERS: u32 = 3;

/// Whether a client tries on while AWS throttles, or lets its caller slow down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// For whatever a run can't do without.
    Patient,
    /// For the watch, which asks again in any case, and less often once AWS throttles.
    Watching,
}

impl Patience {
    /// How often a call is tried that is repeated only when throttled.
    pub(super) fn retries(self) -> RetryConfig {
        match self {
            Self::Patient => RetryConfig::standard().with_max_attempts(ATTEMPTS),
            Self::Watching => RetryConfig::standard(),
        }
    }
}

/// The SDK's own budget for retries would end the patience after a hundred of them.
pub(super) fn partition() -> RetryPartition {
    RetryPartition::custom("ecs-release").token_bucket(TokenBucket::unlimited()).build()
}

/// The attempts of one call. Forbids those that go beyond the SDK's own number, unless AWS
/// throttled; after that only the patient go on.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    patience: Patience,
    counted: Arc<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    made: AtomicU32,
    /// Those that failed otherwise, a bit for each: the SDK may classify one twice.
    failed: AtomicU32,
}

impl Attempts {
    pub(super) fn of(patience: Patience) -> Self {
        Self { patience, counted: Arc::default() }
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.counted.made.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl ClassifyRetry for Attempts {
    fn classify_retry(&self, _context: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(
        &self,
        _context: &InterceptorContext,
        previous: &RetryAction,
    ) -> RetryAction {
        if let RetryAction::RetryIndicated(RetryReason::RetryableError { kind, .. }) = previous
            && *kind == ErrorKind::ThrottlingError
        {
            return match self.patience {
                Patience::Patient => RetryAction::NoActionIndicated,
                Patience::Watching => RetryAction::RetryForbidden,
            };
        }
        let this = 1_u32 << self.counted.made.load(Ordering::Relaxed).min(ATTEMPTS);
        let failed = self.counted.failed.fetch_or(this, Ordering::Relaxed) | this;
        if failed.count_ones() < OTHERS {
            RetryAction::NoActionIndicated
        } else {
            RetryAction::RetryForbidden
        }
    }

    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
