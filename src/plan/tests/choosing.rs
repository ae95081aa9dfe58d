//! Containers and repository.

use serde_json::{Value, json};

use super::super::{choose, named_repository};
use super::{REPOSITORY, described, request};
use crate::ecs::tests::service;
use crate::image::EcrRepository;
use crate::problem::Problem;
use crate::request::{AppRequest, Wanted};

const PROXY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/proxy";
const FIPS: &str = "123456789012.dkr.ecr-fips.eu-central-1.amazonaws.com/web1";
const ELSEWHERE: &str = "210987654321.dkr.ecr.us-west-2.amazonaws.com/team/web1";

fn containers(all: &[(&str, &str)]) -> Value {
    all.iter().map(|(name, image)| json!({ "name": name, "image": image })).collect()
}

fn named(names: &[&str]) -> AppRequest {
    let containers = names.iter().map(|name| name.parse().expect("a container")).collect();
    AppRequest { containers, ..request() }
}

fn from(repository: &str, names: &[&str]) -> AppRequest {
    let mut request = named(names);
    let Wanted::Version { repository: of_request, .. } = &mut request.wanted else {
        panic!("a version is asked for")
    };
    *of_request = Some(repository.parse().expect("a repository"));
    request
}

fn of_image(image: &str) -> AppRequest {
    AppRequest { wanted: Wanted::Image(image.parse().expect("a reference")), ..request() }
}

/// The names of the chosen containers and the repository of their image.
fn chosen(request: &AppRequest, all: &[(&str, &str)]) -> (Vec<String>, String) {
    let definition = described(7, &containers(all));
    let choice = choose(request, &definition, &service([]).arn.place()).expect("a choice");
    let names = choice.containers.iter().map(ToString::to_string).collect();
    (names, choice.repository.repository_uri())
}

fn refused(request: &AppRequest, all: &[(&str, &str)]) -> String {
    let definition = described(7, &containers(all));
    let problem = choose(request, &definition, &service([]).arn.place()).expect_err("no choice");
    let hint = problem.hint.as_ref().expect("a next move");
    for name in all.iter().map(|(name, _)| name).filter(|_| hint.contains("Its containers")) {
        assert!(hint.contains(name), "{name} is not named: {hint}");
    }
    problem.message
}

fn tagged(repository: &str, tag: &str) -> String {
    format!("{repository}:{tag}")
}

#[test]
fn the_only_container_is_chosen_with_the_repository_of_its_image() {
    let all = [("app", tagged(REPOSITORY, "1"))];
    let all = all.each_ref().map(|(name, image)| (*name, image.as_str()));
    assert_eq!(chosen(&request(), &all), (vec!["app".to_owned()], REPOSITORY.to_owned()));
    // It gets the image of another repository where one is named.
    assert_eq!(chosen(&from("proxy", &[]), &all), (vec!["app".to_owned()], PROXY.to_owned()));
}

#[test]
fn among_sidecars_the_container_with_the_only_image_in_ecr_is_chosen() {
    let image = tagged(REPOSITORY, "1");
    let all = [
        ("mesh", "public.ecr.aws/appmesh/envoy:v1"),
        ("web1", &image),
        ("logs", "fluent/fluent-bit:3"),
        ("agent", "gcr.io/datadoghq/agent:7"),
    ];
    assert_eq!(chosen(&request(), &all), (vec!["web1".to_owned()], REPOSITORY.to_owned()));
}

#[test]
fn all_containers_with_one_reference_are_chosen() {
    let (image, proxy) = (tagged(REPOSITORY, "1"), tagged(PROXY, "9"));
    let both = (vec!["web".to_owned(), "worker".to_owned()], REPOSITORY.to_owned());
    let all = [("web", image.as_str()), ("logs", "fluent-bit"), ("worker", &image)];
    assert_eq!(chosen(&request(), &all), both);
    let all = [("web", image.as_str()), ("proxy", &proxy), ("worker", &image)];
    assert_eq!(chosen(&from("web1", &[]), &all), both);
    assert_eq!(chosen(&of_image(&tagged(REPOSITORY, "2")), &all), both);
}

