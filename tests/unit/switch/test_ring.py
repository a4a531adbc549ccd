"""The hub's JWS keys change while it runs: published ahead, chosen by algorithm and time, retired one by one."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from fspiop import jws
from switch import keys
from switch.ring import FIRST, FOLDER, Ring, RingError, pem_of, write_secret

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(tmp_path):
    write_secret(tmp_path / FIRST, pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    return tmp_path


def signs(ring, algorithm="RS256"):
    """The id of the key that signs now."""
    return next(key.id for key in ring.all() if jws.private_key(key.pem) is ring.signer(algorithm))


def test_the_first_key_signs(folder, clock):
    ring = Ring(folder, clock)

    assert (signs(ring), signs(ring, "ES256")) == ("hub", "hub")


def test_a_new_key_is_published_before_it_signs(folder, clock):
    ring = Ring(folder, clock)
    made = ring.make("RS256", NOW + HOUR)

    assert made.id == "20261120T070000Z-rs256"
    assert [key.id for key in ring.all()] == [made.id, "hub"]
    assert signs(ring) == "hub"
    clock.now += HOUR
    assert signs(ring) == made.id
    assert [key.id for key in ring.all()] == [made.id, "hub"]


def test_each_algorithm_has_its_key(folder, clock):
    ring = Ring(folder, clock)
    made = ring.make("ES256")

    assert (signs(ring, "ES256"), signs(ring)) == (made.id, "hub")
    assert isinstance(ring.signer("ES256"), ec.EllipticCurvePrivateKey)


def test_a_running_hub_follows_its_folder(folder, clock):
    ring, other = Ring(folder, clock), Ring(folder, clock)
    made = other.make("RS256", NOW)
    clock.now += timedelta(seconds=2)

    assert signs(ring) == made.id
    other.retire("hub")
    clock.now += timedelta(seconds=2)
    assert [key.id for key in ring.all()] == [made.id]


def test_a_file_that_is_no_key_stops_a_start_but_no_running_hub(folder, clock):
    ring = Ring(folder, clock)
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "odd.pem").write_text("no key")
    clock.now += timedelta(seconds=2)

    assert signs(ring) == "hub"
    with pytest.raises(RingError, match=r"odd.pem"):
        Ring(folder, clock)


def test_the_last_key_that_signs_is_not_retired(folder, clock):
    ring = Ring(folder, clock)
    ring.make("RS256", NOW + HOUR)
    ring.make("ES256")
    for name in ("hub", "nobody"):
        with pytest.raises(RingError):
            ring.retire(name)
    clock.now += HOUR
    ring.retire("hub")

    assert not (folder / FIRST).exists()


def test_keys_are_for_their_owner_only(folder, clock):
    made = Ring(folder, clock).make("RS256")

    path = folder / FOLDER / f"{made.id}.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(RingError, match="already"):
        Ring(folder, clock).make("RS256", NOW)
    with pytest.raises(RingError, match="algorithm"):
        Ring(folder, clock).make("HS256")


def test_a_sandbox_makes_no_second_first_key(tmp_path):
    first = keys.load(tmp_path, create=True, hub="Hub")
    made = first.ring.make("RS256")
    first.ring.retire("hub")
    again = keys.load(tmp_path, create=True, hub="Hub")

    assert [key.id for key in again.ring.all()] == [made.id]
    assert again.jws_key == made.pem
