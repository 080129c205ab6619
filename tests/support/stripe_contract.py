"""Check requests, replies and events against Stripe's own OpenAPI document.

The document lies in tests/contracts/stripe; its README says which differences are allowed.
Every check returns a list of sentences, empty where all is well.
"""

import functools
import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from payments.devstripe.state import Call

FOLDER = Path(__file__).parent.parent / "contracts" / "stripe"
ROOT = "urn:stripe"
NOISE = {"nullable", "x-expansionResources", "x-trimmed", "format"}
Json = dict[str, Any]


def merge(document: Any, patch: Any) -> Any:
    """JSON Merge Patch, RFC 7386: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def convert(node: Any, *, v2: bool = False) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema 2020-12; objects take no attributes but the named ones."""
    if isinstance(node, list):
        return [convert(entry, v2=v2) for entry in node]
    if not isinstance(node, dict):
        return node
    out = {k: convert(v, v2=v2) for k, v in node.items() if k not in NOISE and k != "properties"}
    if "properties" in node:
        out["properties"] = {k: convert(v, v2=v2) for k, v in node["properties"].items()}
        if "x-trimmed" not in node:
            out.setdefault("additionalProperties", False)
        if v2:
            required = set(node.get("required", []))
            for name in out["properties"].keys() - required:
                out["properties"][name] = {"anyOf": [out["properties"][name], {"type": "null"}]}
    if isinstance(out.get("$ref"), str):
        out["$ref"] = out["$ref"].replace("#/components/schemas/", f"{ROOT}#/$defs/")
    return {"anyOf": [out, {"type": "null"}]} if node.get("nullable") is True else out


class Contract:
    """Stripe's document, ready to judge."""

    def __init__(self, document: Json) -> None:
        schemas = document["components"]["schemas"]
        defs = {name: convert(s, v2=name.startswith("v2.core.")) for name, s in schemas.items()}
        resource = Resource.from_contents({"$defs": defs}, default_specification=DRAFT202012)
        self.names = set(defs)
        self.registry: Registry[Any] = Registry().with_resource(ROOT, resource)
        self.paths = sorted(document["paths"].items(), key=lambda pair: pair[0].count("{"))
        self.validators: dict[str, Validator] = {}

    def find(self, method: str, path: str) -> tuple[str, Json] | None:
        """The template and the operation of a request; a literal path wins over a template."""
        for template, operations in self.paths:
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
            if method.lower() in operations and re.fullmatch(pattern, path):
                return f"{method} {template}", operations[method.lower()]
        return None

    def errors(self, name: str, schema: Json, value: Any) -> list[str]:
        """What is wrong with a value; `name` is what the compiled schema is kept under."""
        if name not in self.validators:
            self.validators[name] = Draft202012Validator(schema, registry=self.registry)
        return [
            f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in self.validators[name].iter_errors(value)
        ]

    def valid(self, schema: Json, value: Any) -> bool:
        """Whether a value fits a schema that was converted."""
        return Draft202012Validator(schema, registry=self.registry).is_valid(value)

    def request(self, method: str, path: str, params: Json) -> list[str]:
        """Unknown, missing and mistyped parameters; form and query values are text on the wire."""
        found = self.find(method, path)
        if found is None:
            return [f"{method} {path} is not in Stripe's document"]
        name, operation = found
        typed = method == "POST" and path.startswith("/v2/")
        schema = convert(query_schema(operation) if method == "GET" else body_schema(operation))
        value = params if typed else self.typed(schema, params)
        return self.errors(f"request of {name}", schema, value)

    def typed(self, schema: Json, value: Any) -> Any:
        """Text from a form as the type that its schema asks for, where it can be read as such."""
        for variant in schema.get("anyOf", ()):
            read = self.typed(variant, value)
            if self.valid(variant, read):
                return read
        kind = schema.get("type")
        if kind == "object" and isinstance(value, dict):
            known, rest = schema.get("properties", {}), schema.get("additionalProperties")
            other = rest if isinstance(rest, dict) else {}
            return {k: self.typed(known.get(k, other), v) for k, v in value.items()}
        if kind == "array" and isinstance(value, list):
            return [self.typed(schema.get("items", {}), entry) for entry in value]
        if kind == "integer" and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            return int(value)
        if kind == "boolean" and value in ("true", "false"):
            return value == "true"
        return value

    def reply(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Whether a reply is one that Stripe documents for this request and status."""
        found = self.find(method, path)
        if found is None:
            return [] if status == 404 else [f"{method} {path} is not in Stripe's document"]
        name, operation = found
        known = str(status) if str(status) in operation["responses"] else "default"
        schema = next(iter(operation["responses"][known]["content"].values()))["schema"]
        variants = schema.get("oneOf")
        chosen = {"anyOf": variants} if variants else schema
        errors = self.errors(f"{known} reply of {name}", convert(chosen), body)
        if status == 200 and isinstance(body, dict):
            errors += self.events_in(body)
        return errors

    def events_in(self, body: Json) -> list[str]:
        """The objects inside snapshot events, which the document leaves open."""
        rows = body["data"] if body.get("object") == "list" else [body]
        return [error for row in rows if row.get("object") == "event" for error in self.event(row)]

    def event(self, body: Json) -> list[str]:
        """A delivered webhook: the event itself and, in a snapshot, the object that it carries."""
        errors = self.named(body["object"], body)
        if body["object"] == "event":
            inner = body["data"]["object"]
            errors += self.named(inner["object"], inner)
        return errors

    def named(self, name: str, value: Any) -> list[str]:
        """Whether a value is an object of that kind."""
        if name not in self.names:
            return [f"{name} is no object of Stripe's document"]
        return self.errors(name, {"$ref": f"{ROOT}#/$defs/{name}"}, value)

    def call(self, call: Call) -> list[str]:
        """Both sides of one recorded exchange; refused parameters are the caller's to answer for."""
        if call.status == 0 or call.body is None:
            return []
        errors = self.reply(call.method, call.path, call.status, call.body)
        if call.status == 200:
            errors += self.request(call.method, call.path, call.params)
        return errors


def query_schema(operation: Json) -> Json:
    """The query parameters of an operation as one object."""
    asked = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    return {
        "type": "object",
        "properties": {one["name"]: one["schema"] for one in asked},
        "required": [one["name"] for one in asked if one.get("required")],
    }


def body_schema(operation: Json) -> Json:
    """The body of an operation; none takes no parameters."""
    content = operation.get("requestBody", {}).get("content", {})
    for part in content.values():
        return dict(part["schema"])
    return {"type": "object", "properties": {}}


@functools.cache
def contract() -> Contract:
    """The document with its overlay, read once."""
    document = json.loads((FOLDER / "openapi.trimmed.json").read_text())
    return Contract(merge(document, json.loads((FOLDER / "overlay.json").read_text())))


def violations(calls: list[Call]) -> list[str]:
    """What is wrong with the exchanges seen, each problem once."""
    found = [error for call in calls for error in contract().call(call)]
    return list(dict.fromkeys(found))
