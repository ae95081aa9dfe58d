//! Where the packages of a workspace are, as its files say it.

use fast_glob::glob_match;
use serde_json::Value;

use crate::document::{self, Fault, Step};
use crate::problem::Problem;
use crate::version::JsonFile;

/// A file of the root that names the folders of packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    PnpmWorkspace,
    Lerna,
    PackageJson,
}

/// The folders of packages, as globs that name them or leave some of them out.
#[derive(Debug, Clone)]
pub(crate) struct Globs {
    globs: Vec<Glob>,
}

#[derive(Debug, Clone)]
pub(crate) struct Glob {
    /// Without `!`, `./` in front and `/` behind; empty for the root.
    text: String,
    leaves_out: bool,
    pub file: &'static str,
    /// Counted from 1.
    pub line: usize,
}

impl Source {
    /// The first that names folders is the one that counts. pnpm looks into no other file
    /// than its own; lerna takes what package.json has where it has nothing of its own.
    pub(crate) const ALL: [Self; 3] = [Self::PnpmWorkspace, Self::Lerna, Self::PackageJson];

    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::PnpmWorkspace => "pnpm-workspace.yaml",
            Self::Lerna => "lerna.json",
            Self::PackageJson => "package.json",
        }
    }

    /// The value that lists the globs, and the way to it. `None` where the file names no
    /// folders: one of pnpm's may hold settings alone.
    fn list(self, bytes: &[u8]) -> Result<Option<(Value, Vec<Step>)>, Problem> {
        let json = || JsonFile::parse(self.file(), bytes);
        let found = match self {
            Self::PnpmWorkspace => {
                let text = document::text(bytes, "a workspace").map_err(|it| self.fault(it))?;
                let value = document::yaml(text).map_err(|it| self.fault(it))?;
                (value.get("packages").cloned(), vec![Step::Key("packages")])
            }
            Self::Lerna => {
                let json = json()?;
                let is_npm = json.get("useWorkspaces") == Some(&Value::Bool(true));
                let list = json.get("packages").filter(|_| !is_npm);
                (list.cloned(), vec![Step::Key("packages")])
            }
            Self::PackageJson => match json()?.get("workspaces") {
                // Yarn has settings beside the list.
                Some(Value::Object(settings)) => {
                    let path = vec![Step::Key("workspaces"), Step::Key("packages")];
                    (settings.get("packages").cloned(), path)
                }
                list => (list.cloned(), vec![Step::Key("workspaces")]),
            },
        };
        Ok(match found {
            (None | Some(Value::Null), _) => None,
            (Some(list), path) => Some((list, path)),
        })
    }

    fn fault(self, fault: Fault) -> Problem {
        let file = self.file();
        let problem = Problem::new(format!("{file}: {}", fault.message)).at(file, fault.line);
        match fault.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

impl Globs {
    /// What the content of the file `source` says; `None` where it names no folders.
    ///
    /// # Errors
    /// Everything that is wrong, with its line: the file can't be read, or a glob can't.
    pub(crate) fn read(source: Source, bytes: &[u8]) -> Result<Option<Self>, Vec<Problem>> {
        let Some((list, path)) = source.list(bytes).map_err(|problem| vec![problem])? else {
            return Ok(None);
        };
        let file = source.file();
        // YAML, as which lines are looked for, has no tabs.
        let text = String::from_utf8_lossy(bytes).replace('\t', " ");
        let Value::Array(list) = list else {
            let what = path.iter().filter_map(Step::key).collect::<Vec<_>>().join(".");
            return Err(vec![
                Problem::new(format!("{what} in {file} is not a list of globs"))
                    .hint("Write a list, such as [\"apps/*\", \"packages/*\"].")
                    .at(file, document::line_of(&text, &path)),
            ]);
        };
        let mut globs = Vec::new();
        let mut problems = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let path = [path.as_slice(), &[Step::Index(index)]].concat();
            let line = document::line_of(&text, &path);
            match Glob::parse(value.as_str().unwrap_or_default(), file, line) {
                Ok(glob) => globs.push(glob),
                Err(problem) => problems.push(problem.at(file, line)),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(if globs.is_empty() { None } else { Some(Self { globs }) })
    }

    /// The globs that name folders.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Glob> {
        self.globs.iter().filter(|glob| !glob.leaves_out)
    }

    /// Whether a glob leaves `folder` out, wherever it stands in the list.
    pub(crate) fn leave_out(&self, folder: &str) -> bool {
        self.globs.iter().any(|glob| glob.leaves_out && glob.matches(folder))
    }

    /// Whether a glob leaves out `folder` with all that is below it.
    pub(crate) fn leave_out_all_of(&self, folder: &str) -> bool {
        let all = |glob: &Glob| glob.text == "**" || glob.text.ends_with("/**");
        self.globs.iter().any(|glob| glob.leaves_out && all(glob) && glob.matches(folder))
    }
}

impl Glob {
    /// # Errors
    /// It leaves the checkout, or has a form that is not known here; without a place.
    fn parse(text: &str, file: &'static str, line: usize) -> Result<Self, Problem> {
        let problem = |what: &str, hint: &str| {
            Err(Problem::new(format!("the glob {text:?} in {file} {what}")).hint(hint))
        };
        let bare = text.trim_start_matches('!');
        let leaves_out = (text.len() - bare.len()) % 2 == 1;
        if bare.is_empty() {
            return problem("names no folder", "Remove it, or write a glob such as apps/*.");
        }
        // As npm does with what was written on Windows.
        let bare = bare.replace('\\', "/");
        if bare.starts_with('/') || bare.split(['/', '{', ',', '}']).any(|part| part == "..") {
            return problem(
                "points outside the checkout",
                "Only folders of this repository can be its packages: name them relative to its root.",
            );
        }
        if ["@(", "+(", "!(", "?(", "*("].iter().any(|open| bare.contains(open)) {
            return problem(
                "has an extended pattern, which is not supported",
                "Write braces, such as {apps,packages}/*, or leave folders out with a glob that begins with `!`.",
            );
        }
        if bare.contains("..") && bare.contains('{') {
            return problem(
                "has a range in braces, which is not supported",
                "Write out what it stands for: {1,2,3}.",
            );
        }
        let parts = bare.split('/').filter(|part| !matches!(*part, "" | "."));
        let bare = parts.collect::<Vec<_>>().join("/");
        if fast_glob::validate(&bare).is_err() {
            return problem("can't be read", "Close each [ and {, and use at most ten of them.");
        }
        Ok(Self { text: bare, leaves_out, file, line })
    }

    /// The folder below which all that it names is, empty for the root; and how many
    /// folders deep that can be, if there is an end to it.
    pub(crate) fn reach(&self) -> (String, Option<usize>) {
        let is_plain = |part: &&str| !part.contains(['*', '?', '[', '{']);
        let base: Vec<&str> = self.text.split('/').take_while(is_plain).collect();
        let rest = self.text.split('/').skip(base.len());
        (base.join("/"), if self.text.contains("**") { None } else { Some(rest.count()) })
    }

    /// Whether it names `folder`, whose path has `/` and is empty for the root. What is
    /// matched is its package.json, as npm and pnpm do: so `packages/**` names `packages` too.
    pub(crate) fn matches(&self, folder: &str) -> bool {
        let file = |path: &str| match path {
            "" => "package.json".to_owned(),
            path => format!("{path}/package.json"),
        };
        // What still begins so, behind `./`, is what a folder is called.
        let literal = if self.text.starts_with('!') { "\\" } else { "" };
        glob_match(format!("{literal}{}", file(&self.text)), file(folder))
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.text.is_empty() { "." } else { &self.text })
    }
}

#[cfg(test)]
mod tests;
