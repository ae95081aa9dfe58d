use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::workspace::laws;

fn workspace(files: &[(&str, &str)]) -> Result<Workspace, Vec<Problem>> {
    let files = files.iter().map(|(folder, text)| (folder.into(), text.as_bytes().to_vec()));
    Workspace::new(files.collect())
}

fn behind(workspace: &Workspace, folder: &str) -> Vec<String> {
    let folders = workspace.folders_behind(Path::new(folder)).into_iter();
    folders.map(|it| it.display().to_string()).collect()
}

#[test]
fn a_member_is_what_its_package_json_says() {
    let workspace = workspace(&[
        ("packages/ui", "{ \"name\": \"@org/ui\", \"private\": true }"),
        ("apps/web1", "{\n\"name\": \"@org/web1\",\n\"version\": \"2.0.0\" }"),
        ("apps/old", "{ \"name\": \"\", \"private\": \"true\", \"version\": \"1\" }"),
        (".", "{ \"name\": \"all\" }"),
    ])
    .expect("a workspace");
    let folders: Vec<_> =
        workspace.members.iter().map(|it| it.folder.display().to_string()).collect();
    assert_eq!(folders, [".", "apps/old", "apps/web1", "packages/ui"]);
    let member = |folder: &str| workspace.member(Path::new(folder)).expect("a member");
    let web1 = member("./apps/web1/");
    let package = web1.package.as_ref().expect("a version");
    assert_eq!((web1.name.as_deref(), web1.is_private), (Some("@org/web1"), false));
    assert_eq!((package.file.as_str(), package.version_line), ("apps/web1/package.json", 3));
    // What is no app may be without a version, and have any.
    let ui = member("packages/ui");
    assert!(ui.is_private);
    let problem = ui.package.as_ref().expect_err("no version");
    assert_eq!(problem.message, "packages/ui/package.json has no \"version\"");
    let old = member("apps/old");
    assert_eq!((old.name.as_deref(), old.is_private, old.package.is_err()), (None, false, true));
    let root = member(".").package.as_ref().expect_err("no version");
    assert_eq!(root.location.as_ref().map(|at| at.file.as_str()), Some("package.json"));
    assert_eq!(workspace.member(Path::new("apps")), None);
}

#[test]
fn an_app_has_behind_it_all_that_can_change_its_image() {
    let dependent =
        |kind: &str, name: &str, wanted: &str| json!({ kind: { name: wanted } }).to_string();
    let cases = [
        (dependent("dependencies", "@org/ui", "^1.0.0"), &["packages/ui", "packages/base"][..]),
        (dependent("devDependencies", "@org/ui", "workspace:*"), &["packages/ui", "packages/base"]),
        (dependent("peerDependencies", "@org/ui", "*"), &["packages/ui", "packages/base"]),
        (dependent("optionalDependencies", "@org/base", "1"), &["packages/base"]),
        (dependent("dependencies", "base", "workspace:@org/base@^1"), &["packages/base"]),
        (dependent("dependencies", "@org/base", "workspace:^1.2.0"), &["packages/base"]),
        (dependent("dependencies", "@org/base", "catalog:"), &["packages/base"]),
        (dependent("dependencies", "base", "file:../../packages/base"), &["packages/base"]),
        (
            dependent("dependencies", "base", "link:../../packages/ui/"),
            &["packages/ui", "packages/base"],
        ),
        (dependent("dependencies", "base", "workspace:../../packages/base"), &["packages/base"]),
        // No member, but in the repository.
        (dependent("dependencies", "x", "file:../../vendor/x"), &["vendor/x"]),
        // From elsewhere, or nothing at all.
        (dependent("dependencies", "x", "file:../../../x"), &[]),
        (dependent("dependencies", "react", "^19.0.0"), &[]),
        (dependent("scripts", "@org/ui", "x"), &[]),
        (dependent("dependencies", "@org/web1", "workspace:*"), &[]),
        ("{ \"dependencies\": [\"@org/ui\"] }".to_owned(), &[]),
        ("{ \"dependencies\": { \"@org/base\": 7 } }".to_owned(), &["packages/base"]),
    ];
    for (text, expected) in cases {
        let web1 = text.replacen('{', "{ \"name\": \"@org/web1\",", 1);
        let workspace = workspace(&[
            ("apps/web1", &web1),
            // In a circle, as two packages may be in development.
            (
                "packages/ui",
                "{ \"name\": \"@org/ui\", \"dependencies\": { \"@org/base\": \"1\" } }",
            ),
            (
                "packages/base",
                "{ \"name\": \"@org/base\", \"devDependencies\": { \"@org/base\": \"1\" } }",
            ),
        ])
        .expect("a workspace");
        let found = behind(&workspace, "apps/web1");
        assert_eq!(found[0], "apps/web1");
        assert_eq!(&found[1..], expected, "{text}");
    }
}

#[test]
fn a_folder_that_is_no_package_has_only_itself_behind_it() {
    let workspace = workspace(&[("apps/web1", "{}")]).expect("a workspace");
    assert_eq!(behind(&workspace, "services/worker"), ["services/worker"]);
}

#[test]
fn everything_that_is_wrong_is_told_at_its_line() {
    let problems = workspace(&[
        ("apps/a", "{\n\"name\": \"x\" }"),
        ("apps/b", "{\n\n\"name\": \"x\" }"),
        ("apps/c", "{\n\"name\": \"x\",\n}"),
        ("apps/d", "[]"),
    ])
    .expect_err("all are wrong");
    let said: Vec<_> = problems
        .iter()
        .map(|it| {
            let at = it.location.as_ref().expect("a place");
            format!("{}:{} {}", at.file, at.line, it.message)
        })
        .collect();
    assert_eq!(
        said,
        [
            "apps/c/package.json:3 apps/c/package.json is not JSON: trailing comma at line 3 column 1",
            "apps/d/package.json:1 apps/d/package.json is not a JSON object",
            "apps/b/package.json:3 apps/a and apps/b are two packages with the same name \"x\"",
        ]
    );
}

proptest! {
    #[test]
    fn what_is_behind_a_package_is_what_can_be_reached(
        edges in prop::collection::btree_set((0..6usize, 0..6usize), 0..16)
    ) {
        let files = (0..6).map(|at| {
            let wanted = edges.iter().filter(|(from, _)| *from == at);
            let wanted: serde_json::Map<_, _> =
                wanted.map(|(_, to)| (format!("p{to}"), json!("*"))).collect();
            let text = json!({ "name": format!("p{at}"), "dependencies": wanted }).to_string();
            (PathBuf::from(format!("packages/p{at}")), text.into_bytes())
        });
        let workspace = Workspace::new(files.collect()).expect("a workspace");
        // By Warshall.
        let mut reach = [[false; 6]; 6];
        for (at, row) in reach.iter_mut().enumerate() {
            row[at] = true;
        }
        for (from, to) in &edges {
            reach[*from][*to] = true;
        }
        for over in 0..6 {
            for from in 0..6 {
                for to in 0..6 {
                    reach[from][to] |= reach[from][over] && reach[over][to];
                }
            }
        }
        for (at, reached) in reach.iter().enumerate() {
            let mut found = behind(&workspace, &format!("packages/p{at}"));
            prop_assert_eq!(&found[0], &format!("packages/p{at}"));
            found.sort();
            let expected: Vec<_> =
                (0..6).filter(|to| reached[*to]).map(|to| format!("packages/p{to}")).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn any_bytes_are_a_package_or_a_problem_with_a_place(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        laws::packages(vec![("apps/web".into(), bytes)]);
    }
}
