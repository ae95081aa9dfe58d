//! docs/causes.md is made of the table of causes: `UPDATE_EXPECT=1 cargo test --lib
//! documented` writes it anew.

use expect_test::expect_file;

use super::*;
use crate::diagnosis::context::Context;
use crate::diagnosis::row::Finding;

#[test]
fn every_cause_is_documented_with_its_next_move() {
    let subjects = rows::SUBJECTS;
    let mut page = INTRODUCTION.to_owned();
    for (subject, _) in subjects {
        let anchor = subject.to_lowercase().replace(' ', "-");
        page += &format!("- [{subject}](#{anchor})\n");
    }
    for (subject, tables) in subjects {
        page += &format!("\n## {subject}\n\n| cause | next |\n|---|---|\n");
        for row in tables.iter().flat_map(|table| table.iter()) {
            // What AWS says in its own words, and what has no name.
            let context = Context { text: "…", ..Context::default() };
            let finding = Finding { row, place: 0, context };
            let [cause, next] = [finding.cause(), finding.next()].map(|it| it.replace('|', "\\|"));
            page += &format!("| {cause} | {next} |\n");
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

fn cause(row: &Row) -> &'static str {
    row.cause
}

const INTRODUCTION: &str = "\
# Causes

What a failed deployment gives as its cause, and the next move with it. Names take the place of general words
where they are known, as in \"The container shop exited with code 1\"; `…` is what AWS says.

";
