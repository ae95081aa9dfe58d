use proptest::prelude::*;

use super::*;
use crate::workspace::laws;

fn read(source: Source, text: &str) -> Option<Globs> {
    Globs::read(source, text.as_bytes()).expect("what can be read")
}

/// A package.json whose workspaces are these globs.
fn npm(globs: &[&str]) -> Globs {
    let text = serde_json::json!({ "workspaces": globs }).to_string();
    read(Source::PackageJson, &text).expect("globs")
}

/// Those of `folders` that are packages.
fn taken<'a>(globs: &Globs, folders: &[&'a str]) -> Vec<&'a str> {
    let is_taken =
        |folder: &&str| globs.places().any(|it| it.matches(folder)) && !globs.leave_out(folder);
    folders.iter().copied().filter(is_taken).collect()
}

#[test]
fn every_file_says_in_its_own_way_where_the_packages_are() {
    use Source::{Lerna, PackageJson, PnpmWorkspace};
    let cases = [
        (PackageJson, "{\n\"workspaces\": [\n\t\"apps/*\",\n\t\"packages/*\"\n]\n}", vec![3, 4]),
        (
            PackageJson,
            "{ \"workspaces\": { \"nohoist\": [],\n \"packages\": [\"apps/*\",\n\"packages/*\"] } }",
            vec![2, 3],
        ),
        (
            PnpmWorkspace,
            "# ours\npackages:\n  - 'apps/*'\n  - \"packages/*\"\ncatalog:\n  react: ^19\n",
            vec![3, 4],
        ),
        (
            Lerna,
            "{\n\t\"version\": \"independent\",\n\t\"packages\": [\"apps/*\", \"packages/*\"]\n}",
            vec![3, 3],
        ),
    ];
    for (source, text, lines) in cases {
        let globs = read(source, text).expect("globs");
        assert_eq!(globs.places().map(|it| it.line).collect::<Vec<_>>(), lines, "{text}");
        assert!(globs.places().all(|it| it.file == source.file()));
        let folders = ["apps/web1", "packages/ui", "packages/ui/sub", "tools/x", ""];
        assert_eq!(taken(&globs, &folders), ["apps/web1", "packages/ui"], "{text}");
    }
    // Those that leave it to the next file, or to nobody.
    for (source, text) in [
        (PnpmWorkspace, "onlyBuiltDependencies: [esbuild]\n"),
        (PnpmWorkspace, "packages:\n"),
        (PnpmWorkspace, ""),
        (Lerna, "{ \"version\": \"1.0.0\" }"),
        (Lerna, "{ \"useWorkspaces\": true, \"packages\": [\"packages/*\"] }"),
        (PackageJson, "{ \"name\": \"web1\" }"),
        (PackageJson, "{ \"workspaces\": [] }"),
        (PackageJson, "{ \"workspaces\": { \"nohoist\": [\"**/x\"] } }"),
    ] {
        assert!(read(source, text).is_none(), "{text}");
    }
}

#[test]
fn a_glob_names_what_it_names_for_npm_and_pnpm() {
    let cases: [(&[&str], &[&str]); 13] = [
        (&["apps/*"], &["apps/api", "apps/web1"]),
        (&["./apps/*/"], &["apps/api", "apps/web1"]),
        (&["apps\\*"], &["apps/api", "apps/web1"]),
        (&["apps/web1", "none"], &["apps/web1"]),
        (&["apps/**"], &["apps", "apps/api", "apps/web1", "apps/web1/e2e"]),
        (&["**", "!**/e2e/**", "!packages/**"], &["", "apps", "apps/api", "apps/web1"]),
        (&["{apps,packages}/*"], &["apps/api", "apps/web1", "packages/ui"]),
        (&["{apps/web?,packages/*}"], &["apps/web1", "packages/ui"]),
        (&["apps/*", "!apps/api"], &["apps/web1"]),
        (&["!apps/api", "apps/*"], &["apps/web1"]),
        (&["!!apps/[a-b]*"], &["apps/api"]),
        // Behind `./` it is the name of a folder.
        (&["./!apps/*"], &[]),
        (&["."], &[""]),
    ];
    let folders = ["", "apps", "apps/api", "apps/web1", "apps/web1/e2e", "packages/ui"];
    for (globs, expected) in cases {
        assert_eq!(taken(&npm(globs), &folders), expected, "{globs:?}");
    }
}

