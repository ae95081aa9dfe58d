//! What all clients are made of: the SDK's own configuration, put right where it would
//! panic or go on in silence.

use aws_config::retry::RetryConfig;
use aws_config::{ConfigLoader, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::credentials::Checked;
use super::variables::{Findings, judge};

/// Loads what the environment and `~/.aws` say, and what is wrong with it.
pub(super) async fn load(loader: ConfigLoader) -> (SdkConfig, Findings) {
    // Every client has these retries; without them the SDK reads a mode and a number
    // that it panics on.
    let loaded = loader.retry_config(RetryConfig::standard()).load().await;
    let env = Env::real();
    // Files that can't be read are told by whoever needs credentials from them.
    let profiles =
        aws_config::profile::load(&Fs::real(), &env, &Default::default(), None).await.ok();
    let findings = judge(&loaded, &env, profiles.as_ref());
    let credentials = loaded.credentials_provider().map(|inner| Checked { inner, profiles });
    let mut config = loaded.to_builder();
    config.set_credentials_provider(credentials.map(SharedCredentialsProvider::new));
    (config.service_config(WithoutEmpty(loaded)).build(), findings)
}

/// What is configured for single services, but for empty addresses: on those the SDK
/// panics when it first makes a call, which may be in the middle of an undo.
#[derive(Debug)]
struct WithoutEmpty(SdkConfig);

impl LoadServiceConfig for WithoutEmpty {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let value = self.0.service_config()?.load_config(key)?;
        (!value.trim().is_empty()).then_some(value)
    }
}
