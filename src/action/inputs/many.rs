//! Many apps: those of the input `apps`, each as the file of the checkout describes it.
//!
//! The file is checked as a whole, for all of its apps and environments: a mistake must not
//! wait for the day on which its app is deployed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::app::app as app_inputs;
use super::changed::{CHANGED, expect_raised};
use super::grammar;
use super::members::WORKSPACES;
use super::one::{
    LONGEST_ENVIRONMENT, Services, one_each, record, refuse_what_is_for_one, run_once_for_all,
    targets, what,
};
use super::parts::add_dependencies;
use super::promotion::{Source, is_promotion, source, take_from_environment, take_from_service};
use super::reader::{Beneath, Reader};
use crate::action::environment::Environment;
use crate::names::{ClusterName, EnvironmentName, Region, ServiceName};
use crate::problem::Problem;
use crate::read::Root;
use crate::release_file::{App, AppSettings, ReleaseFile};
use crate::request::{AppRequest, Command, Part, VersionFile, Wanted};
use crate::text::meant;
use crate::workflow::Workflow;

/// Inputs that can't mean several apps at once.
const FOR_ONE_APP: [&str; 3] = ["version", "image", "package"];

/// Settings that the services of an app can't share.
const FOR_ONE_SERVICE: [&str; 2] = ["task-definition", "codedeploy-deployment-group"];

#[derive(Default)]
pub(super) struct Many {
    /// The services of the apps that were asked for, in the order of the file.
    pub(super) apps: Vec<AppRequest>,
    /// Those of the apps that they require.
    pub(super) beside: Vec<AppRequest>,
}

/// Reads the file, and what was asked for of it.
pub(super) fn read(inputs: &mut Reader<'_>, command: Command, workflow: Option<&Workflow>) -> Many {
    let root = Root::new(inputs.environment().path("GITHUB_WORKSPACE"));
    let read = root.release_file().map_err(|problem| vec![problem]);
    let file = match read.and_then(|(path, bytes)| ReleaseFile::parse(path, &bytes)) {
        Ok(file) => file,
        Err(problems) => {
            inputs.take(problems);
            return Many::default();
        }
    };
    let environments = environments(inputs, command, &file);
    let nothing = Environment::new([("", ""); 0]);
    let (file, root, nothing) = (&file, &root, &nothing);
    let of = |environment| Reading { command, workflow, file, environment, root, nothing };
    of(environments.first().and_then(Option::as_ref)).check(inputs);
    let chosen = chosen(inputs, file);
    refuse_what_is_for_one_app(inputs, command, &chosen);
    let only = only(inputs, &chosen);
    let mut many = Many::default();
    for environment in &environments {
        let reading = of(environment.as_ref());
        for app in &chosen {
            many.apps.extend(reading.requests(inputs, app, only.as_ref()));
        }
        for app in beside(file, &chosen) {
            many.beside.extend(reading.beside(inputs, app));
        }
    }
    add_dependencies(inputs, command, root, &mut many.apps);
    expect_raised(inputs, command, workflow, root, &mut many.apps);
    let apps = &many.apps;
    refuse_what_is_for_one(inputs, apps.len());
    refuse_two_on_one(inputs, apps);
    many
}

/// The apps that those chosen require, and those that require them.
fn beside<'a>(file: &'a ReleaseFile, chosen: &[&App]) -> Vec<&'a App> {
    let requires = |app: &App, other: &App| app.requires().any(|it| it.app == other.name);
    let is_beside = |app: &&App| {
        let is_chosen = chosen.iter().any(|it| it.name == app.name);
        !is_chosen && chosen.iter().any(|it| requires(it, app) || requires(app, it))
    };
    file.apps.iter().filter(is_beside).collect()
}

