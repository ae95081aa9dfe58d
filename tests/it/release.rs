//! What of the release workflow keeps a branch from publishing.

use std::path::Path;

use serde_json::Value;

#[test]
fn only_the_job_in_the_protected_environment_has_what_publishes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows/release.yml");
    let text = std::fs::read_to_string(path).expect("the workflow can be read");
    let workflow: Value = serde_saphyr::from_str(&text).expect("the workflow is YAML");
    let jobs = workflow["jobs"].as_object().expect("a workflow has jobs");
    for (name, job) in jobs {
        let has_secret = job.to_string().contains("secrets.");
        assert_eq!(has_secret, name == "publish", "{name}");
        assert_eq!(job["environment"] == "release", has_secret, "{name}");
        assert_ne!(
            job["permissions"]["contents"], "write",
            "{name}: a branch would have that, too"
        );
    }
    assert_eq!(jobs["publish"]["if"], "github.ref == 'refs/heads/main'");
    assert_eq!(workflow["permissions"], serde_json::json!({}));
}
