# The role that a job of GitHub Actions deploys one service with, and goes back with:
#
#   module "deploy_shop" {
#     source         = "github.com/OWNER/ecs-release//docs/iam?ref=v0.1.0"
#     subjects       = ["repo:octo-org/shop:environment:prod"]
#     cluster        = "prod"
#     service        = "shop"
#     task_role      = aws_iam_role.shop_task.arn
#     execution_role = aws_iam_role.shop_execution.arn
#   }
#
# Behind the mark stands what docs/permissions.md says; a test writes it.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.81" } # thumbprint_list is optional since
  }
}

variable "subjects" {
  type        = list(string)
  description = "The jobs that may use the role: repo:octo-org/shop:environment:prod for one with an environment, repo:octo-org/shop:ref:refs/heads/main for one without."
}

variable "provider_arn" {
  type        = string
  default     = null
  description = "The account's OIDC provider of GitHub; null: it is found."
}

variable "create_provider" {
  type        = bool
  default     = false
  description = "Whether to make that provider; an account has one at most. Other roles trust it, too, so it is never destroyed: take it out of the state first."
}

variable "role_name" {
  type        = string
  default     = null
  description = "The name of the role; null: deploy- and the service."
}

variable "push_images" {
  type        = bool
  default     = false
  description = "Whether the job also builds the image and pushes it."
}

variable "cluster" {
  type = string
}

variable "service" {
  type = string
}

variable "family" {
  type        = string
  default     = null
  description = "The family of its task definitions; null: the service."
}

variable "image_repository" {
  type        = string
  default     = null
  description = "Its ECR repository, in this account and Region; null: the service."
}

variable "task_role" {
  type        = string
  description = "The ARN of the task role."
}

variable "execution_role" {
  type        = string
  description = "The ARN of the execution role."
}

variable "log_group" {
  type        = string
  default     = null
  description = "The log group of its containers; null: /ecs/ and the service."
}

variable "schedule_roles" {
  type        = list(string)
  default     = []
  description = "For schedules: update, the ARNs of the roles that the rules and schedules name. Those may be set whose names begin with the service and a hyphen, schedules in the group default."
}

variable "codedeploy" {
  type        = object({ application = string, group = string })
  default     = null
  description = "For a service under CodeDeploy, its application and deployment group."
}

data "aws_caller_identity" "own" {}

data "aws_region" "own" {}

data "aws_partition" "own" {}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.create_provider ? 1 : 0
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]

  lifecycle {
    prevent_destroy = true
  }
}

data "aws_iam_openid_connect_provider" "github" {
  count = var.create_provider || var.provider_arn != null ? 0 : 1
  url   = "https://token.actions.githubusercontent.com"
}

locals {
  partition = data.aws_partition.own.partition
  account   = data.aws_caller_identity.own.account_id
  region    = data.aws_region.own.name
  family    = coalesce(var.family, var.service)
  image     = coalesce(var.image_repository, var.service)
  log_group = coalesce(var.log_group, "/ecs/${var.service}")
  provider = coalesce(
    var.provider_arn,
    one(aws_iam_openid_connect_provider.github[*].arn),
    one(data.aws_iam_openid_connect_provider.github[*].arn),
  )
}

resource "aws_iam_role" "deploy" {
  name = coalesce(var.role_name, "deploy-${var.service}")
  # The most that role-duration-seconds may ask for: a rollout may take longer than an hour.
  max_session_duration = 7200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = var.subjects
        }
      }
    }]
  })
}

output "role" {
  description = "What role-to-assume of aws-actions/configure-aws-credentials gets."
  value       = aws_iam_role.deploy.arn
}

