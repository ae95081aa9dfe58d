"""Serve moto on a free port of the loopback interface.

Prints the port, and nothing else, once it listens; ends when standard input
does, so that it never outlives the test that started it.

moto answers the operations of service deployments with an HTML page and status
500, which no AWS service does and which SDKs retry. Here they are answered as
for a role that may not use them: a case that exists, and one that a deployment
must come through.
"""

import json
import os
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

ECS = "AmazonEC2ContainerServiceV20141113"
DENIED = {
    f"{ECS}.{operation}": f"ecs:{operation}"
    for operation in (
        "ContinueServiceDeployment",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "ListServiceDeployments",
        "StopServiceDeployment",
    )
}


class Denying:
    """moto, but for the operations that it lacks."""

    def __init__(self, moto):
        self.moto = moto

    def __call__(self, environ, start_response):
        action = DENIED.get(Request(environ).headers.get("X-Amz-Target"))
        application = access_denied(action) if action else self.moto
        return application(environ, start_response)


def access_denied(action: str) -> Response:
    user = "arn:aws:iam::123456789012:user/test"
    message = (
        f"User: {user} is not authorized to perform: {action} on resource: * "
        f"because no identity-based policy allows the {action} action"
    )
    body = json.dumps({"__type": "AccessDeniedException", "message": message})
    return Response(body, status=400, content_type="application/x-amz-json-1.1")


def end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


server = make_server(
    "127.0.0.1", 0, Denying(DomainDispatcherApplication(create_backend_app)), threaded=True
)
threading.Thread(target=end_with_standard_input, daemon=True).start()
print(server.port, flush=True)
server.serve_forever()
