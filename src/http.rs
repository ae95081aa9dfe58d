//! HTTPS, once for everything: proxies of the environment, certificates of the system,
//! one pool of connections.
//!
//! It is the SDK's own client underneath, so that there is one TLS stack and one
//! set of rules for proxies. Nothing here knows whom it speaks to, tries again or
//! follows a redirect.

mod authorities;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use http_body_util::Limited;
use hyper_util::client::legacy::Error as HttpError;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::CertificateError;

/// No answer of AWS has more: its APIs cut theirs at a few MiB. One that goes on would
/// fill the memory.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A way to send requests. Clones share their connections.
#[derive(Debug, Clone)]
pub struct HttpClient {
    connector: SharedHttpConnector,
    proxies: Arc<Matcher>,
    /// Of what further connections are made.
    tls_context: Option<tls::TlsContext>,
}

/// Why there is no answer; whether the request arrived is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswer {
    why: String,
    /// Set if no connection was made.
    obstacle: Option<Obstacle>,
}

/// No connection was made, so nothing was sent.
#[derive(Debug)]
pub(crate) struct Unreached {
    /// With its port, where it has one.
    pub host: String,
    /// By way of which proxy, without the name and password that may be in its address.
    pub proxy: Option<String>,
    pub obstacle: Obstacle,
    source: Box<dyn Error + Send + Sync>,
}

/// What prevented a connection, if something can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The name of the host, or of the proxy, has no address.
    Name,
    /// No authority that is trusted here vouches for the certificate.
    Certificate,
    Other,
}

impl NoAnswer {
    pub fn of(why: impl Into<String>) -> Self {
        Self { why: why.into(), obstacle: None }
    }

    fn to(error: &(dyn Error + 'static)) -> Self {
        let unreached = sources(error).find_map(|it| it.downcast_ref::<Unreached>());
        Self { why: told(error), obstacle: unreached.map(|it| it.obstacle) }
    }

    /// The kind of it, for where the host must not be named.
    pub(crate) fn kind(&self) -> &'static str {
        match self.obstacle {
            Some(Obstacle::Name) => "its host name is not known",
            Some(Obstacle::Certificate) => "its certificate is not trusted",
            Some(Obstacle::Other) => "it can't be reached",
            None => "it did not answer",
        }
    }
}

impl Unreached {
    pub(crate) fn new(
        host: &str,
        proxy: Option<&str>,
        obstacle: Obstacle,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let proxy = proxy.map(str::to_owned);
        Self { host: host.to_owned(), proxy, obstacle, source: source.into() }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl Error for NoAnswer {}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = innermost(self.source.as_ref());
        match &self.proxy {
            Some(proxy) => {
                write!(f, "{} can't be reached through the proxy {proxy}: {why}", self.host)
            }
            None => write!(f, "{} can't be reached: {why}", self.host),
        }
    }
}

impl Error for Unreached {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

impl HttpClient {
    /// HTTPS as the SDK's own default client does it, proxies of the environment
    /// included. `authorities_are_named` where `SSL_CERT_FILE` or `SSL_CERT_DIR` is set.
    pub fn from_environment(authorities_are_named: bool) -> Self {
        let tls_context = tls::TlsContext::builder()
            .with_trust_store(authorities::trusted(authorities_are_named))
            .build()
            .expect("a trust store alone is a whole configuration");
        let connector = connector(tls_context.clone(), usize::MAX);
        Self::by(connector, Arc::new(Matcher::from_env()), Some(tls_context))
    }

    pub fn over(connector: SharedHttpConnector) -> Self {
        Self::by(connector, Arc::new(Matcher::builder().build()), None)
    }

    fn by(
        inner: SharedHttpConnector,
        proxies: Arc<Matcher>,
        tls_context: Option<tls::TlsContext>,
    ) -> Self {
        let named = Named { inner, proxies: Arc::clone(&proxies) };
        Self { connector: SharedHttpConnector::new(named), proxies, tls_context }
    }

    /// The same, of which every request has a connection of its own: over HTTP/2 no header
    /// can ask for that.
    pub(crate) fn unpooled(&self) -> Self {
        let Some(tls_context) = self.tls_context.clone() else { return self.clone() };
        Self::by(connector(tls_context, 0), Arc::clone(&self.proxies), None)
    }

    /// What the SDK's clients are made of.
    pub(crate) fn connector(&self) -> SharedHttpConnector {
        self.connector.clone()
    }

    /// Host and port of the proxy by way of which an address is reached.
    pub(crate) fn proxy_of(&self, uri: &http::Uri) -> Option<String> {
        self.proxies.intercept(uri).map(|proxy| host_of(proxy.uri()).to_owned())
    }

