"""Answers in the ISO 20022 variant (pacs.002): PUT, PATCH of transfers and conversions, errors of all but parties.

`StatusReport` and `ErrorReport` have the same elements; an error says why in StsRsnInf.
"""

from typing import ClassVar, Literal

from fspiop.isojson.fields import Code4, Date, DateTime, Element, Hash, Supplement, Text35, Text105, Uetr
from fspiop.isojson.parties import Party


class StatusHeader(Element, frozen=True):
    """GroupHeader120."""

    msg_id: Text35
    cre_dt_tm: DateTime


class Reason(Element, frozen=True):
    """StatusReasonInformation14: Rsn.Prtry is the FSPIOP code, AddtlInf its description."""

    orgtr: Party | None = None
    rsn: Code4 | None = None
    addtl_inf: Text105 | None = None


class Processed(Element, frozen=True):
    """DateAndDateTime2Choice."""

    one_of: ClassVar = ("Dt", "DtTm")

    dt: Date | None = None
    dt_tm: DateTime | None = None


class Status(Element, frozen=True):
    """PaymentTransaction163: TxSts is the state, ExctnConf the fulfilment, PrcgDt when it was completed."""

    sts_id: Text35 | None = None
    orgnl_instr_id: Text35 | None = None
    orgnl_end_to_end_id: Text35 | None = None
    orgnl_tx_id: Text35 | None = None
    orgnl_uetr: Uetr | None = None
    tx_sts: Literal["COMM", "RESV", "RECV", "ABOR"] | None = None
    sts_rsn_inf: Reason | None = None
    accptnc_dt_tm: DateTime | None = None
    acct_svcr_ref: Text35 | None = None
    clr_sys_ref: Text35 | None = None
    exctn_conf: Hash | None = None
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None
    prcg_dt: Processed | None = None


class StatusReport(Element, frozen=True):
    """PUT and PATCH /transfers/{ID} and /fxTransfers/{ID}."""

    grp_hdr: StatusHeader
    tx_inf_and_sts: Status | None = None
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None


class ErrorReport(Element, frozen=True):
    """PUT .../error of quotes, transfers and their conversions."""

    grp_hdr: StatusHeader
    tx_inf_and_sts: Status | None = None
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None
