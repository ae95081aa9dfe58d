use std::time::Duration;

use super::*;
use crate::report::samples::diagnosed::{crashed, unhealthy};
use crate::report::summary;

/// The page of a crash whose container logged `lines`.
fn page_with(lines: Vec<String>) -> String {
    let mut app = crashed();
    let diagnosis = app.failure.diagnosis.as_mut().expect("it was diagnosed");
    diagnosis.logs[0].lines = lines;
    summary(&[app])
}

#[test]
fn a_huge_log_keeps_its_newest_lines_and_says_how_many_are_missing() {
    let page = page_with((0..100_000).map(|number| format!("line {number}.")).collect());
    let shown = page.lines().filter(|line| line.starts_with("line ")).count();
    assert!(page.contains("\nline 99999.\n"), "the last line is missing");
    assert!(page.contains(&format!("… {} earlier lines left out …", 100_000 - shown)));
    assert!((4_000..6_000).contains(&shown), "{shown} lines are shown");
}

#[test]
fn a_long_log_line_is_cut_to_500_characters() {
    let page = page_with(vec!["é".repeat(5_000)]);
    assert!(page.contains(&format!("\n{}…\n", "é".repeat(499))));
}

#[test]
fn the_newest_lines_have_room_first() {
    let lines = ["aaaa", "", "bb"].map(str::to_owned);
    for (room, expected) in [(0, 3), (2, 3), (3, 2), (4, 1), (8, 1), (9, 0)] {
        let (cut, shown) = newest(&lines, room);
        assert_eq!((cut, shown), (expected, &lines[expected..]), "room for {room}");
    }
}

#[test]
fn a_long_table_says_how_many_rows_are_missing() {
    let mut app = unhealthy();
    let diagnosis = app.failure.diagnosis.as_mut().expect("it was diagnosed");
    diagnosis.targets = vec![diagnosis.targets[0].clone(); 25];
    let page = summary(&[app]);
    assert_eq!(page.matches("| `10.0.1.7:8080` |").count(), 10);
    assert!(page.contains("\n… and 15 more\n"), "{page}");
}

#[test]
fn the_largest_diagnosis_leaves_room_for_the_rest_of_the_page() {
    let long = "|".repeat(2_000);
    let mut app = unhealthy();
    let diagnosis = app.failure.diagnosis.as_mut().expect("it was diagnosed");
    diagnosis.groups[0].reason = Some(long.clone());
    diagnosis.groups = vec![diagnosis.groups[0].clone(); 100];
    diagnosis.targets[0].description = Some(long.clone());
    diagnosis.targets = vec![diagnosis.targets[0].clone(); 100];
    diagnosis.logs[0].lines = vec![long.clone(); 1_000];
    diagnosis.logs = vec![diagnosis.logs[0].clone(); 100];
    diagnosis.events = vec![Event { id: long.clone(), at: None, message: long.clone() }; 10];
    diagnosis.notes = vec![long; 5];
    let page = summary(&[app]);
    assert!(page.contains("Events of this deployment"), "the section was left out");
    assert!(page.len() < 300 * 1024, "{} bytes", page.len());
}

#[test]
fn an_event_that_the_timeline_has_is_not_shown_again() {
    let mut app = crashed();
    let diagnosis = app.failure.diagnosis.clone().expect("it was diagnosed");
    let messages: Vec<&str> = diagnosis.events.iter().map(|it| it.message.as_str()).collect();
    app.rollout.timeline = vec![(Duration::from_secs(3), messages[0].to_owned())];
    let page = summary(&[app.clone()]);
    assert_eq!(page.matches(messages[0]).count(), 1, "{page}");
    assert_eq!(page.matches(messages[1]).count(), 1, "{page}");
    assert!(page.contains("Events of this deployment"), "{page}");
    app.rollout.timeline.push((Duration::from_secs(35), messages[1].to_owned()));
    let page = summary(&[app]);
    assert!(!page.contains("Events of this deployment"), "nothing is left: {page}");
}
