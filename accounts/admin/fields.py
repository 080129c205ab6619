"""Fields that several desks ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actions.adverse import LONGEST_EVIDENCE
from accounts.models import AnnotatorProfile
from accounts.selectors import domains, organizations, people

MOST_SHOWN = 200


class AnnotatorField(forms.EmailField):
    """An annotator, named by the address they sign in with."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Annotator's e-mail address"), **options)

    def clean(self, value: Any) -> AnnotatorProfile | None:
        """The profile; refuses an address that is no annotator's."""
        address = super().clean(value)
        if not address:
            return None
        found = people.annotator_at(address)
        if found is None:
            raise forms.ValidationError(_("No annotator has this address."))
        return found


class AnnotatorsField(forms.CharField):
    """Several annotators, one address on each line."""

    widget = forms.Textarea({"rows": 4})

    def clean(self, value: Any) -> list[AnnotatorProfile]:
        """Their profiles; names each address that is no annotator's."""
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        found = {line: people.annotator_at(line) for line in lines}
        missing = [line for line, row in found.items() if row is None]
        if missing:
            text = _("No annotator has this address: %(missing)s.")
            raise forms.ValidationError(text, params={"missing": ", ".join(missing)})
        return [row for row in found.values() if row is not None]


def reason(*, required: bool = True, told: bool = True) -> forms.CharField:
    """Why it is done. `told`: the annotator reads it."""
    return forms.CharField(
        label=_("Reason"),
        required=required,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The annotator reads it.") if told else "",
    )


class EvidenceField(forms.CharField):
    """What shows it: an address, or a row as `kind:id`, on each line; none is allowed."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Evidence"),
            required=False,
            max_length=4000,
            widget=forms.Textarea({"rows": 2}),
            help_text=_(
                "One on each line: a link, or a row such as submission:its-id. The annotator reads"
                " it. Without any, the act rests on your reason alone."
            ),
        )

    def clean(self, value: Any) -> list[str]:
        """Its lines; refuses an overlong one."""
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if any(len(line) > LONGEST_EVIDENCE for line in lines):
            text = _("At most %(most)s characters on each line.")
            raise forms.ValidationError(text, params={"most": LONGEST_EVIDENCE})
        return lines


def client(*, label: Any = None, required: bool = True) -> forms.ModelChoiceField[Any]:
    """One of all clients."""
    return forms.ModelChoiceField(
        organizations.everything(), label=label or _("Client"), required=required
    )


def _domains() -> list[Any]:
    return [("", "—"), *domains.choices()]


def domain(*, required: bool = True) -> forms.ChoiceField:
    """A node of the taxonomy."""
    return forms.ChoiceField(label=_("Domain"), choices=_domains, required=required)


def last_day() -> forms.DateField:
    """The last day on which something counts."""
    return forms.DateField(
        label=_("Valid until"),
        required=False,
        help_text=_("YYYY-MM-DD, the last day (UTC); empty for no end."),
    )
