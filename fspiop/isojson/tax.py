"""Regulatory reporting and tax of a credit transfer in the ISO 20022 variant: read and sent on, never acted upon."""

from typing import Literal

from fspiop.isojson.fields import (
    Country,
    Date,
    Element,
    Instructed,
    Number,
    Rate,
    Text10,
    Text35,
    Text140,
    Year,
)

Months = Literal["MM01", "MM02", "MM03", "MM04", "MM05", "MM06", "MM07", "MM08", "MM09", "MM10", "MM11", "MM12"]
Quarters = Literal["QTR1", "QTR2", "QTR3", "QTR4", "HLF1", "HLF2"]


class Authority(Element, frozen=True):
    """RegulatoryAuthority2."""

    nm: Text140 | None = None
    ctry: Country | None = None


class ReportDetails(Element, frozen=True):
    """StructuredRegulatoryReporting3."""

    tp: Text35 | None = None
    dt: Date | None = None
    ctry: Country | None = None
    cd: Text10 | None = None
    amt: Instructed | None = None
    inf: Text35 | tuple[Text35, ...] | None = None


class RegulatoryReport(Element, frozen=True):
    """RegulatoryReporting3."""

    dbt_cdt_rptg_ind: Literal["CRED", "DEBT", "BOTH"] | None = None
    authrty: Authority | None = None
    dtls: ReportDetails | tuple[ReportDetails, ...] | None = None


class TaxCreditor(Element, frozen=True):
    """TaxParty1."""

    tax_id: Text35 | None = None
    regn_id: Text35 | None = None
    tax_tp: Text35 | None = None


class Authorisation(Element, frozen=True):
    """TaxAuthorisation1."""

    titl: Text35 | None = None
    nm: Text140 | None = None


class TaxDebtor(Element, frozen=True):
    """TaxParty2."""

    tax_id: Text35 | None = None
    regn_id: Text35 | None = None
    tax_tp: Text35 | None = None
    authstn: Authorisation | None = None


class Dates(Element, frozen=True):
    """DatePeriod2."""

    fr_dt: Date
    to_dt: Date


class TaxPeriod(Element, frozen=True):
    """TaxPeriod3."""

    fr_to_dt: Dates | None = None
    tp: Months | Quarters | None = None
    yr: Year | None = None


class TaxDetails(Element, frozen=True):
    """TaxRecordDetails3."""

    amt: Instructed
    prd: TaxPeriod | None = None


class TaxAmount(Element, frozen=True):
    """TaxAmount3."""

    rate: Rate | None = None
    taxbl_base_amt: Instructed | None = None
    ttl_amt: Instructed | None = None
    dtls: TaxDetails | tuple[TaxDetails, ...] | None = None


class TaxRecord(Element, frozen=True):
    """TaxRecord3."""

    addtl_inf: Text140 | None = None
    cert_id: Text35 | None = None
    ctgy: Text35 | None = None
    ctgy_dtls: Text35 | None = None
    dbtr_sts: Text35 | None = None
    frms_cd: Text35 | None = None
    prd: TaxPeriod | None = None
    tax_amt: TaxAmount | None = None
    tp: Text35 | None = None


class Tax(Element, frozen=True):
    """TaxData1."""

    cdtr: TaxCreditor | None = None
    dbtr: TaxDebtor | None = None
    ultmt_dbtr: TaxDebtor | None = None
    admstn_zone: Text35 | None = None
    ref_nb: Text140 | None = None
    mtd: Text35 | None = None
    ttl_taxbl_base_amt: Instructed | None = None
    ttl_tax_amt: Instructed | None = None
    dt: Date | None = None
    seq_nb: Number | None = None
    rcrd: TaxRecord | tuple[TaxRecord, ...] | None = None
