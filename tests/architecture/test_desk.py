"""Staff change rows by actions, never by Django's own save."""

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.test import RequestFactory

from accounts.models import Organization, User
from tests.architecture.rules import desk


@pytest.fixture
def request_of_root():
    request = RequestFactory().get("/admin/")
    request.user = User(email="root@example.com", is_staff=True, is_superuser=True, is_active=True)
    return request


def test_no_table_writes_by_itself(request_of_root):
    assert admin.site._registry
    assert desk.direct_writes(admin.site._registry, request_of_root) == []


def test_a_table_that_django_would_write_is_found(request_of_root):
    plain = {Organization: ModelAdmin(Organization, admin.site)}
    assert desk.direct_writes(plain, request_of_root) == [
        "accounts.Organization: has_add_permission is given, and Django's own save_model would write",
        "accounts.Organization: has_change_permission is given, and Django's own save_model would write",
        "accounts.Organization: has_delete_permission is given, and Django's own delete_model would write",
        "accounts.Organization: has_delete_permission is given, and Django's own delete_queryset would write",
    ]


def test_a_table_that_calls_an_action_is_not(request_of_root):
    class Calls(ModelAdmin):
        def save_model(self, request, obj, form, change): ...

        def has_delete_permission(self, request, obj=None):
            return False

    assert (
        desk.direct_writes({Organization: Calls(Organization, admin.site)}, request_of_root) == []
    )
