"""The hub's keys for business messages change while it runs, by file or by call, and each signs in its time only."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from switch import keys
from switch.ring import pem_of, write_secret
from switch.xml_ring import CERTIFICATE, FOLDER, KEY, XmlRing, XmlRingError, self_signed

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def pair(start=NOW - DAY, end=NOW + DAY):
    key = ec.generate_private_key(ec.SECP256R1())
    return pem_of(key), self_signed(key, "Hub", start, end)


@pytest.fixture
def folder(tmp_path):
    private, certificate = pair()
    write_secret(tmp_path / KEY, private)
    write_secret(tmp_path / CERTIFICATE, certificate)
    return tmp_path


def test_the_first_key_signs(folder, clock):
    ring = XmlRing(folder, clock)
    assert (ring.current().id, ring.signer().certificate is not None) == ("hub", True)


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "RS256"])
def test_a_new_key_is_told_before_it_signs(folder, clock, algorithm):
    ring = XmlRing(folder, clock)
    made = ring.make(algorithm, "Hub", NOW + HOUR)
    assert [key.id for key in ring.all()] == [made.id, "hub"]
    assert ring.current().id == "hub"
    clock.now += HOUR
    assert ring.current().id == made.id
    assert made.pinned.valid_at(clock.now)


def test_no_key_signs_outside_the_time_of_its_certificate(folder, clock):
    ring = XmlRing(folder, clock)
    made = ring.make("ES256", "Hub", NOW, days=1)
    assert ring.current().id == made.id
    ring.make("ES256", "Hub", NOW + HOUR, days=9)
    clock.now += 2 * DAY
    assert ring.current().id == "20261120T070000Z-es256"


def test_a_file_that_an_operator_puts_there_signs_from_the_next_look_on(folder, clock):
    ring = XmlRing(folder, clock)
    private, certificate = pair()
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "20261120T050000Z-ca.pem").write_bytes(private + certificate)
    (folder / FOLDER / "broken.pem").write_bytes(private)
    clock.now += timedelta(seconds=2)
    assert [key.id for key in ring.all()] == ["20261120T050000Z-ca", "hub"]
    assert ring.current().id == "20261120T050000Z-ca"


def test_a_key_and_the_certificate_of_another_are_refused_at_the_start(folder, clock):
    write_secret(folder / CERTIFICATE, pair()[1])
    with pytest.raises(XmlRingError, match="not that of the private key"):
        XmlRing(folder, clock)


def test_the_last_one_cannot_be_retired(folder, clock):
    ring = XmlRing(folder, clock)
    with pytest.raises(XmlRingError, match="only key"):
        ring.retire("hub")
    with pytest.raises(XmlRingError, match="there is no key"):
        ring.retire("other")
    made = ring.make("ES256", "Hub", NOW)
    ring.retire("hub")
    assert [key.id for key in ring.all()] == [made.id]
    with pytest.raises(XmlRingError, match="exists already"):
        ring.make("ES256", "Hub", NOW)
    with pytest.raises(XmlRingError, match="algorithm must be"):
        ring.make("HS256", "Hub")


def test_a_hub_starts_with_what_took_the_place_of_the_first_key(tmp_path):
    first = keys.load(tmp_path, create=True, hub="Hub")
    made = first.xml.make("ES256", "Hub")
    first.xml.retire("hub")
    again = keys.load(tmp_path, create=False, hub="Hub")
    assert [key.id for key in again.xml.all()] == [made.id]
    assert again.xml_certificate == made.certificate
