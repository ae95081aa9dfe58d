//! From the tree to the file: which keys there are, and the form of their values.

use std::path::Path;

use super::file::{App, ReleaseFile, Setting, Settings};
use super::keys::{Form, KEYS, Key, Kind, Level, Owner};
use super::placeholders;
use crate::document::{Content, Node, Place};
use crate::names::{AppName, EnvironmentName};
use crate::problem::Problem;
use crate::request::Requirement;
use crate::text::meant;
use crate::workspace::inside;

/// What is larger is no repository that somebody deploys by hand, but a mistake.
const MOST_APPS: usize = 500;

/// What `apps` means by these is not one app.
const RESERVED: [&str; 3] = ["all", "changed", "workspaces"];

/// Collects what is wrong.
pub(super) struct Reading<'a> {
    path: &'a str,
    problems: Vec<Problem>,
}

type Members<'a> = Vec<(&'static Key, &'a Node, &'a Node)>;

impl<'a> Reading<'a> {
    pub(super) fn new(path: &'a str) -> Self {
        Self { path, problems: Vec::new() }
    }

    /// In the order of the file.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| {
            problem.location.as_ref().map(|place| (place.line, place.column))
        });
        self.problems
    }

    pub(super) fn note(&mut self, place: Place, problem: Problem) {
        self.problems.push(problem.at(self.path, place.line).column(place.column));
    }

    /// Takes a problem that has its place, unless one is noted there.
    pub(super) fn note_once(&mut self, problem: Problem) {
        if !self.problems.iter().any(|it| it.location == problem.location) {
            self.problems.push(problem);
        }
    }

    fn say(&mut self, place: Place, message: String) {
        self.note(place, Problem::new(message));
    }

    pub(super) fn file(&mut self, tree: &Node) -> ReleaseFile {
        let members = self.members(tree, &Owner::All);
        let mut file = ReleaseFile {
            path: self.path.to_owned(),
            settings: self.settings(&members, &Owner::All),
            environments: Vec::new(),
            apps: Vec::new(),
        };
        for (key, place, value) in &members {
            match key.form {
                Form::Environments => file.environments = self.environments(value),
                Form::Apps => file.apps = self.apps(value, place.place),
                Form::One(_) | Form::Lines(_) | Form::Arguments | Form::Requires => {}
            }
        }
        let is_mapping = matches!(tree.content, Content::Mapping(_));
        if is_mapping && !members.iter().any(|(key, ..)| key.form == Form::Apps) {
            let problem = Problem::new("`apps` is missing");
            self.note(
                tree.place,
                problem.hint("for example `apps: { web1: { package: apps/web1 } }`"),
            );
        }
        file
    }

    fn environments(&mut self, node: &Node) -> Vec<(EnvironmentName, Settings)> {
        let mut environments = Vec::new();
        for (key, value) in self.mapping(node, "`environments`") {
            let Some(name) = self.name::<EnvironmentName>(key) else { continue };
            let owner = Owner::Environment(name.clone());
            let members = self.members(value, &owner);
            environments.push((name, self.settings(&members, &owner)));
        }
        environments
    }

    fn apps(&mut self, node: &Node, place: Place) -> Vec<App> {
        let all = self.mapping(node, "`apps`");
        if all.is_empty() && matches!(node.content, Content::Mapping(_)) {
            self.say(place, "`apps` is empty".to_owned());
        }
        if let Some((excess, _)) = all.get(MOST_APPS) {
            let message = format!("{} apps are too many (at most {MOST_APPS})", all.len());
            self.say(excess.place, message);
        }
        let mut apps: Vec<App> = Vec::new();
        for (key, value) in all.iter().take(MOST_APPS) {
            let Some(name) = self.name::<AppName>(key) else { continue };
            if RESERVED.contains(&name.as_str()) {
                let message = format!(
                    "an app cannot be called {name}: that word has another meaning in the input `apps`"
                );
                self.say(key.place, message);
            }
            // GitHub takes the names of its environments for the same then.
            let is_same = |app: &&App| app.name.as_str().eq_ignore_ascii_case(name.as_str());
            if let Some(other) = apps.iter().find(is_same) {
                let message = format!(
                    "the apps {} and {name} differ only in upper and lower case",
                    other.name
                );
                self.say(key.place, message);
            }
            let owner = Owner::App(name.clone());
            let members = self.members(value, &owner);
            let settings = self.settings(&members, &owner);
            let required = members.iter().find(|(key, ..)| key.form == Form::Requires);
            let requires = required.map(|(_, _, node)| self.requires(node, &owner));
            let requires = requires.unwrap_or_default();
            apps.push(App { name, place: key.place, settings, requires });
        }
        apps
    }

    fn requires(&mut self, node: &Node, owner: &Owner) -> Vec<(Place, Requirement)> {
        let mut requires = Vec::new();
        for (key, value) in self.mapping(node, &format!("`requires`{owner}")) {
            let Some(app) = self.name::<AppName>(key) else { continue };
            let Content::Text(range) = &value.content else {
                let problem =
                    Problem::new(format!("`requires`{owner}: {app} has no range of versions"));
                self.note(value.place, problem.hint("for example '>=2.3.0', in quotes"));
                continue;
            };
            match range.parse() {
                Ok(range) => requires.push((key.place, Requirement { app, range })),
                Err(problem) => {
                    let message = format!("`requires`{owner}: {}", problem.message);
                    self.note(value.place, Problem { message, ..problem });
                }
            }
        }
        requires
    }

    /// A name that is a key of the file.
    fn name<T: std::str::FromStr<Err = Problem>>(&mut self, key: &Node) -> Option<T> {
        let text = match &key.content {
            Content::Text(text) => text.as_str(),
            Content::Block(_) | Content::Nothing | Content::List(_) | Content::Mapping(_) => "",
        };
        text.parse().map_err(|problem| self.note(key.place, problem)).ok()
    }

    fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> &'n [(Node, Node)] {
        if let Content::Mapping(members) = &node.content {
            return members;
        }
        self.say(node.place, format!("{what} is {}, not a mapping", kind(node)));
        &[]
    }

    /// The members that a mapping of this level may have.
    fn members<'n>(&mut self, node: &'n Node, owner: &Owner) -> Members<'n> {
        let what = match owner {
            Owner::All => "the file".to_owned(),
            Owner::Environment(name) => format!("environment {name}"),
            Owner::App(name) => format!("app {name}"),
        };
        let mut members = Members::new();
        // An app may have nothing of its own.
        if matches!(
            (&node.content, owner.level()),
            (Content::Nothing, Level::App | Level::Environment)
        ) {
            return members;
        }
        for (key, value) in self.mapping(node, &what) {
            let Content::Text(name) = &key.content else {
                self.say(key.place, format!("{what} has a key without a name"));
                continue;
            };
            let found = KEYS.iter().find(|it| it.name == *name);
            match found.filter(|it| it.levels.contains(&owner.level())) {
                Some(found) => members.push((found, key, value)),
                None => self.note(key.place, unknown(name, found, owner, &what)),
            }
        }
        members
    }

    fn settings(&mut self, members: &Members<'_>, owner: &Owner) -> Settings {
        let settings = members.iter().filter_map(|(key, _, value)| {
            let what = format!("`{}`{owner}", key.name);
            let (kind, is_list) = match key.form {
                Form::Arguments => return Some((key.name, self.arguments(value, &what)?)),
                Form::One(kind) => (kind, false),
                Form::Lines(kind) => (kind, true),
                Form::Environments | Form::Apps | Form::Requires => return None,
            };
            let setting = self.setting(value, is_list, &what)?;
            self.check_lines(&setting, kind, &what);
            Some((key.name, setting))
        });
        settings.collect()
    }

    fn setting(&mut self, node: &Node, is_list: bool, what: &str) -> Option<Setting> {
        let place = node.place;
        let wanted = if is_list { "a list, or text with one item per line" } else { "one value" };
        match &node.content {
            Content::Text(text) if !text.trim().is_empty() => {
                return Some(Setting { text: text.clone(), place, items: Vec::new() });
            }
            // Its lines are those of the file.
            Content::Block(text) => {
                let at = |(at, _): (usize, &str)| Place { line: place.line + at, ..place };
                let items = text.lines().enumerate().map(at).collect();
                return Some(Setting { text: text.clone(), place, items });
            }
            Content::Text(_) | Content::Nothing => {
                let problem = Problem::new(format!("{what} has no value"));
                self.note(place, problem.hint("give it one, or remove the line"));
            }
            Content::List(items) if is_list => {
                let text = |item: &Node| match &item.content {
                    Content::Text(text) | Content::Block(text)
                        if !text.trim().contains(['\n', '\r']) =>
                    {
                        Some(text.trim().to_owned())
                    }
                    _ => {
                        self.say(item.place, format!("{what}: this item is not one line of text"));
                        None
                    }
                };
                let lines: Vec<String> = items.iter().filter_map(text).collect();
                let items = items.iter().map(|item| item.place).collect();
                return Some(Setting { text: lines.join("\n"), place, items });
            }
            Content::List(_) | Content::Mapping(_) => {
                self.say(place, format!("{what} is {}, but must be {wanted}", kind(node)));
            }
        }
        None
    }

    /// A list of texts, as the input has it.
    fn arguments(&mut self, node: &Node, what: &str) -> Option<Setting> {
        let Content::List(items) = &node.content else { return self.setting(node, false, what) };
        let mut arguments = Vec::new();
        for item in items {
            match &item.content {
                Content::Text(text) | Content::Block(text) => arguments.push(text.as_str()),
                _ => self.say(item.place, format!("{what}: this item is not text")),
            }
        }
        let text = serde_json::Value::from(arguments).to_string();
        Some(Setting { text, place: node.place, items: Vec::new() })
    }

    fn check_lines(&mut self, setting: &Setting, kind: Kind, what: &str) {
        if kind == Kind::Text {
            return;
        }
        for (at, line) in setting.text.lines().enumerate() {
            let place = setting.items.get(at).copied().unwrap_or(setting.place);
            if let Err(problem) = placeholders::check(line) {
                let message = format!("{what}: {}", problem.message);
                self.note(place, Problem { message, ..problem });
            }
            if kind == Kind::Path && inside(Path::new(line.trim())).is_none() {
                let problem = Problem::new(format!("{what} points outside the checkout"));
                self.note(place, problem.hint("give a path from the root of the repository"));
            }
        }
    }
}

fn unknown(name: &str, elsewhere: Option<&Key>, owner: &Owner, what: &str) -> Problem {
    if let Some(key) = elsewhere {
        let places: Vec<&str> = key
            .levels
            .iter()
            .map(|level| match level {
                Level::Top => "at the top of the file",
                Level::Environment => "in an environment",
                Level::App => "in an app",
            })
            .collect();
        return Problem::new(format!("`{name}` is not allowed in {what}"))
            .hint(format!("it belongs {}", places.join(" or ")));
    }
    let keys = || KEYS.iter().filter(|key| key.levels.contains(&owner.level())).map(|key| key.name);
    Problem::new(format!("{what} has an unknown key `{name}`")).hint(match meant(name, keys()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the keys are: {}", keys().collect::<Vec<_>>().join(", ")),
    })
}

fn kind(node: &Node) -> &'static str {
    match node.content {
        Content::Nothing => "nothing",
        Content::Text(_) | Content::Block(_) => "text",
        Content::List(_) => "a list",
        Content::Mapping(_) => "a mapping",
    }
}
