"""Judge exchanges with GitHub's REST API by GitHub's own description of it, offline.

Reads one exchange a line, as JSON:

    {"method": "POST", "path": "/repos/octo-org/shop/deployments", "query": "",
     "request": {...}, "status": 201, "response": {...}}

and prints a JSON list of sentences, one for each fault; an empty list means that
GitHub would understand the request, and might have given the answer. `query` is as it
was sent, `request` and `response` are null where there is no JSON, `status` is null
where no answer came.

The description is `github-openapi.json`, which `cut_openapi.py` makes. It leaves
members it doesn't list allowed; in a request such a member is a slip of the pen, so
that it is a fault here.
"""

import functools
import json
import pathlib
import re
import sys
import urllib.parse

import jsonschema

DESCRIPTION = pathlib.Path(__file__).with_name("github-openapi.json")

# Every operation may answer with these, described or not: the token, its permissions,
# the limits, and what stands before the API.
EVERYWHERE = {401, 403, 404, 429}

# Answers that GitHub gives and does not describe.
UNDESCRIBED = {
    # "No commit found for SHA: …", as `repos/get-commit` has it.
    ("repos/list-pull-requests-associated-with-commit", 422),
}

# What an error says of which only the status is known.
ERROR = {"$ref": "#/components/schemas/basic-error"}

# The addresses of following pages name the repository by its id.
BY_ID = re.compile(r"^/repositories/\d+/")

FORMATS = jsonschema.FormatChecker(formats=[])


@FORMATS.checks("date-time")
def is_date_time(value) -> bool:
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return not isinstance(value, str) or re.fullmatch(pattern, value) is not None


# What nobody set is empty, also where the description says that it is an address.
@FORMATS.checks("uri")
def is_uri(value) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"|[a-z]+:[^\s{}]+", value) is not None


def main() -> None:
    faults = []
    for line in sys.stdin:
        exchange = json.loads(line)
        title = f"{exchange['method']} {exchange['path']}"
        faults += [f"{title}: {fault}" for fault in judge(exchange)]
    json.dump(faults, sys.stdout)


def judge(exchange: dict) -> list[str]:
    found = find(exchange["path"])
    if found is None:
        return ["there is no such path"]
    methods, arguments = found
    operation = methods.get(exchange["method"].lower())
    if operation is None:
        return ["there is no such method"]
    parameters = [resolved(parameter) for parameter in operation.get("parameters", [])]
    return [
        *judge_parameters(parameters, "path", list(arguments.items())),
        *judge_parameters(parameters, "query", pairs(exchange["query"])),
        *judge_request(operation, exchange["request"]),
        *judge_answer(operation, exchange["status"], exchange["response"]),
    ]


def find(path: str) -> tuple[dict, dict[str, str]] | None:
    """The operations of a path and what stands for its placeholders."""
    path = BY_ID.sub("/repos/octo-org/shop/", path)
    found = []
    for template, methods in description()["paths"].items():
        match = re.fullmatch(pattern(template, methods), path)
        if match is not None:
            found.append((template.count("{"), -len(template), methods, match.groupdict()))
    # The one that leaves least open.
    return min(found, key=lambda it: it[:2])[2:] if found else None


def pattern(template: str, methods: dict) -> str:
    operation = next(iter(methods.values()))
    parameters = [resolved(parameter) for parameter in operation.get("parameters", [])]
    long = {parameter["name"] for parameter in parameters if parameter.get("x-multi-segment")}

    def placeholder(part: str) -> str:
        if not part.startswith("{"):
            return re.escape(part)
        name = part.strip("{}")
        return f"(?P<{name}>{'.+' if name in long else '[^/]+'})"

    return "".join(placeholder(part) for part in re.split(r"(\{\w+\})", template))


def pairs(query: str) -> list[tuple[str, str]]:
    return urllib.parse.parse_qsl(query, keep_blank_values=True)


def judge_parameters(parameters: list[dict], place: str, given: list[tuple[str, str]]):
    described = {it["name"]: it for it in parameters if it["in"] == place}
    names = [name for name, _ in given]
    for name, parameter in described.items():
        if parameter.get("required") and name not in names:
            yield f"the {place} parameter {name} is missing"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the {place} parameter {name} is given twice"
    for name, text in given:
        if name not in described:
            yield f"there is no {place} parameter {name}"
            continue
        schema = described[name]["schema"]
        for fault in violations(schema, read(text, schema), strict=False):
            yield f"the {place} parameter {name}: {fault}"


def read(text: str, schema: dict):
    """A parameter as its type has it; the text itself where it is none."""
    number = schema.get("type") == "integer" and re.fullmatch(r"\d+", text)
    truth = {"true": True, "false": False} if schema.get("type") == "boolean" else {}
    return int(text) if number else truth.get(text, text)


def judge_request(operation: dict, body):
    described = operation.get("requestBody")
    if described is None:
        if body is not None:
            yield "a body was sent, and the operation has none"
    elif body is None:
        if described.get("required"):
            yield "the body is missing"
    else:
        schema = described["content"]["application/json"]["schema"]
        for fault in violations(schema, body, strict=True):
            yield f"request{fault}"


def judge_answer(operation: dict, status: int | None, body):
    if status is None:
        return
    responses = operation["responses"]
    if str(status) not in responses:
        known = (operation["operationId"], status) in UNDESCRIBED
        if not (known or status in EVERYWHERE or status >= 500):
            yield f"{status} is no answer of {operation['operationId']}"
            return
    # Whoever stands before the API answers as they like.
    if status >= 500 and body is None:
        return
    response = resolved(responses.get(str(status), {}))
    content = response.get("content", {})
    schema = content.get("application/json", {}).get("schema", ERROR if status >= 400 else None)
    if schema is None:
        return
    if body is None:
        yield f"the answer {status} is no JSON"
        return
    for fault in violations(schema, body, strict=False):
        yield f"response {status}{fault}"


def violations(schema: dict, value, strict: bool) -> list[str]:
    whole = {**translated(schema, strict), "components": components(strict)}
    validator = jsonschema.Draft202012Validator(whole, format_checker=FORMATS)
    faults = []
    for error in validator.iter_errors(value):
        # Of alternatives, what the likeliest one lacks.
        inner = jsonschema.exceptions.best_match([error]) if error.context else error
        place = inner.json_path.removeprefix("$")
        faults.append(f"{place}: {shortened(inner.message)}")
    return sorted(faults)


def shortened(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:140]} … {message[-140:]}"


def translated(schema, strict: bool):
    """A schema of OpenAPI 3.0 in the words of JSON Schema: null is a type there, and
    not a property of one. If `strict`, listed members are all there are."""
    if isinstance(schema, list):
        return [translated(item, strict) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key in ("properties", "schemas"):
            out[key] = {name: translated(member, strict) for name, member in value.items()}
        elif key in ("default", "enum", "required"):
            out[key] = value
        elif key not in ("discriminator", "nullable"):
            out[key] = translated(value, strict)
    if strict and "properties" in out:
        out.setdefault("additionalProperties", False)
    if not schema.get("nullable"):
        return out
    if "enum" in out:
        out["enum"] = [*out["enum"], None]
    if isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
        return out
    return {"anyOf": [out, {"type": "null"}]}


@functools.cache
def components(strict: bool) -> dict:
    return translated({"schemas": description()["components"]["schemas"]}, strict)


def resolved(part: dict) -> dict:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return description()["components"][kind][name]


@functools.cache
def description() -> dict:
    return json.loads(DESCRIPTION.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
