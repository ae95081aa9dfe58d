//! The workflows of the documents, run as they stand by act, a runner that is not ours: with the
//! released tree in the place of this action, and small steps in the place of the other ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Behaviour, Image, Pace, REGION, Server, Simulator};
use tempfile::TempDir;

use crate::python;
use crate::readme::shown_workflow as workflow;

/// Stands for the sign-in to AWS.
const SIGN_IN: &str = r#"
name: sign-in
description: Stands for the sign-in to AWS.
inputs:
  role-to-assume: { description: ignored }
  aws-region: { description: the Region }
runs:
  using: composite
  steps:
    - shell: bash
      env: { REGION: "${{ inputs.aws-region }}" }
      run: |
        {
          echo "AWS_REGION=$REGION"
          echo AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
          echo AWS_SECRET_ACCESS_KEY=a-key-that-opens-nothing
          echo AWS_ENDPOINT_URL=SIMULATOR
        } >> "$GITHUB_ENV"
"#;

/// Stands for the sign-in to ECR.
const REGISTRY: &str = r#"
name: registry
description: Stands for the sign-in to ECR.
outputs:
  registry: { description: its host, value: 123456789012.dkr.ecr.eu-central-1.amazonaws.com }
runs:
  using: composite
  steps: [{ shell: bash, run: "true" }]
"#;

/// Stands for a build whose image was pushed before.
const BUILD: &str = r#"
name: build
description: Stands for a build.
inputs:
  push: { description: ignored }
  tags: { description: ignored }
  labels: { description: ignored }
runs:
  using: composite
  steps: [{ shell: bash, run: "true" }]
"#;

/// A repository in which workflows are run, and the AWS that they talk to.
struct World {
    folder: TempDir,
    aws: Simulator,
    server: Server,
}

