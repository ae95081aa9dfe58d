//! `previous` by an independent computation, over random histories.
//!
//! The product folds over a stack. Here there is none: the versions that lead to
//! what runs are those of the walk through all successes once its loops are cut
//! out, and what the last change was shows in the walks before and after it.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// One word of a story: image, definition, mark.
type Word = (char, char, &'static str);

/// Words that ECS could have written: only the newest is in progress, and a rollback
/// needs something to go back to.
fn line() -> impl Strategy<Value = Vec<Word>> {
    let mark = select(vec!["", "", "", "", "", "", "!", "<", "<", "/", ".", "<!", "~", "<~"]);
    let word = (select(vec!['A', 'B', 'C', 'D', 'E']), select(vec!['1', '2', '3']), mark);
    (any::<bool>(), vec(word, 1..12)).prop_map(|(has_base, mut words)| {
        if has_base {
            words[0].2 = "()";
        }
        let last = words.len() - 1;
        let mut good = None;
        for (at, word) in words.iter_mut().enumerate() {
            word.2 = match word.2 {
                "~" | "<~" if at < last => "/",
                "/" if at == last => "~",
                "<" | "<~" if good != Some(true) => "<!",
                mark => mark,
            };
            match word.2 {
                "" | "()" => good = Some(true),
                // ECS would go back to what started no task.
                "." => good = Some(false),
                _ => {}
            }
        }
        words
    })
}

fn text(words: &[Word]) -> String {
    let words = words.iter().map(|(image, definition, mark)| match *mark {
        "()" => format!("({image}{definition})"),
        mark => format!("{image}{definition}{mark}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The versions that lead to the last of `walk`, by cutting its loops out: go on
/// behind the last visit of each image. Between two images, the same is done with
/// the configurations of the one.
fn without_loops(walk: &[(char, char)]) -> Vec<(char, char)> {
    let mut way = Vec::new();
    let mut rest = walk;
    while let Some((image, _)) = rest.first() {
        let last = rest.iter().rposition(|(it, _)| it == image).expect("the first is one");
        way.extend(configurations(&rest[..=last], *image));
        rest = &rest[last + 1..];
    }
    way
}

/// The configurations of one image, over a walk that starts and ends on it and may
/// leave it in between: coming back to it replaces its newest configuration.
fn configurations(walk: &[(char, char)], image: char) -> Vec<(char, char)> {
    let mut line = String::new();
    let mut is_away = false;
    for (it, definition) in walk {
        if *it != image {
            is_away = true;
            continue;
        }
        if let Some(before) = line.find(*definition) {
            line.truncate(before + 1);
        } else {
            if is_away {
                line.pop();
            }
            line.push(*definition);
        }
        is_away = false;
    }
    line.chars().map(|definition| (image, definition)).collect()
}

/// What the product has to say.
fn expected(words: &[Word]) -> String {
    let name = |(image, definition): (char, char)| format!("{image}{definition}");
    let mut walk: Vec<(char, char)> = Vec::new();
    let mut tried: Vec<(char, char)> = Vec::new();
    let mut is_back = false;
    for (image, definition, mark) in words {
        let here = (*image, *definition);
        match *mark {
            "" | "()" => {
                let before = without_loops(&walk);
                walk.push(here);
                let after = without_loops(&walk);
                if before != after {
                    is_back = after.len() <= before.len();
                } else if tried.iter().any(|it| *it != here) {
                    is_back = true;
                }
                tried.clear();
            }
            "<" => {
                is_back = true;
                tried.clear();
            }
            "." => {}
            _ => tried.push(here),
        }
    }

    let (image, definition, mark) = *words.last().expect("a story has words");
    let here = (image, definition);
    let way = without_loops(&walk);
    let Some(top) = way.last().copied() else {
        return if words[0].2 == "()" { "nothing listed" } else { "nothing succeeded" }.to_owned();
    };
    if words.len() == 1 && mark == "()" {
        return "nothing listed".to_owned();
    }
    let settled = || {
        let below = way.iter().rev().nth(1).copied();
        match (is_back, below) {
            (true, _) => format!("already back on {}", name(top)),
            (false, None) => format!("only {}", name(top)),
            (false, Some(below)) if below.0 == top.0 => {
                format!("{}, configuration only", name(below))
            }
            (false, Some(below)) => name(below),
        }
    };
    if matches!(mark, "" | "<") {
        return settled();
    }
    if mark == "<~" {
        return format!("on its way back to {}", name(top));
    }
    // Not resolved: only the tag and the definition are known.
    if mark == "." && image == top.0 && !way[..way.len() - 1].contains(&here) {
        return "not resolved".to_owned();
    }
    // What it would be if it succeeded.
    walk.push(here);
    let then = without_loops(&walk);
    if then.len() > way.len() {
        return if image == top.0 {
            format!("{}, configuration only", name(top))
        } else {
            name(top)
        };
    }
    // What runs is tried once more.
    if here == top && !tried.iter().any(|it| *it != here) {
        return settled();
    }
    let to = name(way[then.len() - 1]);
    match mark {
        "~" => format!("on its way back to {to}"),
        "." => format!("back on {to} without tasks"),
        _ => format!("return to {to} failed"),
    }
}

/// The images that the service was brought back from and has not succeeded with since.
/// What was left is the last of the way before, if the way got shorter or turned on the
/// spot, and whatever was tried without success since.
fn left_behind(words: &[Word]) -> BTreeSet<char> {
    let mut walk: Vec<(char, char)> = Vec::new();
    let mut tried: Vec<(char, char)> = Vec::new();
    let mut left = BTreeSet::new();
    for (image, definition, mark) in words {
        let here = (*image, *definition);
        match *mark {
            "" | "()" => {
                let before = without_loops(&walk);
                walk.push(here);
                let after = without_loops(&walk);
                // By another definition of a lower image the way may keep its length.
                let is_return = before != after && after.len() <= before.len();
                let is_undo = before == after && tried.iter().any(|it| *it != here);
                if is_return {
                    left.extend(before.last().map(|(image, _)| *image));
                }
                if is_return || is_undo {
                    left.extend(tried.iter().map(|(image, _)| *image));
                }
                left.remove(image);
                tried.clear();
            }
            "<" => {
                tried.push(here);
                let top = walk.last().map(|(image, _)| *image);
                left.extend(tried.drain(..).map(|(image, _)| image).filter(|it| Some(*it) != top));
            }
            "." => {}
            _ => tried.push(here),
        }
    }
    left
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(5_000))]

    #[test]
    fn previous_is_the_answer_of_an_independent_computation(words in line()) {
        let line = text(&words);
        prop_assert_eq!(Story::of(&line).previous(), expected(&words), "{}", line);
    }

    #[test]
    fn what_was_left_is_the_answer_of_an_independent_computation(words in line()) {
        let line = text(&words);
        let history = Story::of(&line).history();
        let is_left = |image: &char| {
            history.rolled_back_from(&digest_of(&image.to_string())).is_some()
        };
        let found: BTreeSet<char> = "ABCDE".chars().filter(is_left).collect();
        prop_assert_eq!(found, left_behind(&words), "{}", line);
    }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn previous_has_succeeded_and_is_not_what_runs(words in line()) {
        let line = text(&words);
        let story = Story::of(&line);
        let history = story.history();
        if let Ok(previous) = history.previous() {
            prop_assert!(previous.entry.ran_well(), "{}", line);
                let running = history.entries().find(|it| it.running).expect("something runs");
            prop_assert!(!previous.entry.is_same(running), "{}", line);
        }
        for candidate in history.candidates() {
            prop_assert!(candidate.ran_well(), "{}", line);
            for digest in candidate.digests.iter().flatten() {
                prop_assert_eq!(history.rolled_back_from(digest), None, "{}", line);
            }
        }
    }

    #[test]
    fn a_part_of_the_list_gives_the_same_answer_or_none(words in line(), kept in 0..12_usize) {
        let line = text(&words);
        let whole = Story::of(&line);
        let kept = kept.min(whole.0.deployments.len());
        let known = whole.previous();
        let part = Story::of(&line).cut_to(kept);
        if let Ok(previous) = part.history().previous() {
            prop_assert_eq!(said(&Ok(previous)), known, "{} of {}", kept, line);
        }
    }

    #[test]
    fn a_list_that_lags_gives_the_same_answer_or_none(words in line(), late in 1..4_usize) {
        let line = text(&words);
        let mut story = Story::of(&line);
        let known = story.previous();
        let kept = story.0.deployments.len().saturating_sub(late);
        story.0.deployments.truncate(kept);
        if let Ok(previous) = story.history().previous() {
            prop_assert_eq!(said(&Ok(previous)), known, "{} late of {}", late, line);
        }
    }

    #[test]
    fn a_revision_that_is_gone_leaves_the_same_answer_or_none(words in line(), gone in 0..12_usize) {
        let line = text(&words);
        let mut story = Story::of(&line);
        let known = story.previous();
        story.0.revisions.remove(gone % words.len());
        if let Ok(previous) = story.history().previous() {
            prop_assert_eq!(said(&Ok(previous)), known, "without {} of {}", gone, line);
        }
    }

    #[test]
    fn the_short_form_of_the_list_is_enough(words in line()) {
        let line = text(&words);
        prop_assert_eq!(Story::of(&line).brief().previous(), expected(&words), "{}", line);
    }

    #[test]
    fn the_order_of_the_list_and_repeated_pages_change_nothing(words in line()) {
        let line = text(&words);
        let mut story = Story::of(&line);
        let known = story.previous();
        let again = story.0.deployments.clone();
        story.0.deployments.extend(again);
        story.0.deployments.reverse();
        prop_assert_eq!(story.previous(), known, "{}", line);
    }
}
