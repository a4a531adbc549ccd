"""Pack `base`, parties and agents: addresses, names, identifications, accounts and proxies.

The end of unstructured addresses: CBPR+, HVPS+ and the euro payment schemes take none from the middle of November 2026
on; a hybrid address (town and country structured, up to two lines beside them) stays.
"""

from datetime import date
from typing import Final

from lxml import etree

from iso.rules.model import PAYMENTS, WARNING, Found, LookCheck, NodeCheck, Rule
from iso.rules.node import Facts, Node
from iso.rules.shapes import Told, first, local, needs, of_tags, of_texts, only_with
from iso.rules.values import iban
from schemas.codes.external import codes

DEADLINE: Final = date(2026, 11, 15)
"""The first day on which an address of lines alone is refused."""
ADDRESSED: Final = ("pacs.008", "pacs.009", "pacs.003", "pain.001", "pain.008")
_LINES_MAX: Final = 2
_IDENTIFIED: Final = ("}BICFI", "}BIC", "}LEI", "}ClrSysMmbId")
"""How an agent may be known; they come first in FinInstnId."""
_PROXIES: Final = codes("proxy_type")
_CHARGES: Final = codes("charge_type")
_ACCOUNTS: Final = frozenset({"DbtrAcct", "CdtrAcct"})
_UNNAMED: Final = frozenset({"Nm", "Id", "Pty", "Agt", "FinInstnId"})
_PAYMENT: Final = frozenset({"CdtTrfTxInf", "DrctDbtTxInf", "PmtInf"})


def of_lines(check: NodeCheck) -> LookCheck:
    """A check of the address that a first AdrLine lies in: most addresses have none, and cost nothing."""

    def look(element: etree._Element, facts: Facts) -> Found:
        before, address = element.getprevious(), element.getparent()
        again = before is not None and before.tag == element.tag
        return None if again or address is None else check(Node(address, facts))

    return look


def unstructured(node: Node) -> bool:
    """Whether an address is lines alone: no town beside them, or no country."""
    return "AdrLine" in node.kids and not ("TwnNm" in node.kids and "Ctry" in node.kids)


def _lines_after(node: Node) -> Found:
    made = node.facts.created
    return (
        (node.kids["AdrLine"], "AdrLine without TwnNm and Ctry")
        if made and made >= DEADLINE and unstructured(node)
        else None
    )


def _lines_before(node: Node) -> Found:
    made = node.facts.created
    return (
        (node.kids["AdrLine"], "AdrLine without TwnNm and Ctry")
        if made and made < DEADLINE and unstructured(node)
        else None
    )


def _hybrid(node: Node) -> Found:
    lines = node.all("AdrLine")
    town = "TwnNm" in node.kids and "Ctry" in node.kids
    return (lines[_LINES_MAX], f"{len(lines)} lines") if town and len(lines) > _LINES_MAX else None


def _repeated(node: Node) -> Found:
    """In a hybrid address the lines hold what has no element of its own."""
    kept = {(child.text or "").strip().casefold() for name, child in node.kids.items() if name in {"TwnNm", "PstCd"}}
    for line in node.all("AdrLine"):
        if (line.text or "").strip().casefold() in kept:
            return line, f"'{line.text}' is an element too"
    return None


def _nameless(element: etree._Element, facts: Facts) -> Found:
    if first(element).endswith("}Nm"):
        return None
    parent, node = element.getparent(), Node(element, facts)
    if parent is None or local(parent) not in _PAYMENT or not _UNNAMED.isdisjoint(node.kids):
        return None
    return "neither Nm nor Id"


def _address_alone(element: etree._Element, _facts: Facts) -> Found:
    # a name comes before the address wherever there is one
    return (element[0], "PstlAdr without Nm") if first(element).endswith("}PstlAdr") else None


def _agent(element: etree._Element, facts: Facts) -> Found:
    if first(element).endswith(_IDENTIFIED):
        return None
    kids = Node(element, facts).kids
    if "Nm" in kids and "Othr" not in kids:
        return None if "PstlAdr" in kids else (kids["Nm"], "Nm alone")
    return None if "Othr" in kids else "no BICFI, LEI, ClrSysMmbId, Othr or Nm"


