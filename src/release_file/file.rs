//! What is in the file, and where.

use std::collections::BTreeMap;

use crate::document::Place;
use crate::names::{AppName, EnvironmentName};
use crate::request::Requirement;

/// What the file says.
#[derive(Debug)]
pub(crate) struct ReleaseFile {
    /// Its path in the checkout.
    pub(super) path: String,
    pub(super) settings: Settings,
    pub(super) environments: Vec<(EnvironmentName, Settings)>,
    /// In the order of the file.
    pub apps: Vec<App>,
}

#[derive(Debug)]
pub(crate) struct App {
    pub name: AppName,
    pub(super) place: Place,
    pub(super) settings: Settings,
    pub(super) requires: Vec<(Place, Requirement)>,
}

pub(super) type Settings = BTreeMap<&'static str, Setting>;

/// One value, as text.
#[derive(Debug)]
pub(super) struct Setting {
    /// Of a list, one item a line.
    pub(super) text: String,
    pub(super) place: Place,
    /// Those of the items, where it is a list.
    pub(super) items: Vec<Place>,
}

impl ReleaseFile {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn environments(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.environments.iter().map(|(name, _)| name)
    }

    pub(crate) fn app(&self, name: &AppName) -> Option<&App> {
        self.apps.iter().find(|app| app.name == *name)
    }
}

impl App {
    pub(crate) fn requires(&self) -> impl Iterator<Item = &Requirement> {
        self.requires.iter().map(|(_, requirement)| requirement)
    }
}
