"""Keys rotate with an overlap and never come back once revoked; what proves one participant proves no other."""

from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.access import Access, ApiKey
from schemas.canonical.commands import SetIsoProfile, SetKeys
from schemas.canonical.keys import (
    AddApiKey,
    PutCertificate,
    PutKey,
    RemoveApiKey,
    RevokeCertificate,
    RevokeKey,
    SetAccess,
    SetAlgorithm,
    SetGatewayKey,
)
from schemas.canonical.participants import Certificate, IsoProfile, JwsKey, Participant
from switch.access import KEYS_MAX
from tests.unit.switch.scene import BANK, NOW, PAYEE, PAYER, Scene

HOUR = timedelta(hours=1)


def after(*commands):
    """The payer FSP after these commands, and the receipt of the last."""
    scene = Scene()
    receipt = None
    for command in commands:
        receipt = scene.do(command).receipts[0]
    return scene.get(Participant, PAYER), receipt


def test_a_key_begins_now_unless_it_says_otherwise():
    found, _ = after(PutKey(PAYER, JwsKey("one", "1")), PutKey(PAYER, JwsKey("two", "2", NOW + HOUR)))

    assert [(key.id, key.valid_from) for key in found.keys] == [("2", NOW + HOUR), ("1", NOW)]
    assert [key.valid_at(NOW) for key in found.keys] == [False, True]


def test_rotation_leaves_the_former_key_for_the_overlap():
    found, _ = after(
        PutKey(PAYER, JwsKey("one", "1")),
        PutKey(PAYER, JwsKey("two", "2", NOW + HOUR), replaces="1", overlap_s=60),
    )
    new, old = found.keys

    assert (new.id, old.valid_to) == ("2", NOW + HOUR + timedelta(seconds=60))
    assert new.valid_at(NOW + HOUR) and old.valid_at(NOW + HOUR)
    assert not old.valid_at(NOW + 2 * HOUR)


def test_a_rotation_never_lengthens_the_life_of_the_former_key():
    found, _ = after(
        PutKey(PAYER, JwsKey("one", "1", NOW, NOW + HOUR)),
        PutKey(PAYER, JwsKey("two", "2"), replaces="1", overlap_s=7200),
    )

    assert found.keys[1].valid_to == NOW + HOUR


def test_the_same_id_replaces_the_key():
    found, _ = after(PutKey(PAYER, JwsKey("one", "1")), PutKey(PAYER, JwsKey("other", "1", None, NOW + HOUR)))

    assert found.keys == (JwsKey("other", "1", NOW, NOW + HOUR),)


def test_revoked_is_revoked():
    revoked = (PutKey(PAYER, JwsKey("one", "1")), RevokeKey(PAYER, "1"))
    found, _ = after(*revoked)

    assert found.keys[0].revoked == NOW and not found.keys[0].valid_at(NOW)
    for back in (
        PutKey(PAYER, JwsKey("new", "1")),
        PutKey(PAYER, JwsKey("one\n", "2")),
        SetKeys(PAYER, (JwsKey("one"),)),
        SetKeys(PAYER, (JwsKey("new", "1"),)),
    ):
        found, receipt = after(*revoked, back)
        assert receipt.fault.fspiop == "3100" and [key.id for key in found.keys] == ["1"]
    found, _ = after(*revoked, SetKeys(PAYER, (JwsKey("two", "2"),)))
    assert [key.id for key in found.keys] == ["2", "1"]


REFUSED = [
    (PutKey(PAYER, JwsKey("one", "1", NOW, NOW)), "3100", "later"),
    (PutKey(PAYER, JwsKey("one", "1"), replaces="0"), "3200", "replaced"),
    (PutKey("nobody", JwsKey("one", "1")), "3200", "nobody"),
    (PutKey("Hub", JwsKey("one", "1")), "3200", "hub"),
    (RevokeKey(PAYER, "1"), "3200", "no key"),
    (SetAlgorithm(PAYER, "HS256"), "3100", "RS256 or ES256"),
    (SetGatewayKey(PAYER, "pem"), "3200", "ISO profile"),
    (RemoveApiKey(PAYER, "1"), "3200", "no API key"),
]


