//! Several containers, each with an image of its own: a case of two, `web1` and `nginx`.

use serde_json::{Value, json};

use super::super::{ChosenImage, Fact, Image, choose_all};
use super::{Case, NOTHING, REGISTER, REPOSITORY, RUNNING, described, digest, messages, steps};
use super::{image, platform, request};
use crate::ecs::tests::service;
use crate::ecs::{ContainerImage, DigestSource};

const NGINX: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/nginx";

fn containers(web1: &str, nginx: &str) -> Value {
    json!([
        { "name": "web1", "image": format!("{REPOSITORY}:{web1}") },
        { "name": "nginx", "image": format!("{NGINX}:{nginx}") },
    ])
}

/// An image for the container `nginx`.
fn nginx(version: &str, digit: char) -> Image {
    let reference = format!("{NGINX}:{version}").parse().expect("a reference");
    Image { reference, ..image(version, digit) }
}

fn running(web1: char, nginx: char) -> Fact<Vec<ContainerImage>> {
    let image = |container: &str, digit| ContainerImage {
        container: container.to_owned(),
        image: String::new(),
        digest: Some(digest(digit)),
        source: DigestSource::Ecs,
        pushed_at: None,
    };
    Fact::Known(vec![image("web1", web1), image("nginx", nginx)])
}

/// `web1` 1.4.1 (a) and `nginx` 3 (d) run; these are asked for.
fn asked(web1: Image, nginx: Image) -> Case {
    Case::new().finding(|found| {
        found.running = described(RUNNING, &containers("1.4.1", "3"));
        found.base.definition = found.running.clone();
        found.running_images = running('a', 'd');
        found.images.first.image = web1;
        let container = "nginx".parse().expect("a container");
        found.images.others = vec![ChosenImage { containers: vec![container], image: nginx }];
    })
}

#[test]
fn a_plan_names_every_image_and_the_first_is_the_version() {
    let plan = asked(image("1.4.2", 'b'), nginx("4", 'e')).plan();
    assert_eq!(steps(&plan), REGISTER);
    assert_eq!(plan.versions.to.version.as_ref().expect("it has one").to_string(), "1.4.2");
    let title = plan.title();
    assert!(title.starts_with("Plan: 1.4.1 (nginx 3) → 1.4.2 (nginx 4) for service"), "{title}");
    let lines = plan.lines();
    assert_eq!(
        lines[..4],
        [
            "now:  web1 1.4.1  aaaaaaaaaaaa  web1:7",
            "      nginx 3  dddddddddddd",
            "then: web1 1.4.2  bbbbbbbbbbbb  (a new revision of web1)",
            "      nginx 4  eeeeeeeeeeee",
        ]
    );
    let images: Vec<_> = plan
        .revision
        .definition
        .containers()
        .filter_map(|it| it.image.map(str::to_owned))
        .collect();
    assert_eq!(images, [format!("{REPOSITORY}:1.4.2"), format!("{NGINX}:4")]);
}

#[test]
fn nothing_is_to_be_done_only_where_every_container_runs_its_image() {
    let same = || asked(image("1.4.1", 'a'), nginx("3", 'd'));
    assert_eq!(steps(&same().plan()), NOTHING);
    assert_eq!(steps(&asked(image("1.4.1", 'a'), nginx("4", 'e')).plan()), REGISTER);
    // Each its own: what the other one runs does not count.
    let swapped = same().finding(|found| found.running_images = running('d', 'a'));
    let said = [
        format!(
            "the tag of {REPOSITORY}:1.4.1 has moved: the service runs dddddddddddd, the tag now names aaaaaaaaaaaa"
        ),
        format!(
            "the tag of {NGINX}:3 has moved: the service runs aaaaaaaaaaaa, the tag now names dddddddddddd"
        ),
    ];
    assert_eq!(messages(&swapped.plan().remarks.warnings), said);
    let unknown = same().finding(|found| found.running_images = super::resolved('a')).plan();
    assert_eq!(steps(&unknown), ["start a new deployment of web1:7"]);
    let [notice] = messages(&unknown.remarks.notices)[..] else { panic!("one notice") };
    assert!(notice.starts_with("the digest that runs is not known"), "{notice}");
}

#[test]
fn every_image_that_is_for_another_platform_is_named() {
    let arm = |image: Image| Image { platforms: Ok(vec![platform("arm64")]), ..image };
    let case = asked(arm(image("1.4.2", 'b')), arm(nginx("4", 'e')));
    let problems = case.decision().expect_err("a refusal");
    let said: Vec<String> = [format!("{REPOSITORY}:1.4.2"), format!("{NGINX}:4")]
        .iter()
        .map(|it| {
            format!("the image {it} is built for linux/arm64, but the task runs on linux/amd64")
        })
        .collect();
    assert_eq!(messages(&problems), said);
}

#[test]
fn each_container_has_to_be_in_the_definition() {
    let mut request = request();
    request.containers = vec!["web1".parse().expect("a container")];
    request.further_images = [("ngnix", "4"), ("other", "5")]
        .map(|(name, tag)| {
            let image = format!("{NGINX}:{tag}").parse().expect("a reference");
            (name.parse().expect("a container"), image)
        })
        .to_vec();
    let definition = described(RUNNING, &containers("1.4.1", "3"));
    let choices = choose_all(&request, &definition, &service([]).arn.place());
    let said: Vec<String> = choices
        .into_iter()
        .map(|it| it.map_or_else(|it| it.to_string(), |_| String::new()))
        .collect();
    assert_eq!(
        said,
        [
            "",
            "the task definition web1 has no container ngnix\n\
             Did you mean nginx? Its containers: web1, nginx.",
            "the task definition web1 has no container other\nIts containers: web1, nginx.",
        ]
    );
}
