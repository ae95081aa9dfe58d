//! Whole summaries of deployments that failed, as they are written.

use expect_test::{Expect, expect};

use super::summary;
use crate::report::AppReport;
use crate::report::samples::diagnosed::{crashed, undo_failed, unhealthy};

fn check(app: AppReport, expected: Expect) {
    expected.assert_eq(&summary(&[app]));
}

#[test]
fn a_crash_that_was_undone_shows_its_last_words() {
    check(
        crashed(),
        expect![[r#"
        ### ❌ 1.4.2 failed on web1, which is back on 1.4.1

        **Why:** The container web exited with code 1; the deployment counts as failed: 4 tasks failed in a row, which reaches the limit of 3. Its log ends with `Error: Cannot find module '/app/server.js'`

        **Next:** Read its last log lines

        **Undo:** 1.4.1 was restored by ECS's own rollback

        |  | before | asked for | now |
        | --- | --- | --- | --- |
        | version | `1.4.1` | `1.4.2` | `1.4.1` |
        | digest | `004100410041` | `004200420042` | `004100410041` |
        | revision | `web1:41` | `web1:42` | `web1:41` |
        | image | `web1:v1.4.1` | `web1:v1.4.2` | `web1:v1.4.1` |

        4 m 12 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

        | stopped tasks | container | exit code | stop code | reason |
        | --- | --- | --- | --- | --- |
        | 4 | `web` | 1 | `EssentialContainerExited` | Essential container in task exited |

        **Last log lines** of container `web`, task `6861016d187808e1b66c3ae0ca6d2a47` (log group `/ecs/web1`, stream `web/web/6861016d187808e1b66c3ae0ca6d2a47`)

        ```text
        node:internal/modules/cjs/loader:1215
          throw err;

        Error: Cannot find module '/app/server.js'
            at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:154:12)
        ```

        **Changes of the task definition**

        - web: image web1:v1.4.1 → web1:v1.4.2
        - web: environment variable LOG_LEVEL changed

        <details><summary>Events of this deployment</summary>

        ```text
        2026-01-01T00:00:03Z  (service web1) has started 2 tasks: (task 2de6684103929a68).
        2026-01-01T00:00:35Z  (service web1) has started 2 tasks: (task cf9f1d0752cc947c).
        ```

        </details>

        <details><summary>Timeline</summary>

        ```text
         0:00  accepted: 2 of 2 tasks run
         3:10  rolling back: 2 of 2 tasks run, 3 of 3 failures
         4:10  rolled back: 2 of 2 tasks run
        ```

        </details>
    "#]],
    );
}

#[test]
fn an_undo_that_failed_says_so_before_everything_that_shows_why() {
    check(
        undo_failed(),
        expect![[r#"
            ### ❌ 1.4.2 failed on web1, and so did the undo to 1.4.1

            **Why:** The image web1:v1.4.2 does not exist; the deployment failed: tasks failed to start.

            **Next:** Push it, or deploy a version whose image is still there

            **Undo:** restoring 1.4.1 failed: the undo did not finish before its timeout

            |  | before | asked for |
            | --- | --- | --- |
            | version | `1.4.1` | `1.4.2` |
            | digest | `004100410041` | `004200420042` |
            | revision | `web1:41` | `web1:42` |
            | image | `web1:v1.4.1` | `web1:v1.4.2` |

            4 m 12 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

            | stopped tasks | stop code | reason |
            | --- | --- | --- |
            | 1 | `TaskFailedToStart` | CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref `123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:v1.4.2`: not found |

            **Log** of container `web`, task `6861016d187808e1b66c3ae0ca6d2a47`: no lines (log group `/ecs/web1`, stream `web/web/6861016d187808e1b66c3ae0ca6d2a47`)

            **Older event**, from before this deployment (ECS repeats one only after hours):

            - `2026-01-01T00:00:00Z` (service web1) was unable to place a task because no container instance met all of its requirements.

            **What could not be read**

            - The health checks of the load balancer could not be read: that needs elasticloadbalancing:DescribeTargetHealth
        "#]],
    );
}

#[test]
fn unhealthy_targets_are_shown_with_what_they_answered() {
    check(
        unhealthy(),
        expect![[r#"
        ### ❌ 1.4.2 failed on web1; nothing was undone

        **Why:** The health check of the target group web1-http got the codes 502 on port 8080; the deployment counts as failed: 3 tasks failed in a row, which reaches the limit of 3

        **Next:** Let its path answer 200, or correct the health check

        |  | before | asked for |
        | --- | --- | --- |
        | version | `1.4.1` | `1.4.2` |
        | digest | `004100410041` | `004200420042` |
        | revision | `web1:41` | `web1:42` |
        | image | `web1:v1.4.1` | `web1:v1.4.2` |

        4 m 12 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

        | stopped tasks | container | exit code | stop code | reason |
        | --- | --- | --- | --- | --- |
        | 3 | `web` | 137 | `ServiceSchedulerInitiated` | Task failed ELB health checks in (target-group `arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web1-http/0a1b2c`) |

        **Log** of container `web`, task `6861016d187808e1b66c3ae0ca6d2a47` goes to Splunk (log driver `splunk`)

        | target | target group | state | reason code | reason |
        | --- | --- | --- | --- | --- |
        | `10.0.1.7:8080` | `web1-http` | unhealthy | `Target.ResponseCodeMismatch` | Health checks failed with these codes: &#91;502&#93; |
        | `10.0.2.9:8080` | `web1-http` | unhealthy | `Target.ResponseCodeMismatch` | Health checks failed with these codes: &#91;502&#93; |
    "#]],
    );
}
