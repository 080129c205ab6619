"""Names of whoever owns a pot: clients, projects, annotators, the platform."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.selectors import names
from payments.chart import PLATFORM
from payments.selectors import work


def called(owner_keys: Collection[str]) -> dict[str, str]:
    """A name for each key of an owner (`org:<id>`, `project:<id>`, `annotator:<id>`, `platform`);
    a key that names nothing stays as it is.
    """
    keys = set(owner_keys)
    projects = work.things([key for key in keys if key.startswith("project:")])
    found = names.of(key for key in keys if key.partition(":")[0] in {"org", "annotator"})
    found |= {key: thing.text for key, thing in projects.items()}
    found[PLATFORM] = _("the platform")
    return {key: found.get(key, key) for key in keys}
