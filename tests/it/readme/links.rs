//! What the documents name is there: files, pages, sections.

use std::collections::BTreeSet;

use super::markdown::{Named, anchors, named, sections};
use super::{documents, read, root};

#[test]
fn every_path_and_link_of_the_documents_leads_somewhere() {
    for document in documents() {
        let text = read(&document);
        let lost: Vec<Named> =
            named(&text).filter(|named| !leads_somewhere(&document, named)).collect();
        assert!(lost.is_empty(), "{document}: {lost:?}");
    }
}

#[test]
fn a_link_that_leads_nowhere_is_seen() {
    let cases = [
        ("README.md", "docs/rollback.md", true),
        ("README.md", "rollback.md", false),
        ("docs/github.md", "rollback.md#what-previous-means", true),
        ("docs/github.md", "rollback.md#what-next-means", false),
        ("docs/github.md", "../CHANGELOG.md", true),
        ("docs/github.md", "../../CHANGELOG.md", false),
        ("docs/rollback.md", "#what-previous-means", true),
        ("docs/github.md", "#what-previous-means", false),
        ("docs/github.md", "https://example.com/", true),
    ];
    for (document, link, expected) in cases {
        let named = Named::Link(link.to_owned());
        assert_eq!(leads_somewhere(document, &named), expected, "{link} in {document}");
    }
}

#[test]
fn every_page_is_linked_from_the_readme_and_begins_with_a_list_of_its_sections() {
    let linked = |document: &str| {
        let text = read(document);
        let links = named(&text).filter_map(|named| match named {
            Named::Link(link) => Some(link),
            Named::Code(_) => None,
        });
        links.collect::<BTreeSet<_>>()
    };
    let readme = linked("README.md");
    for page in documents().into_iter().filter(|it| it.starts_with("docs/")) {
        assert!(readme.contains(&page), "README.md does not link to {page}");
        let links = linked(&page);
        for section in sections(&read(&page)) {
            assert!(links.contains(&format!("#{section}")), "{page} does not list {section}");
        }
    }
}

fn leads_somewhere(document: &str, named: &Named) -> bool {
    let folders = ["src/", "tests/", "examples/", "benches/", "docs/", ".ci/", ".github/"];
    match named {
        Named::Code(code) => {
            let path = code.split(' ').next().unwrap_or_default();
            // That of the user's repository.
            let is_elsewhere = path == ".github/ecs-release.yml";
            is_elsewhere || !folders.iter().any(|it| path.starts_with(it)) || exists(path)
        }
        Named::Link(link) if link.contains("://") => true,
        Named::Link(link) => {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file =
                if file.is_empty() { Some(document.to_owned()) } else { from(document, file) };
            file.is_some_and(|file| {
                exists(&file) && (anchor.is_empty() || anchors(&read(&file)).contains(anchor))
            })
        }
    }
}

/// Where a link in a document leads, as a path from the root; `None` if that is
/// outside of it.
fn from(document: &str, link: &str) -> Option<String> {
    let mut path: Vec<&str> = document.split('/').collect();
    path.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(path.pop()?),
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}

fn exists(path: &str) -> bool {
    root().join(path).exists()
}
