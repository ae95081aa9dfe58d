#!/usr/bin/env python3
"""Cut GitHub's own description of its REST API to what the tests hold against it.

usage: cut_openapi.py PACKAGE.tgz

PACKAGE.tgz is a release of the npm package @octokit/openapi, as `npm pack` brings
it. What is left goes to standard output: the operations below, the components they
reach, and the official examples. Descriptions, headers, extensions and media types
other than JSON stay out. Each operation and each component is one line, so that a
new release is a difference that can be read:

    npm pack @octokit/openapi@23.0.2
    tests/tools/cut_openapi.py octokit-openapi-23.0.2.tgz > tests/tools/github-openapi.json
"""

import json
import sys
import tarfile

OPERATIONS = [
    ("/repos/{owner}/{repo}/commits", "get"),
    ("/repos/{owner}/{repo}/commits/{commit_sha}/pulls", "get"),
    ("/repos/{owner}/{repo}/commits/{ref}", "get"),
    ("/repos/{owner}/{repo}/compare/{basehead}", "get"),
    ("/repos/{owner}/{repo}/contents/{path}", "get"),
    ("/repos/{owner}/{repo}/deployments", "get"),
    ("/repos/{owner}/{repo}/deployments", "post"),
    ("/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "get"),
    ("/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "post"),
    ("/repos/{owner}/{repo}/git/ref/{ref}", "get"),
    ("/repos/{owner}/{repo}/git/refs", "post"),
    ("/repos/{owner}/{repo}/issues", "get"),
    ("/repos/{owner}/{repo}/issues", "post"),
    ("/repos/{owner}/{repo}/issues/comments/{comment_id}", "patch"),
    ("/repos/{owner}/{repo}/issues/{issue_number}", "get"),
    ("/repos/{owner}/{repo}/issues/{issue_number}", "patch"),
    ("/repos/{owner}/{repo}/issues/{issue_number}/comments", "get"),
    ("/repos/{owner}/{repo}/issues/{issue_number}/comments", "post"),
    ("/repos/{owner}/{repo}/releases", "get"),
    ("/repos/{owner}/{repo}/releases", "post"),
    ("/repos/{owner}/{repo}/releases/tags/{tag}", "get"),
    ("/user", "get"),
]

# For people, not for a judge.
PROSE = {"deprecated", "description", "example", "externalDocs", "summary", "tags", "title"}

# Of an operation, of a parameter and of a response: the rest is not judged.
PARTS = {"operationId", "parameters", "requestBody", "responses"}
JSON = "application/json"

# Path parameters with this hold slashes.
KEPT_EXTENSIONS = {"x-multi-segment"}


def main(package: str) -> None:
    with tarfile.open(package) as archive:

        def read(name: str) -> str:
            return archive.extractfile(f"package/{name}").read().decode()

        about = json.loads(read("package.json"))
        licence = read("LICENSE")
        whole = json.loads(read("generated/api.github.com.json"))

    paths: dict[str, dict] = {}
    for path, method in OPERATIONS:
        operation = whole["paths"][path][method]
        kept = {name: part for name, part in operation.items() if name in PARTS}
        paths.setdefault(path, {})[method] = without_prose(kept)
    source = {
        "package": about["name"],
        "version": about["version"],
        "licence": about["license"],
        "notice": licence,
        "cut": "by cut_openapi.py; unchanged but for what is left out",
    }
    write({"openapi": whole["openapi"], "x-source": source}, paths, reached(whole, paths))


def without_prose(part, names: bool = False):
    """The part without what is said to people. `names` says that the keys of a
    mapping are names somebody chose, and not words of OpenAPI."""
    match part:
        case dict():
            kept = {}
            for key, value in part.items():
                if not names and (key in PROSE or key == "headers"):
                    continue
                if not names and key.startswith("x-") and key not in KEPT_EXTENSIONS:
                    continue
                if not names and key == "content":
                    value = {JSON: value[JSON]} if JSON in value else {}
                if not names and key in ("default", "enum", "value"):
                    kept[key] = value
                    continue
                named = key in ("properties", "examples", "responses", "content")
                kept[key] = without_prose(value, names=named and not names)
            return kept
        case list():
            return [without_prose(item) for item in part]
        case _:
            return part


def reached(whole: dict, paths: dict) -> dict[str, dict]:
    """Every component that the operations lead to, by kind and name."""
    found: dict[str, dict] = {}
    waiting = list(references(paths))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name in found.get(kind, {}):
            continue
        component = without_prose(whole["components"][kind][name])
        found.setdefault(kind, {})[name] = component
        waiting += references(component)
    return found


def references(part):
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for value in part.values():
                yield from references(value)
        case list():
            for value in part:
                yield from references(value)


def write(head: dict, paths: dict, components: dict) -> None:
    members = [f'"{name}": {json.dumps(value)}' for name, value in head.items()]
    members += [f'"paths": {lines(paths)}', f'"components": {lines(components)}']
    print("{\n" + ",\n".join(members) + "\n}")


def lines(groups: dict[str, dict]) -> str:
    """Two levels of names, each on a line of its own, sorted."""

    def inner(group: dict) -> str:
        entries = [f'"{name}": {line(group[name])}' for name in sorted(group)]
        return "{\n" + ",\n".join(entries) + "\n}"

    entries = [f'"{name}": {inner(groups[name])}' for name in sorted(groups)]
    return "{\n" + ",\n".join(entries) + "\n}"


def line(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
