//! Requests and answers, as both transports carry them.

use bytes::Bytes;
use serde_json::{Map, Number, Value, json};

use crate::query;
use crate::site::header;

/// The id that every answer gives its request.
pub(crate) const REQUEST_ID: &str = "00000000-0000-0000-0000-000000000000";

/// One HTTP request, however it came.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// `x-amz-target`.
    pub(crate) target: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Bytes,
    /// Where this server listens, if the request came over a socket.
    pub(crate) base: Option<String>,
}

impl Incoming {
    pub(crate) fn new(request: &http::Request<Bytes>, base: Option<&str>) -> Self {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        Self {
            method: request.method().to_string(),
            path: path.to_owned(),
            target: header(request, "x-amz-target"),
            authorization: header(request, "authorization"),
            body: request.body().clone(),
            base: base.map(str::to_owned),
        }
    }

    /// The Region of the SigV4 credential scope
    /// (`Credential=AKID/20260101/eu-central-1/ecs/aws4_request`).
    pub(crate) fn signed_region(&self) -> Option<&str> {
        self.scope()?.split('/').nth(2)
    }

    /// The service of the same scope, by its signing name.
    pub(crate) fn signed_service(&self) -> Option<&str> {
        self.scope()?.split('/').nth(3)
    }

    fn scope(&self) -> Option<&str> {
        self.authorization.as_deref()?.split("Credential=").nth(1)?.split(',').next()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    /// What the body says, where it says so in XML, or in part in a header.
    pub(crate) xml_members: Option<Value>,
    /// `x-amzn-errortype`.
    pub(crate) error_type: Option<&'static str>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::plain(status, "application/x-amz-json-1.1", Bytes::from(body.to_string()))
    }

    pub(crate) fn plain(status: u16, content_type: &'static str, body: Bytes) -> Self {
        Self { status, content_type, body, xml_members: None, error_type: None }
    }

    pub(crate) fn response(self) -> http::Response<Bytes> {
        let response = http::Response::builder()
            .status(self.status)
            .header("content-type", self.content_type)
            .header("x-amzn-requestid", REQUEST_ID);
        let response = match self.error_type {
            Some(error) => response.header("x-amzn-errortype", format!("{error}:http://internal/")),
            None => response,
        };
        response.body(self.body).expect("status and headers are the simulator's own")
    }

    /// The members of the answer; null where it has none.
    pub(crate) fn members(&self) -> Value {
        let read = || serde_json::from_slice(&self.body).unwrap_or_default();
        self.xml_members.clone().unwrap_or_else(read)
    }
}

/// An error as a service answers it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AwsError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl AwsError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    pub(crate) fn client(message: impl Into<String>) -> Self {
        Self::new("ClientException", message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn answer(&self, service: Service) -> Answer {
        if let Some(namespace) = service.query_namespace() {
            return query::refusal(namespace, self);
        }
        if service == Service::Scheduler {
            let body = json!({ "Message": self.message });
            let members = json!({ "__type": self.code, "Message": self.message });
            let (xml_members, error_type) = (Some(members), Some(self.code));
            return Answer { xml_members, error_type, ..Answer::json(self.status, &body) };
        }
        let kind = match service {
            // They name their errors without a namespace.
            Service::Logs
            | Service::CodeDeploy
            | Service::SecretsManager
            | Service::Ssm
            | Service::Events => self.code.to_owned(),
            _ => format!("com.amazonaws.{}#{}", service.prefix(), self.code),
        };
        Answer::json(self.status, &json!({ "__type": kind, "message": self.message }))
    }
}

/// Refuses a request with this error and message.
macro_rules! bail {
    ($code:literal, $($message:tt)+) => {
        return Err(crate::wire::AwsError::new($code, format!($($message)+)))
    };
}

pub(crate) use bail;

/// What an operation answers, or how it is refused.
pub(crate) type Answered<T = Value> = Result<T, AwsError>;

/// The services that are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Ecs,
    Ecr,
    Logs,
    /// Elastic Load Balancing, version 2.
    Elb,
    CodeDeploy,
    Sts,
    Iam,
    SecretsManager,
    Ssm,
    /// EventBridge.
    Events,
    /// EventBridge Scheduler.
    Scheduler,
    /// Where ECR's download addresses lead: no AWS API, a plain GET.
    Blobs,
}

