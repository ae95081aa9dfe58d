//! A value of an AppSpec together with the way to it. Keys are found in any case.

use serde_json::{Map, Value};

use crate::document::Step;

#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) path: Vec<Step>,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, path: Vec::new() }
    }

    /// The member `name` of this object. One that is null says nothing, as an absent
    /// one does.
    pub(super) fn member(&self, name: &str) -> Option<Self> {
        let object = self.value.as_object()?;
        let key = key_of(object, name)?;
        let value = object.get(key).filter(|value| !value.is_null())?;
        Some(self.step(Step::Named(key.to_owned()), value))
    }

    /// The members of this object, each with its key; none if it is no object.
    pub(super) fn members(&self) -> Vec<(&'a str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members
            .map(|(key, value)| (key.as_str(), self.step(Step::Named(key.clone()), value)))
            .collect()
    }

    /// The elements of this list; none if it is no list.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten();
        items.enumerate().map(|(index, value)| self.step(Step::Index(index), value)).collect()
    }

    fn step(&self, step: Step, value: &'a Value) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { value, path }
    }

    /// The key of this member as it is spelled; empty for an element of a list.
    pub(super) fn key(&self) -> &str {
        self.path.last().and_then(Step::key).unwrap_or_default()
    }

    /// The text, if it is one and not empty.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.as_str().filter(|text| !text.is_empty())
    }

    /// The number of a port, which may be written as text.
    pub(super) fn port(&self) -> Option<u16> {
        match self.value {
            Value::Number(number) => number.as_u64().and_then(|port| port.try_into().ok()),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// The key of the member `name`, as the object spells it.
pub(super) fn key_of<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.keys().map(String::as_str).find(|key| is_same_key(key, name))
}

/// Whether two keys differ in nothing but case.
pub(super) fn is_same_key(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
