"""A pair of messages for a rule: one that keeps it, one that breaks it, both made from a template."""

from typing import NamedTuple

Change = tuple[str, str]


class Pair(NamedTuple):
    """Changes (old text, new text) make the message that breaks the rule, others the one that keeps it."""

    template: str
    broken: tuple[Change, ...]
    kept: tuple[Change, ...] = ()

    @property
    def keeps(self) -> bytes:
        """The message that keeps the rule."""
        return changed(self.template, self.kept)

    @property
    def breaks(self) -> bytes:
        """The message that breaks it."""
        return changed(self.template, self.broken)


def changed(text: str, changes: tuple[Change, ...]) -> bytes:
    """The text with each change made once, at its first place."""
    for old, new in changes:
        assert old in text, f"{old} is not in the template"
        text = text.replace(old, new, 1)
    return text.encode()


def broken(template: str, *changes: Change) -> Pair:
    """The template keeps the rule as it is."""
    return Pair(template, changes)


def both(template: str, kept: Change, wrong: Change) -> Pair:
    """Keeper and breaker are both the template with one change."""
    return Pair(template, (wrong,), (kept,))


def gone(text: str) -> Change:
    """A part that is taken out."""
    return text, ""


def before(place: str, text: str) -> Change:
    """A part that is put in."""
    return place, text + place
