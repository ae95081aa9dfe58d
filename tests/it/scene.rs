//! A stage for sentences about the product: the real SDK clients over the
//! simulated AWS, in memory and on virtual time.
//!
//! A [`Scene`] is what there is, [`Scene::deploy`] is the step of the workflow,
//! and [`Step`] is everything that people and later steps get to see of it.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_ecs::config::Credentials;
use ecs_release::internals::{
    Clients, Environment, GitHub as Hub, HttpClient, OutputName, Problem, Reporter, Shutdown,
    Stopper, Written, inputs, refuse_inputs, run, shutdown,
};
use serde_json::Value;
use simulator::github::{self, GitHub};
use simulator::{ACCOUNT, Image, REGION, Recorded, Simulator};
use tempfile::TempDir;
use tokio::time::Instant;

/// What there is before the step runs: the service `web1` in the cluster
/// `prod`, on version 1.4.1, and a package.json that says 1.4.2.
pub(crate) struct Scene {
    pub(crate) sim: Simulator,
    /// Asked only where the step is part of a workflow.
    pub(crate) github: GitHub,
    /// The runner's variables, where it is.
    variables: BTreeMap<String, String>,
    has_credentials: bool,
    folder: TempDir,
    stopper: Stopper,
    shutdown: Shutdown,
}

/// What a step said and did.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) code: u8,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) lines: Vec<String>,
    /// When each line was said, counted from the start of the step.
    pub(crate) times: Vec<Duration>,
    pub(crate) annotations: Vec<(&'static str, Problem)>,
    /// What was left for the post step, in its order.
    pub(crate) states: Vec<(String, String)>,
    pub(crate) summary: String,
    pub(crate) requests: Vec<Recorded>,
    /// What GitHub was asked.
    pub(crate) github: Vec<github::Recorded>,
    pub(crate) took: Duration,
}

impl Scene {
    /// Version 1.4.1 runs, 1.4.2 lies in ECR.
    pub(crate) fn ready() -> Self {
        let scene = Self::empty();
        scene.sim.repository("web1").push("1.4.1", Image::linux_amd64().content("1.4.1"));
        scene.sim.repository("web1").push("1.4.2", Image::linux_amd64().content("1.4.2"));
        scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
        scene
    }

