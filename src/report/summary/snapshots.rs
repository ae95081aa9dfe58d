//! Whole summaries, as they are written.

use expect_test::{Expect, expect};

use super::{comment, summary, wrong_inputs};
use crate::problem::Problem;
use crate::report::AppReport;
use crate::report::samples::{
    checked, deployed, hostile, planned, refused, timed_out, unchanged, undone, verified,
};

fn check(app: AppReport, expected: Expect) {
    expected.assert_eq(&summary(&[app]));
}

#[test]
fn deployed_says_so_and_what_changed() {
    check(
        deployed(),
        expect![[r#"
            ### ✅ web1 runs 1.4.2 (before: 1.4.1)

            |  | before | now |
            | --- | --- | --- |
            | version | `1.4.1` | `1.4.2` |
            | digest | `004100410041` | `004200420042` |
            | revision | `web1:41` | `web1:42` |
            | image | `web1:v1.4.1` | `web1:v1.4.2` |

            4 m 12 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

            **Changes of the task definition**

            - web: image web1:v1.4.1 → web1:v1.4.2
            - web: environment variable LOG_LEVEL changed

            <details><summary>Timeline</summary>

            ```text
             0:00  accepted: 2 of 2 tasks run
             0:09  (service web1) has started 1 tasks: (task 0123456789abcdef0123456789abcdef).
             4:05  successful: 2 of 2 tasks run
            ```

            </details>
        "#]],
    );
}

#[test]
fn a_check_that_passes_shows_what_would_change() {
    check(
        verified(),
        expect![[r#"
            ### ✅ 1.4.2 can be deployed to web1, which runs 1.4.1

            |  | now | then |
            | --- | --- | --- |
            | version | `1.4.1` | `1.4.2` |
            | digest | `004100410041` | `004200420042` |
            | revision | `web1:41` | `new` |
            | image | `web1:v1.4.1` | `web1:v1.4.2` |

            2 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

            **Changes of the task definition**

            - web: image web1:v1.4.1 → web1:v1.4.2

            **Commits added in `apps/web1`**

            - [`0000000`](https://github.example/octo-org/shop/commit/0000000000000000000000000000000000000003) Fix the cart [`#12`](https://github.example/octo-org/shop/pull/12)

            **Commits removed in `apps/web1`**

            - [`0000000`](https://github.example/octo-org/shop/commit/0000000000000000000000000000000000000002) Try something

            and 7 more; 100 older ones were not read [Compare on GitHub](https://github.example/octo-org/shop/compare/1...3)
        "#]],
    );
}

#[test]
fn a_check_that_fails_lists_all_that_is_wrong_and_so_does_the_comment() {
    let page = "https://github.example/octo-org/shop/actions/runs/4711";
    let expected = expect![[r#"
        ### ❌ 1.4.2 cannot be deployed to web1: 2 problems

        - there is no image v1.4.2 or 1.4.2 in the ECR repository web1 (`package.json:3`) — Newest: v1.4.1.
        - `memory` is 4096, which does not go with `cpu` 256 (`deploy/web1.json:6`) — Use 512, 1024 or 2048.

        **Reason given:** Rollback of `#12`

        1 s · service `web1` · cluster `prod` · `eu-central-1`

        <details><summary>Commits are not listed</summary>

        the commit of 1.4.2 is not known

        </details>

        [Details of this run](https://github.example/octo-org/shop/actions/runs/4711)
    "#]];
    expected.assert_eq(&comment(&[checked()], page));
}

#[test]
fn unchanged_is_short() {
    check(
        unchanged(),
        expect![[r#"
            ### ✅ web1 already runs 1.4.2; nothing was deployed

            |  | now |
            | --- | --- |
            | version | `1.4.2` |
            | digest | `004200420042` |
            | revision | `web1:42` |
            | image | `web1:v1.4.2` |

            under 1 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)
        "#]],
    );
}

#[test]
fn planned_shows_what_would_change_and_warns() {
    check(
        planned(),
        expect![[r#"
            ### ⚠️ web1 would go from 1.4.1 to 1.4.2; nothing was written

            |  | now | then |
            | --- | --- | --- |
            | version | `1.4.1` | `1.4.2` |
            | digest | `004100410041` | `004200420042` |
            | revision | `web1:41` | `new` |
            | image | `web1:v1.4.1` | `web1:v1.4.2` |

            2 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

            **Warnings**

            - web1:43 is newer than web1:41, which the service runs — `task-definition: web1` deploys from the newest revision instead.

            **Changes of the task definition**

            - web: image web1:v1.4.1 → web1:v1.4.2
        "#]],
    );
}

#[test]
fn undone_says_why_and_what_runs_now() {
    check(
        undone(),
        expect![[r#"
            ### ❌ 1.4.2 failed on web1, which is back on 1.4.1

            **Why:** ECS rolled the deployment back: Service deployment rolled back because the circuit breaker threshold was exceeded.

            **Next:** Look at the last lines of the log of the container web, then deploy a fixed version.

            |  | before | asked for | now |
            | --- | --- | --- | --- |
            | version | `1.4.1` | `1.4.2` | `1.4.1` |
            | digest | `004100410041` | `004200420042` | `004100410041` |
            | revision | `web1:41` | `web1:42` | `web1:41` |
            | image | `web1:v1.4.1` | `web1:v1.4.2` | `web1:v1.4.1` |

            **Reason given:** Release of Friday

            4 m 12 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

            **Changes of the task definition**

            - web: image web1:v1.4.1 → web1:v1.4.2
            - web: environment variable LOG_LEVEL changed

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
fn refused_says_what_there_is_instead() {
    check(
        refused(),
        expect![[r#"
            ### ❌ nothing was changed on web1: there is no image v1.4.2 or 1.4.2 in the ECR repository web1

            **Next:** Nearest: v1.4.1, v1.4.0. Newest: v1.5.0-rc.1, v1.4.1. Build and push the image before this step, or name another one in `version`.

            **Reason given:** Rollback of `#12`

            1 s · service `web1` · cluster `prod` · `eu-central-1`
        "#]],
    );
}

#[test]
fn timed_out_says_how_to_stop_it() {
    check(
        timed_out(),
        expect![[r#"
            ### ❌ 1.4.2 timed out on web1; ECS continues it

            **Why:** the deployment did not finish before the timeout; last seen: in progress: 1 of 2 tasks run, 1 starting

            **Next:** ECS continues the deployment. To stop it and roll back: aws ecs stop-service-deployment --region eu-central-1 --service-deployment-arn `arn:aws:ecs:eu-central-1:123456789012:service-deployment/prod/web1/abcDEF123` --stop-type ROLLBACK

            |  | before | asked for |
            | --- | --- | --- |
            | version | `1.4.1` | `1.4.2` |
            | digest | `004100410041` | `004200420042` |
            | revision | `web1:41` | `web1:42` |
            | image | `web1:v1.4.1` | `web1:v1.4.2` |

            30 m 1 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

            **Changes of the task definition**

            - web: image web1:v1.4.1 → web1:v1.4.2
            - web: environment variable LOG_LEVEL changed

            <details><summary>Timeline</summary>

            ```text
             0:04  in progress: 1 of 2 tasks run, 1 starting
            ```

            </details>
        "#]],
    );
}

#[test]
fn hostile_texts_stay_text() {
    check(
        hostile(),
        expect![[r#"
            ### ❌ 1.4.2&lt;b&gt; failed on web1; nothing was undone

            **Why:** &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no`

            **Next:** &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no`

            **Undo:** &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no`

            - &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no` — &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no`

            |  | before | asked for | now |
            | --- | --- | --- | --- |
            | version | `1.4.1`&#124;`**bold**` | `1.4.2<b>` | `1.4.2` |
            | digest | `004100410041` | `004100410041` | `004200420042` |
            | revision | `web1:41` | `web1:41` | `web1:42` |
            | image | `123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:v1.4.1` | `` web1:`1.4.2` ``&#124;`x` | `123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:v1.4.2` |

            **Reason given:** &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` &#96;code&#96; &#35; heading - item &#96;&#96;&#96; `::error::no`

            **One-off task:** `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no`` in `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``, exit code 0 after 12 s

            4 m 12 s · service `web1` · cluster `prod` · `eu-central-1` · account `123456789012` · [deployments in the ECS console](https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web1/deployments?region=eu-central-1)

            | stopped tasks | container | exit code | stop code | reason |
            | --- | --- | --- | --- | --- |
            | 1 | `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no`` | &#45;1 | `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no`` | &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` &#96;code&#96; &#35; heading - item &#96;&#96;&#96; `::error::no` |

            **Last log lines** of container `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``, task `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no`` (log group `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``, stream `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``)

            ````text
            </details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) | @all #1 `code` # heading - item ``` ::error::no
            ```
            ````` </details>
            ````

            **Log** of container `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``, task `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``: no lines (log group `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``, stream `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``)

            **Log** of container `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``, task `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no`` goes to &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` &#96;code&#96; &#35; heading - item &#96;&#96;&#96; `::error::no` (log driver `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``)

            | target | target group | state | reason code | reason |
            | --- | --- | --- | --- | --- |
            | `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no`` | `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no`` | &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` &#96;code&#96; &#35; heading - item &#96;&#96;&#96; `::error::no` | `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no`` | &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` &#96;code&#96; &#35; heading - item &#96;&#96;&#96; `::error::no` |

            **Older event**, from before this deployment (ECS repeats one only after hours):

            - `2026-01-01T00:00:03Z` &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` &#96;code&#96; &#35; heading - item &#96;&#96;&#96; `::error::no`

            **What could not be read**

            - &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no`

            ```mermaid
            gantt
                dateFormat HH:mm:ss
                axisFormat %M:%S
                todayMarker off
                tasks starting :00:00:00, 30s
                health checks :00:00:30, 60s
            ```

            **Where the time went:** tasks starting 30 s · health checks 1 m

            &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no`

            **Warnings**

            - &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no`

            **Notes**

            - &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no` — &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` `code` &#35; heading - item &#96; `::error::no`

            **Changes of the task definition**

            - &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` &#96;code&#96; &#35; heading - item &#96;&#96;&#96; `::error::no`

            **Commits added in `</details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) `&#124;`` @all #1 `code` # heading - item ``` ::error::no``**

            - [`detai`](https://github.example/commit) &lt;/details&gt;&lt;img src=x onerror=alert(1)&gt; &#91;`click](https://evil.example`) &#33;&#91;&#93;(x) &#124; `@all` `#1` &#96;code&#96; &#35; heading - item &#96;&#96;&#96; `::error::no`

            [Compare on GitHub](https://github.example/compare)

            <details><summary>Events of this deployment</summary>

            ```text
            2026-01-01T00:00:03Z  </details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) | @all #1 `code` # heading - item ``` ::error::no
            ```

            </details>

            <details><summary>Timeline</summary>

            ```text
             0:01  </details><img src=x onerror=alert(1)> [click](https://evil.example) ![](x) | @all #1 `code` # heading - item ``` ::error::no
            ```

            </details>
        "#]],
    );
}

#[test]
fn wrong_inputs_are_all_named() {
    let problems = [
        Problem::new("`wait` is \"flase\", which is neither true nor false").hint("Write `true`."),
        Problem::new("`service` is missing"),
    ];
    expect![[r####"
        ### ❌ Nothing was done: the inputs are wrong

        - `wait` is "flase", which is neither true nor false — Write `true`.
        - `service` is missing
    "####]]
    .assert_eq(&wrong_inputs(&problems));
}
