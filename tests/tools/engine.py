"""A container engine that starts nothing, for MiniStack: what it asks of Docker's API.

Docker's own SDK speaks to it. It resolves and pulls images from MiniStack's registry,
over HTTP. A container of an image whose index has the annotation `exits-with` has
exited with that code as soon as it is started; any other runs until it is removed.
"""

import itertools
import json
import re
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

# `registry/repository`, and behind it a tag or a digest.
REFERENCE = re.compile(r"(?P<registry>[^/]+)/(?P<repository>[^:@]+)[:@](?P<which>.+)")


class Engine(ThreadingHTTPServer):
    def __init__(self, registry: str):
        super().__init__(("127.0.0.1", 0), Request)
        self.registry = registry
        # By the references that they were pulled as.
        self.images: dict[str, dict] = {}
        # The exit codes of containers; None while they run.
        self.containers: dict[str, int | None] = {}
        self.numbers = itertools.count(1)

    def manifest(self, reference: str) -> tuple[str, dict]:
        """The digest of an image and its index, as the registry has them."""
        registry, repository, which = REFERENCE.fullmatch(reference).groups()
        request = urllib.request.Request(
            f"{self.registry}/v2/{repository}/manifests/{which}", headers={"Host": registry}
        )
        with urllib.request.urlopen(request) as answer:
            return answer.headers["Docker-Content-Digest"], json.load(answer)

    def distribution(self, reference: str, _query, _body):
        digest, index = self.manifest(reference)
        descriptor = {"mediaType": index["mediaType"], "digest": digest, "size": 0}
        return 200, {"Descriptor": descriptor, "Platforms": []}

    def pull(self, _name, query, _body):
        [repository], [which] = query["fromImage"], query["tag"]
        reference = f"{repository}{'@' if which.startswith('sha256:') else ':'}{which}"
        self.images[reference] = self.manifest(reference)[1]
        return 200, {"status": "Pull complete"}

    def image(self, reference: str, _query, _body):
        return 200, {"Id": reference, "RepoTags": [reference], "Index": self.images[reference]}

    def tag(self, reference: str, query, _body):
        [repository], [tag] = query["repo"], query["tag"]
        self.images[f"{repository}:{tag}"] = self.images[reference]
        return 201, {}

    def create(self, _name, _query, body):
        exits_with = self.images[body["Image"]].get("annotations", {}).get("exits-with")
        name = f"{next(self.numbers):064x}"
        self.containers[name] = None if exits_with is None else int(exits_with)
        return 201, {"Id": name, "Warnings": []}

    def container(self, name: str, _query, _body):
        code = self.containers[name]
        state = {"Status": "running" if code is None else "exited", "ExitCode": code or 0}
        network = {"Networks": {"bridge": {"IPAddress": "10.0.0.1"}}}
        return 200, {"Id": name, "State": state, "NetworkSettings": network}

    def wait(self, name: str, _query, _body):
        return 200, {"StatusCode": self.containers[name]}

    def remove(self, name: str, _query, _body):
        del self.containers[name]
        return 204, {}


# What answers which request, in the order of Docker's reference.
ROUTES = [
    ("GET /containers/json", lambda *_: (200, [])),
    ("POST /containers/create", Engine.create),
    ("GET /containers/(.+)/json", Engine.container),
    ("POST /containers/(.+)/(?:start|stop)", lambda *_: (204, {})),
    ("POST /containers/(.+)/wait", Engine.wait),
    ("DELETE /containers/(.+)", Engine.remove),
    ("POST /images/create", Engine.pull),
    ("GET /images/(.+)/json", Engine.image),
    ("POST /images/(.+)/tag", Engine.tag),
    ("GET /version", lambda *_: (200, {"ApiVersion": "1.44"})),
    ("GET /distribution/(.+)/json", Engine.distribution),
]


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        url = urlsplit(self.path)
        called = f"{self.command} {re.sub(r'^/v[0-9.]+', '', unquote(url.path))}"
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, answer = 501, {"message": f"the engine of the tests lacks {called}"}
        for route, method in ROUTES:
            if found := re.fullmatch(route, called):
                name = found.group(1) if found.groups() else None
                try:
                    status, answer = method(
                        self.server, name, parse_qs(url.query), json.loads(body or "null")
                    )
                except (KeyError, urllib.error.HTTPError) as error:
                    status, answer = 404, {"message": f"{name or called}: not found ({error})"}
                break
        data = b"" if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_) -> None:
        """Nobody reads it."""