/// Which environments of the file count: one, but for `status` and `page`, whose default are
/// all. None where that is not known.
fn environments(
    inputs: &mut Reader<'_>,
    command: Command,
    file: &ReleaseFile,
) -> Vec<Option<EnvironmentName>> {
    let names: Vec<&str> = file.environments().map(EnvironmentName::as_str).collect();
    let all = || format!("{} has {}", file.path(), names.join(", "));
    let is_given = inputs.is_set("environment");
    let may_be_several = matches!(command, Command::Status | Command::Page);
    if may_be_several && !names.is_empty() && !is_given {
        return file.environments().cloned().map(Some).collect();
    }
    if names.is_empty() && !is_given {
        return vec![None];
    }
    if !is_given {
        inputs.note(Problem::new("input `environment` is missing").hint(all()));
        return Vec::new();
    }
    let known = |text: &str| {
        if names.is_empty() || names.contains(&text) {
            return text.parse();
        }
        let problem = Problem::new(format!("there is no environment {text:?} in {}", file.path()));
        Err(problem.hint(match meant(text, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => all(),
        }))
    };
    if may_be_several {
        let named = inputs.names("environment", known, EnvironmentName::as_str);
        return named.into_iter().map(Some).collect();
    }
    inputs.with("environment", known).map(Some).into_iter().collect()
}

/// The apps that the input names, in the order of the file.
fn chosen<'a>(inputs: &mut Reader<'_>, file: &'a ReleaseFile) -> Vec<&'a App> {
    // `plan`, `status` and `page` are of all, unless they are told otherwise.
    if matches!(inputs.trimmed("apps"), None | Some("all" | CHANGED)) {
        return file.apps.iter().collect();
    }
    let names = || file.apps.iter().map(|app| app.name.as_str());
    let find = |text: &str| {
        let found = file.apps.iter().find(|app| app.name.as_str() == text);
        found.ok_or_else(|| {
            let problem = Problem::new(format!("there is no app {text:?} in {}", file.path()));
            problem.hint(match meant(text, names()) {
                _ if ["all", CHANGED, WORKSPACES].contains(&text) => {
                    format!("`{text}` must be the only entry")
                }
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "name apps from the file, one per line, or use `all`".to_owned(),
            })
        })
    };
    let chosen = inputs.names("apps", find, |app| app.name.as_str());
    file.apps.iter().filter(|app| chosen.iter().any(|it| it.name == app.name)).collect()
}

fn refuse_what_is_for_one_app(inputs: &mut Reader<'_>, command: Command, chosen: &[&App]) {
    if chosen.len() < 2 {
        return;
    }
    let is_previous = command.goes_back() && inputs.trimmed("version") == Some("previous");
    for name in FOR_ONE_APP {
        let is_of_each = name == "version" && (is_previous || is_promotion(inputs));
        if inputs.is_input(name) && !is_of_each {
            let message = format!("input `{name}` is for one app, but there are {}", chosen.len());
            inputs.note(Problem::new(message).hint("remove it, or name one app in `apps`"));
        }
    }
}

/// The one service that the run is about.
fn only(inputs: &mut Reader<'_>, chosen: &[&App]) -> Option<ServiceName> {
    if chosen.len() > 1 && inputs.is_input("service") {
        return inputs.refuse(
            Problem::new("inputs `apps` and `service` can't be used together")
                .hint("remove `service`, or name only its app in `apps`"),
        );
    }
    inputs.with("service", grammar::name_not_arn)
}

/// Inputs may have put apart services in one place.
fn refuse_two_on_one(inputs: &mut Reader<'_>, requests: &[AppRequest]) {
    let mut taken = HashMap::new();
    for AppRequest { app, target, .. } in requests {
        let other = taken.insert(target, app);
        if let (Some(Some(other)), Some(app)) = (other, app) {
            let message = format!("the apps {other} and {app} have the same {target}");
            inputs.note(Problem::new(message).hint(
                "remove the input that overrides the file for both, such as `cluster` or `region`",
            ));
        }
    }
}

struct Reading<'a> {
    command: Command,
    workflow: Option<&'a Workflow>,
    file: &'a ReleaseFile,
    environment: Option<&'a EnvironmentName>,
    root: &'a Root,
    /// For the file alone.
    nothing: &'a Environment,
}

