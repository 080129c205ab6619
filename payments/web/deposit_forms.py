"""Forms of the deposits page. Amounts are written as people write them: 1,234.50."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.web.once import OnceForm
from payments.currencies import CURRENCIES, minor
from payments.models import SavedCard
from payments.states import DepositMethod

NOT_AN_AMOUNT = _(
    "Write an amount as 1250, 1250.50 or 1,250.50: a point before the decimals, commas between "
    "thousands only, and no more decimals than the currency has."
)
HOW = [
    (DepositMethod.CARD.value, _("Card")),
    (DepositMethod.BANK_TRANSFER.value, _("Bank transfer, by invoice (USD, EUR, GBP, JPY)")),
]


def _choices() -> list[tuple[str, str]]:
    return [(code, code.upper()) for code in CURRENCIES]


def amount_field(label: Any, *, required: bool = True) -> forms.CharField:
    """An amount as a person writes it."""
    entry = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=20, widget=entry, required=required)


class AmountsForm(forms.Form):
    """A currency and amounts in it; `AMOUNTS` maps each field to the action's word for it."""

    AMOUNTS: dict[str, str] = {}

    currency = forms.ChoiceField(label=_("Currency"), choices=_choices)

    def clean(self) -> dict[str, Any]:
        """The amounts in minor units; what is none is told at its field."""
        cleaned = super().clean() or {}
        for name in self.AMOUNTS:
            if not cleaned.get(name) or "currency" not in cleaned:
                continue  # what is missing is told already, where it is needed
            found = minor(cleaned[name], cleaned["currency"])
            if found is None:
                self.add_error(name, NOT_AN_AMOUNT)
            else:
                cleaned[name] = found
        return cleaned

    def asked(self) -> dict[str, Any]:
        """What the action takes."""
        values = self.cleaned_data
        amounts = {word: values[name] for name, word in self.AMOUNTS.items()}
        return {"currency": values["currency"], **amounts}


class DepositForm(AmountsForm, OnceForm):
    """How much to pay in, and how; sent twice, asked for once."""

    AMOUNTS = {"amount_minor": "amount_minor"}

    amount_minor = amount_field(_("Amount"))
    method = forms.ChoiceField(label=_("Pay by"), choices=HOW)
    field_order = ["amount_minor", "currency", "method"]

    def asked(self) -> dict[str, Any]:
        """With the method."""
        return {**super().asked(), "method": self.cleaned_data["method"]}


class TopUpForm(AmountsForm):
    """When a card is charged by itself, and how far."""

    AMOUNTS = {
        "floor_minor": "floor_minor",
        "amount_minor": "amount_minor",
        "ceiling_minor": "ceiling_minor",
    }

    floor_minor = amount_field(_("When the balance falls below"))
    amount_minor = amount_field(_("Charge"))
    ceiling_minor = amount_field(_("In a calendar month, at most"))
    card = forms.ChoiceField(label=_("Card"))
    field_order = ["currency", "floor_minor", "amount_minor", "ceiling_minor", "card"]

    def __init__(self, *args: Any, cards: Sequence[SavedCard] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["card"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(str(card.pk), str(card)) for card in cards]

    def asked(self) -> dict[str, Any]:
        """With the card."""
        return {**super().asked(), "card_id": uuid.UUID(self.cleaned_data["card"])}
