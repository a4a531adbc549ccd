"""Pack `base`, values: what every single account, agent, amount, country and date of a message must be."""

from typing import Final

from lxml import etree

from iso.rules import values
from iso.rules.model import BODIES, EVERY, HEADER, PAYMENTS, REPORTS, WARNING, Found, LookCheck, Rule
from iso.rules.node import Facts, Node, day_of
from iso.rules.shapes import Told, first, local, of_texts
from schemas.codes.external import codes

_INVESTIGATIONS: Final = ("camt.026", "camt.027", "camt.028", "camt.029", "camt.056", "camt.087", "camt.055")
_ANSWERS: Final = ("pacs.002", "pacs.028", "pain.002", "pain.014")
_PACS: Final = ("pacs.",)
_SETTLED: Final = ("IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt", "RvsdIntrBkSttlmAmt")
_AMOUNTS: Final = (
    *_SETTLED, "TtlIntrBkSttlmAmt", "TtlRtrdIntrBkSttlmAmt", "InstdAmt", "RtrdInstdAmt", "RvsdInstdAmt", "TrfdAmt",
)  # fmt: skip
_OTHER_AMOUNTS: Final = ("Amt", "CompstnAmt", "OrgnlIntrBkSttlmAmt")
_SERVICE_LEVELS: Final = codes("service_level")
_CATEGORIES: Final = codes("category_purpose")
_YEARS: Final = range(1990, 2100)


def _dated(text: str) -> str | None:
    day = None if text[:2] == "20" and text[:4] < "2100" else day_of(text)
    return None if day is None or day.year in _YEARS else text[:30]


def _soon(settled_on: str, created_at: str) -> str | None:
    settled, created = day_of(settled_on), day_of(created_at)
    if settled is None or created is None:
        return None
    return None if -30 <= (settled - created).days <= 400 else f"{settled} for a message of {created}"


def _settles_soon(element: etree._Element, facts: Facts) -> Found:
    return _soon((element.text or "").strip(), facts.group.value("CreDtTm") or "")


def _days_told(element: etree._Element, facts: Facts) -> list[Told]:
    created = facts.group.kids.get("CreDtTm")
    return [] if created is None else [(_soon, (element, created))]


def _charge_amount(node: Node) -> Found:
    place = node.kids.get("Amt")
    if place is None:
        return None
    found = values.decimals((place.text or "").strip(), place.get("Ccy", ""))
    return None if found is None else (place, found)


def _some_money(amount: str, _currency: str) -> str | None:
    found = None if "1" <= amount[:1] <= "9" else values.number(amount)
    return None if found is None or found > 0 else f"the amount is {amount}"


def _born(node: Node) -> Found:
    text = (node.element.text or "").strip()
    day, created = day_of(text), node.facts.created
    late = day is not None and created is not None and day > created
    return f"{text}, message of {created}" if late else None


def _supplement(node: Node) -> Found:
    envelope = node.kids.get("Envlp")
    own = node.facts.prefix
    inner = None if envelope is None else next(envelope.iterchildren("*"), None)
    return None if inner is None or not str(inner.tag).startswith(own) else f"{local(inner)} is of the message"


def _listed(known: frozenset[str]) -> LookCheck:
    def unknown(text: str) -> str | None:
        return None if text in known else f"{text} is not listed"

    def look(element: etree._Element, _facts: Facts) -> Found:
        if not first(element).endswith("}Cd"):
            return None
        found = unknown((element[0].text or "").strip())
        return None if found is None else (element[0], found)

    return of_texts(look, lambda each, _: [(unknown, (each[0],))] if first(each).endswith("}Cd") else [])


