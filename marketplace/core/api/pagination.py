"""Pages of a list: a cursor into the order, so that rows added meanwhile shift nothing."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import QuerySet
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from marketplace.core.api.faults import BadQuery


class Cursor(CursorPagination):
    """Newest first by id (UUIDv7); `limit` rows a page, 1 to 200. Anything else in the query is a
    400.
    """

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-id"
    template = None

    def get_page_size(self, request: Request) -> int:
        """The asked-for size; refuses what is not a number from 1 to 200."""
        asked = request.query_params.get("limit")
        if asked is None:
            return int(self.page_size or 0)
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= self.max_page_size):
            raise BadQuery(f"limit is a number from 1 to {self.max_page_size}.")
        return int(asked)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """The page's rows; refuses a cursor that we did not make."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.NotFound, ValidationError, ValueError, DataError):
            raise BadQuery("The cursor is not one of ours.") from None

    @classmethod
    def answer(
        cls,
        view: APIView,
        rows: QuerySet[Any],
        serializer: type[BaseSerializer[Any]],
        *,
        ordering: str = "-id",
    ) -> Response:
        """One page of `rows` as the answer of `view`; `ordering` is a unique column."""
        cursor = cls()
        cursor.ordering = ordering
        found = cursor.paginate_queryset(rows, view.request, view)
        return cursor.get_paginated_response(serializer(found, many=True).data)
