"""Which signs an answer shows that it was not written where it was handed in.

Each threshold is a choice, not a measurement: the share of flagged answers that turn out right is
measured on the instance's own data (`tasks/selectors/sign_rates.py`) and is what they should be
judged by. A sign adds to the chance of a review and does nothing else. Leaving the page is shown,
but is no sign: looking something up is part of much expert work.
"""

from dataclasses import dataclass

LEAST_CHARACTERS = 200
"""Shorter texts show no sign of pasting: a name or a formula is often pasted for good reasons."""
MOSTLY_PASTED = 0.8
FEW_KEYS = 0.1
"""Keys for each character. Whole words that a phone or a voice enters come to about 0.2."""
NEAR_ANSWER, NEAR_MODEL = 0.6, 0.5
LEAST_WORDS = 20
EXTRA = {"pasted": 20, "few_keys": 10, "near_answer": 50, "near_model": 50}
"""By how many points of a hundred each sign raises the chance of a review."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an answer; None where it was not recorded, or there was nothing to compare.

    `typed`, `pasted` and `quoted` are characters. `whole`: all of the text was written under
    record, so that keys can be compared with characters.
    """

    characters: int
    recorded: bool = False
    whole: bool = False
    keystrokes: int = 0
    typed: int = 0
    pasted: int = 0
    quoted: int = 0
    near_answer: float | None = None
    near_model: float | None = None


def paste_share(facts: Facts) -> float | None:
    """The share of pasted characters among those that came; None if nothing was recorded."""
    came = facts.typed + facts.pasted + facts.quoted
    return facts.pasted / came if facts.recorded and came else None


def keys_per_character(facts: Facts) -> float | None:
    """Keys pressed for each character handed in; None unless all of it was written under record."""
    if not (facts.recorded and facts.whole and facts.characters):
        return None
    return facts.keystrokes / facts.characters


def signs(facts: Facts) -> list[str]:
    """The signs, in the order of EXTRA; a text that was pasted is not also one of few keys."""
    found = []
    long = facts.characters >= LEAST_CHARACTERS
    share, keys = paste_share(facts), keys_per_character(facts)
    if long and share is not None and share >= MOSTLY_PASTED:
        found.append("pasted")
    elif long and keys is not None and keys < FEW_KEYS and not facts.pasted and not facts.quoted:
        found.append("few_keys")
    if (facts.near_answer or 0) >= NEAR_ANSWER:
        found.append("near_answer")
    if (facts.near_model or 0) >= NEAR_MODEL:
        found.append("near_model")
    return found


def extra_percent(found: list[str]) -> int:
    """What the signs add to the chance of a review, at most 100."""
    return min(sum(EXTRA[sign] for sign in found), 100)
