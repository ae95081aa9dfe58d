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
    let mut shown = BTreeSet::new();
    for (subject, _) in subjects {
        let anchor = subject.to_lowercase().replace(' ', "-");
        page += &format!("- [{subject}](#{anchor})\n");
    }
    for (subject, tables) in subjects {
        page += &format!("\n## {subject}\n\n| cause | next | found by |\n|---|---|---|\n");
        // Several texts of AWS's have one cause.
        let mut told: Vec<(String, Vec<String>)> = Vec::new();
        for row in tables.iter().flat_map(|table| table.iter()) {
            // What AWS says in its own words, and what has no name.
            let context = Context { text: "…", ..Context::default() };
            let finding = Finding { row, place: 0, context };
            let [cause, next] = [finding.cause(), finding.next()].map(|it| it.replace('|', "\\|"));
            let (row, words) = (format!("{cause} | {next}"), found_by(&row.when, &mut shown));
            match told.iter_mut().find(|(other, _)| *other == row) {
                Some((_, all)) if all.contains(&words) => {}
                Some((_, all)) => all.push(words),
                None => told.push((row, vec![words])),
            }
        }
        for (row, words) in told {
            page += &format!("| {row} | {} |\n", words.join("; or "));
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
fn found_by(when: &When, shown: &mut BTreeSet<&'static [&'static str]>) -> String {
    match when {
        When::Says(patterns) => {
            let one_of = |words: &&'static [&'static str]| {
                // A long list is written out once.
                let (most, more) = match words.len() > 3 && !shown.insert(words) {
                    true => (2, " or the like"),
                    false => (words.len(), ""),
                };
                let words: Vec<_> =
                    words.iter().take(most).map(|it| format!("`{}`", it.trim())).collect();
                format!("{}{more}", words.join(" or "))
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

What a failed deployment gives as its cause, the next move with it, and what it is found by: words of AWS, in lower case,
an exit code or a stop code. The first row that fits is used. A message has the name of the container, the target group
and so on, where it is known, as in
\"The container shop exited with code 1\"; `…` is what AWS says.

";
