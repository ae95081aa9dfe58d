use super::{fargate, holds, on_instances, web};

const PORT: &str = "containerDefinitions[0].portMappings[0]";

#[test]
fn a_network_mode_is_one_of_those_that_ecs_has() {
    for mode in ["bridge", "host", "awsvpc", "none", "default", "null"] {
        holds(&on_instances(mode, &web("")));
    }
    let nat = "nat #! error networkMode: is \"nat\", which is not a network mode";
    holds(&on_instances(nat, &web("")));
}

#[test]
fn with_awsvpc_and_host_a_port_is_the_same_on_both_sides() {
    let mapping = |host: &str| web(&format!("  portMappings:\n  - containerPort: 80\n{host}"));
    for mode in ["awsvpc", "host"] {
        for same in ["", "    hostPort: 80\n", "    hostPort: 0\n", "    hostPort: null\n"] {
            holds(&on_instances(mode, &mapping(same)));
        }
        let other = format!(
            "    hostPort: 8080 #! error {PORT}.hostPort: is 8080, but with the network mode {mode} \
             it must be the same as `containerPort`, 80\n"
        );
        holds(&on_instances(mode, &mapping(&other)));
    }
    for mode in ["bridge", "null"] {
        holds(&on_instances(mode, &mapping("    hostPort: 8080\n")));
    }
}

#[test]
fn a_port_is_a_port() {
    let mapping =
        |member: &str| on_instances("bridge", &web(&format!("  portMappings:\n  - {member}")));
    for legal in ["{containerPort: 1, hostPort: 65535}", "{containerPort: 65535, hostPort: 0}"] {
        holds(&mapping(legal));
    }
    for wrong in [
        format!("{{protocol: tcp}} #! error {PORT}.containerPort: is missing"),
        format!("{{containerPort: 0}} #! warning {PORT}.containerPort: is 0"),
        format!(
            "{{containerPort: 65536}} #! error {PORT}.containerPort: is 65536, which is not a port"
        ),
        format!("{{containerPort: -1}} #! error {PORT}.containerPort: is -1"),
        format!("{{containerPort: 80, hostPort: 65536}} #! error {PORT}.hostPort: is 65536"),
        format!("{{containerPort: 80, hostPort: -1}} #! error {PORT}.hostPort: is -1"),
        format!(
            "{{containerPort: 80, protocol: TCP}} #! warning {PORT}.protocol: which ECS treats as tcp"
        ),
        format!(
            "{{containerPort: 80, appProtocol: smtp}} #! warning {PORT}.appProtocol: is \"smtp\""
        ),
    ] {
        holds(&mapping(&wrong));
    }
}

#[test]
fn a_range_of_ports_goes_up_and_stands_alone() {
    let range = |members: &str| fargate(&web(&format!("  portMappings:\n  - {members}")));
    holds(&range("containerPortRange: 8000-8010"));
    for text in ["8010-8000", "8000-8000", "8000", "0-10", "65530-65536", "a-b"] {
        holds(&range(&format!(
            "containerPortRange: '{text}' #! error {PORT}.containerPortRange: which is not a range of ports"
        )));
    }
    for other in ["containerPort: 80", "hostPort: 80"] {
        holds(&range(&format!(
            "containerPortRange: 8000-8010 \
             #! error {PORT}.containerPortRange: cannot be combined with `containerPort` and `hostPort`\n    {other}"
        )));
    }
}

#[test]
fn no_port_is_taken_twice_by_a_task() {
    for mode in ["awsvpc", "host"] {
        holds(&on_instances(
            mode,
            "
containerDefinitions:
- name: web
  image: web:1
  portMappings:
  - containerPort: 53
  - containerPort: 53
    protocol: udp
- name: log
  image: log:1
  portMappings:
  - containerPort: 54
  - containerPort: 53 #! error containerDefinitions[1].portMappings[1].containerPort: uses a tcp port that `containerDefinitions[0].portMappings[0].containerPort` already uses
",
        ));
    }
    holds(&fargate(&web("
  portMappings:
  - containerPortRange: 8000-8010
  - containerPortRange: 8011-8012
  - containerPort: 8010 #! error containerDefinitions[0].portMappings[2].containerPort: that `containerDefinitions[0].portMappings[0].containerPortRange` already uses
")));
    // With bridge it is the port of the instance that counts.
    holds(&on_instances(
        "bridge",
        &web("
  portMappings:
  - {containerPort: 80, hostPort: 8080}
  - {containerPort: 80, hostPort: 8081}
  - {containerPort: 80}
  - {containerPort: 80, hostPort: 0}
  - containerPort: 81
    hostPort: 8080 #! error containerDefinitions[0].portMappings[4].hostPort: uses a tcp port
"),
    ));
}

#[test]
fn a_name_of_a_port_is_there_once() {
    let named = |kind: &str| {
        web(&format!(
            "
  portMappings:
  - {{containerPort: 80, name: http}}
  - {{containerPort: 81}}
  - {{containerPort: 82}}
  - containerPort: 83
    name: http #! {kind} containerDefinitions[0].portMappings[3].name: is \"http\", the same as `containerDefinitions[0].portMappings[0].name`
"
        ))
    };
    holds(&on_instances("awsvpc", &named("error")));
    holds(&on_instances("bridge", &named("warning")));
}

#[test]
fn links_need_the_network_mode_bridge() {
    for mode in ["bridge", "null", "default"] {
        holds(&on_instances(mode, &web("  links: [db]")));
    }
    for mode in ["awsvpc", "host", "none"] {
        holds(&on_instances(
            mode,
            &web(&format!(
                "  links: [db] #! error containerDefinitions[0].links: but it is {mode}"
            )),
        ));
    }
    holds(&fargate(&web(
        "  links: [db] #! error containerDefinitions[0].links: need the network mode bridge",
    )));
}

#[test]
fn with_awsvpc_the_host_is_not_configured_and_with_none_there_are_no_ports() {
    let members = "
  hostname: web #! error containerDefinitions[0].hostname: is not allowed with the network mode awsvpc
  extraHosts: [{hostname: a, ipAddress: 10.0.0.1}] #! error containerDefinitions[0].extraHosts: awsvpc
  dnsServers: [10.0.0.2] #! error containerDefinitions[0].dnsServers: awsvpc
  disableNetworking: true #! error containerDefinitions[0].disableNetworking: awsvpc
";
    holds(&on_instances("awsvpc", &web(members)));
    holds(&on_instances("bridge", &web(&members.replace("#! error", "#"))));
    holds(&on_instances(
        "none",
        &web(
            "  portMappings: [{containerPort: 80}] #! error containerDefinitions[0].portMappings: the network mode none",
        ),
    ));
}
