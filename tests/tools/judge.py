"""Judge request and response bodies by AWS's own models, offline.

Reads one exchange a line, as JSON:

    {"service": "ecs", "operation": "UpdateService", "kind": "input",
     "body": {...}, "seeded": ["x-unknown"]}

and prints a JSON list of sentences, one for each fault; an empty list means
that AWS would understand everything. `kind` is "input", "output" or "error", the
last for an answer with `__type`. Members whose name starts with one of `seeded` are
left out first, at every depth: tests plant them to prove that unknown fields survive.

botocore's validator knows required and unknown members, types and lower limits.
It doesn't look at enumerations, upper limits, booleans in place of numbers, and
the spelling of timestamps, so those are walked here. Patterns are not checked:
they are Java's, and some refuse what the service accepts.
"""

import functools
import json
import sys

import botocore.exceptions
import botocore.session
from botocore.validate import ParamValidator

# Timestamps are seconds since 1970 in these protocols. A value beyond these
# years is milliseconds or nonsense.
YEARS_2000_TO_2100 = (946_684_800, 4_102_444_800)

# Every operation of every service may answer with these; models leave them out.
COMMON_ERRORS = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InternalFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnrecognizedClientException",
    "ValidationException",
}


class Validator(ParamValidator):
    def _validate_timestamp(self, param, shape, errors, name):
        """Leave it to the walk: what a caller may pass is not what is sent."""


def main() -> None:
    faults = []
    for line in sys.stdin:
        exchange = json.loads(line)
        title = f"{exchange['service']} {exchange['operation']} {exchange['kind']}"
        faults += [f"{title}: {fault}" for fault in judge(exchange)]
    json.dump(faults, sys.stdout)


def judge(exchange: dict) -> list[str]:
    try:
        operation = model(exchange["service"]).operation_model(exchange["operation"])
    except botocore.exceptions.UnknownServiceError:
        return ["there is no such service"]
    except botocore.model.OperationNotFoundError:
        return ["there is no such operation"]
    body = without(exchange.get("seeded", []), exchange["body"])
    if exchange["kind"] == "error":
        return judge_error(operation, body)
    shape = {"input": operation.input_shape, "output": operation.output_shape}[exchange["kind"]]
    if shape is None:
        return [] if body == {} else ["the operation has no such body"]
    return judge_body(body, shape)


def judge_error(operation, body: dict) -> list[str]:
    # Some services put a namespace before the name: `com.amazonaws.ecs#…`.
    name = body.pop("__type", "").rpartition("#")[2]
    for shape in operation.error_shapes:
        if name in (shape.name, shape.error_code):
            return judge_body(body, shape)
    return [] if name in COMMON_ERRORS else [f"{name!r} is not an error of the operation"]


def judge_body(body, shape) -> list[str]:
    report = Validator().validate(body, shape)
    faults = report.generate_report().split("\n") if report.has_errors() else []
    return faults + list(walk(body, shape, "body"))


@functools.cache
def model(service: str):
    return botocore.session.get_session().get_service_model(service)


def without(seeded: list[str], value):
    if isinstance(value, dict):
        return {
            name: without(seeded, member)
            for name, member in value.items()
            if not name.startswith(tuple(seeded))
        }
    if isinstance(value, list):
        return [without(seeded, item) for item in value]
    return value


def walk(value, shape, path: str):
    """Yield the faults that botocore's validator doesn't look for."""
    match shape.type_name, value:
        case "structure", dict():
            for name, member in value.items():
                if name in shape.members:
                    yield from walk(member, shape.members[name], f"{path}.{name}")
        case "map", dict():
            for key, item in value.items():
                yield from walk(key, shape.key, f"{path} (key {key})")
                yield from walk(item, shape.value, f"{path}.{key}")
        case "list", list():
            for index, item in enumerate(value):
                yield from walk(item, shape.member, f"{path}[{index}]")
            yield from longer_than(shape, len(value), path)
        case "string", str():
            if shape.enum and value not in shape.enum:
                yield f"{path} is {value!r}, not one of {', '.join(shape.enum)}"
            yield from longer_than(shape, len(value), path)
        case "integer" | "long" | "float" | "double", bool():
            yield f"{path} is {json.dumps(value)}, not a number"
        case "integer" | "long" | "float" | "double", int() | float():
            yield from longer_than(shape, value, path)
        case "timestamp", _:
            low, high = YEARS_2000_TO_2100
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                yield f"{path} is {json.dumps(value)}, not seconds since 1970"


def longer_than(shape, size, path: str):
    limit = shape.metadata.get("max")
    if limit is not None and size > limit:
        yield f"{path} is {size} (or so long), the limit is {limit}"


if __name__ == "__main__":
    main()
