//! The tables that are made of `action.yml`: all inputs and outputs in
//! docs/reference.md, and the names of the inputs in README.md.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::markdown::{anchor, part, with_part};
use super::{action, expect, read};

/// The page with all inputs, outputs and results.
const REFERENCE: &str = "docs/reference.md";

#[test]
fn the_tables_of_inputs_and_outputs_are_those_of_action_yml() {
    expect(REFERENCE, |page| {
        with_part(&with_part(page, "inputs", &inputs()), "outputs", &outputs())
    });
}

#[test]
fn the_readme_names_every_input_in_its_group() {
    let mut table = "| about | inputs |\n|---|---|\n".to_owned();
    for (title, names) in groups() {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let link = format!("[{title}]({REFERENCE}#{})", anchor(&title));
        writeln!(table, "| {link} | {} |", names.join(", ")).expect("text can be written");
    }
    expect("README.md", |readme| with_part(readme, "inputs", &table));
}

#[test]
fn every_input_is_in_one_group() {
    let names: Vec<String> = groups().into_iter().flat_map(|(_, names)| names).collect();
    assert_eq!(names, action("inputs").keys().cloned().collect::<Vec<_>>());
}

#[test]
fn every_result_of_action_yml_has_its_row_in_the_table_of_results() {
    let reference = read(REFERENCE);
    let rows: BTreeSet<&str> = part(&reference, "## Results and exit codes")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|name| *name != "result")
        .collect();
    let outputs = action("outputs");
    let description = outputs["result"]["description"].as_str().expect("it is described");
    // Every second piece between backticks stands inside them.
    let results: BTreeSet<&str> = description.split('`').skip(1).step_by(2).collect();
    assert_eq!(&rows ^ &results, BTreeSet::new(), "they stand in one of the two places only");
}

/// A table for each group.
fn inputs() -> String {
    let inputs = action("inputs");
    let mut tables = String::new();
    for (title, names) in groups() {
        tables += &format!("\n### {title}\n\n| input | default | meaning |\n|---|---|---|\n");
        for name in names {
            let default = match (&inputs[&name]["default"], &inputs[&name]["required"]) {
                (Value::String(default), _) => format!("`{default}`"),
                (_, Value::Bool(true)) => "**required**".to_owned(),
                _ => String::new(),
            };
            tables += &format!("| `{name}` | {default} | {} |\n", meaning(&inputs, &name));
        }
    }
    tables + "\n"
}

fn outputs() -> String {
    let outputs = action("outputs");
    let mut table = "| output | meaning |\n|---|---|\n".to_owned();
    for name in outputs.keys() {
        table += &format!("| `{name}` | {} |\n", meaning(&outputs, name));
    }
    table
}

fn meaning(section: &Map<String, Value>, name: &str) -> String {
    section[name]["description"].as_str().expect("it is described").replace('|', "\\|")
}

/// The inputs below each comment that stands between them.
fn groups() -> Vec<(String, Vec<String>)> {
    let text = read("action.yml");
    let (_, inputs) = text.split_once("\ninputs:\n").expect("there are inputs");
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for line in inputs.lines().take_while(|line| line.starts_with("  ")) {
        if let Some(title) = line.strip_prefix("  # ") {
            groups.push((title.to_owned(), Vec::new()));
        } else if let Some(name) = line[2..].strip_suffix(':').filter(|it| !it.starts_with(' ')) {
            groups.last_mut().expect("a group begins with a comment").1.push(name.to_owned());
        }
    }
    groups
}
