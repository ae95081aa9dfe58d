//! The action as the runner runs it, in a scratch tree shaped like a release.
//!
//! [`Action`] puts `action.yml`, the JavaScript entry and a binary where a
//! release tag has them, applies the defaults of `action.yml` as the runner
//! does, scrubs the environment and starts the entry under node. Neither the
//! network nor this machine's credentials can be reached by accident: there is
//! no variable, home folder or instance metadata to find them in.
//!
//! Everything that waits is async and sleeps on tokio's clock, so that a served
//! simulator can live on the same runtime. Never use it under a paused clock.
//!
//! The demo and the benchmark compile this folder in as well: one runner for all
//! of them.

mod protocol;
mod running;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

pub(crate) use running::{Run, Running};

/// One use of the action in a workflow, being put together.
pub(crate) struct Action {
    scratch: TempDir,
    main: PathBuf,
    post: Option<PathBuf>,
    with: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
}

/// What the runner reads of an `action.yml`.
#[derive(Deserialize)]
struct Definition {
    #[serde(default)]
    inputs: BTreeMap<String, Input>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Input {
    default: Option<String>,
}

#[derive(Deserialize)]
struct Runs {
    main: PathBuf,
    post: Option<PathBuf>,
}

impl Action {
    /// The product: this package's `action.yml`, and `binary` under the name that a
    /// release gives it.
    pub(crate) fn released(binary: &Path) -> Self {
        Self::of(package(), binary)
    }

    /// The same with the `action.yml` and the entries of another checkout.
    pub(crate) fn of(checkout: &Path, binary: &Path) -> Self {
        let definition = fs::read_to_string(checkout.join("action.yml"))
            .expect("action.yml stands at the root of the package");
        let action = Self::assembled(&definition, checkout);
        install(binary, &action.binary());
        action
    }

    /// The entry with a script, or anything else, in the binary's place.
    pub(crate) fn with_fake_binary(definition: &str, fake: &[u8]) -> Self {
        let action = Self::assembled(definition, package());
        let source = action.path("fake");
        fs::write(&source, fake).expect("the scratch folder can be written");
        install(&source, &action.binary());
        action
    }

    /// The entry alone, as in a checkout of the sources.
    pub(crate) fn without_binary(definition: &str) -> Self {
        Self::assembled(definition, package())
    }

    fn assembled(definition: &str, checkout: &Path) -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder can be made");
        let at = |path: &str| scratch.path().join(path);
        for folder in ["action/dist", "workspace", "home", "temp"] {
            fs::create_dir_all(at(folder)).expect("a scratch folder can be made");
        }
        for file in ["output", "summary", "state"] {
            fs::write(at(file), "").expect("a command file can be made");
        }
        fs::write(at("action/action.yml"), definition).expect("action.yml can be written");
        for entry in ["main.cjs", "post.cjs"] {
            fs::copy(checkout.join("dist").join(entry), at("action/dist").join(entry))
                .expect("the entries stand in dist/");
        }
        let parsed: Definition =
            serde_saphyr::from_str(definition).expect("action.yml is what the runner reads");

        let text = |path: PathBuf| path.to_str().expect("scratch paths are UTF-8").to_owned();
        let path = std::env::var("PATH").expect("PATH is set, to find node by");
        let environment = [
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_API_URL", "http://127.0.0.1:9".to_owned()),
            ("GITHUB_OUTPUT", text(at("output"))),
            ("GITHUB_REPOSITORY", "octo-org/shop".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_RUN_ID", "4711".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.example".to_owned()),
            ("GITHUB_STATE", text(at("state"))),
            ("GITHUB_STEP_SUMMARY", text(at("summary"))),
            ("GITHUB_WORKSPACE", text(at("workspace"))),
            ("HOME", text(at("home"))),
            ("PATH", path),
            ("RUNNER_TEMP", text(at("temp"))),
        ];
        let mut action = Self {
            main: at("action").join(parsed.runs.main),
            post: parsed.runs.post.map(|post| at("action").join(post)),
            scratch,
            with: BTreeMap::new(),
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
        };
        for (name, input) in parsed.inputs {
            let default = match input.default.as_deref() {
                // There is no GitHub to give one; see `github`.
                Some("${{ github.token }}") => String::new(),
                Some(other) if other.contains("${{") => {
                    panic!("the harness does not evaluate {other:?}, the default of {name}")
                }
                // The runner sets a variable also where no default is given.
                other => other.unwrap_or_default().to_owned(),
            };
            action = action.input(&name, default);
        }
        action
    }

