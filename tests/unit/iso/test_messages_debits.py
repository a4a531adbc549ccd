"""Debits of every catalogued version are read as far as a refusal needs them."""

from random import Random

import pytest

from iso.messages import debits
from schemas.catalogue import Catalogue, regenerate
from tests.oracle.instances import instance

NAMES = "pacs.003."


def test_every_catalogued_version_is_read():
    assert set(debits.VERSIONS) == {name for name in Catalogue().messages() if name.startswith(NAMES)}


@pytest.mark.parametrize("version", debits.VERSIONS)
def test_ids_and_amounts_of_random_messages_are_found(version: str):
    schema = regenerate(version)
    for seed in range(6):
        document = instance(schema, Random(seed))
        message = debits.read(document)
        amounts = [*document.iterfind(".//{*}DrctDbtTxInf/{*}IntrBkSttlmAmt")]
        uetrs = [one.text for one in document.iterfind(".//{*}DrctDbtTxInf/{*}PmtId/{*}UETR")]
        assert message.message_id == document.findtext(".//{*}GrpHdr/{*}MsgId")
        assert [one.amount.text for one in message.transactions if one.amount] == [one.text.strip() for one in amounts]
        assert sorted(filter(None, (one.uetr for one in message.transactions))) == sorted(uetrs)
