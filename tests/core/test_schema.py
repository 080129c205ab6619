"""The OpenAPI document says what every operation may answer, and which take an Idempotency-Key."""

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from marketplace.core.api.problems import Problem
from tests.core import urls


def test_problems_and_keys_are_documented():
    schema = SchemaGenerator(patterns=urls.urlpatterns).get_schema(request=None, public=True)
    validate_schema(schema)
    members = schema["components"]["schemas"]["Problem"]
    assert set(members["required"]) == set(Problem(404, "a", "b").members())
    operations = {
        (path, method): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    assert ("/api/v1/things", "post") in operations
    for (path, method), operation in operations.items():
        answer = operation["responses"]["default"]["content"]["application/problem+json"]
        assert answer == {"schema": {"$ref": "#/components/schemas/Problem"}}, path
        keys = [p for p in operation.get("parameters", []) if p["name"] == "Idempotency-Key"]
        assert len(keys) == (method != "get"), (path, method)
