//! Names of members.

use super::holds;

#[test]
fn a_member_that_ecs_has_not_and_that_is_nearly_one_is_pointed_out() {
    holds(
        "
        family: a
        excutionRoleArn: arn #! warning excutionRoleArn: is not known to ECS
        containerDefinitions:
        - name: web
          image: web:1
          memory: 128
          Essential: true #! warning containerDefinitions[0].Essential: is not known
          portMapping: [] #! warning containerDefinitions[0].portMapping: is not known
          healthCheck:
            command: [CMD, 'true']
            startperiod: 5 #! warning containerDefinitions[0].healthCheck.startperiod: is not known
        ",
    );
}

#[test]
fn a_member_that_is_like_none_may_be_younger_than_we_are() {
    holds(
        "
        family: a
        somethingNew: 1
        containerDefinitions:
        - {name: web, image: 'web:1', memory: 128, quantumCores: 3}
        ",
    );
}
