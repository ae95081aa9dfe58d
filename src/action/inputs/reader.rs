//! Reads inputs one by one and collects what is wrong with them, so that a
//! person who made three mistakes hears of three.
//!
//! Beneath the inputs there may be the settings that the file of many apps has for one of
//! them: what no input says is read there, by the same rules.
//!
//! A wrong input counts as an unset one from there on; the caller gives up in
//! the end if there are problems. What a value means is not known here.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::action::environment::Environment;
use crate::problem::Problem;
use crate::release_file::{AppSettings, in_words};
use crate::request::Assignment;
use crate::text::{cut, meant};

use super::grammar;

/// The inputs, and the problems found so far.
pub(super) struct Reader<'a> {
    environment: &'a Environment,
    beneath: Option<Beneath<'a>>,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
}

/// What the file says of one app.
#[derive(Clone, Copy)]
pub(super) struct Beneath<'a> {
    pub(super) settings: &'a AppSettings<'a>,
    /// The folder that its paths begin at.
    pub(super) root: &'a Path,
}

/// Each with the number of its line.
type Numbered<T> = Vec<(usize, T)>;

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a Environment, known: Vec<&'static str>) -> Self {
        Self { environment, beneath: None, known, problems: Vec::new() }
    }

    /// Inputs over the settings of an app.
    pub(super) fn over<'b>(
        &self,
        environment: &'b Environment,
        beneath: Beneath<'b>,
    ) -> Reader<'b> {
        let known = self.known.clone();
        Reader { environment, beneath: Some(beneath), known, problems: Vec::new() }
    }

    /// Adds these problems, except those that are already reported: several apps have the
    /// same inputs, and in part the same settings.
    pub(super) fn take(&mut self, problems: Vec<Problem>) {
        let before = self.problems.len();
        for problem in problems {
            let is_said = self.problems[..before].iter().any(|it| match &problem.location {
                Some(place) => it.location.as_ref() == Some(place),
                None => *it == problem,
            });
            if !is_said {
                self.problems.push(problem);
            }
        }
    }

    pub(super) fn environment(&self) -> &'a Environment {
        self.environment
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Notes a problem and reads on.
    pub(super) fn note(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Notes a problem; the input it is about counts as unset.
    pub(super) fn refuse<T>(&mut self, problem: Problem) -> Option<T> {
        self.note(problem);
        None
    }

    /// The runner only warns of inputs that `action.yml` doesn't declare, and a
    /// deployment with `versoin: 1.4.2` would be one of something else.
    pub(super) fn refuse_unknown(&mut self) {
        for name in self.environment.input_names() {
            if !self.known.contains(&name.as_str()) {
                let hint = match meant(&name, self.known.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("the inputs are: {}", self.known.join(", ")),
                };
                self.note(Problem::new(format!("there is no input `{name}`")).hint(hint));
            }
        }
    }

    /// Whether the workflow gave it a value, be it a wrong one.
    pub(super) fn is_input(&self, name: &str) -> bool {
        !matches!(self.environment.input(name), Ok(None))
    }

    /// The same, or whether the file has one.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.is_input(name) || self.setting(name).is_some()
    }

    /// What the file says where the workflow says nothing.
    fn setting(&self, name: &str) -> Option<(&'a AppSettings<'a>, &'a str)> {
        let Beneath { settings, .. } = self.beneath.filter(|_| !self.is_input(name))?;
        Some((settings, settings.text(name)?))
    }

    fn raw(&mut self, name: &'static str) -> Option<&'a str> {
        debug_assert!(self.known.contains(&name), "action.yml declares `{name}`");
        match self.environment.input(name) {
            Ok(text) => text.or_else(|| Some(self.setting(name)?.1)),
            Err(problem) => self.refuse(problem),
        }
    }

    pub(super) fn trimmed(&mut self, name: &'static str) -> Option<&'a str> {
        self.raw(name).map(str::trim)
    }

    /// What the file says of the app that is read.
    pub(super) fn settings(&self) -> Option<&'a AppSettings<'a>> {
        self.beneath.map(|it| it.settings)
    }

    /// What messages call it: ``input `cluster` `` or `` `cluster` of app web1 ``.
    pub(super) fn subject(&self, name: &str) -> String {
        match self.setting(name) {
            Some((settings, _)) => settings.subject(name),
            None => format!("input `{name}`"),
        }
    }

    /// `problem` as one of this value, or of these lines of it, with its place if the file has it.
    pub(super) fn about(
        &self,
        name: &str,
        lines: Option<RangeInclusive<usize>>,
        problem: Problem,
    ) -> Problem {
        if let Some((settings, _)) = self.setting(name) {
            return settings.about(name, lines, problem);
        }
        let lines = lines.map(in_words).unwrap_or_default();
        Problem { message: format!("input `{name}`{lines}: {}", problem.message), ..problem }
    }

    /// The number of a line as a person finds it: of a list in the file, its line there.
    pub(super) fn line(&self, name: &str, line: usize) -> usize {
        self.setting(name).map_or(line, |(settings, _)| settings.line(name, line))
    }

    /// One line of text, without the white space around it.
    pub(super) fn text(&mut self, name: &'static str) -> Option<&'a str> {
        let text = self.trimmed(name)?;
        if text.contains(['\r', '\n']) {
            let problem = Problem::new(format!("{text:?} is more than one line"));
            self.refuse(self.about(name, None, problem))
        } else if text.contains(char::is_control) {
            let problem = Problem::new(format!("{text:?} has a control character in it"));
            self.refuse(self.about(name, None, problem))
        } else {
            Some(text)
        }
    }

    /// Text that is folded into one line: a commit message has several. Of such a one no
    /// more is kept than `longest` characters; one line that is longer is a problem.
    pub(super) fn folded(&mut self, name: &'static str, longest: usize) -> Option<String> {
        let text = self.trimmed(name)?;
        if !text.contains(['\r', '\n']) {
            return self.with(name, |text| grammar::at_most(longest, text));
        }
        let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if folded.contains(char::is_control) {
            let message = format!("{folded:?} has a control character in it");
            return self.refuse(self.about(name, None, Problem::new(message)));
        }
        Some(cut(&folded, longest))
    }

    /// The words of a command, each an argument: a JSON list, because where a line is to be
    /// cut only a shell knows.
    pub(super) fn words(&mut self, name: &'static str) -> Option<Vec<String>> {
        match grammar::words(self.trimmed(name)?) {
            Ok(words) => Some(words),
            Err(problem) => self.refuse(self.about(name, None, problem)),
        }
    }

    /// One line of text that is never shown.
    pub(super) fn secret(&mut self, name: &'static str) -> Option<&'a str> {
        let text = self.trimmed(name)?;
        if text.contains(|c: char| c.is_control() || c.is_whitespace() || !c.is_ascii()) {
            return self.refuse(self.about(
                name,
                None,
                Problem::new(
                    "it has white space in it or a character that no token has (the value is not shown)",
                ),
            ));
        }
        Some(text)
    }

    /// Parses by a function that says what is wrong, the value included.
    pub(super) fn with<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        match parse(self.text(name)?) {
            Ok(value) => Some(value),
            Err(problem) => self.refuse(self.about(name, None, problem)),
        }
    }

    /// Parses a type that knows its own grammar.
    pub(super) fn parsed<T: FromStr<Err = Problem>>(&mut self, name: &'static str) -> Option<T> {
        self.with(name, str::parse)
    }

    /// As [`Self::with`], where leaving it out is a problem too.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        if_missing: &str,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        if self.is_set(name) {
            return self.with(name, parse);
        }
        let problem = match self.beneath {
            Some(Beneath { settings, .. }) => settings.missing(name),
            None => Problem::new(format!("input `{name}` is missing")).hint(if_missing),
        };
        self.refuse(problem)
    }

    /// One of the given words, spelled exactly so.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        accepted: &[(&str, T)],
        default: T,
    ) -> T {
        self.with(name, |text| grammar::choice(accepted, text)).unwrap_or(default)
    }

    /// A boolean of the YAML 1.2 core schema.
    pub(super) fn boolean(&mut self, name: &'static str, default: bool) -> bool {
        self.with(name, grammar::boolean).unwrap_or(default)
    }

    /// A whole number within `accepted`.
    pub(super) fn number<T>(&mut self, name: &'static str, accepted: RangeInclusive<T>) -> Option<T>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        self.with(name, |text| grammar::number(text, &accepted))
    }

    /// A path, relative to the checkout or absolute, as given.
    pub(super) fn path(&mut self, name: &'static str) -> Option<PathBuf> {
        let path = PathBuf::from(self.text(name)?);
        Some(self.rooted(name, path))
    }

    /// The path of what the file names, as the process finds it.
    pub(super) fn rooted(&self, name: &str, path: PathBuf) -> PathBuf {
        match (self.setting(name), self.beneath) {
            (Some(_), Some(beneath)) => beneath.root.join(path),
            _ => path,
        }
    }

    /// Names, one per line.
    pub(super) fn names<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, Problem>,
        text: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let parse = |line: &str| {
            parse(line).map_err(|problem| match line.contains(',') {
                true => problem.hint("write one name per line, without commas"),
                false => problem,
            })
        };
        self.items(name, parse, text)
    }

    /// One item a line; two with one key are a problem.
    pub(super) fn items<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, Problem>,
        key: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let (items, wrong) = self.lines(name, parse, key);
        for (line, problem) in wrong {
            self.note(self.about(name, Some(line..=line), problem));
        }
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// Assignments, one per line, with their line numbers.
    pub(super) fn assignments(
        &mut self,
        name: &'static str,
        parse: fn(&str) -> Result<Assignment, Problem>,
    ) -> Vec<(usize, Assignment)> {
        let (assignments, wrong) = self.lines(name, parse, |assignment| &assignment.name);
        let wrong: Vec<_> = match several_lines(&wrong, &assignments) {
            Some(problem) => vec![problem],
            None => wrong.into_iter().map(|(line, problem)| (line..=line, problem)).collect(),
        };
        for (lines, problem) in wrong {
            self.note(self.about(name, Some(lines), problem));
        }
        assignments
    }

    /// One item per line, without the white space around it; blank lines don't
    /// count. Two items with one key are a problem. Lines that are not items are returned
    /// as problems.
    fn lines<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, Problem>,
        key: impl Fn(&T) -> &str,
    ) -> (Numbered<T>, Numbered<Problem>) {
        let lines = self.raw(name).unwrap_or_default().lines().map(str::trim).enumerate();

        let (mut items, mut wrong) = (Vec::new(), Vec::new());
        let mut seen = BTreeMap::new();
        for (line, text) in lines.map(|(index, text)| (index + 1, text)) {
            if text.is_empty() {
                continue;
            }
            let item = match parse(text) {
                Ok(item) => item,
                Err(problem) => {
                    wrong.push((line, problem));
                    continue;
                }
            };
            if let Some(first) = seen.insert(key(&item).to_owned(), line) {
                let first = self.line(name, first);
                let message = format!("`{}` is already on line {first}", key(&item));
                self.note(self.about(name, Some(line..=line), Problem::new(message)));
            }
            items.push((line, item));
        }
        (items, wrong)
    }
}

/// If several lines after an assignment are not assignments, they are the rest of its value,
/// such as a certificate: one problem, whatever else they look like.
fn several_lines(
    wrong: &[(usize, Problem)],
    assignments: &[(usize, Assignment)],
) -> Option<(RangeInclusive<usize>, Problem)> {
    let [(first, _), .., (last, _)] = wrong else { return None };
    let (line, begun) = assignments.iter().rev().find(|(line, _)| line < first)?;
    let message = format!(
        "they are not `NAME=…`; the value of `{}` on line {line} seems to continue there",
        begun.name
    );
    let problem = Problem::new(message).hint(
        "put a value with several lines into a secret or parameter that `secrets` names, or into a task definition file",
    );
    Some((*first..=*last, problem))
}
