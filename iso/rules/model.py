"""A rule: one row of a pack with a number, what it demands, what to do, how grave it is and a small pure check.

A check looks at one element and answers None (kept), a text that says what was found, or that text with the element it
was found at. Rules see the tree by local names, so one rule serves every version of a message.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from lxml import etree
from msgspec import Struct

if TYPE_CHECKING:
    from iso.rules.node import Facts, Node

Found: TypeAlias = "str | tuple[etree._Element, str] | None"  # noqa: SLF001 - the stubs call elements so
"""What a check found: nothing, what is wrong, or what is wrong at another element."""
TextCheck = Callable[[str], str | None]
MoneyCheck = Callable[[str, str], str | None]
LookCheck = Callable[["etree._Element", "Facts"], Found]  # noqa: SLF001 - the stubs call elements so
NodeCheck = Callable[["Node"], Found]

PAYMENTS = ("pacs.008", "pacs.009", "pacs.004", "pacs.003", "pacs.007", "pacs.010", "pain.001", "pain.008", "pain.013")
"""Messages that ask for money to move."""
REPORTS = ("camt.052", "camt.053", "camt.054")
"""Messages that tell what happened: nobody refuses a statement."""
HEADER = ("head.001",)
BODIES = ("pacs.", "pain.", "camt.", "acmt.")
"""Every message, but not its header."""
EVERY = ("",)
"""Every message, by the empty beginning of its name."""


class Severity(StrEnum):
    """An error refuses the message where its pack is in force, a warning is told only."""

    ERROR = "error"
    WARNING = "warning"


ERROR, WARNING = Severity.ERROR, Severity.WARNING


class Rule(Struct, frozen=True, kw_only=True):
    """One rule. `at`: local names of the elements it looks at; `messages`: beginnings of message names it is for.

    `reason` is the ISO 20022 status reason of a refusal. Exactly one check is given: `text` sees the text of each
    element, `money` amount and currency of the elements that have a Ccy (of all without `at`), `node` the element with
    its children by name, `look` the bare element (for elements that every message has many of), `letters` is the
    pattern that the text of the whole message must fit. A rule without a check is judged by the hub itself, with
    what only the hub knows.
    """

    number: str
    demand: str
    todo: str
    reason: str
    at: tuple[str, ...] = ()
    messages: tuple[str, ...] = PAYMENTS
    severity: Severity = ERROR
    text: TextCheck | None = None
    money: MoneyCheck | None = None
    look: LookCheck | None = None
    node: NodeCheck | None = None
    letters: re.Pattern[str] | None = None

    @property
    def pack(self) -> str:
        """The name of its pack."""
        return self.number.partition("-")[0].lower()

    def applies(self, definition: str) -> bool:
        """Whether it is for that message definition."""
        return definition.startswith(self.messages)


class Broken(Struct, frozen=True):
    """A rule that a message breaks: which, where (line of the text, path from AppHdr or Document) and what to do."""

    number: str
    severity: Severity
    line: int
    path: str
    reason: str
    text: str
    todo: str

    @property
    def description(self) -> str:
        """Number, text and path: what the sender is told."""
        return f"{self.number} {self.text} ({self.path})"
