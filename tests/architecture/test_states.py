"""No serializer and no form writes a state: `status` in a body moved work and money elsewhere."""

import pytest

from tests.architecture.rules import states


@pytest.mark.parametrize("rule", [states.writable, states.fed_replies])
def test_the_project_keeps_the_rule(rule, project):
    assert rule(project) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class WorkIn(StrictSerializer):\n    state = serializers.CharField()\n", "WorkIn"),
        ("class Work(serializers.Serializer[Any]):\n    status = CharField()\n", "Work"),
        ("class W(ModelSerializer):\n    class Meta:\n        fields = ['id', 'state']\n", "W"),
        (
            (
                "class WOut(ModelSerializer[Task]):\n    class Meta:\n        fields = ('state',)\n"
                "        read_only_fields = ['id']\n"
            ),
            "WOut",
        ),
        ("class F(forms.ModelForm):\n    class Meta:\n        fields = ['state']\n", "F"),
    ],
)
def test_a_writable_state_is_found(plant, text, name):
    (found,) = states.writable(plant("tasks/api/shapes.py", text))
    assert found.startswith("tasks/api/shapes.py:")
    assert f"{name} would take" in found


def test_a_model_form_of_all_fields_is_found(plant):
    text = "class F(ModelForm):\n    class Meta:\n        fields = '__all__'\n"
    assert len(states.writable(plant("tasks/web/forms.py", text))) == 2


@pytest.mark.parametrize(
    "text",
    [
        "class WOut(Serializer):\n    state = serializers.CharField()\n",
        "class W(StrictSerializer):\n    state = CharField(read_only=True)\n",
        (
            "class W(ModelSerializer):\n    class Meta:\n        fields = ['state']\n"
            "        read_only_fields = fields\n"
        ),
        "class Work:\n    state = 'open'\n",
    ],
)
def test_what_only_shows_a_state_may_stay(plant, text):
    assert states.writable(plant("tasks/api/shapes.py", text)) == []


def test_a_reply_that_is_given_data_is_found(plant):
    root = plant("tasks/api/work.py", "def post(request):\n    return WorkOut(data=request.data)\n")
    assert states.fed_replies(root) == [
        "tasks/api/work.py:2: WorkOut is the shape of a reply: it takes no data"
    ]
