//! A value of a definition together with where it stands.

use serde_json::{Map, Value};

use crate::document::Step;
use crate::task_definition::number;

/// A member, or the place where one could be.
#[derive(Clone)]
pub(super) struct Node<'a> {
    /// `None` for one that is absent or null: that is the same to ECS.
    value: Option<&'a Value>,
    pub(super) path: Vec<Step>,
}

impl<'a> Node<'a> {
    pub(super) fn root(definition: &'a Value) -> Self {
        Self { value: Some(definition), path: Vec::new() }
    }

    /// A member of this object.
    pub(super) fn member(&self, key: &'static str) -> Self {
        self.step(Step::Key(key), self.value.and_then(|value| value.get(key)))
    }

    /// A member of this object whose key only the file knows.
    pub(super) fn named(&self, key: &str) -> Self {
        self.step(Step::Named(key.to_owned()), self.value.and_then(|value| value.get(key)))
    }

    /// The elements of this list, but for those that are null; none if it is no list.
    pub(super) fn items(&self) -> Vec<Self> {
        let list = self.value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter()
            .enumerate()
            .filter(|(_, value)| !value.is_null())
            .map(|(index, value)| self.step(Step::Index(index), Some(value)))
            .collect()
    }

    fn step(&self, step: Step, value: Option<&'a Value>) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { value: value.filter(|value| !value.is_null()), path }
    }

    pub(super) fn value(&self) -> Option<&'a Value> {
        self.value
    }

    /// The names of the members of this object.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        let object = self.value.and_then(Value::as_object);
        object.into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// Whether it is there and an object.
    pub(super) fn is_object(&self) -> bool {
        self.value.is_some_and(Value::is_object)
    }

    /// Whether it is there and the empty text.
    pub(super) fn is_empty_text(&self) -> bool {
        self.value.and_then(Value::as_str) == Some("")
    }

    /// Whether it is there, whatever it is.
    pub(super) fn exists(&self) -> bool {
        self.value.is_some()
    }

    /// Whether it is there and says something: not `false`, 0, or empty.
    pub(super) fn is_set(&self) -> bool {
        match self.value {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(Value::Number(_)) => self.number() != Some(0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Object(object)) => !object.is_empty(),
        }
    }

    pub(super) fn is_false(&self) -> bool {
        self.value == Some(&Value::Bool(false))
    }

    /// The text, if it is one and not empty.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The number, if it is a whole one, however it is spelled.
    pub(super) fn number(&self) -> Option<i64> {
        let Some(Value::Number(number)) = self.value else { return None };
        number::canonical(number).as_i64()
    }
}
