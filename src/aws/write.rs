//! How writes are sent: once.
//!
//! The SDK repeats a call after a reset, a timeout or a 5xx. For
//! `RegisterTaskDefinition` that is a second revision, so a write is repeated
//! only when AWS says that it was throttled, which means that nothing was done.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::call::is_throttled;

/// Forbids every retry but the one after throttling; `E` is the operation's error.
pub(super) struct OnlyWhenThrottled<E>(PhantomData<fn() -> E>);

impl<E> OnlyWhenThrottled<E> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E> fmt::Debug for OnlyWhenThrottled<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnlyWhenThrottled")
    }
}

impl<E> ClassifyRetry for OnlyWhenThrottled<E>
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = ctx.output_or_error() else { return RetryAction::NoActionIndicated };
        let code = error
            .as_operation_error()
            .and_then(|error| error.downcast_ref::<E>())
            .and_then(E::code);
        match code {
            Some(code) if is_throttled(code) => RetryAction::throttling_error(),
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "only when throttled"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