RULES: Final = (
    Rule(
        number="BASE-0001", demand="an IBAN has the length of its country and fitting check digits (ISO 13616)",
        todo="Ask the customer for the IBAN again; a number that is no IBAN goes in Id/Othr/Id.",
        reason="AC01", at=("IBAN",), messages=PAYMENTS, text=values.iban,
    ),
    Rule(
        number="BASE-0002", demand="an IBAN that is told of has fitting length and check digits (ISO 13616)",
        todo="Correct the account in the system that writes the report.",
        reason="AC01", at=("IBAN",), messages=(*REPORTS, *_INVESTIGATIONS, *_ANSWERS, "acmt."), severity=WARNING,
        text=values.iban,
    ),
    Rule(
        number="BASE-0003", demand="the country of an IBAN is in the IBAN registry",
        todo="Check whether the account number is an IBAN; if not, give it in Id/Othr/Id.",
        reason="AC01", at=("IBAN",), messages=BODIES, severity=WARNING, text=values.iban_country,
    ),
    Rule(
        number="BASE-0004", demand="a BIC has 8 or 11 characters and a country in the fifth and sixth (ISO 9362)",
        todo="Look the BIC up in the directory of BICs.",
        reason="RC05", at=("BICFI", "BIC"), messages=PAYMENTS, text=values.bic,
    ),
    Rule(
        number="BASE-0005", demand="the BIC of a party has 8 or 11 characters and a country (ISO 9362)",
        todo="Look the BIC up, or leave it out.",
        reason="RC05", at=("AnyBIC", "BICOrBEI"), messages=PAYMENTS, severity=WARNING, text=values.bic,
    ),
    Rule(
        number="BASE-0006", demand="a BIC whose eighth character is 0 or 1 reaches nobody on the live network",
        todo="Use the connected BIC of the institution.",
        reason="RC05", at=("BICFI", "BIC"), messages=(*PAYMENTS, *_ANSWERS), severity=WARNING, text=values.passive_bic,
    ),
    Rule(
        number="BASE-0007", demand="an LEI has fitting check digits (ISO 17442)",
        todo="Look the LEI up in the global index, or leave it out.",
        reason="BE15", at=("LEI",), messages=PAYMENTS, text=values.lei,
    ),
    Rule(
        number="BASE-0008", demand="the currency is a code of ISO 4217",
        todo="Use the three-letter code of the currency; metals and test codes are in the list too.",
        reason="AM11", at=(*_AMOUNTS, *_OTHER_AMOUNTS), messages=(*PAYMENTS, "camt.050", "camt.056"),
        money=values.currency,
    ),
    Rule(
        number="BASE-0009", demand="the currency of a report is a code of ISO 4217, present or past",
        todo="Use the three-letter code of the currency.",
        reason="AM11", messages=REPORTS, severity=WARNING, money=values.currency,
    ),
    Rule(
        number="BASE-0010", demand="money is settled in a currency that is in use today",
        todo="Use the currency that took the place of this one.",
        reason="AM11", at=_SETTLED, messages=PAYMENTS, severity=WARNING, money=values.active_currency,
    ),
    Rule(
        number="BASE-0011", demand="an amount has no more decimals than its currency (ISO 4217)",
        todo="Round the amount before it is ordered; nothing is rounded on the way.",
        reason="AM12", at=_AMOUNTS, money=values.decimals,
    ),
    Rule(
        number="BASE-0012", demand="the amount of a charge has no more decimals than its currency",
        todo="Round the charge to the minor unit of its currency.",
        reason="AM12", at=("ChrgsInf",), severity=WARNING, node=_charge_amount,
    ),
    Rule(
        number="BASE-0013", demand="a payment moves more than nothing",
        todo="Leave payments of zero out.",
        reason="AM01", at=_SETTLED, messages=_PACS,
        severity=WARNING, money=_some_money,
    ),
    Rule(
        number="BASE-0014", demand="an instruction of a customer moves more than nothing",
        todo="Leave instructions of zero out.",
        reason="AM01", at=("InstdAmt",), messages=("pain.001", "pain.008", "pain.013"), severity=WARNING,
        money=_some_money,
    ),
    Rule(
        number="BASE-0015", demand="a country is a code of ISO 3166-1",
        todo="Use the two-letter code; Kosovo is XK.",
        reason="BE09", at=("Ctry", "CtryOfRes", "CtryOfBirth"), messages=PAYMENTS, text=values.country,
    ),
    Rule(
        number="BASE-0016", demand="a country that is told of is a code of ISO 3166-1",
        todo="Use the two-letter code.",
        reason="BE09", at=("Ctry", "CtryOfRes"), messages=REPORTS, severity=WARNING, text=values.country,
    ),
    Rule(
        number="BASE-0017", demand="a UETR is a UUID of version 4 in lower case",
        todo="Make a new UUID of version 4; keep it in every message about the payment.",
        reason="FF01", at=("UETR", "OrgnlUETR"), messages=BODIES, text=values.uetr,
    ),
    Rule(
        number="BASE-0018", demand="a reference says something",
        todo="Give the reference, or NOTPROVIDED where the sender had none.",
        reason="FF01", at=("MsgId", "EndToEndId", "PmtInfId"), messages=BODIES,
        text=values.not_blank,
    ),
    Rule(
        number="BASE-0019", demand="a text holds no control characters",
        todo="Take control characters and characters that stand for lost ones out of the texts.",
        reason="RR10", messages=EVERY, letters=values.NO_CONTROLS,
    ),
    Rule(
        number="BASE-0020", demand="texts are in Latin letters unless sender and receiver agreed on others",
        todo="Transliterate names and texts, or agree on the character set with the receiver.",
        reason="RR10", messages=PAYMENTS, severity=WARNING, letters=values.LATIN,
    ),
    Rule(
        number="BASE-0021", demand="the message was made at a time that can be meant",
        todo="Check the clock and the date format of the sending system.",
        reason="DT01", at=("CreDtTm", "CreDt"), messages=(*PAYMENTS, *HEADER), text=_dated,
    ),
    Rule(
        number="BASE-0022", demand="settlement is asked for about the time of the message",
        todo="Check IntrBkSttlmDt against CreDtTm.",
        reason="DT01", at=("IntrBkSttlmDt",), messages=_PACS, severity=WARNING,
        look=of_texts(_settles_soon, _days_told),
    ),
    Rule(
        number="BASE-0023", demand="an exchange rate is above zero",
        todo="Give the rate that was used, or none.",
        reason="CURR", at=("XchgRate",), messages=PAYMENTS, text=values.positive,
    ),
    Rule(
        number="BASE-0024", demand="a person was born before the message was made",
        todo="Check BirthDt.",
        reason="DT01", at=("BirthDt",), messages=PAYMENTS, node=_born,
    ),
    Rule(
        number="BASE-0025", demand="supplementary data brings elements of a definition of its own",
        todo="Put the data in a namespace of its own, or in the element of the message that is made for it.",
        reason="FF01", at=("SplmtryData",), messages=BODIES, severity=WARNING, node=_supplement,
    ),
    Rule(
        number="BASE-0026", demand="a service level is a code of the external list",
        todo="Use a listed code, or Prtry.",
        reason="FF04", at=("SvcLvl",), severity=WARNING,
        look=_listed(_SERVICE_LEVELS),
    ),
    Rule(
        number="BASE-0027", demand="a category purpose is a code of the external list",
        todo="Use a listed code, or Prtry.",
        reason="FF06", at=("CtgyPurp",), severity=WARNING, look=_listed(_CATEGORIES),
    ),
)  # fmt: skip
