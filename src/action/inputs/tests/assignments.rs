//! Wrong lines of `environment-variables` and `secrets`, whose values are never shown.

use super::*;

#[test]
fn assignments_whose_values_are_never_shown() {
    check(&[
        (
            &[("environment-variables", "A=1\nhunter2")],
            &["input `environment-variables`, line 2: there is no `=`\n\
               one variable per line: NAME=value"],
        ),
        (
            &[("environment-variables", "\n\nLOG LEVEL=hunter2")],
            &["input `environment-variables`, line 3: the text before the `=` is not a name \
               (letters, digits, `_`, `.` and `-`, no digit first)\n\
               one variable per line: NAME=value"],
        ),
        (
            &[("environment-variables", "A=1\nKEY=hunter2\nhunter3\n\nhunter4==\n-hunter5-\nB=2")],
            &["input `environment-variables`, lines 3 to 6: they are not `NAME=…`; the value of \
               `KEY` on line 2 seems to continue there\n\
               put a value with several lines into a secret or parameter that `secrets` names, or into a task definition file"],
        ),
        (
            &[("environment-variables", "=hunter2")],
            &["input `environment-variables`, line 1: the text before the `=` is not a name \
               (letters, digits, `_`, `.` and `-`, no digit first)\n\
               one variable per line: NAME=value"],
        ),
        (
            &[("environment-variables", "A=hunter2\nB=x\nA=hunter3")],
            &["input `environment-variables`, line 3: `A` is already on line 1"],
        ),
        (
            &[("environment-variables", "A=hunter2\u{1b}[31m")],
            &["input `environment-variables`, line 1: the value of `A` has a control character \
               in it"],
        ),
        (
            &[("docker-labels", "a.b=1\nhunter 2=x\na.b=hunter3")],
            &[
                "input `docker-labels`, line 3: `a.b` is already on line 1",
                "input `docker-labels`, line 2: the text before the `=` is not the name of a label (not empty, without white space)\none label per line: NAME=value",
            ],
        ),
        (
            &[("secrets", "TOKEN: hunter2")],
            &["input `secrets`, line 1: there is no `=`\none secret per line: NAME=valueFrom"],
        ),
        (
            &[("secrets", "1TOKEN=hunter2")],
            &["input `secrets`, line 1: the text before the `=` is not a name (letters, \
               digits, `_`, `.` and `-`, no digit first)\none secret per line: NAME=valueFrom"],
        ),
        (
            &[("secrets", "TOKEN=")],
            &[
                "input `secrets`, line 1: `TOKEN` has no valueFrom\nafter the `=`, give the ARN of a secret, or the ARN or name of a parameter",
            ],
        ),
        (
            &[("secrets", "TOKEN=the hunter2")],
            &["input `secrets`, line 1: the valueFrom of `TOKEN` has white space in it"],
        ),
        (
            &[("secrets", "TOKEN=hunter2\nTOKEN=hunter2")],
            &["input `secrets`, line 2: `TOKEN` is already on line 1"],
        ),
        (
            &[("environment-variables", "A=1\nTOKEN=hunter2"), ("secrets", "TOKEN=hunter3")],
            &["input `secrets`, line 1: `TOKEN` is also in `environment-variables`, line 2\n\
               a name can be in only one of the two"],
        ),
    ]);
}

#[test]
fn a_request_never_shows_a_value_when_it_is_debugged() {
    let inputs = [
        ("environment-variables", "A=hunter2"),
        ("docker-labels", "C=hunter4"),
        ("secrets", "B=hunter3"),
    ];
    let debugged = format!("{:?}", parsed(&inputs));
    assert!(debugged.contains("A=***") && debugged.contains("B=***"), "{debugged}");
    assert!(!debugged.contains("hunter"), "{debugged}");
}