impl World {
    /// A service `shop` that runs 1.4.1, with 1.4.2 in ECR and in package.json.
    async fn new(next: Behaviour) -> Self {
        let aws = Simulator::in_real_time();
        aws.pace(Pace::real().faster(50.0));
        for version in ["1.4.1", "1.4.2"] {
            aws.repository("shop").push(version, Image::linux_amd64().content(version));
        }
        let digest = aws.repository("shop").digest("1.4.2").expect("it was pushed");
        aws.behaves(&digest, next);
        aws.service("prod", "shop").running_version("1.4.1").desired(1).start();
        let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let world = Self { folder, aws, server };
        world.put("home/.keep", "");
        world.put("repository/package.json", r#"{ "name": "shop", "version": "1.4.2" }"#);
        world.put("sign-in/action.yml", &SIGN_IN.replace("SIMULATOR", world.server.url()));
        world.put("registry/action.yml", REGISTRY);
        world.put("build/action.yml", BUILD);
        world.release();
        world
    }

    /// The tree of a release.
    fn release(&self) {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in ["action.yml", "dist/main.cjs", "dist/post.cjs"] {
            let text = fs::read_to_string(package.join(file)).expect("it is text");
            self.put(&format!("release/{file}"), &text);
        }
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
        let binary = self.path("release/dist").join(format!("ecs-release-linux-{architecture}"));
        fs::copy(env!("CARGO_BIN_EXE_ecs-release"), binary).expect("it can be copied");
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }

    fn git(&self, arguments: &[&str]) -> String {
        let who = ["-c", "user.name=octocat", "-c", "user.email=octocat@github.example"];
        let mut git = Command::new("git");
        let output = git.args(who).args(arguments).current_dir(self.path("repository")).output();
        let output = output.expect("git is installed");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits what the repository has, and gives the commit.
    fn commit(&self) -> String {
        self.git(&["init", "--quiet", "--initial-branch", "main"]);
        self.git(&["remote", "add", "origin", "https://github.com/octo-org/shop.git"]);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Release 1.4.2"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs a workflow for an event.
    async fn run(&self, workflow: &str, event: &str, payload: &Value) -> Run {
        self.put("repository/.github/workflows/it.yml", workflow);
        self.put("event.json", &payload.to_string());
        let mut act = python::program("act");
        act.current_dir(self.path("repository")).env("HOME", self.path("home")).args([
            event,
            "--workflows",
            ".github/workflows/it.yml",
            "--platform",
            "ubuntu-latest=-self-hosted",
            "--eventpath",
        ]);
        act.arg(self.path("event.json"));
        for line in workflow.lines() {
            let Some((_, uses)) = line.split_once("uses: ") else { continue };
            let uses = uses.split(" #").next().unwrap_or_default().trim();
            let folder = match uses.split('@').next().unwrap_or_default() {
                "OWNER/ecs-release" => "release",
                "aws-actions/configure-aws-credentials" => "sign-in",
                "aws-actions/amazon-ecr-login" => "registry",
                "docker/build-push-action" => "build",
                "actions/checkout" => continue,
                other => panic!("what stands for {other}?"),
            };
            let local = format!("{uses}={}", self.path(folder).display());
            act.args(["--local-repository", &local]);
        }
        let output = tokio::task::spawn_blocking(move || act.output()).await;
        Run(output.expect("it is waited for").expect("act can be started"))
    }

    fn writes(&self) -> Vec<String> {
        self.aws.writes().into_iter().map(|write| write.operation).collect()
    }
}

fn healthy() -> Behaviour {
    Behaviour::Healthy { ready_after: Duration::from_secs(1) }
}

struct Run(Output);

impl Run {
    fn log(&self) -> String {
        let (out, err) = (&self.0.stdout, &self.0.stderr);
        format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
    }

    #[track_caller]
    fn is(&self, is_good: bool) {
        assert_eq!(self.0.status.success(), is_good, "{}", self.log());
    }

    #[track_caller]
    fn says(&self, words: &str) {
        assert!(self.log().contains(words), "{words:?} is missing:\n{}", self.log());
    }
}

/// With a step behind the release that reads its outputs, whatever has become of it.
fn with_a_reader(workflow: &str) -> String {
    let release = "      - uses: OWNER/ecs-release@v0.1.0\n";
    assert_eq!(workflow.matches(release).count(), 1, "{workflow}");
    let named = format!("{release}        id: release\n");
    let read = "echo \"it is ${{ steps.release.outputs.result }}: ${{ steps.release.outputs.running-version }}\"";
    format!("{}      - if: always()\n        run: '{read}'\n", workflow.replace(release, &named))
}

const DEPLOYED: [&str; 2] = ["RegisterTaskDefinition", "UpdateService"];

#[tokio::test]
async fn the_workflow_of_the_readme_deploys_what_it_builds_and_a_later_step_reads_the_outputs() {
    let world = World::new(healthy()).await;
    let commit = world.commit();
    world.aws.repository("shop").push(&commit, Image::linux_amd64().content("built"));
    let workflow = with_a_reader(&workflow("README.md", "Deploy"));
    let run = world.run(&workflow, "push", &json!({})).await;
    run.is(true);
    run.says(&format!("it is deployed: {commit}"));
    run.says(&format!("shop runs {commit} (before: 1.4.1)"));
    assert_eq!(world.writes(), DEPLOYED);
}

#[tokio::test]
async fn a_deployment_that_fails_fails_the_job_and_the_outputs_say_what_runs() {
    let world = World::new(Behaviour::CannotPull).await;
    world.commit();
    let workflow = with_a_reader(&workflow("docs/deploy.md", "Deploy"));
    let run = world.run(&workflow, "push", &json!({})).await;
    run.is(false);
    run.says("it is undone: 1.4.1");
    run.says("❌ 1.4.2 failed on shop, which is back on 1.4.1");
}

#[tokio::test]
async fn the_form_of_the_readme_goes_back() {
    let world = World::new(healthy()).await;
    world.commit();
    world.run(&workflow("docs/deploy.md", "Deploy"), "push", &json!({})).await.is(true);
    let form = workflow("README.md", "Roll back shop");
    let filled = json!({ "inputs": {
        "version": "previous", "reason": "The cart is empty", "dry-run": "false",
    }});
    let run = world.run(&form, "workflow_dispatch", &filled).await;
    run.is(true);
    run.says("✅ shop is back on 1.4.1");
    run.says("The cart is empty");
    assert_eq!(world.writes(), [&DEPLOYED[..], &["UpdateService"]].concat());
}

#[tokio::test]
async fn a_matrix_deploys_what_its_plan_says_and_the_status_agrees() {
    let world = World::new(healthy()).await;
    let apps = "apps:\n  shop:\n    package: .\nenvironments:\n  prod:\n    cluster: prod\n";
    world.put("repository/.github/ecs-release.yml", apps);
    world.commit();
    let matrix =
        workflow("docs/monorepo.md", "Release by matrix").replace("ap-northeast-2", REGION);
    let run = world.run(&matrix, "push", &json!({})).await;
    run.is(true);
    run.says("✅ shop runs 1.4.2 (before: 1.4.1)");
    run.says("[Release by matrix/status");
    run.says("shop in prod runs 1.4.2 (");
    assert_eq!(world.writes(), DEPLOYED);
    let again = world.run(&matrix, "push", &json!({})).await;
    again.is(true);
    assert_eq!(world.writes(), DEPLOYED, "nothing is left to deploy");
}

#[tokio::test]
async fn a_pull_request_whose_image_is_missing_fails_its_check_and_writes_nothing() {
    let world = World::new(healthy()).await;
    world.put("repository/package.json", r#"{ "name": "shop", "version": "1.5.0" }"#);
    world.commit();
    let promotion = workflow("docs/pull-requests.md", "Check the promotion");
    let payload = json!({ "pull_request": {
        "number": 7,
        "user": { "login": "octocat" },
        "head": { "ref": "release", "sha": "f00d", "repo": { "id": 1, "full_name": "octo-org/shop" } },
        "base": { "ref": "production", "repo": { "id": 1 } },
    }});
    let run = world.run(&promotion, "pull_request", &payload).await;
    run.is(false);
    run.says("there is no image v1.5.0 or 1.5.0 in the ECR repository shop");
    assert_eq!(world.writes(), [""; 0]);
}
