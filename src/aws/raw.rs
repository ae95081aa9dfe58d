//! JSON past the SDK's types, both ways.
//!
//! The SDK's structs drop every field that is younger than they are, without a
//! word; a task definition must come through whole. So the body of the request
//! is replaced before it is signed, and that of the answer is kept as it came.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ecs::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_ecs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ecs::error::BoxError;
use aws_smithy_types::body::SdkBody;

/// Sends these bytes in place of what the SDK made.
pub(super) struct RawBody(pub(super) Vec<u8>);

// The SDK asks for `Debug` and puts it into traces; the bytes hold the values of
// environment variables.
impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawBody")
    }
}

impl Intercept for RawBody {
    fn name(&self) -> &'static str {
        "RawBody"
    }

    // Before the checkpoint of the retry loop, so that a retry sends it too.
    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        *request.body_mut() = SdkBody::from(self.0.clone());
        // The SDK set the length of its own body, and signs it.
        request.headers_mut().insert("content-length", self.0.len().to_string());
        Ok(())
    }
}

/// Keeps the bytes of the answer.
#[derive(Clone, Default)]
pub(super) struct RawAnswer(Arc<Mutex<Vec<u8>>>);

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawAnswer")
    }
}

impl RawAnswer {
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for RawAnswer {
    fn name(&self) -> &'static str {
        "RawAnswer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        Ok(())
    }
}