    /// Nothing but package.json.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let (stopper, shutdown) = shutdown();
        let (sim, github) = (Simulator::new(), GitHub::new());
        let scene = Self {
            sim,
            github,
            variables: BTreeMap::new(),
            has_credentials: true,
            folder,
            stopper,
            shutdown,
        };
        scene.file("package.json", "{\n  \"name\": \"@org/web1\",\n  \"version\": \"1.4.2\"\n}\n");
        scene
    }

    /// The step as part of a workflow that this event has set off, with the token of
    /// the job.
    pub(crate) fn on(mut self, event: &str, payload: &Value) -> Self {
        let payload = self.file("event.json", payload.to_string());
        let workspace = self.folder.path().display().to_string();
        for (name, value) in [
            ("INPUT_GITHUB-TOKEN", github::TOKEN),
            ("GITHUB_API_URL", "https://api.github.example"),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_REPOSITORY", "octo-org/shop"),
            ("GITHUB_RUN_ID", "4711"),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_EVENT_PATH", &payload),
            ("GITHUB_WORKSPACE", &workspace),
        ] {
            self.variables.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// The same where AWS would not know who asks.
    pub(crate) fn without_credentials(self) -> Self {
        Self { has_credentials: false, ..self }
    }

    /// Puts a file into the checkout.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("the scratch folder can be written");
        path.display().to_string()
    }

    /// Cancels the step at this time, counted from its start.
    pub(crate) async fn cancel_after(&self, delay: Duration) {
        tokio::time::sleep(delay).await;
        self.stopper.stop();
    }

    /// Clients that speak to this simulator.
    pub(crate) async fn clients(&self) -> Clients {
        let loader =
            aws_config::defaults(BehaviorVersion::v2026_01_12()).region(Region::new(REGION));
        let loader = if self.has_credentials {
            let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "scene");
            loader.credentials_provider(credentials)
        } else {
            loader.credentials_provider(SharedCredentialsProvider::new(Nobody))
        };
        Clients::with(loader, HttpClient::over(self.sim.connector())).await
    }

    /// Runs the step, which must be refused, and gives its one error: the
    /// reason, the next move and the place, paths as seen from the checkout.
    /// Proves that nothing was written.
    pub(crate) async fn refusal(&self, with: &[(&str, &str)]) -> String {
        let step = self.deploy(with).await;
        assert_eq!((step.result(), step.code), ("refused", 1), "{}", step.said("error"));
        assert_eq!(step.writes(), [""; 0], "nothing is written before everything is decided");
        let errors: Vec<&Problem> = step
            .annotations
            .iter()
            .filter(|(kind, _)| *kind == "error")
            .map(|(_, it)| it)
            .collect();
        let [problem] = errors[..] else { panic!("one error is said: {errors:?}") };
        let reason = step.output("failure-reason");
        assert!(problem.message.ends_with(&format!(": {reason}")), "{problem}");
        let mut text = reason.to_owned();
        if let Some(hint) = &problem.hint {
            text.push_str(&format!("\n{hint}"));
        }
        if let Some(place) = &problem.location {
            text.push_str(&format!("\n(at {}, line {})", place.file, place.line));
        }
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }

    /// Runs the step with `service: web1`, `cluster: prod` and these inputs.
    pub(crate) async fn deploy(&self, with: &[(&str, &str)]) -> Step {
        let heard = Heard::new();
        let begun = Instant::now();
        let seen = self.sim.requests().len();
        let asked = self.github.requests().len();
        let code = self.carry_out(with, &heard).await;
        let requests = self.sim.requests().split_off(seen);
        let github = self.github.requests().split_off(asked);
        heard.step(code, requests, github, begun.elapsed())
    }

    /// Runs it until it is killed, and gives the outputs that are set by then.
    pub(crate) async fn killed_after(
        &self,
        delay: Duration,
        with: &[(&str, &str)],
    ) -> BTreeMap<String, String> {
        let heard = Heard::new();
        let killed = tokio::time::timeout(delay, self.carry_out(with, &heard)).await;
        assert!(killed.is_err(), "it was over before {delay:?}");
        heard.step(0, Vec::new(), Vec::new(), delay).outputs
    }

    async fn carry_out(&self, with: &[(&str, &str)], heard: &Heard) -> u8 {
        let package = self.folder.path().display().to_string();
        let mut given =
            BTreeMap::from([("cluster", "prod"), ("service", "web1"), ("region", REGION)]);
        // `image` and `package` exclude each other.
        if !with.iter().any(|(name, _)| *name == "image") {
            given.insert("package", &package);
        }
        given.extend(with.iter().copied());
        let inputs = given
            .iter()
            .map(|(name, value)| (format!("INPUT_{}", name.to_uppercase()), (*value).to_owned()));
        // What the step itself says goes before what the workflow brings.
        let environment = Environment::new(self.variables.clone().into_iter().chain(inputs));
        match inputs::parse(&environment) {
            Ok(request) => {
                // On the heap: a test that runs several steps has all of them on its stack.
                let clients = Box::pin(self.clients()).await;
                let github = request.workflow.as_ref().and_then(|workflow| {
                    Hub::new(workflow, HttpClient::over(self.github.connector()))
                });
                Box::pin(run(
                    &request,
                    &clients,
                    github,
                    &Written::default(),
                    &self.shutdown,
                    heard,
                ))
                .await
            }
            Err(problems) => refuse_inputs(&problems, heard),
        }
    }
}

impl Step {
    /// The output `result`.
    pub(crate) fn result(&self) -> &str {
        self.output("result")
    }

    /// An output; empty where it was not set.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// The operations that change something, in their order.
    pub(crate) fn writes(&self) -> Vec<&str> {
        self.requests.iter().filter(|it| it.is_write()).map(|it| it.operation.as_str()).collect()
    }

