//! What of the release workflow keeps a branch from publishing, and what is published.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

#[test]
fn only_the_job_in_the_protected_environment_has_what_publishes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows/release.yml");
    let text = std::fs::read_to_string(path).expect("the workflow can be read");
    let workflow: Value = serde_saphyr::from_str(&text).expect("the workflow is YAML");
    let jobs = workflow["jobs"].as_object().expect("a workflow has jobs");
    for (name, job) in jobs {
        let has_secret = job.to_string().contains("secrets.");
        assert_eq!(has_secret, name == "publish", "{name}");
        assert_eq!(job["environment"] == "release", has_secret, "{name}");
        assert_ne!(
            job["permissions"]["contents"], "write",
            "{name}: a branch would have that, too"
        );
    }
    assert_eq!(jobs["publish"]["if"], "github.ref == 'refs/heads/main'");
    assert_eq!(workflow["permissions"], serde_json::json!({}));
}

#[test]
fn every_platform_that_the_entry_names_is_built_by_a_release_and_taken_from_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let matrix = |workflow: &str, job: &str, key: &str| -> BTreeSet<String> {
        let path = root.join(".github/workflows").join(workflow);
        let text = std::fs::read_to_string(path).expect("the workflow can be read");
        let workflow: Value = serde_saphyr::from_str(&text).expect("the workflow is YAML");
        let rows = workflow["jobs"][job]["strategy"]["matrix"]["include"].as_array().cloned();
        let names = rows.into_iter().flatten().map(|row| row[key].as_str().map(str::to_owned));
        names.map(|name| name.expect("a name").replace("ecs-release-", "")).collect()
    };
    let entry = std::fs::read_to_string(root.join("dist/main.cjs")).expect("it can be read");
    let (_, released) = entry.split_once("const RELEASED = {").expect("it names them");
    let (released, _) = released.split_once('}').expect("the list ends");
    let named: BTreeSet<String> =
        released.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(named.len(), 4, "{named:?}");
    assert_eq!(matrix("release.yml", "build", "name"), named);
    assert_eq!(matrix("self-test.yml", "take", "binary"), named);
}

#[test]
fn a_release_is_tagged_for_good_and_from_1_on_as_the_newest_of_its_major_version() {
    let cases = [
        ("0.1.0", "v0.1.0"),
        ("1.4.2", "v1 v1.4.2"),
        ("1.5.0-rc.1", "v1 v1.4.2 v1.5.0-rc.1"),
        ("1.5.0", "v1 v1.4.2 v1.5.0 v1.5.0-rc.1"),
    ];
    let repository = Repository::new();
    for (version, tags) in cases {
        repository.push_tags(version);
        let before = if version == "0.1.0" { "" } else { "v0.1.0 " };
        assert_eq!(repository.tags(), format!("{before}{tags}"), "{version}");
    }
    assert_eq!(repository.commit("v1"), repository.commit("v1.5.0"));
}

#[test]
fn the_examples_of_a_release_name_the_repository_that_it_is_released_from() {
    let repository = Repository::new();
    repository.push_tags("1.4.2");
    let [readme, binary] = ["README.md", "dist/ecs-release-linux-x64"]
        .map(|file| repository.git(&["show", &format!("v1.4.2:{file}")]));
    assert_eq!(readme, "- uses: octo-org/deploy@v1.4.2");
    assert_eq!(binary, "the binary");
    let main = repository.git(&["show", "main:README.md"]);
    assert_eq!(main, "- uses: OWNER/ecs-release@v1.4.2", "what main says is left alone");
}

/// A repository with an example and a binary that Git ignores, and its origin.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository =
            Self { folder: tempfile::tempdir().expect("a scratch folder can be made") };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/push-tags");
        let script = std::fs::read(script).expect("the script can be read");
        let files: [(&str, &[u8]); 4] = [
            (".ci/push-tags", &script),
            (".gitignore", b"dist/ecs-release-*\n"),
            ("README.md", b"- uses: OWNER/ecs-release@v1.4.2\n"),
            ("dist/ecs-release-linux-x64", b"the binary\n"),
        ];
        for (name, content) in files {
            let path = repository.folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("made");
            std::fs::write(path, content).expect("the scratch folder can be written");
        }
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.git(&["init", "--quiet", "--bare", "origin"]);
        repository.git(&["remote", "add", "origin", "origin"]);
        repository.git(&["add", ".ci", ".gitignore", "README.md"]);
        let author = ["-c", "user.name=octocat", "-c", "user.email=octocat@example.com"];
        repository.git(&[&author[..], &["commit", "--quiet", "--message", "Begin"]].concat());
        repository
    }

    fn push_tags(&self, version: &str) {
        self.git(&["checkout", "--quiet", "main"]);
        // Git removes from the tree what the last release had in it.
        std::fs::create_dir_all(self.folder.path().join("dist")).expect("made");
        let binary = self.folder.path().join("dist/ecs-release-linux-x64");
        std::fs::write(binary, "the binary\n").expect("the scratch folder can be written");
        self.run(Command::new("bash").args([".ci/push-tags", version]));
    }

    fn tags(&self) -> String {
        let listed = self.git(&["ls-remote", "--tags", "--refs", "origin"]);
        let names = listed.lines().filter_map(|line| line.split_once("refs/tags/"));
        names.map(|(_, name)| name).collect::<Vec<_>>().join(" ")
    }

    fn commit(&self, tag: &str) -> String {
        let listed = self.git(&["ls-remote", "origin", &format!("refs/tags/{tag}")]);
        listed.split_whitespace().next().expect("it is there").to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.run(Command::new("git").args(arguments))
    }

    fn run(&self, command: &mut Command) -> String {
        let command = command.current_dir(self.folder.path());
        let command = command.env("GITHUB_REPOSITORY", "octo-org/deploy");
        let output = command.env("GIT_CONFIG_GLOBAL", "").output().expect("it can be started");
        let [said, erred] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
        assert!(output.status.success(), "{command:?}: {said}{erred}");
        said.trim_end().to_owned()
    }
}
