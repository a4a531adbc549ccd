"""Quotes, transfers and their conversions in the ISO 20022 variant: pacs.081, .082, .008, .091, .092 and .009.

SplmtryData is not in the definition of these messages; it is in the published ones, and a hub that carries a field
without a home of its own puts it there, so it is taken.
"""

from typing import ClassVar, Literal

from fspiop.isojson.agents import Agent
from fspiop.isojson.fields import (
    Code4,
    Code35,
    Count,
    DateTime,
    Element,
    Hash,
    Instructed,
    Packet,
    Rate,
    Settled,
    Supplement,
    Text4,
    Text35,
    Text140,
    Uetr,
    Ulid,
)
from fspiop.isojson.parties import Account, Party
from fspiop.isojson.tax import RegulatoryReport, Tax


class PaymentType(Element, frozen=True):
    """PaymentTypeInformation28."""

    instr_prty: Literal["HIGH", "NORM"] | None = None
    clr_chanl: Literal["RTGS", "RTNS", "MPNS", "BOOK"] | None = None
    svc_lvl: Code4 | None = None
    lcl_instrm: Code35 | None = None
    ctgy_purp: Code4 | None = None


class Settlement(Element, frozen=True):
    """SettlementInstruction15."""

    sttlm_mtd: Literal["INDA", "INGA", "COVE", "CLRG"]
    pmt_tp_inf: PaymentType | None = None


class GroupHeader(Element, frozen=True):
    """GroupHeader129; PmtInstrXpryDtTm is the expiration."""

    msg_id: Text35
    cre_dt_tm: DateTime
    nb_of_txs: Count
    sttlm_inf: Settlement
    pmt_instr_xpry_dt_tm: DateTime | None = None


class ConversionHeader(Element, frozen=True):
    """GroupHeader113. The expiration stands in it in practice, and the definition forgot it."""

    msg_id: Text35
    cre_dt_tm: DateTime
    nb_of_txs: Count
    sttlm_inf: Settlement
    pmt_instr_xpry_dt_tm: DateTime | None = None
    ttl_intr_bk_sttlm_amt: Settled | None = None
    pmt_tp_inf: PaymentType | None = None


class PaymentId(Element, frozen=True):
    """PaymentIdentification13; TxId is the id of the quote or transfer."""

    tx_id: Ulid
    instr_id: Ulid | None = None
    end_to_end_id: Ulid | None = None
    uetr: Uetr | None = None
    clr_sys_ref: Text35 | None = None


class Underlying(Element, frozen=True):
    """UnderlyingCustomerCreditTransfer; InstdAmt is the source amount of a conversion."""

    dbtr: Party
    cdtr: Party
    dbtr_agt: Agent
    cdtr_agt: Agent
    instd_amt: Instructed | None = None


class ChargeKindOther(Element, frozen=True):
    """GenericIdentification3."""

    id: Text35
    issr: Text35 | None = None


class ChargeKind(Element, frozen=True):
    """ChargeType3Choice."""

    one_of: ClassVar = ("Cd", "Prtry")

    cd: Text4 | None = None
    prtry: ChargeKindOther | None = None


class Charge(Element, frozen=True):
    """Charges16."""

    amt: Instructed
    agt: Agent
    tp: ChargeKind | None = None


class ForCreditorAgent(Element, frozen=True):
    """InstructionForCreditorAgent3."""

    cd: Text4 | None = None
    instr_inf: Text140 | None = None


class ConversionInstruction(Element, frozen=True):
    """InstructionForCreditorAgent3 of a conversion: InstrInf is the amount type."""

    cd: Text4 | None = None
    instr_inf: Literal["SEND", "RECEIVE"] | None = None


class ForNextAgent(Element, frozen=True):
    """InstructionForNextAgent1."""

    cd: Literal["PHOA", "TELA"] | None = None
    instr_inf: Text140 | None = None


class Lock(Element, frozen=True):
    """CryptographicLockChoice: an ILP packet with its condition inside, or the condition alone."""

    one_of: ClassVar = ("IlpV4PrepPacket", "Sh256Sgntr")

    ilp_v4_prep_packet: Packet | None = None
    sh256_sgntr: Hash | None = None


class Payment(Element, frozen=True):
    """CreditTransferTransaction67."""

    pmt_id: PaymentId
    intr_bk_sttlm_amt: Settled
    chrg_br: Literal["DEBT", "CRED", "SHAR"]
    dbtr: Party
    dbtr_agt: Agent
    cdtr_agt: Agent
    cdtr: Party
    pmt_tp_inf: PaymentType | None = None
    undrlyg_cstmr_cdt_trf: Underlying | None = None
    instd_amt: Instructed | None = None
    xchg_rate: Rate | None = None
    chrgs_inf: Charge | None = None
    dbtr_acct: Account | None = None
    cdtr_acct: Account | None = None
    instr_for_cdtr_agt: ForCreditorAgent | None = None
    instr_for_nxt_agt: ForNextAgent | None = None
    purp: Code4 | None = None
    rgltry_rptg: RegulatoryReport | None = None
    tax: Tax | None = None
    vrfctn_of_terms: Lock | None = None
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None


class Conversion(Element, frozen=True):
    """CreditTransferTransaction68."""

    pmt_id: PaymentId
    intr_bk_sttlm_amt: Settled
    dbtr: Agent
    cdtr: Agent
    pmt_tp_inf: PaymentType | None = None
    undrlyg_cstmr_cdt_trf: Underlying | None = None
    dbtr_acct: Account | None = None
    dbtr_agt: Agent | None = None
    cdtr_agt: Agent | None = None
    cdtr_acct: Account | None = None
    instr_for_cdtr_agt: ForCreditorAgent | None = None
    purp: Code4 | None = None
    vrfctn_of_terms: Lock | None = None
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None


class QuotedConversion(Element, frozen=True):
    """CreditTransferTransaction68_FX_Quotes."""

    pmt_id: PaymentId
    intr_bk_sttlm_amt: Settled
    dbtr: Agent
    cdtr: Agent
    pmt_tp_inf: PaymentType | None = None
    undrlyg_cstmr_cdt_trf: Underlying | None = None
    dbtr_acct: Account | None = None
    dbtr_agt: Agent | None = None
    cdtr_agt: Agent | None = None
    cdtr_acct: Account | None = None
    instr_for_cdtr_agt: ConversionInstruction | None = None
    purp: Code4 | None = None
    vrfctn_of_terms: Lock | None = None
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None


class CreditTransfer(Element, frozen=True):
    """POST /quotes (pacs.081), PUT /quotes/{ID} (pacs.082) and POST /transfers (pacs.008)."""

    grp_hdr: GroupHeader
    cdt_trf_tx_inf: Payment
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None


class ConversionQuote(Element, frozen=True):
    """POST /fxQuotes (pacs.091) and PUT /fxQuotes/{ID} (pacs.092)."""

    grp_hdr: ConversionHeader
    cdt_trf_tx_inf: QuotedConversion
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None


class ConversionTransfer(Element, frozen=True):
    """POST /fxTransfers (pacs.009)."""

    grp_hdr: GroupHeader
    cdt_trf_tx_inf: Conversion
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None
