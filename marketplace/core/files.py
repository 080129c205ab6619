"""Private files: what people hand in as evidence. Stored under names of our own, read through
short-lived links.
"""

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from marketplace.core import audit, clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused, invalid
from marketplace.core.ids import new_id
from marketplace.core.models import StoredFile

# The first bytes of the kinds we take; a name or a declared type proves nothing.
_MAGIC = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
EVIDENCE = frozenset(_MAGIC)
_SALT = "core.files"
_LONGEST_NAME = 120


def store(
    upload: "UploadedFile[bytes]", *, purpose: str, by: Actor, allowed: Collection[str] = EVIDENCE
) -> StoredFile:
    """Keep an upload of at most FILE_MAX_BYTES whose own first bytes say that it is one of
    `allowed`.

    The bytes are written first, then the row in the caller's transaction: a rollback leaves bytes
    without a row, which `delete_orphans` deletes. Refuses with 422, or 413 where it is too large.
    """
    size = upload.size or 0
    if size > settings.FILE_MAX_BYTES:
        limit = settings.FILE_MAX_BYTES // 1_000_000
        raise Refused("too_large", f"A file may have {limit} MB at most.", status=413)
    kind = sniff(upload.read(16))
    if kind is None or kind not in allowed:
        raise invalid("This is not a file of a kind that we take: PDF, PNG or JPEG.")
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    key = new_id()
    path = storages["private"].save(f"{clock.now():%Y-%m-%d}/{key}", upload)
    with transaction.atomic():
        row = StoredFile.objects.create(
            id=key,
            owner=by.key,
            purpose=purpose,
            name=clean_name(upload.name or ""),
            content_type=kind,
            size=size,
            sha256=digest.hexdigest(),
            path=path,
        )
        audit.record("stored_file", row, by=by, purpose=purpose, sha256=row.sha256)
    return row


def sniff(head: bytes) -> str | None:
    """The content type that a file's first bytes show, among those we know."""
    return next((kind for kind, magic in _MAGIC.items() if head.startswith(magic)), None)


def clean_name(name: str) -> str:
    """The uploader's file name without folders, control and direction characters, at most 120
    characters.
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in base if not unicodedata.category(c).startswith("C"))
    return kept.strip(" .")[-_LONGEST_NAME:] or "file"


def link(file: StoredFile, *, reader: Actor) -> str:
    """A path that shows the file to this user alone, for FILE_LINK_SECONDS. The caller has checked
    the right.
    """
    return reverse("core_file", args=[signing.dumps([str(file.pk), reader.key], salt=_SALT)])


def delete_orphans() -> int:
    """Delete bytes without a row in the folders of two to nine days ago; returns how many."""
    storage, today, count = storages["private"], clock.now(), 0
    for age in range(2, 10):
        folder = f"{today - dt.timedelta(days=age):%Y-%m-%d}"
        if not storage.exists(folder):
            continue
        paths = {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
        kept = set(StoredFile.objects.filter(path__in=paths).values_list("path", flat=True))
        for path in paths - kept:
            storage.delete(path)
            count += 1
    return count


@login_required
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    """The file behind a link, as a download; that it was read is recorded. Old, forged and foreign
    links: 404.
    """
    file, reader = _opened(request, token)
    with transaction.atomic():
        audit.record("read_file", file, by=reader)
    response = FileResponse(
        storages["private"].open(file.path),
        as_attachment=True,
        filename=file.name,
        content_type=file.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _opened(request: HttpRequest, token: str) -> tuple[StoredFile, Actor]:
    """The file and its reader; the link names the user who may follow it."""
    try:
        pk, key = signing.loads(token, salt=_SALT, max_age=settings.FILE_LINK_SECONDS)
    except signing.BadSignature:
        raise NotFound("file") from None
    kind, _, user_id = key.partition(":")
    if user_id != str(request.user.pk):
        raise NotFound("file")
    file = StoredFile.objects.filter(pk=pk).first()
    if file is None or not storages["private"].exists(file.path):
        raise NotFound("file")
    return file, Actor(ActorKind(kind), user_id)
