"""A directory and messages as banks send them, for the tests of the interface."""

from datetime import UTC, datetime

import msgspec

from iso import signature
from iso.incoming import ParticipantView
from iso.messages import head001
from iso.messages.business import wrap
from iso.messages.fields import FinancialInstitution
from schemas.catalogue import Catalogue
from tests.unit.iso.samples import PACS008, header
from tests.unit.iso.signing import identity

CATALOGUE = Catalogue()
NOW = datetime(2026, 11, 20, 8, 0, 1, tzinfo=UTC)


class People:
    """Bank A has a key on file, bank B has none, bank C must sign, bank D may send bare documents."""

    def __init__(self) -> None:
        keys = (identity("bank").pinned,)
        self.views = {
            "BANAKENA": ParticipantView("banka", keys),
            "BANBKENA": ParticipantView("bankb"),
            "BANCKENA": ParticipantView("bankc", keys, require_signature=True),
            "BANDKENA": ParticipantView("bankd", bare_documents=True),
            "BANEKENA": ParticipantView("banke", require_signature=True, bare_documents=True),
        }

    def by_iso(self, institution: FinancialInstitution) -> ParticipantView | None:
        """By BIC alone."""
        return self.views.get(institution.bicfi or "")

    def addressable(self, institution: FinancialInstitution) -> bool:
        """The hub, or one of them."""
        return institution.bicfi == "HUBBKENA" or self.by_iso(institution) is not None


def changed_header(**changes) -> head001.Head001:
    return msgspec.structs.replace(header(), **changes)


def plain(document: bytes = PACS008, **changes) -> bytes:
    """An unsigned message of bank A."""
    return wrap(head001.write(changed_header(**changes)).body, document)


def signed(document: bytes = PACS008, signer: str = "bank", **changes) -> bytes:
    """A message with a signature of `signer`."""
    return signature.sign(changed_header(**changes), document, identity(signer).signing, canonical=False)


def bare(bic: str) -> bytes:
    """A document without header whose InstgAgt is `bic`."""
    return PACS008.replace(b"<InstgAgt><FinInstnId><BICFI>BANAKENA", f"<InstgAgt><FinInstnId><BICFI>{bic}".encode())