impl Service {
    /// The prefix of the service's IAM actions.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Ecr => "ecr",
            Self::Logs => "logs",
            Self::Elb => "elasticloadbalancing",
            Self::CodeDeploy => "codedeploy",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::SecretsManager => "secretsmanager",
            Self::Ssm => "ssm",
            Self::Events => "events",
            Self::Scheduler => "scheduler",
            Self::Blobs => "s3",
        }
    }

    /// The XML namespace of a service that speaks AWS's query protocol; `None`
    /// for the others, which speak JSON.
    pub(crate) fn query_namespace(self) -> Option<&'static str> {
        match self {
            Self::Elb => Some("http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"),
            Self::Sts => Some("https://sts.amazonaws.com/doc/2011-06-15/"),
            Self::Iam => Some("https://iam.amazonaws.com/doc/2010-05-08/"),
            Self::Ecs
            | Self::Ecr
            | Self::Logs
            | Self::CodeDeploy
            | Self::SecretsManager
            | Self::Ssm
            | Self::Events
            | Self::Scheduler
            | Self::Blobs => None,
        }
    }
}

/// The members of a request, read by name and type, and the Region it is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Params<'a> {
    pub(crate) members: &'a Map<String, Value>,
    pub(crate) region: &'a str,
}

impl<'a> Params<'a> {
    pub(crate) fn has(self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    fn typed<T>(
        self,
        name: &str,
        wanted: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, AwsError> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| {
                AwsError::new("SerializationException", format!("{name} is not {wanted}"))
            }),
        }
    }

    pub(crate) fn text(self, name: &str) -> Result<Option<&'a str>, AwsError> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(crate) fn number(self, name: &str) -> Result<Option<u64>, AwsError> {
        self.typed(name, "a whole number", Value::as_u64)
    }

    pub(crate) fn flag(self, name: &str) -> Result<Option<bool>, AwsError> {
        self.typed(name, "a boolean", Value::as_bool)
    }

    pub(crate) fn list(self, name: &str) -> Result<Option<&'a Vec<Value>>, AwsError> {
        self.typed(name, "a list", Value::as_array)
    }

    pub(crate) fn object(self, name: &str) -> Result<Option<Params<'a>>, AwsError> {
        let found = self.typed(name, "a structure", Value::as_object)?;
        Ok(found.map(|members| Params { members, ..self }))
    }

    pub(crate) fn texts(self, name: &str) -> Result<Option<Vec<&'a str>>, AwsError> {
        self.typed(name, "a list of strings", |value| {
            value.as_array()?.iter().map(Value::as_str).collect()
        })
    }

    pub(crate) fn required_text(self, name: &str) -> Result<&'a str, AwsError> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
    }

    pub(crate) fn required_texts(self, name: &str) -> Result<Vec<&'a str>, AwsError> {
        self.texts(name)?.filter(|list| !list.is_empty()).ok_or_else(|| missing(name))
    }

    /// One of a page's `maxResults`, checked against the API's own bounds.
    pub(crate) fn page_size(self, bound: u64, default: u64) -> Result<usize, AwsError> {
        match self.number("maxResults")? {
            None => Ok(default as usize),
            Some(size @ 1..) if size <= bound => Ok(size as usize),
            Some(size) => Err(AwsError::invalid(format!(
                "maxResults is {size}; it must be between 1 and {bound}"
            ))),
        }
    }
}

fn missing(name: &str) -> AwsError {
    AwsError::invalid(format!("{name} is required and was not given"))
}

/// One page of a listing and the token of the next. The token is opaque to
/// clients; here it is where the next page starts.
pub(crate) fn page<T: Clone>(
    items: &[T],
    params: Params<'_>,
    size: usize,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let start = match params.text("nextToken")? {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|start| start.parse::<usize>().ok())
            .filter(|start| *start <= items.len())
            .ok_or_else(|| AwsError::invalid("Invalid token"))?,
    };
    let end = (start + size).min(items.len());
    let next = (end < items.len()).then(|| format!("page-{end}"));
    Ok((items[start..end].to_vec(), next))
}

/// An object without its members that are null: AWS leaves absent members out, it never
/// writes null.
pub(crate) fn present(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}

/// Adds members to an object; they win over those that it has.
pub(crate) fn extend(object: &mut Value, members: &Map<String, Value>) {
    if let Some(own) = object.as_object_mut() {
        own.extend(members.clone());
    }
}

/// A fraction as JSON.
pub(crate) fn double(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}
