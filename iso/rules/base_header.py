"""Pack `base`, the business application header. Source: head.001, its message definition report."""

from typing import Final

from lxml import etree

from iso.rules import values
from iso.rules.model import HEADER, WARNING, Found, Rule
from iso.rules.node import Facts, Node, day_of
from iso.rules.shapes import Told, first, of_tags, of_texts, only_with, within

_KNOWN: Final = ("}BICFI", "}LEI", "}ClrSysMmbId")
"""How an institution may be known; they come first in FinInstnId."""


def _related(node: Node) -> Found:
    copied = "CpyDplct" in node.kids and "Rltd" not in node.kids
    return (node.kids["CpyDplct"], f"{node.value('CpyDplct')} without Rltd") if copied else None


def _only_named(element: etree._Element, facts: Facts) -> Found:
    if first(element).endswith(_KNOWN):
        return None
    return None if "Othr" in Node(element, facts).kids else "there is no BICFI, LEI, ClrSysMmbId or Othr"


def _same(node: Node) -> Found:
    sender, receiver = node.kids.get("Fr"), node.kids.get("To")
    if sender is None or receiver is None:
        return None
    said = [etree.tostring(each, method="text", encoding="unicode", with_tail=False) for each in (sender, receiver)]
    return (receiver, "To is Fr") if said[0].split() == said[1].split() else None


def _names_told(node: Node) -> list[Told]:
    sender, receiver = (tuple(node.kids[name].iter()) if name in node.kids else () for name in ("Fr", "To"))

    def same(*texts: str) -> str | None:
        # where a space stands may depend on the lines of the message: without any, what is the same stays so
        said, meant = ("".join("".join(each).split()) for each in (texts[: len(sender)], texts[len(sender) :]))
        return meant if said == meant else None

    return [(same, (*sender, *receiver))] if sender and receiver else []


def _processed(node: Node) -> Found:
    made, day = day_of(node.value("CreDt")), day_of(node.value("BizPrcgDt"))
    return (
        (node.kids["BizPrcgDt"], f"{day} for a message of {made}") if made and day and (made - day).days > 1 else None
    )


def _complete(node: Node) -> Found:
    return None if node.value("Regy") and node.value("Id") else "Regy or Id is empty"


RULES: Final = (
    Rule(
        number="BASE-0501", demand="MsgDefIdr is a message definition",
        todo="Give it as the last part of the Document's namespace, such as pacs.008.001.08.",
        reason="FF01", at=("MsgDefIdr",), messages=HEADER,
        text=values.fits(r"[a-z]{4}\.[0-9a-z]{3}\.[0-9]{3}\.[0-9]{2}"),
    ),
    Rule(
        number="BASE-0502", demand="the header's CreDt says its offset from UTC",
        todo="Write the time with Z or an offset such as +03:00.",
        reason="DT02", at=("CreDt",), messages=HEADER, text=values.offset,
    ),
    Rule(
        number="BASE-0503", demand="the header of a copy or duplicate tells the header it is of",
        todo="Give Rltd.",
        reason="FF01", at=("AppHdr",), messages=HEADER, severity=WARNING, node=of_tags(only_with(_related, "CpyDplct")),
    ),
    Rule(
        number="BASE-0504", demand="the header's sender and receiver are identified",
        todo="Give BICFI, LEI, ClrSysMmbId or Othr in Fr and in To.",
        reason="AGNT", at=("FinInstnId",), messages=HEADER, severity=WARNING, look=of_tags(_only_named),
    ),
    Rule(
        number="BASE-0506", demand="sender and receiver are two",
        todo="Name the receiver in To.",
        reason="AGNT", at=("AppHdr",), messages=HEADER, severity=WARNING,
        node=of_texts(_same, _names_told),
    ),
    Rule(
        number="BASE-0507", demand="the BIC in a header has 8 or 11 characters and a country (ISO 9362)",
        todo="Look the BIC up in the directory of BICs.",
        reason="RC05", at=("BICFI",), messages=HEADER, text=values.bic,
    ),
    Rule(
        number="BASE-0508", demand="the LEI in a header has fitting check digits (ISO 17442)",
        todo="Look the LEI up, or leave it out.",
        reason="BE15", at=("LEI",), messages=HEADER, text=values.lei,
    ),
    Rule(
        number="BASE-0510", demand="business is not processed before the message is made",
        todo="Check BizPrcgDt.",
        reason="DT01", at=("AppHdr",), messages=HEADER, severity=WARNING, node=only_with(_processed, "BizPrcgDt"),
    ),
    Rule(
        number="BASE-0511", demand="a market practice says whose it is",
        todo="Give Regy and Id in MktPrctc.",
        reason="FF01", at=("AppHdr",), messages=HEADER, severity=WARNING,
        node=within(("MktPrctc",), _complete),
    ),
)  # fmt: skip
