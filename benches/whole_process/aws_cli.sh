#!/bin/sh
# The deployment as people script it with the AWS CLI.
set -eu
aws ecs describe-task-definition --task-definition web1 --output json --query \
  'taskDefinition.{family: family, cpu: cpu, memory: memory, networkMode: networkMode,
    requiresCompatibilities: requiresCompatibilities, executionRoleArn: executionRoleArn,
    containerDefinitions: containerDefinitions}' |
  sed 's|/web1:1\.4\.1"|/web1:1.4.2"|' >definition.json
new=$(aws ecs register-task-definition --cli-input-json file://definition.json \
  --output text --query taskDefinition.taskDefinitionArn)
aws ecs update-service --cluster prod --service web1 --task-definition "$new" --output json
aws ecs wait services-stable --cluster prod --services web1
