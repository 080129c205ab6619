"""The forms of the review, adjudication and attention desks."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why a dispute is decided as it is."""

    reason = forms.CharField(
        label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AttentionForm(ReasonForm):
    """What becomes of a task that was given up too often, and why."""

    field_order = ["act", "reason"]
    act = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[
            ("put_back", _("Put it back into the queue; setbacks are counted anew")),
            ("cancel", _("Hand it out no more; answers and claims it has are kept")),
        ],
    )
