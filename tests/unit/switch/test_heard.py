"""Versions of hub-made messages: what a participant asks for goes before what it sends, per resource, then at all."""

import pytest

from fspiop.incoming import IncomingFspiop, Kind
from schemas.canonical.identity import FspId
from schemas.canonical.wire import Dialect, Original
from switch.heard import DEFAULT, Heard

FSP = FspId("payerfsp")


def message(version, accept=(), resource="transfers", source=FSP):
    original = Original(Dialect.FSPIOP, "GET", "/", (), b"", "")
    return IncomingFspiop(resource, Kind.GET, ("1",), version, accept, source, None, None, original)


def test_a_participant_that_never_spoke_gets_the_default():
    assert Heard().version(FSP, "transfers") == DEFAULT


@pytest.mark.parametrize(
    ("version", "accept", "wanted"),
    [("1.0", (), "1.0"), ("1.0", ("1.1",), "1.1"), ("2.0", ("1.0",), "1.0"), ("1.0", ("1.0", "2.0"), "2.0")],
)
def test_the_newest_version_asked_for_counts(version, accept, wanted):
    heard = Heard()
    heard.learn(message(version, accept))
    assert heard.version(FSP, "transfers") == wanted


def test_one_resource_s_version_stands_in_for_another_s_until_that_is_heard():
    heard = Heard()
    heard.learn(message("1.0"))
    assert heard.version(FSP, "quotes") == "1.0"
    heard.learn(message("2.0", resource="quotes"))
    assert (heard.version(FSP, "quotes"), heard.version(FSP, "transfers")) == ("2.0", "1.0")
    assert heard.version(FspId("other"), "quotes") == DEFAULT
