use proptest::prelude::*;

use super::*;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn reference(text: &str) -> ImageReference {
    text.parse().expect("the reference is legal")
}

#[test]
fn a_reference_is_taken_apart_as_docker_does_it() {
    let digest = format!("@{DIGEST}");
    for (host, path, tag, digest) in [
        ("", "nginx", "", ""),
        ("", "nginx", ":1.29", ""),
        ("", "library/nginx", ":1.29", digest.as_str()),
        ("docker.io/", "library/nginx", "", digest.as_str()),
        ("localhost/", "web1", ":latest", ""),
        ("localhost:5000/", "web1", "", ""),
        ("registry:5000/", "team/web1", ":v1", ""),
        ("[2001:db8::1]:5000/", "web1", ":v1", ""),
        ("[2001:db8::1]/", "web1", "", ""),
        ("111122223333.dkr.ecr.eu-central-1.amazonaws.com/", "team/web1", ":1.4.2", ""),
        ("111122223333.DKR.ECR.eu-central-1.amazonaws.com/", "a.b/c_d/e__f/g--h", ":x", ""),
    ] {
        let text = format!("{host}{path}{tag}{digest}");
        let reference = reference(&text);
        assert_eq!(reference.repository_name(), path, "{text}");
        assert_eq!(reference.repository_uri(), format!("{host}{path}"), "{text}");
        let read = |part: Option<String>| part.unwrap_or_default();
        assert_eq!(read(reference.tag().map(|tag| format!(":{tag}"))), tag, "{text}");
        assert_eq!(read(reference.digest().map(|d| format!("@{d}"))), digest, "{text}");
    }
}

#[test]
fn an_illegal_reference_is_refused_with_the_part_that_is_wrong() {
    for (text, part) in [
        ("", "\"\" is not the name of a repository"),
        (":1.4.2", "\"\" is not the name of a repository"),
        ("nginx:", "an image tag can't be empty"),
        ("nginx:a+b", "character 2 is '+'"),
        ("Web1:1.4.2", "\"Web1\" is not the name of a repository"),
        ("team//web1", "\"team//web1\" is not the name"),
        ("web1/", "\"web1/\" is not the name"),
        ("a___b", "\"a___b\" is not the name"),
        ("a._b", "\"a._b\" is not the name"),
        ("-web1", "\"-web1\" is not the name"),
        ("<IMAGE1_NAME>", "\"<IMAGE1_NAME>\" is not the name"),
        ("${REGISTRY}/web1:1.4.2", "\"${REGISTRY}/web1\" is not the name"),
        (".dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2", "is not a host"),
        ("localhost:port/web1", "\"localhost:port\" is not a host"),
        ("localhost:/web1", "\"localhost:\" is not a host"),
        ("[2001:db8::x]:5000/web1", "is not a host"),
        ("https://registry.example.com/web1", "Remove the scheme"),
        ("web1@", "\"\" is not an image digest"),
        ("web1@sha256:abc", "\"sha256:abc\" is not an image digest"),
        ("web1@sha256:abc@sha256:abc", "is not an image digest"),
        ("web1 ", "\"web1 \" is not the name"),
    ] {
        let problem = text.parse::<ImageReference>().expect_err("an illegal reference");
        assert!(problem.to_string().contains(part), "{text}: {problem}");
    }
}

#[test]
fn the_length_is_counted_without_the_digest() {
    let longest = "a".repeat(255);
    assert_eq!(reference(&format!("{longest}@{DIGEST}")).repository_name(), longest);
    let problem = "a".repeat(256).parse::<ImageReference>().expect_err("too long");
    assert!(
        problem.message.contains("it has 256 characters; at most 255 are allowed"),
        "{problem}"
    );
}

#[test]
fn a_new_tag_or_digest_takes_the_place_of_both_and_leaves_the_host_as_spelled() {
    let running =
        reference(&format!("111122223333.DKR.ecr.eu-central-1.amazonaws.com/web1:1.4.1@{DIGEST}"));
    let tag: ImageTag = "1.4.2".parse().expect("a legal tag");
    assert_eq!(
        running.with_tag(tag).to_string(),
        "111122223333.DKR.ecr.eu-central-1.amazonaws.com/web1:1.4.2"
    );
    let digest: Digest = DIGEST.parse().expect("a legal digest");
    assert_eq!(
        running.with_digest(digest).to_string(),
        format!("111122223333.DKR.ecr.eu-central-1.amazonaws.com/web1@{DIGEST}")
    );
}

#[test]
fn one_repository_is_the_same_under_every_host_of_its_registry() {
    let plain = reference("111122223333.dkr.ecr.us-west-2.amazonaws.com/web1:1.4.2");
    for (other, same) in [
        ("111122223333.dkr.ecr.us-west-2.amazonaws.com/web1:1.4.1", true),
        ("111122223333.dkr.ecr-fips.us-west-2.amazonaws.com/web1", true),
        ("111122223333.dkr-ecr.us-west-2.on.aws/web1", true),
        ("111122223333.dkr.ecr.US-WEST-2.amazonaws.com/web1", true),
        ("111122223333.dkr.ecr.us-west-2.amazonaws.com/web2", false),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/web1", false),
        ("444455556666.dkr.ecr.us-west-2.amazonaws.com/web1", false),
        ("public.ecr.aws/web1", false),
        ("web1", false),
    ] {
        assert_eq!(plain.is_same_repository(&reference(other)), same, "{other}");
    }
}

proptest! {
    #[test]
    fn every_legal_reference_survives_the_round_trip(
        host in r"(([a-zA-Z0-9]{1,8}\.[a-zA-Z]{2,4}|localhost|[a-z]{1,5}:[0-9]{2,5}|[0-9]{12}\.dkr\.ecr\.eu-central-1\.amazonaws\.com)/)?",
        path in r"[a-z0-9]{1,6}((_|__|-{1,3})[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,6}((\.|_|__|-)[a-z0-9]{1,4})?){0,2}",
        tag in "(:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20})?",
        digest in "(@sha256:[0-9a-f]{64})?",
    ) {
        // Without a host, a first segment named like one would be one.
        prop_assume!(!path.starts_with("localhost/"));
        let text = format!("{host}{path}{tag}{digest}");
        let reference = reference(&text);
        prop_assert_eq!(reference.repository_uri(), format!("{host}{path}"));
        prop_assert_eq!(reference.to_string(), text);
    }

    #[test]
    fn any_text_is_a_reference_that_displays_as_itself_or_a_problem(
        text in r".*|[a-z0-9.:/@_-]{0,30}",
    ) {
        crate::image::laws::reference(&text);
    }
}