# <policies>
resource "aws_iam_role_policy" "deploy" {
  name   = "deploy"
  role   = aws_iam_role.deploy.id
  policy = jsonencode({
    "Version": "2012-10-17",
    "Statement": [
      {
        "Sid": "Service",
        "Effect": "Allow",
        "Action": [
          "ecs:DescribeServices",
          "ecs:UpdateService"
        ],
        "Resource": "arn:${local.partition}:ecs:${local.region}:${local.account}:service/${var.cluster}/${var.service}"
      },
      {
        "Sid": "ReadTaskDefinitions",
        "Effect": "Allow",
        "Action": "ecs:DescribeTaskDefinition",
        "Resource": "*"
      },
      {
        "Sid": "RegisterTaskDefinitions",
        "Effect": "Allow",
        "Action": "ecs:RegisterTaskDefinition",
        "Resource": "arn:${local.partition}:ecs:${local.region}:${local.account}:task-definition/${local.family}:*"
      },
      {
        "Sid": "PassTheRolesOfTheTask",
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": [
          "${var.task_role}",
          "${var.execution_role}"
        ],
        "Condition": {
          "StringEquals": {
            "iam:PassedToService": "ecs-tasks.amazonaws.com"
          }
        }
      },
      {
        "Sid": "ConfirmTheImage",
        "Effect": "Allow",
        "Action": "ecr:BatchGetImage",
        "Resource": "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${local.image}"
      },
      {
        "Sid": "FollowAndRollBack",
        "Effect": "Allow",
        "Action": [
          "ecs:ListServiceDeployments",
          "ecs:DescribeServiceDeployments",
          "ecs:DescribeServiceRevisions",
          "ecs:StopServiceDeployment",
          "ecs:ContinueServiceDeployment"
        ],
        "Resource": [
          "arn:${local.partition}:ecs:${local.region}:${local.account}:service/${var.cluster}/${var.service}",
          "arn:${local.partition}:ecs:${local.region}:${local.account}:service-deployment/${var.cluster}/${var.service}/*",
          "arn:${local.partition}:ecs:${local.region}:${local.account}:service-revision/${var.cluster}/${var.service}/*"
        ]
      },
      {
        "Sid": "FindAndClearAwayRevisions",
        "Effect": "Allow",
        "Action": [
          "ecs:ListTaskDefinitions",
          "ecs:DeregisterTaskDefinition"
        ],
        "Resource": "*"
      },
      {
        "Sid": "TagRevisions",
        "Effect": "Allow",
        "Action": "ecs:TagResource",
        "Resource": "arn:${local.partition}:ecs:${local.region}:${local.account}:task-definition/${local.family}:*",
        "Condition": {
          "StringEquals": {
            "ecs:CreateAction": "RegisterTaskDefinition"
          }
        }
      },
      {
        "Sid": "ListTasks",
        "Effect": "Allow",
        "Action": "ecs:ListTasks",
        "Resource": "*",
        "Condition": {
          "ArnEquals": {
            "ecs:cluster": "arn:${local.partition}:ecs:${local.region}:${local.account}:cluster/${var.cluster}"
          }
        }
      },
      {
        "Sid": "RunOneOffTasks",
        "Effect": "Allow",
        "Action": "ecs:RunTask",
        "Resource": "arn:${local.partition}:ecs:${local.region}:${local.account}:task-definition/${local.family}:*",
        "Condition": {
          "ArnEquals": {
            "ecs:cluster": "arn:${local.partition}:ecs:${local.region}:${local.account}:cluster/${var.cluster}"
          }
        }
      },
      {
        "Sid": "ReadTasks",
        "Effect": "Allow",
        "Action": "ecs:DescribeTasks",
        "Resource": "arn:${local.partition}:ecs:${local.region}:${local.account}:task/${var.cluster}/*"
      },
      {
        "Sid": "LookAtImages",
        "Effect": "Allow",
        "Action": [
          "ecr:DescribeImages",
          "ecr:DescribeImageScanFindings",
          "ecr:GetDownloadUrlForLayer",
          "ecr:GetLifecyclePolicyPreview"
        ],
        "Resource": "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${local.image}"
      },
      {
        "Sid": "KeepImages",
        "Effect": "Allow",
        "Action": "ecr:PutImage",
        "Resource": "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${local.image}"
      },
      {
        "Sid": "ReadLogs",
        "Effect": "Allow",
        "Action": "logs:GetLogEvents",
        "Resource": "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.log_group}:log-stream:*"
      },
      {
        "Sid": "LookForWhatTasksNeed",
        "Effect": "Allow",
        "Action": [
          "iam:GetRole",
          "secretsmanager:DescribeSecret"
        ],
        "Resource": [
          "${var.task_role}",
          "${var.execution_role}",
          "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${var.service}/*"
        ]
      },
      {
        "Sid": "LookForParametersAndLogGroups",
        "Effect": "Allow",
        "Action": [
          "ssm:DescribeParameters",
          "logs:DescribeLogGroups"
        ],
        "Resource": "*"
      },
      {
        "Sid": "LookForScheduledTasks",
        "Effect": "Allow",
        "Action": [
          "events:ListRuleNamesByTarget",
          "events:ListTargetsByRule",
          "scheduler:ListSchedules",
          "scheduler:GetSchedule"
        ],
        "Resource": "*"
      },
      {
        "Sid": "SetScheduledTasks",
        "Effect": "Allow",
        "Action": [
          "events:PutTargets",
          "scheduler:UpdateSchedule"
        ],
        "Resource": [
          "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.service}-*",
          "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule/default/${var.service}-*"
        ]
      },
      {
        "Sid": "ReadHealthChecks",
        "Effect": "Allow",
        "Action": [
          "elasticloadbalancing:DescribeTargetHealth",
          "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetGroupAttributes"
        ],
        "Resource": "*"
      }
    ]
  })
}

