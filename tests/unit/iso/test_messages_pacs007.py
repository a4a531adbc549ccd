"""Reversals: read under the names of a return, and written with the one original message that old editions demand."""

from lxml import etree

from iso import gate
from iso.messages import pacs007
from iso.messages.fields import Code, Reason
from iso.messages.pacs004 import ReturnedTransaction
from iso.messages.pacs007 import Pacs007
from iso.messages.shape import Amount
from schemas.catalogue import Catalogue

FIVE = Amount("5.00", "USD")


def reversal(*transactions: ReturnedTransaction, **changes) -> Pacs007:
    return Pacs007(
        message_id="M-1", created="2026-11-20T08:00:00Z", number_of_transactions=str(len(transactions)),
        settlement_method="CLRG", transactions=transactions, **changes,
    )  # fmt: skip


def one(group: str | None = None) -> ReturnedTransaction:
    name = "pacs.008.001.08" if group else None
    return ReturnedTransaction(
        return_id="R-1", original_message_id=group, original_message_name=name, original_end_to_end_id="E-1",
        original_amount=FIVE, returned_amount=FIVE, returned_instructed_amount=FIVE, reasons=(Reason(code="DUPL"),),
    )  # fmt: skip


def parsed(message: Pacs007, version: str) -> etree._Element:
    """What is written in that version, which its schema takes."""
    element = gate.read(pacs007.write(message, version).body).root
    assert Catalogue().schema(version).validate(element) == []
    return element


def test_every_name_of_its_own_is_written_and_read():
    message = reversal(one("G-1"), total_amount=FIVE, group_return=False, authorisations=(Code("AUTH"),))
    element = parsed(message, "pacs.007.001.09")
    assert pacs007.read(element) == message
    names = {etree.QName(each).localname for each in element.iter()}
    assert {"FIToFIPmtRvsl", "RvslId", "RvsdIntrBkSttlmAmt", "RvsdInstdAmt", "RvslRsnInf", "GrpRvsl"} < names
    assert {"TtlRvsdIntrBkSttlmAmt", "Authstn"} < names


def test_old_editions_name_the_first_payments_message():
    for groups, told in ((("G-1", "G-2"), ("G-1", "pacs.008.001.08")), ((None,), ("NOTPROVIDED", "pacs.008"))):
        element = parsed(reversal(*(one(group) for group in groups)), "pacs.007.001.02")
        found = element.find(".//{*}OrgnlGrpInf")
        assert tuple(child.text for child in found) == told
        assert element.find(".//{*}TxInf/{*}OrgnlGrpInf") is None


def test_the_message_of_all_stays_where_there_is_one():
    message = reversal(one(), original_message_id="G-7", original_message_name="pacs.008.001.08")
    for version in ("pacs.007.001.02", "pacs.007.001.13"):
        assert parsed(message, version).findtext(".//{*}OrgnlGrpInf/{*}OrgnlMsgId") == "G-7"
