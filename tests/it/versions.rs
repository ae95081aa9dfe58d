//! Sentences about versions: from package.json or the input `version` to the
//! one image that is deployed, or to why there is none.

use expect_test::{Expect, expect};
use simulator::{Fault, Image, Simulator, When};

use crate::scene::{Scene, Step};

/// A scene in which `web1` runs 1.4.1 and nothing else is in the repository.
fn running_1_4_1() -> Scene {
    let scene = Scene::empty();
    push(&scene.sim, "1.4.1", "1.4.1");
    scene.sim.service("prod", "web1").running_version("1.4.1").start();
    scene
}

/// Pushes an image under a tag; the same `content` is the same image.
fn push(sim: &Simulator, tag: &str, content: &str) {
    sim.repository("web1").push(tag, Image::linux_amd64().content(content));
}

fn package(version: &str) -> String {
    format!(r#"{{"name": "@org/web1", "version": "{version}"}}"#)
}

/// What was started: the image and the output `version`.
fn started(step: &Step) -> (&str, &str) {
    step.is("started");
    let images = step.registered_images();
    assert_eq!(images.len(), 1, "one container");
    assert!(step.output("image").ends_with(images[0]), "{}", step.output("image"));
    (images[0], step.output("version"))
}

#[tokio::test(start_paused = true)]
async fn a_package_is_found_by_its_file_or_its_folder_whatever_editor_wrote_it() {
    let texts = [
        package("1.4.2"),
        format!("\u{feff}{}", package("1.4.2")),
        "{\r\n\t\"version\" : \"1.4.2\"\r\n}\r\n".to_owned(),
    ];
    for text in texts {
        let scene = running_1_4_1();
        push(&scene.sim, "1.4.2", "new");
        let file = scene.file("package.json", &text);
        let folder = file.trim_end_matches("/package.json");
        for path in [&file, folder] {
            let step = scene.deploy(&[("package", path), ("dry-run", "true")]).await;
            assert_eq!((step.result(), step.output("version")), ("planned", "1.4.2"), "{text:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_becomes_a_tag_that_exists() {
    // Package version, tags of the image beside 1.4.1, inputs, and what is deployed.
    type Case<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)], (&'a str, &'a str));
    let cases: [Case<'_>; 13] = [
        ("1.4.2", &["1.4.2"], &[], ("web1:1.4.2", "1.4.2")),
        ("1.4.2", &["v1.4.2"], &[], ("web1:v1.4.2", "1.4.2")),
        // Both spellings of the same image: either would do.
        ("1.4.2", &["1.4.2", "v1.4.2"], &[], ("web1:v1.4.2", "1.4.2")),
        ("1.4.2+b7", &["1.4.2_b7"], &[], ("web1:1.4.2_b7", "1.4.2+b7")),
        (
            "1.4.2",
            &["web1-v1.4.2"],
            &[("tag-template", "{name}-v{version}")],
            ("web1:web1-v1.4.2", "1.4.2"),
        ),
        (
            "1.4.2",
            &["rel-1.5.0"],
            &[("version", "1.5.0"), ("tag-template", "rel-{version}")],
            ("web1:rel-1.5.0", "1.5.0"),
        ),
        (
            "1.4.2",
            &["web1-1.5.0"],
            &[("version", "v1.5.0"), ("tag-template", "{name}-{version}")],
            ("web1:web1-1.5.0", "1.5.0"),
        ),
        // What was typed is a candidate of its own beside the template's.
        (
            "1.4.2",
            &["v1.5.0"],
            &[("version", "v1.5.0"), ("tag-template", "{version}")],
            ("web1:v1.5.0", "1.5.0"),
        ),
        // An explicit version wins over the package's.
        ("1.4.2", &["1.5.0"], &[("version", "1.5.0")], ("web1:1.5.0", "1.5.0")),
        ("1.4.2", &["1.5.0"], &[("version", "v1.5.0")], ("web1:1.5.0", "1.5.0")),
        ("1.4.2", &["main"], &[("version", "main")], ("web1:main", "main")),
        ("1.4.2", &["latest", "1.4.9"], &[("version", "latest")], ("web1:1.4.9", "1.4.9")),
        // Two spellings are still one version.
        (
            "1.4.2",
            &["latest", "1.4.9", "v1.4.9", "main"],
            &[("version", "latest")],
            ("web1:1.4.9", "1.4.9"),
        ),
    ];
    for (version, tags, inputs, expected) in cases {
        let scene = running_1_4_1();
        tags.iter().for_each(|tag| push(&scene.sim, tag, "new"));
        scene.file("package.json", package(version));
        let step = scene.deploy(&[inputs, &[("wait", "false")]].concat()).await;
        assert_eq!(started(&step), expected, "{tags:?} with {inputs:?}");
        assert_eq!(step.said("warning"), "", "{tags:?} with {inputs:?}");
        // All candidates in one question.
        step.only("BatchGetImage");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_given_by_hand_needs_no_package() {
    let scene = running_1_4_1();
    push(&scene.sim, "1.5.0", "new");
    let step = scene.deploy(&[("version", "1.5.0"), ("package", ""), ("wait", "false")]).await;
    assert_eq!(started(&step), ("web1:1.5.0", "1.5.0"));
}

#[tokio::test(start_paused = true)]
async fn latest_without_a_version_is_deployed_as_it_is_with_a_warning() {
    let alone = expect![[r#"
        latest in web1 is deployed as latest: no version tag is on the same image
        A tag that moves does not say which image it named before; push a version tag as well."#]];
    let denied = expect![[r#"
        latest in web1 is deployed as latest: its other tags can't be read: ecr:DescribeImages is not allowed
        A tag that moves does not say which image it named before; push a version tag as well."#]];
    for (is_denied, warning) in [(false, alone), (true, denied)] {
        let scene = running_1_4_1();
        push(&scene.sim, "latest", "new");
        push(&scene.sim, "main", "new");
        if is_denied {
            push(&scene.sim, "1.4.9", "new");
            scene.sim.fault("DescribeImages", When::Always, Fault::AccessDenied);
        }
        let step = scene.deploy(&[("version", "latest"), ("wait", "false")]).await;
        assert_eq!(started(&step), ("web1:latest", "latest"));
        warning.assert_eq(&step.said("warning"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_is_taken_as_it_is_given() {
    let scene = running_1_4_1();
    push(&scene.sim, "v1.4.2", "new");
    push(&scene.sim, "nightly", "other");
    let repository = scene.sim.repository("web1");
    let [new, other] = ["v1.4.2", "nightly"].map(|tag| repository.digest(tag).expect("pushed"));
    for (suffix, kept, version) in [
        (":v1.4.2".to_owned(), ":v1.4.2".to_owned(), "1.4.2"),
        // By digest it is pinned; its version is that of its only version tag.
        (format!("@{new}"), format!("@{new}"), "1.4.2"),
        (format!("@{other}"), format!("@{other}"), ""),
        // Never both in one reference: the digest decides.
        (format!(":v1.4.2@{new}"), format!("@{new}"), "1.4.2"),
    ] {
        let image = format!("{}{suffix}", repository.uri());
        let step = scene.deploy(&[("image", &image), ("wait", "false")]).await;
        assert_eq!(started(&step), (format!("web1{kept}").as_str(), version), "{image}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_package_without_a_usable_version_is_refused_at_its_line() {
    let cases: [(&str, Expect); 6] = [
        (
            "{\n  \"name\": \"web1\"\n}\n",
            expect![[r#"
                package.json has no "version"
                Add it, or name the version to deploy in the input version
                (at package.json, line 1)"#]],
        ),
        (
            "{\n  \"name\": \"web1\",\n  \"version\": \"1.4\"\n}\n",
            expect![[r#"
                "version" in package.json is "1.4", which is not a semantic version: unexpected end of input while parsing minor version number
                Write three numbers, such as 1.4.2
                (at package.json, line 3)"#]],
        ),
        (
            "{\n  \"version\": \"v1.4.2\"\n}\n",
            expect![[r#"
                "version" in package.json is "v1.4.2", which is not a semantic version: unexpected character 'v' while parsing major version number
                Write 1.4.2
                (at package.json, line 2)"#]],
        ),
        (
            "{\n\n  \"version\": 14\n}\n",
            expect![[r#"
                "version" in package.json is a number, not a string
                (at package.json, line 3)"#]],
        ),
        (
            "{\n  \"version\": \"1.4.2\",\n  \"version\": \"1.4.3\"\n}\n",
            expect![[r#"
                package.json has 2 members named "version"
                Keep only one: tools differ in which one they read
                (at package.json, line 3)"#]],
        ),
        (
            "{\n  \"version\": \"1.4.2\"\n  \"name\": \"web1\"\n}\n",
            expect![[r#"
                package.json is not JSON: expected `,` or `}` at line 3 column 3
                (at package.json, line 3)"#]],
        ),
    ];
    for (text, expected) in cases {
        let scene = Scene::ready();
        scene.file("package.json", text);
        expected.assert_eq(&scene.refusal(&[]).await);
        assert_eq!(scene.sim.requests().len(), 0, "AWS is not asked in vain");
    }
}

#[tokio::test(start_paused = true)]
async fn a_typed_version_needs_no_package_that_can_be_read() {
    let scene = Scene::ready();
    scene.file("package.json", "{");
    for with in [&[][..], &[("tag-template", "v{version}")]] {
        let with = [with, &[("version", "1.4.2"), ("dry-run", "true")]].concat();
        let step = scene.deploy(&with).await;
        assert_eq!(step.code, 0, "{}", step.log());
    }
}

#[tokio::test(start_paused = true)]
async fn a_package_that_cannot_be_read_is_refused_with_the_ways_out() {
    let scene = Scene::ready();
    let folder = scene.file("x", "").replace("/x", "");
    let missing = format!("{folder}/web2");
    expect![[r#"
        there is no file web2
        Check out the repository before this step, name the file in `package`, or give the version in `version`."#]].assert_eq(&scene.refusal(&[("package", &missing)]).await);
    let huge = scene.file("huge.json", vec![b' '; 1 << 21]);
    expect![[r#"
        huge.json is larger than 1 MiB
        Check out the repository before this step, name the file in `package`, or give the version in `version`."#]].assert_eq(&scene.refusal(&[("package", &huge)]).await);
    let binary = scene.file("binary.json", b"{\n\xff\xfe}");
    expect![[r#"
        binary.json: not UTF-8 from byte 2 on
        Save it as UTF-8.
        (at binary.json, line 2)"#]]
    .assert_eq(&scene.refusal(&[("package", &binary)]).await);
    let inputs = [("version", "1.4.2"), ("tag-template", "{name}-{version}"), ("package", "")];
    expect![[r#"
        there is no file package.json
        `tag-template` has {name}, which is read from package.json: name it in `package`."#]]
    .assert_eq(&scene.refusal(&inputs).await);
    let nameless = scene.file("nameless.json", r#"{"version": "1.4.2"}"#);
    let inputs = [("package", nameless.as_str()), ("tag-template", "{name}-{version}")];
    expect![[r#"
        nameless.json has no "name"
        Add it, or write a fixed name in place of {name} in the input tag-template
        (at nameless.json, line 1)"#]]
    .assert_eq(&scene.refusal(&inputs).await);
}

#[tokio::test(start_paused = true)]
async fn two_images_for_one_version_are_refused() {
    let scene = Scene::ready();
    push(&scene.sim, "v1.4.2", "another build");
    let said = scene.refusal(&[]).await;
    let repository = scene.sim.repository("web1");
    let short = |tag| repository.digest(tag).expect("pushed")["sha256:".len()..][..12].to_owned();
    let said = said.replace(&short("v1.4.2"), "ONE").replace(&short("1.4.2"), "OTHER");
    expect![[r#"
        v1.4.2 and 1.4.2 in web1 are different images (ONE and OTHER)
        Say which one a version means with `tag-template`, for example v{version}.
        (at package.json, line 3)"#]]
    .assert_eq(&said);
    // The way out that it names.
    let step = scene.deploy(&[("tag-template", "v{version}"), ("wait", "false")]).await;
    assert_eq!(started(&step), ("web1:v1.4.2", "1.4.2"));
}

#[tokio::test(start_paused = true)]
async fn latest_with_several_versions_is_refused_with_their_list() {
    let scene = Scene::ready();
    ["latest", "1.9.0", "1.10.0", "v1.10.0"].iter().for_each(|tag| push(&scene.sim, tag, "new"));
    expect![[r#"
        latest in web1 has several versions: 1.9.0, 1.10.0
        Name one of them in `version`."#]]
    .assert_eq(&scene.refusal(&[("version", "latest")]).await);
}