#[test]
fn a_glob_says_how_far_one_has_to_look() {
    for (glob, base, depth) in [
        ("apps/*", "apps", Some(1)),
        ("apps/web1", "apps/web1", Some(0)),
        (".", "", Some(0)),
        ("apps/*/services/*", "apps", Some(3)),
        ("apps/**", "apps", None),
        ("**", "", None),
        ("{apps,packages}/*", "", Some(2)),
    ] {
        let globs = npm(&[glob]);
        let reach = globs.places().next().expect("a glob").reach();
        assert_eq!(reach, (base.to_owned(), depth), "{glob}");
    }
    let globs = npm(&["**", "!**/fixtures/**", "!dist"]);
    let all: Vec<_> = ["a/fixtures", "a/fixtures/b", "dist", "a"]
        .into_iter()
        .filter(|it| globs.leave_out_all_of(it))
        .collect();
    assert_eq!(all, ["a/fixtures", "a/fixtures/b"]);
}

#[test]
fn each_glob_that_is_wrong_is_its_own_problem_at_its_line() {
    let cases = [
        ("../other/*", "points outside the checkout"),
        ("apps/../../x", "points outside the checkout"),
        ("{apps,..}/*", "points outside the checkout"),
        ("/srv/*", "points outside the checkout"),
        ("!../other/*", "points outside the checkout"),
        ("C:\\..\\x", "points outside the checkout"),
        ("packages/!(ui)", "has an extended pattern"),
        ("packages/@(ui|api)", "has an extended pattern"),
        ("apps/web{1..3}", "has a range in braces"),
        ("apps/{web1", "can't be read"),
        ("apps/[web1", "can't be read"),
        ("", "names no folder"),
        ("!", "names no folder"),
    ];
    let globs: Vec<_> = cases.iter().map(|(glob, _)| *glob).collect();
    let text = serde_json::to_string_pretty(&serde_json::json!({ "workspaces": globs }));
    let text = text.expect("JSON").replace("  ", "\t");
    let problems = Globs::read(Source::PackageJson, text.as_bytes()).expect_err("all are wrong");
    assert_eq!(problems.len(), cases.len());
    for (at, (problem, (glob, part))) in problems.iter().zip(cases).enumerate() {
        let said = problem.message.contains(part) && problem.message.contains(&format!("{glob:?}"));
        assert!(said && problem.hint.is_some(), "{glob}: {problem}");
        let location = problem.location.as_ref().expect("a place");
        assert_eq!((location.file.as_str(), location.line), ("package.json", 3 + at), "{glob}");
    }
}

#[test]
fn a_file_that_is_wrong_is_a_problem_at_its_line() {
    use Source::{Lerna, PackageJson, PnpmWorkspace};
    for (source, text, line, part) in [
        (PackageJson, "{\n\"workspaces\": \"apps/*\"\n}", 2, "workspaces in package.json is not a"),
        (
            PackageJson,
            "{\n\"workspaces\": {\n\"packages\": {}}\n}",
            3,
            "workspaces.packages in package.json is not a list",
        ),
        (PackageJson, "{\n\"workspaces\": [\n7]\n}", 3, "the glob \"\" in package.json names no"),
        (PackageJson, "{\n", 2, "package.json is not JSON"),
        (Lerna, "[]", 1, "lerna.json is not a JSON object"),
        (Lerna, "{\n\"packages\": true }", 2, "packages in lerna.json is not a list"),
        (PnpmWorkspace, "\npackages: apps/*", 2, "packages in pnpm-workspace.yaml is not a list"),
        (PnpmWorkspace, "packages:\n\t- apps/*", 2, "pnpm-workspace.yaml: a tab indents line 2"),
        (PnpmWorkspace, "packages:\n  - *apps", 2, "pnpm-workspace.yaml: invalid YAML"),
    ] {
        let problems = Globs::read(source, text.as_bytes()).expect_err(text);
        let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
        assert!(problem.message.contains(part), "{text}: {problem}");
        let location = problem.location.as_ref().expect("a place");
        assert_eq!((location.file.as_str(), location.line), (source.file(), line), "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_globs_or_problems_with_a_place(
        source in 0..3usize, bytes in prop::collection::vec(any::<u8>(), 0..64)
    ) {
        laws::globs(Source::ALL[source], &bytes);
    }

    #[test]
    fn what_a_glob_names_is_within_its_reach(
        glob in "[a-c*?{},./!\\[\\]]{1,12}", folder in "[a-c]{1,2}(/[a-c]{1,2}){0,3}"
    ) {
        let text = serde_json::json!({ "workspaces": [glob] }).to_string();
        let Ok(Some(globs)) = Globs::read(Source::PackageJson, text.as_bytes()) else {
            return Ok(());
        };
        globs.places().for_each(|glob| laws::is_within_reach(glob, &folder));
    }
}
