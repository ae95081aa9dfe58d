//! A stage for sentences about the product: the real SDK clients over the
//! simulated AWS, in memory and on virtual time.
//!
//! A [`Scene`] is what there is, [`Scene::deploy`] is the step of the workflow,
//! and [`Step`] is everything that people and later steps get to see of it.

mod failing;
mod fleet;
mod heard;
mod step;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_ecs::config::Credentials;
use aws_types::sdk_config::TimeSource;
use ecs_release::internals::{
    Clients, Environment, GitHub as GitHubClient, HttpClient, Problem, Shutdown, Stopper, Written,
    inputs, refuse_inputs, run, shutdown,
};
use serde_json::{Value, json};
use simulator::github::{self, GitHub};
use simulator::{ACCOUNT, Image, REGION, Service, Simulator, Web};
use tempfile::TempDir;
use tokio::time::Instant;

pub(crate) use self::failing::{INTERVAL, crashes, millis, secs, when_it, when_it_on};
pub(crate) use self::fleet::{Fleet, fleet};
use self::heard::Heard;
pub(crate) use self::step::{DEPLOYED, Step};

/// What there is before the step runs: the service `web1` in the cluster
/// `prod`, on version 1.4.1, and a package.json that says 1.4.2.
pub(crate) struct Scene {
    pub(crate) sim: Simulator,
    /// Asked only where the step is part of a workflow.
    pub(crate) github: GitHub,
    /// All other hosts.
    pub(crate) web: Web,
    /// The runner's variables, where it is.
    variables: BTreeMap<String, String>,
    has_credentials: bool,
    /// When the scene began, if its steps have the time of the simulator.
    began: Option<Instant>,
    folder: TempDir,
    stopper: Stopper,
    shutdown: Shutdown,
}

impl Scene {
    /// Version 1.4.1 runs, 1.4.2 lies in ECR.
    pub(crate) fn ready() -> Self {
        let scene = Self::with_images(&["1.4.1", "1.4.2"]);
        scene.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
        scene
    }

    /// Images of `web1` with these tags, and package.json.
    pub(crate) fn with_images(tags: &[&str]) -> Self {
        let scene = Self::empty();
        for tag in tags {
            scene.push(tag);
        }
        scene
    }

    /// Pushes an image of `web1` that is unlike those of other tags; its digest.
    pub(crate) fn push(&self, tag: &str) -> String {
        self.sim.repository("web1").push(tag, Image::linux_amd64().content(tag))
    }

    /// Registers a revision of `web1` with this tag; its ARN.
    pub(crate) fn register(&self, tag: &str) -> String {
        register(&self.sim, tag)
    }

    /// Nothing but package.json.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let (stopper, shutdown) = shutdown();
        let (sim, github) = (Simulator::new(), GitHub::new());
        let scene = Self {
            sim,
            github,
            web: Web::new(),
            variables: BTreeMap::new(),
            has_credentials: true,
            began: None,
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
            ("GITHUB_ACTOR", "octocat"),
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

    /// The same whose steps have the time of the simulator, where it was just made.
    pub(crate) fn at_its_own_time(self) -> Self {
        Self { began: Some(Instant::now()), ..self }
    }

    /// Puts a file into the checkout.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder"))
            .expect("the scratch folder can have others");
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
        let loader = match self.began {
            Some(began) => loader.time_source(Calendar(began)),
            None => loader,
        };
        Clients::with(loader, HttpClient::over(self.sim.connector())).await
    }

    /// Runs the step, which must be refused, and gives its one error: the
    /// reason, the next move and the place, paths as seen from the checkout.
    /// Proves that nothing was written.
    pub(crate) async fn refusal(&self, with: &[(&str, &str)]) -> String {
        let step = self.deploy(with).await;
        step.is("refused");
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

    /// Runs the step with `service: web1`, `cluster: prod` and these inputs; with `apps`, the
    /// file of the checkout says what is deployed.
    pub(crate) async fn deploy(&self, with: &[(&str, &str)]) -> Step {
        let heard = Heard::new();
        let begun = Instant::now();
        let seen = self.sim.requests().len();
        let asked = self.github.requests().len();
        let told = self.web.requests().len();
        let code = self.carry_out(with, &heard).await;
        let requests = self.sim.requests().split_off(seen);
        let github = self.github.requests().split_off(asked);
        let web = self.web.requests().split_off(told);
        Step { web, ..heard.step(code, requests, github, begun.elapsed()) }
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
        let is_given = |input: &str| with.iter().any(|(name, _)| *name == input);
        let mut given = BTreeMap::from([("region", REGION)]);
        if !is_given("apps") {
            given.extend([("cluster", "prod"), ("service", "web1")]);
            // `package` and an image can't be used together.
            if !is_given("image") && !is_given("images") {
                given.insert("package", &package);
            }
        }
        given.extend(with.iter().copied());
        let inputs = given
            .iter()
            .map(|(name, value)| (format!("INPUT_{}", name.to_uppercase()), (*value).to_owned()));
        let checkout = [("GITHUB_WORKSPACE".to_owned(), package.clone())];
        // What the step itself says goes before what the workflow brings.
        let environment =
            Environment::new(self.variables.clone().into_iter().chain(checkout).chain(inputs));
        match inputs::parse(&environment) {
            Ok(request) => {
                // On the heap: a test that runs several steps has all of them on its stack.
                let clients = Box::pin(self.clients()).await;
                let github = request.workflow.as_ref().and_then(|workflow| {
                    GitHubClient::new(workflow, HttpClient::over(self.github.connector()))
                });
                Box::pin(run(
                    &request,
                    &clients,
                    github,
                    &HttpClient::over(self.web.connector()),
                    &Written::default(),
                    &self.shutdown,
                    heard,
                ))
                .await
            }
            Err(problems) => refuse_inputs(&problems, heard),
        }
    }

    /// What a tag of the repository `web1` names now.
    pub(crate) fn digest(&self, tag: &str) -> String {
        self.sim.repository("web1").digest(tag).expect("it was pushed")
    }

    /// Describes a revision of the family `web1` as ECS does.
    pub(crate) fn revision(&self, number: u32) -> Value {
        let body = json!({ "taskDefinition": format!("web1:{number}") });
        let answer = self.sim.call(Service::Ecs, "DescribeTaskDefinition", &body);
        answer.unwrap_or_default()["taskDefinition"].clone()
    }

    /// What became of a revision; empty where there is none.
    pub(crate) fn state_of(&self, number: u32) -> String {
        self.revision(number)["status"].as_str().unwrap_or_default().to_owned()
    }

    /// The digests that healthy tasks run, once what is still under way has come
    /// to its end.
    pub(crate) async fn runs_in_the_end(&self) -> Vec<String> {
        tokio::time::sleep(secs(600)).await;
        let running = self.sim.truth("prod", "web1").running;
        running.into_iter().filter_map(|it| it.digests.get("web1").cloned()).collect()
    }
}

/// ARN of a revision in the default account and Region.
pub(crate) fn definition(short: &str) -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{short}")
}

/// The simulator begins on 2026-01-01.
#[derive(Debug)]
struct Calendar(Instant);

impl TimeSource for Calendar {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_767_225_600) + self.0.elapsed()
    }
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

/// Registers a revision of `web1` with this tag; its ARN.
pub(crate) fn register(sim: &Simulator, tag: &str) -> String {
    sim.task_definition("web1").container("web1", &sim.image(&format!("web1:{tag}"))).register()
}
