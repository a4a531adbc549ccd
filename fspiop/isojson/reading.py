"""The few values of the ISO 20022 variant on which an edge's stateless rules look, in the words of the other bodies."""

from typing import Final, Literal

from fspiop.isojson.fields import Settled
from fspiop.isojson.payments import ConversionQuote, ConversionTransfer, CreditTransfer
from fspiop.isojson.statuses import Status, StatusReport
from fspiop.messages.fields import MoneyBody
from fspiop.messages.transfers import TransfersPut
from schemas.canonical.faults import Fault, fault

_Word = Literal["COMMITTED", "RESERVED", "RECEIVED", "ABORTED"]
STATES: Final[dict[str, _Word]] = {"COMM": "COMMITTED", "RESV": "RESERVED", "RECV": "RECEIVED", "ABOR": "ABORTED"}
"""TxSts and the state it stands for."""


def iso_id(body: CreditTransfer | ConversionQuote | ConversionTransfer) -> str:
    """The id of the quote or transfer that a body begins."""
    return body.cdt_trf_tx_inf.pmt_id.tx_id


def amount_of(settled: Settled) -> MoneyBody:
    """The amount without the zeros that change nothing."""
    text = settled.active_currency_and_amount
    return MoneyBody(settled.ccy, text.rstrip("0").rstrip(".") if "." in text else text)


def answer_of(report: StatusReport) -> TransfersPut | Fault:
    """What a payee says of a transfer; a Fault if its status is left out, which the definition allows."""
    status = report.tx_inf_and_sts or Status()
    if status.tx_sts is None:
        where = "/requestBody/TxInfAndSts" if report.tx_inf_and_sts else "/requestBody"
        missing = "TxSts" if report.tx_inf_and_sts else "TxInfAndSts"
        return fault("MISSING_ELEMENT", f"{where} must have required property '{missing}'")
    completed = status.prcg_dt.dt_tm if status.prcg_dt else None
    return TransfersPut(STATES[status.tx_sts], status.exctn_conf, completed)