resource "aws_iam_role_policy" "push" {
  count  = var.push_images ? 1 : 0
  name   = "push"
  role   = aws_iam_role.deploy.id
  policy = jsonencode({
    "Version": "2012-10-17",
    "Statement": [
      {
        "Sid": "SignInToTheRegistry",
        "Effect": "Allow",
        "Action": "ecr:GetAuthorizationToken",
        "Resource": "*"
      },
      {
        "Sid": "PushTheImage",
        "Effect": "Allow",
        "Action": [
          "ecr:BatchCheckLayerAvailability",
          "ecr:InitiateLayerUpload",
          "ecr:UploadLayerPart",
          "ecr:CompleteLayerUpload",
          "ecr:PutImage",
          "ecr:BatchGetImage"
        ],
        "Resource": "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${local.image}"
      }
    ]
  })
}

resource "aws_iam_role_policy" "scheduled_tasks" {
  count  = length(var.schedule_roles) > 0 ? 1 : 0
  name   = "scheduled_tasks"
  role   = aws_iam_role.deploy.id
  policy = jsonencode({
    "Version": "2012-10-17",
    "Statement": [
      {
        "Sid": "PassTheRolesOfScheduledTasks",
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "${var.schedule_roles}",
        "Condition": {
          "StringEquals": {
            "iam:PassedToService": [
              "events.amazonaws.com",
              "scheduler.amazonaws.com"
            ]
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "codedeploy" {
  count  = var.codedeploy != null ? 1 : 0
  name   = "codedeploy"
  role   = aws_iam_role.deploy.id
  policy = jsonencode({
    "Version": "2012-10-17",
    "Statement": [
      {
        "Sid": "DeployByCodeDeploy",
        "Effect": "Allow",
        "Action": [
          "codedeploy:GetDeploymentGroup",
          "codedeploy:CreateDeployment",
          "codedeploy:GetDeployment"
        ],
        "Resource": "arn:${local.partition}:codedeploy:${local.region}:${local.account}:deploymentgroup:${var.codedeploy.application}/${var.codedeploy.group}"
      },
      {
        "Sid": "ReadAndRegisterAppSpecs",
        "Effect": "Allow",
        "Action": [
          "codedeploy:GetApplicationRevision",
          "codedeploy:RegisterApplicationRevision"
        ],
        "Resource": "arn:${local.partition}:codedeploy:${local.region}:${local.account}:application:${var.codedeploy.application}"
      },
      {
        "Sid": "ReadHowTrafficMoves",
        "Effect": "Allow",
        "Action": "codedeploy:GetDeploymentConfig",
        "Resource": "arn:${local.partition}:codedeploy:${local.region}:${local.account}:deploymentconfig:*"
      },
      {
        "Sid": "ReadTheHistory",
        "Effect": "Allow",
        "Action": [
          "codedeploy:ListDeployments",
          "codedeploy:BatchGetDeployments"
        ],
        "Resource": "arn:${local.partition}:codedeploy:${local.region}:${local.account}:deploymentgroup:${var.codedeploy.application}/${var.codedeploy.group}"
      },
      {
        "Sid": "FollowAndStop",
        "Effect": "Allow",
        "Action": [
          "codedeploy:GetDeploymentTarget",
          "codedeploy:StopDeployment",
          "codedeploy:ContinueDeployment"
        ],
        "Resource": "*"
      },
      {
        "Sid": "FindTheGroup",
        "Effect": "Allow",
        "Action": [
          "codedeploy:ListApplications",
          "codedeploy:BatchGetApplications",
          "codedeploy:ListDeploymentGroups",
          "codedeploy:BatchGetDeploymentGroups"
        ],
        "Resource": "*"
      }
    ]
  })
}
# </policies>
