//! Requests and answers as GitHub's REST API has them: paths, queries, headers,
//! pages and the words of refusals. What an operation does is not decided here.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::github::operation::Operation;
use crate::query::decode;

/// Of the repository: addresses of following pages name it by this.
pub(crate) const REPOSITORY_ID: u64 = 1_296_269;

/// One HTTP request, however it came.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// Below the base path, without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Where the API is, from the caller's point of view.
    pub(crate) api: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Incoming {
    pub(crate) fn new(request: &http::Request<Bytes>, base: Option<&str>) -> Self {
        let uri = request.uri();
        let host = match (base, uri.authority()) {
            (Some(base), _) => base.to_owned(),
            (None, Some(host)) => format!("{}://{host}", uri.scheme_str().unwrap_or("https")),
            (None, None) => "https://api.github.com".to_owned(),
        };
        // GitHub Enterprise Server has its API below this.
        let (prefix, path) = match uri.path().strip_prefix("/api/v3") {
            Some(path) if path.starts_with('/') => ("/api/v3", path),
            _ => ("", uri.path()),
        };
        Self {
            method: request.method().to_string(),
            path: path.to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            api: format!("{host}{prefix}"),
            headers: request.headers().clone(),
            body: request.body().clone(),
        }
    }

    /// A header as text; `None` where there is none, or no text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token, which GitHub takes after either word.
    pub(crate) fn token(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let known = ["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str());
        known.then(|| token.trim())
    }

    /// Whether the client takes JSON. Other media types are not played.
    pub(crate) fn takes_json(&self) -> bool {
        self.header("accept").is_none_or(|accept| {
            accept.split(',').any(|one| {
                let one = one.split(';').next().unwrap_or_default().trim();
                one == "*/*" || one == "application/*" || one.ends_with("json") && !raw(one)
            })
        })
    }
}

/// Such as `application/vnd.github.raw+json`, whose answer is no JSON.
fn raw(media_type: &str) -> bool {
    ["raw", "html", "text", "full", "object", "star"].iter().any(|it| media_type.contains(it))
}

/// A parameter of a query, decoded.
pub(crate) fn param(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key)? == name).then(|| decode(value)).flatten()
    })
}

/// Text in a path or a query, percent-encoded where it must be.
pub(crate) fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::typed(status, "application/json; charset=utf-8", Bytes::from(body.to_string()))
    }

    pub(crate) fn typed(status: u16, content_type: &str, body: Bytes) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.retain(|(existing, _)| *existing != name);
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn response(self) -> http::Response<Bytes> {
        let mut response = http::Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(self.body).expect("status and headers are the simulator's own")
    }
}

/// A refusal in GitHub's words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    pub(crate) errors: Option<Value>,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::new(401, "Bad credentials")
    }

    pub(crate) fn not_accessible() -> Self {
        Self::new(403, "Resource not accessible by integration")
    }

    /// 422 for a member that the schema of the request does not allow.
    pub(crate) fn invalid_request(what: &str) -> Self {
        Self::new(422, format!("Invalid request.\n\n{what}"))
    }

    /// 422 for a value that the resource does not allow.
    pub(crate) fn invalid(resource: &str, field: &str, code: &str, message: &str) -> Self {
        Self {
            errors: Some(json!([
                { "resource": resource, "code": code, "field": field, "message": message }
            ])),
            ..Self::new(422, "Validation Failed")
        }
    }

    pub(crate) fn answer(&self, operation: Option<Operation>) -> Answer {
        let page = operation.map_or("", Operation::documentation);
        let mut body = json!({ "message": self.message });
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body["documentation_url"] = format!("https://docs.github.com/rest{page}").into();
        body["status"] = self.status.to_string().into();
        Answer::json(self.status, &body)
    }
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) number: usize,
    pub(crate) size: usize,
}

impl Page {
    /// As GitHub reads it: nonsense is the default, too much the most there is.
    pub(crate) fn of(query: &str) -> Self {
        let number = |name: &str| param(query, name)?.parse().ok().filter(|it| *it > 0);
        Self {
            number: number("page").unwrap_or(1),
            size: number("per_page").unwrap_or(30).min(100),
        }
    }

    pub(crate) fn cut<T: Clone>(self, items: &[T]) -> Vec<T> {
        let start = (self.number - 1).saturating_mul(self.size);
        items.iter().skip(start).take(self.size).cloned().collect()
    }

    /// The `link` header: GitHub names the repository by its id there, not by
    /// the path that was asked for.
    pub(crate) fn links(self, incoming: &Incoming, total: usize) -> Option<String> {
        let last = total.div_ceil(self.size).max(1);
        let below: Vec<_> = incoming.path.splitn(5, '/').collect();
        let path = match below.as_slice() {
            ["", "repos", _, _, rest] => format!("repositories/{REPOSITORY_ID}/{rest}"),
            _ => incoming.path.trim_start_matches('/').to_owned(),
        };
        let kept = incoming
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && *pair != "page" && !pair.starts_with("page="));
        let kept: String = kept.map(|pair| format!("{pair}&")).collect();
        let link = |page: usize, rel: &str| {
            format!("<{}/{path}?{kept}page={page}>; rel=\"{rel}\"", incoming.api)
        };
        let mut links = Vec::new();
        if self.number > 1 {
            links.push(link((self.number - 1).min(last), "prev"));
        }
        if self.number < last {
            links.push(link(self.number + 1, "next"));
            links.push(link(last, "last"));
        }
        if self.number > 1 {
            links.push(link(1, "first"));
        }
        (!links.is_empty()).then(|| links.join(", "))
    }
}
