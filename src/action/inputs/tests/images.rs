//! `images`: a container and its image on each line.

use super::*;
use crate::image::ImageReference;
use crate::names::ContainerName;

const WEB: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:v1.4.2";
const NGINX: &str = "210987654321.dkr.ecr.us-east-1.amazonaws.com/shop-nginx:v7";

fn of(lines: &str) -> (Wanted, Vec<ContainerName>, Vec<(ContainerName, ImageReference)>) {
    let app = parsed(&[("images", lines)]).apps.remove(0);
    (app.wanted, app.containers, app.further_images)
}

#[test]
fn the_first_line_is_the_image_of_one_container_and_the_others_come_beside() {
    let image = |text: &str| -> ImageReference { text.parse().expect("a reference") };
    let name = |text: &str| -> ContainerName { text.parse().expect("a container") };
    let (wanted, containers, further) = of(&format!("\n  web={WEB}\n\nnginx={NGINX}\n"));
    assert_eq!((wanted, containers), (Wanted::Image(image(WEB)), vec![name("web")]));
    assert_eq!(further, [(name("nginx"), image(NGINX))]);
    let alone = of(&format!("web={WEB}"));
    assert_eq!(alone, (Wanted::Image(image(WEB)), vec![name("web")], Vec::new()));
}

#[test]
fn each_wrong_line_is_said_by_its_number() {
    let lines = format!(
        "web\nw b={WEB}\nnginx=nginx:1\nlog=\nproxy={}\napp={WEB}\napp={NGINX}",
        NGINX.trim_end_matches(":v7")
    );
    check(&[(
        &[("images", &lines)],
        &[
            "input `images`, line 7: `app` is already on line 6",
            "input `images`, line 1: \"web\" has no `=`\none image per line: container=reference",
            "input `images`, line 2: \"w b\" is not a container name (1 to 255 letters, digits, \
             hyphens and underscores)\none image per line: container=reference",
            "input `images`, line 3: nginx:1 is not in a private Amazon ECR registry\n\
             only images there can be confirmed; copy it there, or leave the container unchanged",
            "input `images`, line 4: \"\" is not an image reference: \"\" is not the name of a \
             repository\nUse lower-case letters and digits, separated by '/', '.', '_', '__' or hyphens",
            "input `images`, line 5: 210987654321.dkr.ecr.us-east-1.amazonaws.com/shop-nginx has neither a tag nor a digest\nuse the reference that the build step prints",
        ],
    )]);
}

#[test]
fn what_would_say_the_same_otherwise_is_refused_beside_them() {
    let images = format!("web={WEB}\nnginx={NGINX}");
    for (other, value, hint) in [
        ("image", WEB, "remove `image`: each line of `images` names a container and its image"),
        (
            "container",
            "web",
            "remove `container`: each line of `images` names a container and its image",
        ),
        (
            "version",
            "1.4.2",
            "remove `version` to run exactly these images, or `images` to look up the image of the version",
        ),
        (
            "package",
            "apps/web",
            "remove `package` to run exactly these images, or `images` to look up the image of the version",
        ),
        (
            "repository",
            "shop",
            "remove `repository` to run exactly these images, or `images` to look up the image of the version",
        ),
        (
            "tag-template",
            "{version}",
            "remove `tag-template` to run exactly these images, or `images` to look up the image of the version",
        ),
    ] {
        let expected = format!("inputs `images` and `{other}` can't be used together\n{hint}");
        assert_eq!(problems(&[("images", &images), (other, value)]), [expected]);
    }
}

#[test]
fn they_are_for_one_service_that_is_deployed_to_or_checked() {
    let images = format!("web={WEB}");
    let given = ("images", images.as_str());
    let other = "input `images` can't be used with this command\nremove it: here `container` selects the container";
    let free = "input `images` can't be used with `expect: absent`\nremove it: here `container` selects the container";
    let several = "input `images` is for one service, but there are 2\n\
                   remove `images`, or give the service its own step";
    check(&[
        (&[("command", "rollback"), given], &[other]),
        (&[("command", "list"), given], &[other]),
        (&[("command", "verify"), ("expect", "absent"), given], &[free]),
        (&[("service", "web\nworker"), given], &[several]),
    ]);
    assert_eq!(parsed(&[("command", "verify"), given]).command, Command::Verify);
    let alone = [("command", "verify"), ("region", "eu-central-1"), given];
    let refused = parse(&environment(&alone)).expect_err("there is no service");
    assert_eq!(
        refused.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "input `images` needs a service\nadd `cluster` and `service`, or verify one image with `image`"
        ]
    );
}