    /// Sets an input, as a line below `with:` does. One that `action.yml` does not
    /// know reaches the action as well, as on the runner.
    #[must_use]
    pub(crate) fn input(mut self, name: &str, value: impl Into<String>) -> Self {
        self.with.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a variable, as a line below `env:` does.
    #[must_use]
    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a variable away again.
    #[must_use]
    pub(crate) fn without_variable(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// Sends every AWS call to `endpoint`, with credentials that open nothing.
    #[must_use]
    pub(crate) fn aws(self, endpoint: &str, region: &str) -> Self {
        self.variable("AWS_ENDPOINT_URL", endpoint)
            .variable("AWS_REGION", region)
            .variable("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .variable("AWS_SECRET_ACCESS_KEY", "a-key-that-opens-nothing")
    }

    /// Sends every call to GitHub to `url`, with the token of the job.
    #[must_use]
    pub(crate) fn github(self, url: &str, token: &str) -> Self {
        self.variable("GITHUB_API_URL", url).input("github-token", token)
    }

    /// The post step in place of the main one, with what that has left for it.
    #[must_use]
    pub(crate) fn post(mut self, left: &BTreeMap<String, String>) -> Self {
        self.main = self.post.clone().expect("action.yml has a post step");
        for (name, value) in left {
            self = self.variable(&format!("STATE_{name}"), value);
        }
        self
    }

    /// Puts a file into the workspace, where the step starts.
    #[must_use]
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.path("workspace").join(path);
        let folder = path.parent().expect("a file in the workspace has a folder");
        fs::create_dir_all(folder).expect("a folder in the workspace can be made");
        fs::write(path, text).expect("a file in the workspace can be written");
        self
    }

    /// Where the release's binary stands in the scratch tree.
    pub(crate) fn binary(&self) -> PathBuf {
        let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        self.path("action/dist").join(format!("ecs-release-{os}-{architecture}"))
    }

    /// The command that the runner starts: node with the entry.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("node");
        command.arg(&self.main);
        self.surround(command)
    }

    /// Gives `command` the folder and the variables of the step, and no others.
    pub(crate) fn surround(&self, mut command: Command) -> Command {
        command
            .current_dir(self.path("workspace"))
            .env_clear()
            .envs(&self.environment)
            .envs(self.with.iter().map(|(name, value)| (input_variable(name), value)));
        command
    }

    /// Starts the step.
    pub(crate) fn start(self) -> Running {
        Running::spawn(self.command(), self.scratch)
    }

    /// Runs the step to its end.
    pub(crate) async fn run(self) -> Run {
        self.start().finish().await
    }

    fn path(&self, below: &str) -> PathBuf {
        self.scratch.path().join(below)
    }
}

/// The variable of an input: spaces become underscores, hyphens stay
/// (`AddInputsToEnvironment` in the runner's `Handler.cs`).
fn input_variable(name: &str) -> String {
    format!("INPUT_{}", name.replace(' ', "_").to_uppercase())
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Puts an executable in its place without this process ever holding it open for
/// writing: a child forked meanwhile by another test would inherit that, and the
/// kernel refuses to run a file that is open for writing (`ETXTBSY`).
fn install(source: &Path, target: &Path) {
    let status = Command::new("install")
        .args(["-m", "755"])
        .args([source, target])
        .status()
        .expect("install(1) can be started");
    assert!(status.success(), "install {} failed", source.display());
}