def _looks_like_iban(text: str) -> str | None:
    number = text.replace(" ", "")
    return number if number[:2].isalpha() and number[2:4].isdigit() and iban(number) is None else None


def _iban_as_other(node: Node) -> Found:
    """An account number in Othr that is an IBAN belongs into IBAN."""
    found = _looks_like_iban(node.value("Id") or "") if _of_account(node) else None
    return None if found is None else (node.kids["Id"], found)


def _of_account(node: Node) -> bool:
    holder = node.element.getparent()
    account = None if holder is None else holder.getparent()
    return account is not None and local(account) in _ACCOUNTS


def _number_told(node: Node) -> list[Told]:
    return [(_looks_like_iban, (node.kids["Id"],))] if _of_account(node) else []


def _proxy_type(node: Node) -> Found:
    place = node.find("Tp", "Cd")
    text = None if place is None else (place.text or "").strip()
    return None if place is None or text in _PROXIES else (place, f"{text} is not listed")


def _proxy_form(node: Node) -> Found:
    kind, value = node.said("Tp", "Cd"), node.value("Id") or ""
    if kind in {"MBNO", "TELE"} and not (value.lstrip("+").replace("-", "").replace(" ", "").isdigit()):
        return node.kids["Id"], f"'{value[:40]}' is no phone number"
    if kind == "EMAL" and "@" not in value:
        return node.kids["Id"], f"'{value[:40]}' is no e-mail address"
    return None


def _charge_type(node: Node) -> Found:
    place = node.find("Tp", "Cd")
    text = None if place is None else (place.text or "").strip()
    return None if place is None or text in _CHARGES else (place, f"{text} is not listed")


def _number(account: etree._Element | None) -> etree._Element | None:
    """Acct/Id/IBAN or the like, which is where nothing stands before it."""
    holder = account[0] if account is not None and len(account) else None
    return holder[0] if holder is not None and len(holder) else None


def _same_number(mine: str, theirs: str) -> str | None:
    return theirs if theirs and mine == theirs else None


def _same_account(node: Node) -> Found:
    mine, theirs = _number(node.kids.get("DbtrAcct")), _number(node.kids.get("CdtrAcct"))
    if mine is None or theirs is None:
        return None
    found = _same_number((mine.text or "").strip(), (theirs.text or "").strip())
    return None if found is None else (node.kids["CdtrAcct"], found)


def _accounts_told(node: Node) -> list[Told]:
    mine, theirs = _number(node.kids.get("DbtrAcct")), _number(node.kids.get("CdtrAcct"))
    return [] if mine is None or theirs is None else [(_same_number, (mine, theirs))]


def _member_id(node: Node) -> Found:
    member, system = node.value("MmbId"), node.said("ClrSysId", "Cd")
    lengths = {"USABA": 9, "GBDSC": 6, "DEBLZ": 8, "AUBSB": 6, "CACPA": 9, "INFSC": 11, "CHBCC": (3, 4, 5), "ATBLZ": 5}
    wanted = lengths.get(system or "")
    if wanted is None or member is None:
        return None
    allowed = wanted if isinstance(wanted, tuple) else (wanted,)
    return (
        None if len(member) in allowed else (node.kids["MmbId"], f"{system} has {wanted} characters, not {len(member)}")
    )