@pytest.mark.parametrize(("command", "code", "text"), REFUSED)
def test_what_cannot_be_is_refused(command, code, text):
    _, receipt = after(command)

    assert receipt.fault.fspiop == code and text in receipt.fault.description


def test_keys_are_few():
    commands = [PutKey(PAYER, JwsKey(str(number), str(number))) for number in range(KEYS_MAX)]
    assert len(after(*commands)[0].keys) == KEYS_MAX

    _, receipt = after(*commands, PutKey(PAYER, JwsKey("more", "more")))
    assert receipt.fault is not None


def test_api_keys_and_certificates_belong_to_one_participant():
    first = (SetAccess(PAYER, ("CN=payer",), ("10.0.0.0/8",)), AddApiKey(PAYER, ApiKey("a", "digest")))
    found, _ = after(*first)
    assert found.access == Access(("CN=payer",), ("10.0.0.0/8",), (ApiKey("a", "digest", NOW),))

    for taken in (SetAccess(PAYEE, ("CN=payer",)), AddApiKey(PAYEE, ApiKey("b", "digest"))):
        assert after(*first, taken)[1].fault.fspiop == "3100"
    assert after(*first, AddApiKey(PAYER, ApiKey("a", "other")))[1].fault.fspiop == "3100"
    found, _ = after(*first, RemoveApiKey(PAYER, "a"), SetAccess(PAYER))
    assert found.access == Access()


def test_a_bank_gets_another_gateway_key():
    scene = Scene()
    scene.do(SetGatewayKey(BANK, "first"))
    scene.do(SetGatewayKey(BANK, "second", JwsKey("public of first", "g1", None, NOW + HOUR)))

    bank = scene.get(Participant, BANK)
    assert (bank.gateway_key, [key.id for key in bank.former_gateway_keys]) == ("second", ["g1"])


def test_the_algorithm_is_kept():
    assert after(SetAlgorithm(PAYER, "ES256"))[0].jws_algorithm == "ES256"


def test_records_of_before_are_read():
    assert msgspec.convert({"is": "participant", "name": "old"}, Participant) == Participant("old")


BANK_KEY, OTHER_KEY = Certificate("one", "1"), Certificate("two", "2")


def bank_after(*commands):
    scene = Scene()
    receipt = None
    for command in commands:
        receipt = scene.do(command).receipts[0]
    return scene.get(Participant, BANK).iso.certificates, receipt


def test_a_banks_certificates_rotate_with_an_overlap():
    found, _ = bank_after(PutCertificate(BANK, BANK_KEY), PutCertificate(BANK, OTHER_KEY, replaces="1", overlap_s=60))
    assert [(each.id, each.valid_to) for each in found[:2]] == [("2", None), ("1", NOW + timedelta(seconds=60))]


def test_a_revoked_certificate_stays_on_file_and_never_comes_back():
    found, _ = bank_after(PutCertificate(BANK, BANK_KEY), RevokeCertificate(BANK, "1"))
    assert found[0].revoked == NOW
    for again in (
        PutCertificate(BANK, BANK_KEY),
        PutCertificate(BANK, Certificate("one", "new id")),
        SetIsoProfile(BANK, IsoProfile(bic="BANKKENA", callback_url="http://x", certificates=(BANK_KEY,))),
    ):
        _, receipt = bank_after(PutCertificate(BANK, BANK_KEY), RevokeCertificate(BANK, "1"), again)
        assert "revoked" in receipt.fault.description
    kept, receipt = bank_after(
        PutCertificate(BANK, BANK_KEY),
        RevokeCertificate(BANK, "1"),
        SetIsoProfile(BANK, IsoProfile(bic="BANKKENA", callback_url="http://x", certificates=(OTHER_KEY,))),
    )
    assert receipt.fault is None
    assert [each.id for each in kept] == ["2", "1"]


def test_only_banks_have_certificates():
    _, receipt = after(PutCertificate(PAYER, BANK_KEY))
    assert receipt.fault.name == "ID_NOT_FOUND"
