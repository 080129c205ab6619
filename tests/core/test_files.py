"""Private files: what is taken, and who may read it."""

import datetime as dt
import hashlib

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from marketplace.core import clock, files
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, StoredFile

PDF = b"%PDF-1.7\n" + b"x" * 1000
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 20
OWNER = Actor(ActorKind.USER, "00000000-0000-0000-0000-000000000001")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    backend = {**settings.STORAGES["private"], "OPTIONS": {"location": tmp_path, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "private": backend}
    return tmp_path


def upload(raw=PDF, name="licence.pdf", claims="text/html"):
    return SimpleUploadedFile(name, raw, content_type=claims)


def keep(**options):
    return files.store(upload(**options), purpose="evidence", by=OWNER)


@pytest.mark.parametrize(
    ("raw", "kind"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")]
)
def test_the_bytes_say_the_kind_whatever_the_browser_claims(raw, kind):
    row = keep(raw=raw)
    assert (row.content_type, row.size, row.owner) == (kind, len(raw), OWNER.key)
    assert row.sha256 == hashlib.sha256(raw).hexdigest()
    with storages["private"].open(row.path) as stored:
        assert stored.read() == raw
    assert str(row.pk) in row.path
    assert "licence" not in row.path
    assert AuditEntry.objects.get(verb="stored_file").subject == f"storedfile:{row.pk}"


@pytest.mark.parametrize(
    "raw",
    [b"", b"<html><script>", b"GIF89a" + PDF, b" %PDF-", b"<svg xmlns=", b"MZ", b"PK\x03\x04"],
)
def test_other_bytes_are_refused_and_not_kept(raw, private):
    with pytest.raises(Refused) as refused:
        keep(raw=raw)
    assert refused.value.status == 422
    assert not StoredFile.objects.exists()
    assert not [path for path in private.rglob("*") if path.is_file()]


def test_a_door_may_take_fewer_kinds():
    with pytest.raises(Refused):
        files.store(upload(PNG), purpose="cv", by=OWNER, allowed={"application/pdf"})


def test_a_file_over_the_limit_is_refused(settings):
    settings.FILE_MAX_BYTES = 1_000_000
    assert keep(raw=PDF.ljust(1_000_000)).size == 1_000_000
    with pytest.raises(Refused) as refused:
        keep(raw=PDF.ljust(1_000_001))
    assert (refused.value.status, refused.value.message) == (413, "A file may have 1 MB at most.")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\my file.pdf", "my file.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("photo\u202efdp.exe", "photofdp.exe"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("Diplôme \U0001f393.pdf", "Diplôme \U0001f393.pdf"),
    ],
)
def test_names_are_shown_without_folders_and_tricks(name, kept):
    assert files.clean_name(name) == kept


@pytest.fixture
def reader():
    user = get_user_model().objects.create(email="reader@example.com")
    client = Client()
    client.force_login(user)
    return user, client


def test_a_link_gives_its_reader_the_file_as_a_download_and_is_recorded(reader):
    user, client = reader
    row = keep(name='di"pl\U0001f393me.pdf')
    by = Actor(ActorKind.STAFF, str(user.pk))
    answer = client.get(files.link(row, reader=by))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    entry = AuditEntry.objects.get(verb="read_file")
    assert (entry.actor, entry.subject) == (by.key, f"storedfile:{row.pk}")


def test_foreign_old_and_forged_links_are_404(reader, settings):
    user, client = reader
    row = keep()
    good = files.link(row, reader=Actor(ActorKind.STAFF, str(user.pk)))
    foreign = files.link(row, reader=OWNER)
    assert Client().get(good).status_code == 302
    assert client.get(foreign).status_code == 404
    assert client.get(good[:-3] + "AA/").status_code == 404
    row.delete()
    assert client.get(good).status_code == 404
    row.save(force_insert=True)
    settings.FILE_LINK_SECONDS = -1
    assert client.get(good).status_code == 404
    assert not AuditEntry.objects.filter(verb="read_file").exists()


def test_bytes_whose_row_was_rolled_back_are_deleted_after_two_days(private):
    kept = keep()
    with transaction.atomic():
        lost = keep(raw=PNG)
        transaction.set_rollback(True)
    storage = storages["private"]
    assert storage.exists(lost.path)
    assert files.delete_orphans() == 0
    clock.advance(dt.timedelta(days=2))
    storage.save("elsewhere/foreign", ContentFile(b"x"))
    assert files.delete_orphans() == 1
    assert not storage.exists(lost.path)
    assert storage.exists(kept.path)
    assert storage.exists("elsewhere/foreign")
