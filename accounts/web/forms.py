"""Forms of the account pages. They look at shapes; the rules are the actions'."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actions import registration
from accounts.models import AnnotatorProfile, User
from accounts.selectors import actors, domains, iso
from accounts.states import CredentialKind, Role, Scope
from marketplace.core.errors import Refused


def show(form: forms.Form, refused: Refused) -> None:
    """Put a refusal where its faults are, or on top of the form."""
    for fault in refused.faults:
        field = fault.pointer.removeprefix("/")
        form.add_error(field if field in form.fields else None, fault.detail)
    if not refused.faults:
        form.add_error(None, refused.message)


class SignUpForm(forms.Form):
    """What sign-up asks besides e-mail and password."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    field_order = ["name", "email", "password1", "password2"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth with the user it made."""
        user.name = self.cleaned_data["name"]
        registration.introduce(user_id=user.pk, name=user.name, by=actors.of_user(user))


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        """A stored list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The lines that hold something."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class ProfileForm(forms.Form):
    """An annotator's profile."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    country = forms.ChoiceField(
        label=_("Country you live in"), choices=[("", "—"), *iso.COUNTRIES.items()]
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages you work in"),
        choices=list(iso.LANGUAGES.items()),
        widget=forms.SelectMultiple({"size": 8}),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [(zone, zone) for zone in iso.zones()]
    )
    domains = forms.MultipleChoiceField(
        label=_("Domains you are an expert in"),
        choices=domains.choices,
        widget=forms.SelectMultiple({"size": 12}),
        help_text=_("A field stands for everything below it."),
    )
    bio = forms.CharField(
        label=_("About you"), required=False, max_length=4000, widget=forms.Textarea({"rows": 5})
    )
    links = LinesField(
        label=_("Links"), required=False, help_text=_("One on each line: ORCID, GitHub, web page.")
    )

    @staticmethod
    def values_of(user: User, annotator: AnnotatorProfile | None) -> dict[str, Any]:
        """What the form shows at first."""
        person = {"name": user.name, "time_zone": user.time_zone}
        if annotator is None:
            return person
        return person | {
            "country": annotator.country,
            "languages": annotator.languages,
            "domains": [domain.path for domain in annotator.domains.all()],
            "bio": annotator.bio,
            "links": annotator.links,
        }


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CredentialForm(forms.Form):
    """A claim with its evidence."""

    kind = forms.ChoiceField(label=_("Kind"), choices=CredentialKind.choices)
    title = forms.CharField(label=_("Title"), max_length=160)
    issuer = forms.CharField(label=_("Issued by"), max_length=160)
    domain = forms.ChoiceField(label=_("Domain"), choices=domains.choices)
    number = forms.CharField(label=_("Number, if it has one"), required=False, max_length=80)
    issued_on = forms.DateField(label=_("Issued on"), required=False, widget=DateInput())
    expires_on = forms.DateField(label=_("Valid until"), required=False, widget=DateInput())
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("A scan or photograph: PDF, PNG or JPEG. Only staff and you can open it."),
    )


class OrganizationForm(forms.Form):
    """A new client."""

    name = forms.CharField(label=_("Name of the organization"), max_length=120)


class MemberForm(forms.Form):
    """A person to invite."""

    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.VIEWER)


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(label=_("Name of the program"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope, scope) for scope in Scope.values],
        initial=[Scope.PROJECTS_READ, Scope.RESULTS_READ],
        widget=forms.CheckboxSelectMultiple,
    )
