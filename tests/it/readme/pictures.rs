//! The pictures of the documents, which `tests/tools/pictures/make.py` makes.

use std::fs;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::{documents, read, root};

/// Bytes of one; everybody who clones the repository takes all of them.
const LARGEST: u64 = 150_000;

#[test]
fn every_picture_is_shown_says_what_it_shows_and_is_small() {
    let mut shown = Vec::new();
    for document in documents() {
        for (picture, alternative) in pictures(&read(&document)) {
            let words = alternative.split_whitespace().count();
            assert!(words > 3, "{document}: {picture} says {alternative:?}");
            shown.push(picture.rsplit('/').next().unwrap_or_default().to_owned());
        }
    }
    for entry in fs::read_dir(root().join("docs/pictures")).expect("there are pictures") {
        let entry = entry.expect("it can be listed");
        let name = entry.file_name().into_string().expect("its name is text");
        assert!(shown.contains(&name), "no document shows {name}");
        let size = entry.metadata().expect("it can be read").len();
        assert!(size < LARGEST, "{name} has {size} bytes");
    }
}

#[test]
fn a_picture_is_found_with_what_it_says() {
    let found = pictures("A ![list of `two` versions](docs/a.png) and [b](b.png)");
    assert_eq!(found, [("docs/a.png".to_owned(), "list of two versions".to_owned())]);
}

/// Of each its address and its alternative text.
fn pictures(text: &str) -> Vec<(String, String)> {
    let (mut found, mut inside) = (Vec::new(), false);
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                inside = true;
                found.push((dest_url.to_string(), String::new()));
            }
            Event::End(TagEnd::Image) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                found.last_mut().expect("a picture was begun").1.push_str(&text);
            }
            _ => {}
        }
    }
    found
}