    /// The only request of an operation.
    pub(crate) fn only(&self, operation: &str) -> &Recorded {
        let mut found = self.requests.iter().filter(|it| it.operation == operation);
        let first = found.next().unwrap_or_else(|| panic!("{operation} was sent"));
        assert_eq!(found.count(), 0, "{operation} was sent once");
        first
    }

    /// The operations that change something at GitHub, in their order.
    pub(crate) fn github_writes(&self) -> Vec<&str> {
        self.github.iter().filter(|it| it.is_write()).map(|it| it.operation).collect()
    }

    /// The image of every container that was registered, without the host.
    pub(crate) fn registered_images(&self) -> Vec<&str> {
        let containers = &self.only("RegisterTaskDefinition").body["containerDefinitions"];
        let containers = containers.as_array().expect("a list of containers");
        let images = containers.iter().filter_map(|container| container["image"].as_str());
        images.map(|image| image.split_once('/').map_or(image, |(_, rest)| rest)).collect()
    }

    /// Everything that was said of a kind: `error`, `warning` or `notice`.
    pub(crate) fn said(&self, kind: &str) -> String {
        let of_kind = self.annotations.iter().filter(|(it, _)| *it == kind);
        of_kind.map(|(_, problem)| problem.to_string()).collect::<Vec<_>>().join("\n")
    }

    /// When the end was known: its sentence is said before anybody looks for
    /// causes. For a success, the end of the step.
    pub(crate) fn decided(&self) -> Duration {
        let error = self.said("error");
        let said =
            self.lines.iter().position(|line| line.len() > 20 && error.contains(line.as_str()));
        said.map_or(self.took, |at| self.times[at])
    }

    /// The log.
    pub(crate) fn log(&self) -> String {
        self.lines.join("\n")
    }
}

/// ARN of a revision in the default account and Region.
pub(crate) fn definition(short: &str) -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{short}")
}

/// Where there are no credentials.
#[derive(Debug)]
struct Nobody;

impl ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("there are none")))
    }
}

struct Heard {
    begun: Instant,
    words: Mutex<Words>,
}

#[derive(Default)]
struct Words {
    outputs: BTreeMap<String, String>,
    lines: Vec<String>,
    times: Vec<Duration>,
    annotations: Vec<(&'static str, Problem)>,
    states: Vec<(String, String)>,
    summary: String,
}

impl Heard {
    fn new() -> Self {
        Self { begun: Instant::now(), words: Mutex::default() }
    }

    fn note(&self, change: impl FnOnce(&mut Words)) {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut words);
        let lines = words.lines.len();
        words.times.resize(lines, self.begun.elapsed());
    }

    fn step(
        self,
        code: u8,
        requests: Vec<Recorded>,
        github: Vec<github::Recorded>,
        took: Duration,
    ) -> Step {
        let words = self.words.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Words { outputs, lines, times, annotations, states, summary } = words;
        Step { code, outputs, lines, times, annotations, states, summary, requests, github, took }
    }
}

impl Reporter for Heard {
    fn line(&self, text: &str) {
        self.note(|words| words.lines.push(text.to_owned()));
    }

    fn group(&self, title: &str, lines: &[String]) {
        self.note(|words| {
            words.lines.push(title.to_owned());
            words.lines.extend_from_slice(lines);
        });
    }

    fn notice(&self, problem: &Problem) {
        self.note(|words| words.annotations.push(("notice", problem.clone())));
    }

    fn warning(&self, problem: &Problem) {
        self.note(|words| words.annotations.push(("warning", problem.clone())));
    }

    fn error(&self, problem: &Problem) {
        self.note(|words| words.annotations.push(("error", problem.clone())));
    }

    fn output(&self, name: OutputName, value: &str) {
        self.note(|words| {
            words.outputs.insert(name.as_str().to_owned(), value.to_owned());
        });
    }

    fn state(&self, name: &str, value: &str) {
        self.note(|words| words.states.push((name.to_owned(), value.to_owned())));
    }

    fn summary(&self, markdown: &str) {
        self.note(|words| words.summary.push_str(markdown));
    }
}
