"""The staff's tables change rows by actions or not at all."""

import inspect
from collections.abc import Mapping
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import ModelAdmin as Base
from django.db.models import Model
from django.http import HttpRequest

# what a permission lets Django's admin do by itself -> the methods that must be ours instead
OWN_WRITES = {
    "has_add_permission": ("save_model",),
    "has_change_permission": ("save_model",),
    "has_delete_permission": ("delete_model", "delete_queryset"),
}


def direct_writes(
    registry: Mapping[type[Model], ModelAdmin[Any]], request: HttpRequest
) -> list[str]:
    """Tables on which a superuser, the caller of `request`, could change rows past the actions."""
    return [
        f"{model._meta.label}: {permission} is given, and Django's own {method} would write"
        for model, desk in registry.items()
        for permission, methods in OWN_WRITES.items()
        if getattr(desk, permission)(request)
        for method in methods
        if inspect.unwrap(getattr(type(desk), method)) is getattr(Base, method)
    ]
