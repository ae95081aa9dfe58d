"""Print what the API's model says of RegisterTaskDefinition, as JSON.

A list of [path, kind, required]: the path from the top, with [] for the elements of a
list and {} for the values of a map; the kind is text, choice, number, flag, list, map or
object; required says whether the object around it can't be without it.
"""

import json

import botocore.session

KINDS = {
    "string": "text",
    "integer": "number",
    "long": "number",
    "boolean": "flag",
    "list": "list",
    "map": "map",
    "structure": "object",
}


def walk(path, shape, required, members):
    kind = KINDS[shape.type_name]
    if shape.type_name == "string" and getattr(shape, "enum", None):
        kind = "choice"
    members.append([path, kind, required])
    if kind == "list":
        walk(f"{path}[]", shape.member, False, members)
    elif kind == "map":
        walk(f"{path}{{}}", shape.value, False, members)
    elif kind == "object":
        inside(f"{path}.", shape, members)


def inside(prefix, shape, members):
    for name, member in shape.members.items():
        walk(f"{prefix}{name}", member, name in shape.required_members, members)


if __name__ == "__main__":
    model = botocore.session.get_session().get_service_model("ecs")
    found = []
    inside("", model.operation_model("RegisterTaskDefinition").input_shape, found)
    print(json.dumps(found))
