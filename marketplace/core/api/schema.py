"""What drf-spectacular cannot see: the Problem of every refusal and the Idempotency-Key of every
write.
"""

from typing import Any

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901)."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "Send the same key again to get the stored reply instead of a second effect. Kept for 30 "
        "days; another request under the same key is refused with 422, a repetition while the "
        "first is under way with 409."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_REFUSAL = {
    "description": "Refused, or failed.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path in result.get("paths", {}).values():
        for method, operation in path.items():
            if method in ("get", "post", "patch", "delete"):
                operation.setdefault("responses", {})["default"] = _REFUSAL
            if method in ("post", "patch", "delete"):
                operation.setdefault("parameters", []).append(KEY)
    return result


PAGE_QUERY = [
    {"name": "cursor", "in": "query", "schema": {"type": "string"}},
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
    },
]


def add_pages(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: our lists come as pages, newest first."""
    for path in result.get("paths", {}).values():
        operation = path.get("get", {})
        content = operation.get("responses", {}).get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if schema.get("type") == "array":
            operation["parameters"] = [*operation.get("parameters", []), *PAGE_QUERY]
            content["application/json"]["schema"] = {
                "type": "object",
                "required": ["results", "next"],
                "properties": {
                    "results": schema,
                    "next": {"type": ["string", "null"], "format": "uri"},
                },
            }
    return result
