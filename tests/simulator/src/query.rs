//! AWS's query protocol, which Elastic Load Balancing speaks: a form comes in,
//! XML goes out. In between everything is JSON, as for the other services.
//!
//! Of parameters that are not flat only lists of texts are read: no operation that is played
//! needs others.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::wire::{Answer, AwsError, REQUEST_ID};

/// The operation of a form, and its parameters, each a string or a list of them; `None` if
/// it is no request of this protocol.
pub(crate) fn read(form: &[u8]) -> Option<(String, Map<String, Value>)> {
    let mut params = Map::new();
    for pair in std::str::from_utf8(form).ok()?.split('&') {
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (decode(name)?, Value::String(decode(value)?));
        match name.split_once(".member.") {
            Some((list, _)) => {
                let list = params.entry(list).or_insert_with(|| json!([]));
                list.as_array_mut()?.push(value);
            }
            None => {
                params.insert(name, value);
            }
        }
    }
    params.shift_remove("Version")?;
    let operation = params.shift_remove("Action")?.as_str()?.to_owned();
    Some((operation, params))
}

/// What a percent-encoded text says; `None` if it is none.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

/// The form of a request, as an SDK writes it.
pub(crate) fn form(operation: &str, params: &Value) -> String {
    let mut form = format!("Action={operation}&Version=2015-12-01");
    for (name, value) in params.as_object().into_iter().flatten() {
        match value.as_array() {
            Some(items) => {
                for (at, item) in items.iter().enumerate() {
                    parameter(&mut form, &format!("{name}.member.{}", at + 1), item);
                }
            }
            None => parameter(&mut form, name, value),
        }
    }
    form
}

fn parameter(form: &mut String, name: &str, value: &Value) {
    let _ = write!(form, "&{name}=");
    for byte in text(value).bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            form.push(char::from(byte));
        } else {
            let _ = write!(form, "%{byte:02X}");
        }
    }
}

/// The answer of an operation that was carried out.
pub(crate) fn answer(namespace: &str, operation: &str, members: Value) -> Answer {
    let mut result = String::new();
    element(&mut result, &format!("{operation}Result"), &members);
    let metadata =
        format!("<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>");
    let document = format!(
        "<{operation}Response xmlns=\"{namespace}\">{result}{metadata}</{operation}Response>"
    );
    xml(200, document, members)
}

/// The answer of an operation that was refused.
pub(crate) fn refusal(namespace: &str, error: &AwsError) -> Answer {
    let (code, status) = common(error);
    let side = if status < 500 { "Sender" } else { "Receiver" };
    let mut shown = String::new();
    let members = json!({ "Type": side, "Code": code, "Message": error.message });
    element(&mut shown, "Error", &members);
    let document = format!(
        "<ErrorResponse xmlns=\"{namespace}\">{shown}<RequestId>{REQUEST_ID}</RequestId>\
         </ErrorResponse>"
    );
    xml(status, document, json!({ "__type": code, "message": error.message }))
}

/// What errors that every service has are called in this protocol.
fn common(error: &AwsError) -> (&str, u16) {
    match error.code {
        "AccessDeniedException" => ("AccessDenied", 403),
        "ExpiredTokenException" => ("ExpiredToken", 403),
        "MissingAuthenticationTokenException" => ("MissingAuthenticationToken", 403),
        "ServerException" => ("InternalFailure", error.status),
        "ServiceUnavailableException" => ("ServiceUnavailable", error.status),
        "ThrottlingException" => ("Throttling", error.status),
        "UnknownOperationException" => ("InvalidAction", error.status),
        own => (own, error.status),
    }
}

fn xml(status: u16, document: String, members: Value) -> Answer {
    Answer {
        status,
        content_type: "text/xml",
        body: Bytes::from(document),
        xml_members: Some(members),
        error_type: None,
    }
}

/// Writes a value as an element of this name; the items of a list are `member`s.
fn element(xml: &mut String, name: &str, value: &Value) {
    let _ = write!(xml, "<{name}>");
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                element(xml, name, value);
            }
        }
        Value::Array(items) => {
            for item in items {
                element(xml, "member", item);
            }
        }
        other => {
            for letter in text(other).chars() {
                match letter {
                    '&' => xml.push_str("&amp;"),
                    '<' => xml.push_str("&lt;"),
                    '>' => xml.push_str("&gt;"),
                    plain => xml.push(plain),
                }
            }
        }
    }
    let _ = write!(xml, "</{name}>");
}

/// A scalar without the quotation marks of JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