RULES: Final = (
    Rule(
        number="BASE-0201", demand="an address is structured or hybrid: town and country in elements of their own",
        todo="Put the town in TwnNm and the country in Ctry; up to two AdrLine may stay beside them.",
        reason="BE04", at=("AdrLine",), messages=ADDRESSED, look=of_lines(_lines_after),
    ),
    Rule(
        number="BASE-0202", demand="an address of lines alone is taken until the middle of November 2026 only",
        todo="Put the town in TwnNm and the country in Ctry before that day.",
        reason="BE04", at=("AdrLine",), messages=ADDRESSED, severity=WARNING, look=of_lines(_lines_before),
    ),
    Rule(
        number="BASE-0203", demand="a hybrid address has at most two lines",
        todo="Move street, building and post code into their elements.",
        reason="BE04", at=("AdrLine",), messages=ADDRESSED, severity=WARNING, look=of_lines(_hybrid),
    ),
    Rule(
        number="BASE-0204", demand="the lines of a hybrid address repeat no element",
        todo="Take town and post code out of AdrLine.",
        reason="BE04", at=("AdrLine",), messages=ADDRESSED, severity=WARNING, look=of_lines(_repeated),
    ),
    Rule(
        number="BASE-0206", demand="a debtor or creditor is named or identified",
        todo="Give Nm, or an identification in Id.",
        reason="BE21", at=("Dbtr", "Cdtr"), messages=("pacs.008", "pacs.003", "pain.001", "pain.008"),
        severity=WARNING, look=of_tags(_nameless),
    ),
    Rule(
        number="BASE-0207", demand="an address stands with the name of who lives there",
        todo="Give Nm beside PstlAdr.",
        reason="BE21", at=("Dbtr", "Cdtr", "UltmtDbtr", "UltmtCdtr"), messages=ADDRESSED, severity=WARNING,
        look=of_tags(_address_alone),
    ),
    Rule(
        number="BASE-0210", demand="an agent is identified, or named with its address",
        todo="Give BICFI, LEI, ClrSysMmbId or Othr, or Nm with PstlAdr.",
        reason="RC01", at=("FinInstnId",), messages=PAYMENTS, severity=WARNING, look=of_tags(_agent),
    ),
    Rule(
        number="BASE-0212", demand="a member of a clearing system is named as that system names members",
        todo="Check MmbId against the directory of the clearing system.",
        reason="RC08", at=("ClrSysMmbId",), messages=PAYMENTS, severity=WARNING, node=_member_id,
    ),
    Rule(
        number="BASE-0220", demand="an IBAN stands in the element for IBANs",
        todo="Give the number in Id/IBAN.",
        reason="AC01", at=("Othr",), messages=PAYMENTS, severity=WARNING,
        node=of_texts(only_with(_iban_as_other, "Id"), _number_told),
    ),
    Rule(
        number="BASE-0221", demand="debtor and creditor account are two",
        todo="Check the accounts: the money would go where it is.",
        reason="AC03", at=("CdtTrfTxInf", "DrctDbtTxInf"), messages=("pacs.008", "pacs.003"), severity=WARNING,
        node=of_texts(only_with(_same_account, "DbtrAcct"), _accounts_told),
    ),
    Rule(
        number="BASE-0222", demand="the type of a proxy is a code of the external list",
        todo="Use a listed code, or Prtry.",
        reason="BE23", at=("Prxy",), messages=PAYMENTS, severity=WARNING, node=_proxy_type,
    ),
    Rule(
        number="BASE-0223", demand="a proxy has the form of its type",
        todo="Write phone numbers as + and digits, e-mail addresses with @.",
        reason="BE23", at=("Prxy",), messages=PAYMENTS, severity=WARNING, node=_proxy_form,
    ),
    Rule(
        number="BASE-0224", demand="the type of a charge is a code of the external list",
        todo="Use a listed code, or Prtry.",
        reason="FF01", at=("ChrgsInf",), messages=("pacs.",), severity=WARNING, node=_charge_type,
    ),
    Rule(
        number="BASE-0230", demand="an organisation is identified by something",
        todo="Give AnyBIC, LEI or Othr, or leave OrgId out.",
        reason="BE15", at=("OrgId",), messages=PAYMENTS, severity=WARNING,
        node=needs("AnyBIC", "BICOrBEI", "LEI", "Othr"),
    ),
    Rule(
        number="BASE-0231", demand="a person is identified by something",
        todo="Give DtAndPlcOfBirth or Othr, or leave PrvtId out.",
        reason="BE15", at=("PrvtId",), messages=PAYMENTS, severity=WARNING, node=needs("DtAndPlcOfBirth", "Othr"),
    ),
)  # fmt: skip
