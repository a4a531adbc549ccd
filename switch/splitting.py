"""Cutting a message of many payments into messages of one, so that each can go on by itself with all its elements."""

import hashlib
from copy import deepcopy
from typing import Any, Final

from lxml import etree

from iso import gate
from schemas.canonical.wire import Dialect, Original

_WHOLE: Final = frozenset(
    {"CtrlSum", "TtlIntrBkSttlmAmt", "GrpRtr", "TtlRtrdIntrBkSttlmAmt", "GrpRvsl", "TtlRvsdIntrBkSttlmAmt"}
)
"""What a group header says of all payments together."""
_PAYMENTS: Final = frozenset({"CdtTrfTxInf", "TxInf"})
_ONE: Final = "1"


def pieces(original: Original, names: tuple[str, ...]) -> tuple[Original, ...]:
    """One Document for each payment of a received message, in canonical form; `names` are their MsgIds.

    Group header, original group and supplementary data stay; NbOfTxs is 1, and sums over all payments are left out.
    White space between elements goes, so that the pieces together are not larger than the message.
    """
    parsed = gate.read(original.body)
    if parsed.document_el is None:
        raise ValueError(f"{original.target} {original.digest} holds no Document")
    document = deepcopy(parsed.document_el)
    _close_up(document)
    (message,) = document
    head, *others = message
    payments = [one for one in others if etree.QName(one).localname in _PAYMENTS]
    place = message.index(payments[0])
    for one in payments:
        message.remove(one)
    for child in list(head):
        if etree.QName(child).localname in _WHOLE:
            head.remove(child)
    _child(head, "NbOfTxs").text = _ONE
    found = []
    for payment, name in zip(payments, names, strict=True):
        _child(head, "MsgId").text = name
        message.insert(place, payment)
        body: bytes = etree.tostring(document, method="c14n", exclusive=True)
        message.remove(payment)
        digest = hashlib.sha256(body).hexdigest()
        found.append(Original(Dialect.ISO_XML, original.method, original.target, (), body, digest))
    return tuple(found)


def _child(parent: Any, name: str) -> Any:
    return next(child for child in parent if etree.QName(child).localname == name)


def _close_up(element: Any) -> None:
    """Drop the white space between the elements inside one."""
    for node in element.iter("*"):
        node.tail = None
        if len(node) and (node.text or "").isspace():
            node.text = None
