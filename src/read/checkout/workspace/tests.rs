#![allow(clippy::disallowed_methods, reason = "the test plays the checkout")]

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A path, and what is in the file.
type File<'a> = (&'a str, &'a str);

/// A folder that holds a checkout, and beside it what is none of its business.
struct Place(TempDir);

impl Place {
    fn new(files: &[File<'_>]) -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary folder can be made"));
        fs::create_dir(place.root()).expect("a folder");
        place.file("../outside/package.json", "{ \"name\": \"outside\" }");
        for (path, text) in files {
            place.file(path, text);
        }
        place
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("checkout")
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn link(&self, path: &str, target: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        // Where there is something already, that is it.
        let _ = symlink(target, path);
    }

    fn members(&self) -> Vec<String> {
        let workspace = workspace(&self.root()).expect("nothing is wrong").expect("a workspace");
        workspace.members.iter().map(|it| it.folder.display().to_string()).collect()
    }

    /// What is wrong, each with its place.
    fn problems(&self) -> Vec<String> {
        let problems = workspace(&self.root()).expect_err("something is wrong");
        let said = problems.iter().map(|it| {
            assert!(it.hint.is_some(), "{it}");
            let at = it.location.as_ref().map(|at| format!("{}:{} ", at.file, at.line));
            format!("{}{}", at.unwrap_or_default(), it.message)
        });
        said.collect()
    }
}

/// What packages of one name each hold.
const PACKAGES: [File<'_>; 7] = [
    ("apps/api/package.json", "{ \"name\": \"api\" }"),
    ("apps/web1/package.json", "{ \"name\": \"web1\" }"),
    ("apps/web1/node_modules/x/package.json", "{ \"name\": \"api\" }"),
    ("apps/.next/package.json", "{ \"name\": \"api\" }"),
    ("apps/docs/index.md", "no package"),
    ("packages/ui/package.json", "{ \"name\": \"ui\" }"),
    ("packages/ui/e2e/package.json", "{ \"name\": \"e2e\" }"),
];

#[test]
fn the_members_are_those_of_the_file_that_counts() {
    let npm = ("package.json", "{ \"name\": \"root\", \"workspaces\": [\"apps/*\"] }");
    let object =
        ("package.json", "{ \"workspaces\": { \"packages\": [\"packages/**\", \"apps/web?\"] } }");
    let pnpm = ("pnpm-workspace.yaml", "packages:\n  - '**'\n  - '!**/e2e/**'\n");
    let settings = ("pnpm-workspace.yaml", "onlyBuiltDependencies: [esbuild]\n");
    let lerna = ("lerna.json", "{ \"packages\": [\"packages/*\"], \"version\": \"1.0.0\" }");
    let nx = ("lerna.json", "{ \"useWorkspaces\": true, \"packages\": [\"packages/*\"] }");
    let cases: [(&[File<'_>], &[&str]); 7] = [
        (&[npm], &["apps/api", "apps/web1"]),
        (&[object], &["apps/web1", "packages/ui", "packages/ui/e2e"]),
        (&[pnpm, npm, lerna], &[".", "apps/api", "apps/web1", "packages/ui"]),
        (&[settings, npm], &["apps/api", "apps/web1"]),
        (&[lerna, npm], &["packages/ui"]),
        (&[nx, npm], &["apps/api", "apps/web1"]),
        (&[("pnpm-workspace.yaml", "packages: [none/*, apps/docs, README/*]")], &[]),
    ];
    for (files, expected) in cases {
        assert_eq!(Place::new(&[&PACKAGES, files].concat()).members(), expected, "{files:?}");
    }
    assert_eq!(workspace(&Place::new(&PACKAGES).root()), Ok(None));
}

#[test]
fn a_link_that_stays_in_the_checkout_is_the_folder_that_it_leads_to() {
    let place = Place::new(&PACKAGES);
    place.file("package.json", "{ \"workspaces\": [\"packages/*\", \"linked/*\"] }");
    place.link("packages/web1", "../apps/web1");
    place.link("packages/installed", "../apps/web1/node_modules/x");
    place.link("packages/again", "ui");
    place.link("packages/broken", "../none");
    place.link("linked", "apps");
    assert_eq!(place.members(), ["apps/api", "apps/web1", "packages/ui"]);
}

#[test]
fn a_link_out_of_the_checkout_is_refused_where_it_would_be_a_package() {
    let place = Place::new(&PACKAGES);
    place.file("package.json", "{\n\"workspaces\": [\"apps/*\",\n\"packages/*\"]\n}");
    place.link("packages/out", "../../outside");
    let said = "the folder packages/out of the workspace is a link out of the checkout";
    assert_eq!(place.problems(), [format!("package.json:3 {said}")]);
    // The way out that it names.
    place.file("package.json", "{ \"workspaces\": [\"packages/*\", \"!packages/out\"] }");
    assert_eq!(place.members(), ["packages/ui"]);
    place.file("package.json", "{ \"workspaces\": [\"out/*\"] }");
    place.link("out", "..");
    let said = "the folder out of the workspace is a link out of the checkout";
    assert_eq!(place.problems(), [format!("package.json:1 {said}")]);

    let place = Place::new(&[("package.json", "{ \"workspaces\": [\"apps/*\"] }")]);
    place.link("apps/web1/package.json", "../../../outside/package.json");
    place.link("apps/api/package.json", "none.json");
    let file = "apps/web1/package.json";
    assert_eq!(
        place.problems(),
        [
            "there is no file apps/api/package.json".to_owned(),
            format!("{file}:1 {file} is a link out of the checkout"),
        ]
    );

    let place = Place::new(&PACKAGES);
    place.link("pnpm-workspace.yaml", "../outside/package.json");
    let file = "pnpm-workspace.yaml";
    assert_eq!(place.problems(), [format!("{file}:1 {file} is a link out of the checkout")]);
}

#[test]
fn all_that_is_wrong_with_the_packages_is_told_at_once() {
    let place = Place::new(&[
        ("package.json", "{ \"workspaces\": [\"apps/*\"] }"),
        ("apps/a/package.json", "{ \"name\": \"x\" }"),
        ("apps/b/package.json", "{\n\"name\": \"x\" }"),
        ("apps/c/package.json", "{\n\"name\": }"),
        ("apps/d/package.json/x", ""),
    ]);
    let problems = workspace(&place.root()).expect_err("something is wrong");
    let said: Vec<_> = problems.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "apps/d/package.json is a folder, not a file",
            "apps/c/package.json is not JSON: expected value at line 2 column 9",
            "apps/a and apps/b are two packages with the same name \"x\"",
        ]
    );
}

#[test]
fn more_packages_than_anybody_has_are_refused() {
    let place = Place::new(&[("package.json", "{ \"workspaces\": [\n\"p/*\"] }")]);
    for at in 0..=MOST {
        if at == MOST {
            assert_eq!(place.members().len(), MOST);
        }
        place.file(&format!("p/{at}/package.json"), "{}");
    }
    assert_eq!(place.problems(), ["package.json:2 the workspace has more than 500 packages"]);
}

#[test]
fn no_more_folders_are_looked_into_than_is_reasonable() {
    let place = Place::new(&PACKAGES);
    let found = |text: &str, most| {
        let text = format!("packages:\n{text}");
        let globs = Globs::read(Source::PnpmWorkspace, text.as_bytes());
        folders(&place.root(), &globs.expect("legal").expect("globs"), most)
    };
    // The root, apps and three folders, packages and two.
    assert_eq!(found("- '**'", 8).expect("few enough").len(), 4);
    let problem = found("- 'x/*'\n- '**'", 7).expect_err("too many");
    assert!(problem.message.contains("the glob ** searches more than"), "{problem}");
    assert_eq!(problem.location.expect("a place").line, 3);
    // What is left out with all that is in it is not looked into, nor what a glob can't reach.
    assert_eq!(found("- '**'\n- '!packages/**'", 5).expect("few enough").len(), 2);
    assert_eq!(found("- 'apps/*'", 1).expect("few enough").len(), 2);
}

/// The path of a folder, of few names, so that they meet.
fn a_folder() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof!["[ab]", Just(".c".to_owned()), Just("node_modules".to_owned())],
        1..4,
    )
    .prop_map(|parts| parts.join("/"))
}

