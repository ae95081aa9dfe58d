//! docs/causes.md is made of the table of causes: `UPDATE_EXPECT=1 cargo test --lib
//! documented` writes it anew.

use expect_test::expect_file;

use super::*;
use crate::diagnosis::context::Context;
use crate::diagnosis::row::{Finding, When};

#[test]
fn every_cause_is_documented_with_its_next_move() {
    let subjects = rows::SUBJECTS;
    let mut page = INTRODUCTION.to_owned();
    for (subject, _) in subjects {
        let anchor = subject.to_lowercase().replace(' ', "-");
        page += &format!("- [{subject}](#{anchor})\n");
    }
    for (subject, tables) in subjects {
        page += &format!("\n## {subject}\n\n| cause | next | found by |\n|---|---|---|\n");
        let mut told = BTreeSet::new();
        for row in tables.iter().flat_map(|table| table.iter()) {
            // What AWS says in its own words, and what has no name.
            let context = Context { text: "…", ..Context::default() };
            let finding = Finding { row, place: 0, context };
            let [cause, next] = [finding.cause(), finding.next()].map(|it| it.replace('|', "\\|"));
            // Several texts of AWS's have one cause.
            if told.insert((cause.clone(), next.clone())) {
                page += &format!("| {cause} | {next} | {} |\n", found_by(&row.when));
            }
        }
    }
    expect_file!["../../../docs/causes.md"].assert_eq(&page);
}

#[test]
fn every_table_that_is_looked_through_is_documented() {
    let documented: BTreeSet<&str> = rows::SUBJECTS
        .iter()
        .flat_map(|(_, tables)| *tables)
        .flat_map(|it| *it)
        .map(cause)
        .collect();
    let all =
        [rows::TASK, rows::EVENT, rows::TARGET, rows::DEPLOYMENT, rows::CODEDEPLOY, rows::LOG];
    let told: BTreeSet<&str> =
        all.into_iter().flatten().flat_map(|table| *table).map(cause).collect();
    assert_eq!(documented, told);
}

/// The words to search for.
fn found_by(when: &When) -> String {
    match when {
        When::Says(patterns) => {
            let one_of = |words: &&[&str]| {
                let words: Vec<_> = words.iter().map(|it| format!("`{}`", it.trim())).collect();
                words.join(" or ")
            };
            patterns.iter().map(one_of).collect::<Vec<_>>().join(", with ")
        }
        When::Exit(code) => format!("exit code {code}"),
        When::AnyExit => "any other exit code".to_owned(),
        When::StopCode(code) => format!("stop code `{code}`"),
    }
}

fn cause(row: &Row) -> &'static str {
    row.cause
}

const INTRODUCTION: &str = "\
# Causes

What a failed deployment gives as its cause, the next move with it, and the words of AWS, in lower case, or the exit code
that it is found by. A message has the name of the container, the target group and so on, where it is known, as in
\"The container shop exited with code 1\"; `…` is what AWS says.

";
