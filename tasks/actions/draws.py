"""Draws by chance that nobody outside can foresee, and that fall the same way when asked again."""

import hashlib
import uuid

from django.conf import settings

from tasks.quality import sampling


def drawn(item: uuid.UUID, percent: float, purpose: str) -> bool:
    """Tell whether an item is in the sample of `percent` for a purpose; each purpose draws anew.

    The draw is keyed with the instance's secret: an annotator knows the id of an answer, and must
    not be able to tell from it whether the answer will be looked at.
    """
    secret = settings.SECRET_KEY.encode()
    key = hashlib.sha256(b"tasks.draws:" + purpose.encode() + b":" + secret).digest()
    return sampling.drawn(item, percent, key)
