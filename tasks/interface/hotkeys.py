"""Which key chooses which option."""

from tasks.interface.parts import Question

LAST_DIGIT = 9


def option_keys(question: Question) -> dict[str, str]:
    """Map option values (as text) to keys.

    An option's own key wins. Otherwise the first nine options have the digits 1 to 9, and a
    rating's steps 0 to 9 have their own digit; no digit is given out where the client set one.
    Digits act in the question that has the focus, letters on the whole page.
    """
    if not question.hotkeys:
        return {}
    own = {option.value: option.hotkey for option in question.options if option.hotkey}
    if any(key.isdigit() for key in own.values()):
        return own
    if question.type == "rating":
        return {
            str(value): str(value) for value in question.values if 0 <= int(value) <= LAST_DIGIT
        }
    values = (str(value) for value in question.values)
    digits = {
        value: str(number) for number, value in enumerate(values, start=1) if number <= LAST_DIGIT
    }
    return digits | own