impl Reading<'_> {
    /// Reads every value of the file, so that each mistake is reported.
    fn check(&self, inputs: &mut Reader<'_>) {
        let mut environments: Vec<_> = self.file.environments().map(Some).collect();
        if environments.is_empty() {
            environments.push(self.environment);
        }
        for environment in environments {
            for app in &self.file.apps {
                let (settings, problems) = self.file.settings(app, environment);
                let mut alone = inputs.over(self.nothing, self.beneath(&settings));
                inputs.take(problems);
                self.read_all(&mut alone, &settings);
                inputs.take(alone.into_problems());
            }
        }
    }

    fn read_all(&self, alone: &mut Reader<'_>, settings: &AppSettings<'_>) {
        let _: Option<ClusterName> = alone.with("cluster", grammar::name_not_arn);
        let _: Option<Region> = alone.parsed("region");
        let services = services(alone, settings);
        for key in FOR_ONE_SERVICE.into_iter().filter(|_| services.len() > 1) {
            if settings.text(key).is_some() {
                let message = format!("it is for one service, but the app has {}", services.len());
                let problem = Problem::new(message).hint("make each service a separate app");
                alone.note(settings.about(key, None, problem));
            }
        }
        github_environment(alone, settings);
        for key in ["package", "version-file", "codedeploy-appspec"] {
            let path = settings.text(key).map(|it| self.root.folder().join(it.trim()));
            if path.is_some_and(|path| self.root.is_left_by(&path)) {
                let problem = Problem::new("it is a link out of the checkout");
                alone.note(settings.about(key, None, problem));
            }
        }
        let what = what(alone, self.command);
        record(alone, self.command, None, None);
        app_inputs(alone, self.command, None, what, None);
    }

    fn beneath<'b>(&'b self, settings: &'b AppSettings<'b>) -> Beneath<'b> {
        Beneath { settings, root: self.root.folder() }
    }

    fn over<'b, 'i: 'b>(
        &'b self,
        inputs: &Reader<'i>,
        settings: &'b AppSettings<'b>,
    ) -> Reader<'b> {
        inputs.over(inputs.environment(), self.beneath(settings))
    }

    /// One request for each service of the app, or for this one alone.
    fn requests(
        &self,
        inputs: &mut Reader<'_>,
        app: &App,
        only: Option<&ServiceName>,
    ) -> Vec<AppRequest> {
        let (settings, _) = self.file.settings(app, self.environment);
        let mut reader = self.over(inputs, &settings);
        let all = services(&mut reader, &settings);
        let named = github_environment(&mut reader, &settings);
        let names: Vec<ServiceName> =
            all.iter().filter(|it| only.is_none_or(|only| only == *it)).cloned().collect();
        if let (Some(only), []) = (only, &names[..]) {
            let all: Vec<&str> = all.iter().map(ServiceName::as_str).collect();
            let message = format!("input `service`: {only} is not a service of app {}", app.name);
            reader.note(Problem::new(message).hint(format!("it has {}", all.join(", "))));
        }
        // Where each service adds its own name, that of the app says nothing more.
        let is_alone = all.len() == 1;
        let default = self.environment.map(|it| match is_alone {
            true => format!("{it}-{}", app.name),
            false => it.to_string(),
        });
        let services = Services { names, is_alone, environment: named.or(default) };
        let mut requests = one_each(&mut reader, self.command, self.workflow, services);
        run_once_for_all(self.command, &mut requests);
        let source = source(&mut reader);
        inputs.take(reader.into_problems());
        let mut requests: Vec<_> =
            requests.into_iter().map(|it| self.of_app(it, &settings)).collect();
        // Of an app with several services the first is the one that people reach.
        let others = requests.iter_mut().filter(|it| Some(&it.target.service) != all.first());
        others.for_each(|it| it.check = None);
        match source {
            Some(Source::Service(cluster, service)) => {
                let each = requests.iter_mut();
                each.for_each(|it| take_from_service(inputs, it, &cluster, &service));
            }
            Some(Source::Environment(from)) => {
                let there = Reading { environment: Some(&from), ..*self };
                let there = || there.by_the_file(inputs, app);
                let taken = take_from_environment(&from, self.file, there, (&all, &mut requests));
                taken.unwrap_or_else(|problem| inputs.take(vec![problem]));
            }
            None => {}
        }
        requests
    }

    /// The services of an app as the file alone has them, but for a Region that it leaves open.
    fn by_the_file(&self, inputs: &mut Reader<'_>, app: &App) -> Vec<AppRequest> {
        let (settings, _) = self.file.settings(app, self.environment);
        let region = inputs.trimmed("region").filter(|it| !it.is_empty());
        let region = region.or(inputs.environment().region().map(|(_, region)| region));
        let outside = Environment::new(region.map(|it| ("AWS_REGION", it)));
        let mut alone = inputs.over(&outside, self.beneath(&settings));
        let what = what(&mut alone, self.command);
        let names = services(&mut alone, &settings);
        let targets = targets(&mut alone, names);
        let request = |target| {
            let request = app_inputs(&mut alone, self.command, Some(target), what.clone(), None)?;
            Some(self.of_app(request, &settings))
        };
        let requests = targets.into_iter().filter_map(request).collect();
        inputs.take(alone.into_problems());
        requests
    }

    /// The services of an app that is only read: where they are may be said by inputs, the
    /// rest of which is about others.
    fn beside(&self, inputs: &mut Reader<'_>, required: &App) -> Vec<AppRequest> {
        let (settings, _) = self.file.settings(required, self.environment);
        let mut alone = inputs.over(self.nothing, self.beneath(&settings));
        let what = what(&mut alone, self.command);
        let names = services(&mut alone, &settings);
        let mut reader = self.over(inputs, &settings);
        let targets = targets(&mut reader, names);
        let account = reader.with("account", grammar::account);
        inputs.take(reader.into_problems());
        let request = |target| {
            let request = app_inputs(&mut alone, self.command, Some(target), what.clone(), None)?;
            Some(AppRequest { account: account.clone(), ..self.of_app(request, &settings) })
        };
        targets.into_iter().filter_map(request).collect()
    }

    /// Adds what no input can say.
    fn of_app(&self, mut request: AppRequest, settings: &AppSettings<'_>) -> AppRequest {
        let App { name, .. } = settings.app;
        request.app = Some(name.clone());
        request.in_environment = self.environment.cloned();
        request.requires = settings.app.requires().cloned().collect();
        let shared = settings.shared().into_iter();
        request.parts =
            shared.map(|(path, kind)| Part { path: self.root.folder().join(path), kind }).collect();
        if let (Some(file), Wanted::Version { version_file, .. }) =
            (settings.text("version-file"), &mut request.wanted)
        {
            let file = PathBuf::from(file.trim());
            let package =
                settings.text("package").map(|it| grammar::folder_of(Path::new(it.trim())));
            let folder = package.or(file.parent().map(Path::to_path_buf)).unwrap_or_default();
            request.folder = self.root.folder().join(&folder);
            let (root, app) = (self.root.path().to_owned(), name.clone());
            *version_file = Some(VersionFile { root, file, folder, app });
        }
        request
    }
}

fn services(reader: &mut Reader<'_>, settings: &AppSettings<'_>) -> Vec<ServiceName> {
    let parse = |(line, text): (usize, &str)| {
        let service = grammar::name_not_arn(text);
        service
            .map_err(|problem| reader.note(settings.about("services", Some(line..=line), problem)))
            .ok()
    };
    settings.services().filter_map(parse).collect()
}

/// What the file says that GitHub's record calls the environment.
fn github_environment(reader: &mut Reader<'_>, settings: &AppSettings<'_>) -> Option<String> {
    let name = settings.text("github-environment")?.trim();
    match grammar::at_most(LONGEST_ENVIRONMENT, name) {
        Ok(name) => Some(name),
        Err(problem) => reader.refuse(settings.about("github-environment", None, problem)),
    }
}
