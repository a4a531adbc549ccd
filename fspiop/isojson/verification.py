"""PUT /parties and its error in the ISO 20022 variant (acmt.024): whether a party was found, and who it is."""

from typing import ClassVar

from fspiop.isojson.agents import ShortAgent
from fspiop.isojson.fields import Code4, DateTime, Element, Supplement, Text35
from fspiop.isojson.parties import Account, ShortParty


class Assigner(Element, frozen=True):
    """Party40Choice: Agt names the FSP."""

    one_of: ClassVar = ("Pty", "Agt")

    pty: ShortParty | None = None
    agt: ShortAgent | None = None


class Assignment(Element, frozen=True):
    """IdentificationAssignment3: who tells whom."""

    msg_id: Text35
    cre_dt_tm: DateTime
    assgnr: Assigner
    assgne: Assigner


class Identification(Element, frozen=True):
    """IdentificationInformation4."""

    pty: ShortParty
    acct: Account | None = None
    agt: ShortAgent | None = None


class Report(Element, frozen=True):
    """VerificationReport4: UpdtdPtyAndAcctId is the party, Rsn.Cd the FSPIOP code of an error."""

    orgnl_id: Text35
    vrfctn: bool
    rsn: Code4 | None = None
    orgnl_pty_and_acct_id: Identification | None = None
    updtd_pty_and_acct_id: Identification | None = None


class PartyReport(Element, frozen=True):
    """PUT /parties/{Type}/{ID}[/{SubId}] and its /error."""

    assgnmt: Assignment
    rpt: Report
    splmtry_data: Supplement | tuple[Supplement, ...] | None = None
