"""The pages of people: who they are, what they may do, and their organization."""

from django.urls import URLPattern

app_name = "accounts"

urlpatterns: list[URLPattern] = []