    /// Sends `request`, whose address is absolute, and reads the answer to its end,
    /// which may have `limit` bytes.
    ///
    /// # Errors
    /// No whole answer came. The message holds nothing of the request but its host.
    pub async fn send(
        &self,
        request: http::Request<Bytes>,
        limit: usize,
    ) -> Result<http::Response<Bytes>, NoAnswer> {
        let answer = self.begin_answer(request, limit + 1).await?;
        if answer.body().len() > limit {
            return Err(NoAnswer::of(format!("the answer has more than {limit} bytes")));
        }
        Ok(answer)
    }

    /// The same, of whose answer no more is read than its first bytes.
    ///
    /// # Errors
    /// No answer came, or it broke off before.
    pub(crate) async fn begin_answer(
        &self,
        request: http::Request<Bytes>,
        at_most: usize,
    ) -> Result<http::Response<Bytes>, NoAnswer> {
        let request = HttpRequest::try_from(request.map(SdkBody::from))
            .map_err(|_malformed| NoAnswer::of("the request is malformed"))?;
        let answer = self.connector.call(request).await.map_err(|error| NoAnswer::to(&error))?;
        let (parts, body) = answer
            .try_into_http1x()
            .map_err(|_malformed| NoAnswer::of("the answer is not HTTP"))?
            .into_parts();
        let mut body = ByteStream::new(body);
        let mut bytes = Vec::new();
        while bytes.len() < at_most
            && let Some(part) = body.next().await
        {
            bytes.extend_from_slice(&part.map_err(|error| NoAnswer::of(innermost(&error)))?);
        }
        bytes.truncate(at_most);
        Ok(http::Response::from_parts(parts, Bytes::from(bytes)))
    }
}

/// Keeps so many connections of each host for further requests.
fn connector(tls_context: tls::TlsContext, idle_per_host: usize) -> SharedHttpConnector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(Duration::from_millis(3_100)).build();
    let connector = Connector::builder()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
        .tls_context(tls_context)
        .proxy_config(ProxyConfig::from_env())
        .connector_settings(settings)
        .pool_max_idle_per_host(idle_per_host)
        .build_with_resolver(Resolver);
    SharedHttpConnector::new(connector)
}

/// A connector whose errors say whom it could not connect to, and whose answers end
/// somewhere.
struct Named {
    inner: SharedHttpConnector,
    proxies: Arc<Matcher>,
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Named")
    }
}

impl HttpConnector for Named {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri: http::Uri = request.uri().parse().unwrap_or_default();
        let proxies = Arc::clone(&self.proxies);
        let answering = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            match answering.await {
                Ok(answer) => Ok(limited(answer)),
                Err(error) => Err(named(error, &uri, &proxies)),
            }
        })
    }
}

fn limited(answer: HttpResponse) -> HttpResponse {
    answer.map(|body| SdkBody::from_body_1_x(Limited::new(body, LARGEST_ANSWER)))
}

fn named(error: ConnectorError, uri: &http::Uri, proxies: &Matcher) -> ConnectorError {
    let before = sources(&error).find_map(|it| it.downcast_ref::<HttpError>());
    if !before.is_some_and(HttpError::is_connect) {
        return error;
    }
    let obstacle = obstacle(&error);
    let is_timeout = error.is_timeout();
    let proxy = proxies.intercept(uri);
    let proxy = proxy.as_ref().map(|proxy| host_of(proxy.uri()));
    let unreached = Unreached::new(host_of(uri), proxy, obstacle, error.into_source());
    let named = if is_timeout { ConnectorError::timeout } else { ConnectorError::io };
    named(unreached.into()).never_connected()
}

fn obstacle(error: &ConnectorError) -> Obstacle {
    if sources(error).any(|it| it.is::<ResolveDnsError>()) {
        return Obstacle::Name;
    }
    let untrusted = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
    let is_untrusted = sources(error).any(|it| unwrapped(it).downcast_ref() == Some(&untrusted));
    if is_untrusted { Obstacle::Certificate } else { Obstacle::Other }
}

/// What an error of I/O was made of: `source` passes over it.
fn unwrapped<'a>(mut error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    while let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = inner;
    }
    error
}

/// Host and port, without what may be before them.
fn host_of(uri: &http::Uri) -> &str {
    let authority = uri.authority().map_or("", |it| it.as_str());
    authority.rsplit('@').next().unwrap_or_default()
}

/// The system's resolver, whose failure has a type of its own.
#[derive(Debug, Clone)]
struct Resolver;

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0)).await.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// An error and all that is behind it.
pub(crate) fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// What to say of a failed call: whom it did not reach, or why else it failed.
fn told(error: &(dyn Error + 'static)) -> String {
    let unreached = sources(error).find_map(|it| it.downcast_ref::<Unreached>());
    unreached.map_or_else(|| innermost(error), ToString::to_string)
}

/// The last source of an error: what is above it only says "dispatch failure".
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    sources(error).last().map_or_else(String::new, ToString::to_string)
}
