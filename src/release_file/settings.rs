//! What the file says of one app in one environment.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use super::file::{App, ReleaseFile, Setting, Settings};
use super::keys::{Form, KEYS, Kind, Owner};
use super::placeholders;
use super::read::Reading;
use crate::document::Place;
use crate::names::EnvironmentName;
use crate::problem::Problem;
use crate::request::PartKind;

/// The app's own settings, beneath them those of the environment, then those of the top;
/// all placeholders filled.
#[derive(Debug)]
pub(crate) struct AppSettings<'a> {
    file: &'a ReleaseFile,
    pub app: &'a App,
    pub environment: Option<&'a EnvironmentName>,
    values: BTreeMap<&'static str, Value<'a>>,
}

#[derive(Debug)]
struct Value<'a> {
    owner: Owner,
    setting: &'a Setting,
    text: String,
}

impl ReleaseFile {
    /// What it says of `app`, and what is wrong with that.
    pub(crate) fn settings<'a>(
        &'a self,
        app: &'a App,
        environment: Option<&'a EnvironmentName>,
    ) -> (AppSettings<'a>, Vec<Problem>) {
        let own = (Owner::App(app.name.clone()), &app.settings);
        let overlay = self.environments.iter().find(|(name, _)| Some(name) == environment);
        let overlay = overlay.map(|(name, settings)| (Owner::Environment(name.clone()), settings));
        let layers: Vec<(Owner, &Settings)> =
            [own].into_iter().chain(overlay).chain([(Owner::All, &self.settings)]).collect();
        let mut settings = AppSettings { file: self, app, environment, values: BTreeMap::new() };
        let mut problems = Vec::new();
        for key in KEYS {
            let found = layers.iter().find_map(|(owner, it)| Some((owner, it.get(key.name)?)));
            let Some((owner, setting)) = found else { continue };
            let filled = match key.form {
                Form::One(Kind::Name | Kind::Path) | Form::Lines(Kind::Name | Kind::Path) => {
                    placeholders::fill(&setting.text, &app.name, environment)
                }
                _ => Ok(setting.text.clone()),
            };
            let (text, wrong) = match filled {
                Ok(text) => (text, None),
                Err(problem) => (setting.text.clone(), Some(problem)),
            };
            settings.values.insert(key.name, Value { owner: owner.clone(), setting, text });
            problems.extend(wrong.map(|problem| settings.about(key.name, None, problem)));
        }
        (settings, problems)
    }
}

impl AppSettings<'_> {
    /// The value as text; of a list, one item a line.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|value| value.text.as_str())
    }

    /// The services, each with its line: one that is named like the app unless it says otherwise.
    pub(crate) fn services(&self) -> impl Iterator<Item = (usize, &str)> {
        let text = self.text("services").unwrap_or(self.app.name.as_str());
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        lines.map(|(at, line)| (at + 1, line))
    }

    /// The files and folders that concern the app, its own first. What concerns every app is
    /// not replaced by what concerns this one.
    pub(crate) fn shared(&self) -> Vec<(String, PartKind)> {
        let layers =
            [(&self.app.settings, PartKind::Shared), (&self.file.settings, PartKind::SharedByAll)];
        let settings = layers.into_iter().filter_map(|(it, kind)| Some((it.get("shared")?, kind)));
        let paths = settings.flat_map(|(setting, kind)| {
            let filled = placeholders::fill(&setting.text, &self.app.name, self.environment);
            let text = filled.unwrap_or_else(|_| setting.text.clone());
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.map(|line| (line.to_owned(), kind)).collect::<Vec<_>>()
        });
        paths.collect()
    }

    /// `` `cluster` of app web1 ``, as messages call it.
    pub(crate) fn subject(&self, key: &str) -> String {
        match self.values.get(key) {
            Some(value) => format!("`{key}`{}", value.owner),
            None => format!("`{key}` of app {}", self.app.name),
        }
    }

    /// That neither an input nor the file says it.
    pub(crate) fn missing(&self, key: &str) -> Problem {
        let app = &self.app.name;
        let environment =
            self.environment.map(|it| format!(" in environment {it}")).unwrap_or_default();
        let problem = Problem::new(format!("`{key}` of app {app} is missing{environment}"));
        let Place { line, column } = self.app.place;
        problem
            .hint(format!(
                "set it at the top of {}, in the environment, in the app or as an input",
                self.file.path
            ))
            .at(self.file.path(), line)
            .column(column)
    }

    /// `problem` as one of this setting, or of these lines of it, and at its place. Where the
    /// file does not have the setting, it is one of the app.
    pub(crate) fn about(
        &self,
        key: &str,
        lines: Option<RangeInclusive<usize>>,
        problem: Problem,
    ) -> Problem {
        let setting = self.values.get(key).map(|value| value.setting);
        let item = lines.as_ref().and_then(|lines| self.item(key, *lines.start()));
        let lines = lines.filter(|_| item.is_none()).map(in_words).unwrap_or_default();
        let message = format!("{}{lines}: {}", self.subject(key), problem.message);
        let place = item.or(setting.map(|it| it.place)).unwrap_or(self.app.place);
        let problem = problem.at(self.file.path(), place.line).column(place.column);
        Problem { message, ..problem }
    }

    /// The place of an item, counted from 1, where the setting is a list.
    fn item(&self, key: &str, item: usize) -> Option<Place> {
        self.values.get(key)?.setting.items.get(item.checked_sub(1)?).copied()
    }

    /// The line of the file on which an item of a list stands; of other text, its own line.
    pub(crate) fn line(&self, key: &str, line: usize) -> usize {
        self.item(key, line).map_or(line, |place| place.line)
    }
}

/// `, line 3` or `, lines 3 to 6`.
pub(crate) fn in_words(lines: RangeInclusive<usize>) -> String {
    match (lines.start(), lines.end()) {
        (first, last) if first == last => format!(", line {first}"),
        (first, last) => format!(", lines {first} to {last}"),
    }
}

/// Whether each app is whole and has its services for itself.
pub(super) fn check(file: &ReleaseFile, reading: &mut Reading<'_>) {
    for app in &file.apps {
        let has = |key| app.settings.contains_key(key) || file.settings.contains_key(key);
        if !has("package") && !has("version-file") {
            let message = format!("app {} has neither `package` nor `version-file`", app.name);
            let problem = Problem::new(message);
            reading.note(
                app.place,
                problem
                    .hint("name its package.json or the folder that contains it, for example `package: apps/web1`"),
            );
        }
    }
    let environments = file.environments().map(Some);
    let none = file.environments.is_empty().then_some(None);
    for environment in environments.chain(none) {
        let mut taken = HashMap::new();
        for app in &file.apps {
            let (settings, _) = file.settings(app, environment);
            if settings.services().next().is_none() {
                let problem = Problem::new("it names no service");
                reading.note_once(settings.about("services", None, problem));
            }
            let text = |key| settings.text(key).map(str::to_owned);
            for (line, service) in settings.services() {
                let key = (text("region"), text("cluster"), service.to_owned());
                let Some(other) = taken.insert(key, &app.name) else { continue };
                let message = match other == &app.name {
                    true => format!("{service} is named twice"),
                    false => format!("{service} is also a service of app {other}"),
                };
                let problem = settings.about("services", Some(line..=line), Problem::new(message));
                reading.note_once(problem);
            }
        }
    }
}
