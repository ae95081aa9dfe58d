use super::*;

fn package(text: &str) -> Package {
    Package::parse("package.json", text.as_bytes()).expect("the package is legal")
}

#[test]
fn the_short_name_has_no_scope() {
    for (name, short) in [("web1", "web1"), ("@org/web1", "web1"), ("@org/web_1.x", "web_1.x")] {
        let package = package(&format!(r#"{{"name": "{name}", "version": "1.4.2"}}"#));
        assert_eq!(package.short_name().expect("usable in a tag"), short);
    }
    for name in ["", "@org/", "web/1", "web~1", "@web1"] {
        let package = package(&format!(r#"{{"name": "{name}", "version": "1.4.2"}}"#));
        let problem = package.short_name().expect_err("not usable in a tag");
        assert!(problem.message.contains("can't be part of a tag"), "{name}: {problem}");
    }
}

#[test]
fn a_missing_name_matters_only_to_a_template_that_asks_for_it() {
    let package = package(r#"{"version": "1.4.2"}"#);
    let tags = |template: Option<&str>| {
        let template = template.map(|text| text.parse().expect("the template is legal"));
        package.candidates(template.as_ref())
    };
    let both: Vec<ImageTag> =
        ["v1.4.2", "1.4.2"].map(|tag| tag.parse().expect("a legal tag")).to_vec();
    assert_eq!(tags(None), Ok(both.clone()));
    assert_eq!(tags(Some("v{version}")), Ok(both[..1].to_vec()));
    let problem = tags(Some("{name}-{version}")).expect_err("there is no name");
    assert!(problem.message.contains("has no \"name\""), "{problem}");
}

#[test]
fn the_tag_of_a_named_package_carries_its_short_name() {
    let package = package(r#"{"name": "@org/web1", "version": "1.4.2"}"#);
    let template = "{name}-v{version}".parse().expect("the template is legal");
    let tags = package.candidates(Some(&template)).expect("a legal tag");
    assert_eq!(tags, ["web1-v1.4.2".parse().expect("a legal tag")]);
}

#[test]
fn a_placeholder_is_read_but_is_no_version_to_deploy() {
    for version in ["0.0.0-development", "0.0.0-semantically-released", "0.0.0-dev"] {
        let package = package(&format!("{{\n\"version\": \"{version}\"\n}}"));
        let problem = package.candidates(None).expect_err("a placeholder");
        assert!(problem.to_string().contains("Give the released version"), "{problem}");
        assert_eq!(problem.location, Some(package.version_at()));
    }
    for version in ["0.0.0", "0.0.0-rc.1", "0.0.1-dev", "1.0.0-development"] {
        assert!(package(&format!("{{\"version\": \"{version}\"}}")).candidates(None).is_ok());
    }
}
