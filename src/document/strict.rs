//! A JSON value out of any format that serde reads, losing nothing silently.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The key under which `serde_json` hands out a number when it keeps its
/// spelling (feature `arbitrary_precision`). An object spelled with this one key
/// would be read as a number; no API of AWS has such a member.
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// From 2⁵³ on not every integer can be told from its neighbours in an `f64`.
const EXACT_FLOATS: f64 = 9_007_199_254_740_992.0;

pub(super) const INEXACT: &str = "a number that cannot be kept exactly";

pub(super) fn twice(key: &str) -> String {
    format!("the key {key:?} appears twice in one object")
}

/// A JSON value in which no object had a key twice.
pub(super) struct Strict(pub(super) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// Only YAML comes here, its spelling already gone: what counts is that no digit
    /// of an integer gets lost.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) if value.abs() < EXACT_FLOATS => Ok(Value::Number(number)),
            Some(_) | None => Err(E::custom(INEXACT)),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if key == NUMBER_KEY && object.is_empty() {
                let spelling: String = members.next_value()?;
                return spelling.parse().map(Value::Number).map_err(A::Error::custom);
            }
            // Said before the value is read, so that the place is the key's.
            if object.contains_key(&key) {
                return Err(A::Error::custom(twice(&key)));
            }
            let Strict(value) = members.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
