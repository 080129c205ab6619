"""The answer form of a task: from an interface and a payload to a page's form, and back.

The form and the API accept the same answers: what the form has cleaned is checked once more by
`Interface.check_answer`, and whatever that finds becomes an error of the form.
"""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from tasks.interface.controls import control
from tasks.interface.hygiene import clean_text
from tasks.interface.parts import Question
from tasks.interface.problems import Problem
from tasks.interface.spec import Interface
from tasks.interface.widgets import Ranking

PREFIX = "answer"
EMPTY: tuple[Any, ...] = (None, "", [], {})


class AnswerForm(forms.Form):
    """Every question of an interface, in order; hidden ones are shown where no script runs."""

    template_name = template_name_div = "tasks/widgets/form.html"

    def __init__(self, interface: Interface, payload: Mapping[str, Any], **kwargs: Any) -> None:
        """Build one field for each question; `kwargs` are Django's (data, initial, prefix)."""
        super().__init__(**kwargs)
        self.interface = interface
        self.payload = payload
        self.answer: dict[str, Any] = {}
        for question in interface.questions:
            self.fields[question.name] = self._field(question)

    def _field(self, question: Question) -> forms.Field:
        """Make a question's field, with what its template shows beside it."""
        field = control(question, self.payload)
        field.question = question  # type: ignore[attr-defined]  # read by the templates
        if question.show_if:
            target = self.interface.question(question.show_if.question)
            field.condition = {  # type: ignore[attr-defined]  # read by the templates
                "rule": json.dumps(
                    {
                        "input": self.add_prefix(target.name),
                        "in": [str(value) for value in question.show_if.values],
                    }
                ),
                "title": target.title,
                "texts": [target.text_of(value) for value in question.show_if.values],
            }
        return field

    def clean(self) -> dict[str, Any]:
        """Keep the answers of the questions that are shown; ask for the required ones among them.

        What was typed into a question that another answer hides is dropped with its errors.
        """
        cleaned = self.cleaned_data
        for question in self.interface.questions:
            if question.show_if and not question.show_if.holds(self.answer):
                cleaned.pop(question.name, None)
                self.errors.pop(question.name, None)
                continue
            value = cleaned.get(question.name)
            if value not in EMPTY:
                self.answer[question.name] = value
            elif question.required and question.name not in self.errors:
                self.add_error(question.name, _("This field is required."))
        if not self.errors:
            self._check_whole()
        return self.answer

    def _check_whole(self) -> None:
        """Let the published schema have the last word."""
        for problem in self.interface.check_answer(self.answer, self.payload):
            name = _first_part(problem)
            self.add_error(name if name in self.fields else None, problem.message)


def _first_part(problem: Problem) -> str:
    """Return the question a problem points into; names hold no character that is escaped."""
    return problem.pointer.split("/")[1] if problem.pointer else ""


def answer_form(
    interface: Interface,
    payload: Mapping[str, Any],
    *,
    data: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
) -> AnswerForm:
    """Make the form of a task: bound to `data` when posted, else filled from `initial`."""
    values = dict(initial) if initial else None
    return AnswerForm(interface, payload, data=data, initial=values, prefix=PREFIX)


def form_answer(form: AnswerForm) -> dict[str, Any]:
    """Return a valid form's answer in the JSON shape of the API: unanswered questions left out."""
    return dict(form.answer)


def answer_initial(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fills the form again from a stored answer or draft."""
    return {name: value for name, value in answer.items() if value not in EMPTY}


def draft_answer(querydict: QueryDict, interface: Interface) -> dict[str, Any]:
    """Read a half-filled form for safe keeping: whatever was typed, whether valid or not.

    The outcome is JSON for `answer_initial`; it is no answer and is never submitted as one.
    Marks stay as the lines typed, a ranking as {item: rank}. Characters that cannot be stored are
    replaced; nothing else is lost.
    """
    draft: dict[str, Any] = {}
    for question in interface.questions:
        value = _typed(question, querydict)
        if value not in EMPTY:
            draft[question.name] = value
    return draft


def _typed(question: Question, data: QueryDict) -> Any:
    """Return one question's raw input."""
    name = f"{PREFIX}-{question.name}"
    if question.type == "multi":
        return [clean_text(item) for item in data.getlist(name) if item]
    if question.type == "ranking":
        typed = Ranking(question).value_from_datadict(data, None, name)
        return {item: clean_text(rank) for item, rank in typed.items()}
    return clean_text(data.get(name) or "").replace("\r\n", "\n")