fn a_glob() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[ab]",
        Just("*".to_owned()),
        Just("**".to_owned()),
        Just("{a,b/a}".to_owned())
    ];
    ("!?", proptest::collection::vec(part, 1..4)).prop_map(|(not, parts)| not + &parts.join("/"))
}

fn checkout(globs: &[String], folders: impl Iterator<Item = String>) -> Place {
    let list = serde_json::json!({ "workspaces": globs }).to_string();
    let place = Place::new(&[("package.json", &list)]);
    for folder in folders {
        place.file(&format!("{folder}/package.json"), "{}");
    }
    place
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_walk_finds_what_the_globs_name_in_whatever_order_folders_were_made(
        globs in proptest::collection::vec(a_glob(), 1..4),
        folders in proptest::collection::btree_set(a_folder(), 0..10),
    ) {
        let place = checkout(&globs, folders.iter().cloned());
        let found = place.members();
        prop_assert_eq!(&found, &checkout(&globs, folders.iter().rev().cloned()).members());

        let takes = |folder: &str| {
            let file = if folder == "." { "package.json".to_owned() } else { format!("{folder}/package.json") };
            let named = |glob: &str| fast_glob::glob_match(format!("{glob}/package.json"), &file);
            globs.iter().any(|glob| !glob.starts_with('!') && named(glob))
                && !globs.iter().filter_map(|glob| glob.strip_prefix('!')).any(named)
        };
        let is_seen = |folder: &&String| !folder.contains(".c") && !folder.contains("node_modules");
        let root = ".".to_owned();
        let expected: BTreeSet<PathBuf> =
            folders.iter().filter(is_seen).chain([&root]).filter(|it| takes(it)).map(PathBuf::from).collect();
        let found: BTreeSet<PathBuf> = found.iter().map(PathBuf::from).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_member_is_outside_of_the_checkout_whatever_links_there_are(
        globs in proptest::collection::vec(a_glob(), 1..4),
        folders in proptest::collection::btree_set(a_folder(), 0..6),
        links in proptest::collection::vec((a_folder(), "(\\.\\./){0,4}([ab]|outside|checkout)?"), 0..6),
    ) {
        let place = checkout(&globs, folders.into_iter());
        for (path, target) in links {
            // A link in a folder that is a link may be made anywhere below the place.
            let parent = place.root().join(&path);
            let parent = parent.parent().expect("in a folder");
            if fs::create_dir_all(parent).is_ok() && real(&place.root(), parent).is_ok_and(|it| it.is_some()) {
                place.link(&path, if target.is_empty() { "." } else { &target });
            }
        }
        match workspace(&place.root()) {
            Ok(None) => {}
            Ok(Some(workspace)) => for member in workspace.members {
                let at = place.root().join(&member.folder);
                prop_assert_eq!(real(&place.root(), &at).expect("a folder"), Some(member.folder.clone()));
                prop_assert!(!member.folder.starts_with("node_modules"));
                prop_assert_ne!(member.name.as_deref(), Some("outside"));
            },
            Err(problems) => prop_assert!(problems.iter().all(|it| it.hint.is_some())),
        }
    }
}