#[test]
fn named_containers_are_chosen_whatever_the_others_are() {
    let (image, proxy) = (tagged(REPOSITORY, "1"), tagged(PROXY, "9"));
    let all = [("web", image.as_str()), ("proxy", &proxy), ("worker", &image)];
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (request, expected) in [
        (named(&["proxy"]), (names(&["proxy"]), PROXY)),
        (named(&["worker"]), (names(&["worker"]), REPOSITORY)),
        (named(&["worker", "web"]), (names(&["worker", "web"]), REPOSITORY)),
        (from("web1", &["proxy"]), (names(&["proxy"]), REPOSITORY)),
    ] {
        assert_eq!(chosen(&request, &all), (expected.0, expected.1.to_owned()));
    }
}

#[test]
fn what_is_not_clear_is_refused_with_the_names_of_the_containers() {
    let (image, other) = (tagged(REPOSITORY, "1"), tagged(REPOSITORY, "2"));
    let proxy = tagged(PROXY, "9");
    let two = [("web", image.as_str()), ("proxy", proxy.as_str())];
    let tags = [("web", image.as_str()), ("worker", other.as_str())];
    let unclear = "the task definition web1 has 2 containers, \
                   and it is not clear which of them to update";
    let different = "different tags of web1 are used by the containers of the task definition web1";
    for (request, all, said) in [
        (request(), two, unclear),
        (request(), tags, unclear),
        (request(), [("a", "nginx"), ("b", "public.ecr.aws/nginx/nginx")], unclear),
        (from("web1", &[]), tags, different),
        (of_image(&image), tags, different),
        (
            from("shop", &[]),
            two,
            "the repository shop is not used by any container of the task definition web1",
        ),
        (named(&["web", "shop"]), two, "the task definition web1 has no container shop"),
        (
            named(&["web", "proxy"]),
            two,
            "the containers web and proxy come from different repositories (web1 and proxy)",
        ),
    ] {
        assert_eq!(refused(&request, &all), said);
    }
}

fn repository_of(request: &AppRequest) -> Result<Option<EcrRepository>, Problem> {
    named_repository(&request.wanted, &request.target.region)
}

#[test]
fn an_image_that_is_not_in_a_private_ecr_is_refused_by_its_place() {
    for (image, place) in [
        ("nginx:1", "docker.io"),
        ("ghcr.io/team/web1:1", "ghcr.io"),
        ("public.ecr.aws/nginx/nginx:1", "public ECR"),
    ] {
        let said = refused(&request(), &[("web1", image)]);
        let expected = format!(
            "the image {image} is in {place}; only images in a private Amazon ECR can be confirmed"
        );
        assert_eq!(said, expected);
        let named = repository_of(&of_image(image)).expect_err("it can't be asked for");
        assert_eq!(named.message, expected);
    }
    let said = refused(&request(), &[("web1", "NOT an image")]);
    assert_eq!(said, "the image reference of the container web1 is not valid");
}

#[test]
fn a_repository_is_in_the_registry_of_the_service_unless_its_uri_says_otherwise() {
    let image = tagged(REPOSITORY, "1");
    for (repository, expected, asked_at) in [
        ("shop", format!("{}/shop", REPOSITORY.trim_end_matches("/web1")), None),
        (ELSEWHERE, ELSEWHERE.to_owned(), Some(("210987654321", "us-west-2"))),
    ] {
        let request = from(repository, &[]);
        let (_, found) = chosen(&request, &[("web1", &image)]);
        assert_eq!(found, expected);
        let asked = repository_of(&request).expect("in ECR").expect("named");
        let account = asked.account.as_ref().map(ToString::to_string);
        let (of_account, region) = asked_at.unzip();
        assert_eq!(account.as_deref(), of_account);
        assert_eq!(asked.region.as_str(), region.unwrap_or("eu-central-1"));
    }
    assert_eq!(repository_of(&request()).expect("no question"), None);
}

#[test]
fn the_host_that_a_container_uses_already_is_kept() {
    let (fips, proxy) = (tagged(FIPS, "1"), tagged(PROXY, "9"));
    let all = [("web1", fips.as_str()), ("proxy", &proxy)];
    for request in [named(&["web1"]), from("web1", &[]), of_image(&tagged(REPOSITORY, "2"))] {
        assert_eq!(chosen(&request, &all), (vec!["web1".to_owned()], FIPS.to_owned()));
    }
}
