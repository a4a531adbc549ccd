"""Nobody is believed by a header that he could have written himself, and nobody for another's credential."""

import pytest

from schemas.canonical.access import Access, ApiKey
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from switch.directory import Directory
from switch.identity import CERTIFICATES, CertificateDoorman, Doorman, ProxyDoorman, digest
from translator.outgoing import HubIdentity

HEADER = "Isoloop-Client"
KEY, OTHER = "k" * 43, "o" * 43
DIRECTORY = Directory(HubIdentity())
DIRECTORY.learn(
    [
        Participant(FspId("free")),
        Participant(FspId("keyed"), access=Access(api_keys=(ApiKey("1", digest(KEY)), ApiKey("2", digest("second"))))),
        Participant(FspId("other"), access=Access(api_keys=(ApiKey("1", digest(OTHER)),))),
        Participant(FspId("near"), access=Access(networks=("10.1.0.0/16", "2001:db8::/32"))),
        Participant(FspId("sealed"), access=Access(certificates=("CN=sealed,O=Bank", "DNS:sealed.example"))),
        Participant(FspId("gate"), proxy=True, access=Access(certificates=("CN=gate",), api_keys=(ApiKey("1", "x"),))),
    ]
)


def scope(*headers, client=("192.0.2.1", 4711), names=None):
    extensions = {} if names is None else {CERTIFICATES: names}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    return {"type": "http", "headers": raw, "client": client, "extensions": extensions}


def bearer(key):
    return ("Authorization", f"Bearer {key}")


KEYS = [
    ("free", (), True),
    ("nobody", (), True),
    ("free", (bearer("unknown"),), False),
    ("free", (bearer(KEY),), False),
    ("keyed", (), False),
    ("KEYED", (), False),
    ("keyed", (bearer(KEY),), True),
    ("keyed", (bearer("second"),), True),
    ("keyed", (("x-api-key", KEY),), True),
    ("keyed", (("authorization", f"bearer  {KEY} "),), True),
    ("keyed", (bearer(OTHER),), False),
    ("keyed", (bearer(""),), False),
    ("keyed", (("Authorization", f"Basic {KEY}"),), False),
    ("keyed", (("Authorization", KEY),), False),
    ("keyed", (bearer(KEY), bearer(OTHER)), False),
    ("keyed", (bearer(KEY), ("x-api-key", OTHER)), False),
    ("keyed", (bearer(digest(KEY)),), False),
    ("keyed", (("X-Client-Id", "keyed"), (HEADER, "keyed")), False),
    ("keyed", (("X-Authorization", f"Bearer {KEY}"), ("x_api_key", KEY)), False),
]


@pytest.mark.parametrize(("claimed", "headers", "passes"), KEYS)
def test_api_keys_of_the_sandbox(claimed, headers, passes):
    doorman = Doorman(DIRECTORY, api_keys=True)

    assert (doorman.objection(scope(*headers), claimed, False) is None) is passes


def test_in_production_an_api_key_is_nothing():
    doorman = Doorman(DIRECTORY)

    assert doorman.caller is None
    assert doorman.objection(scope(bearer(OTHER)), "keyed", False) is None
    assert doorman.objection(scope(), "keyed", False) is None


def test_who_does_not_say_who_it_is_shows_no_wrong_key():
    doorman = Doorman(DIRECTORY, api_keys=True)

    assert doorman.objection(scope(bearer(KEY)), None, False) is None
    assert doorman.objection(scope(bearer("unknown")), None, False) is not None


ADDRESSES = [
    (("10.1.255.255", 1), (), True),
    (("::ffff:10.1.0.1", 1), (), True),
    (("2001:db8::1%eth0", 1), (), True),
    (("10.2.0.1", 1), (), False),
    (
        ("10.2.0.1", 1),
        (("X-Forwarded-For", "10.1.0.1"), ("Forwarded", "for=10.1.0.1"), ("X-Real-IP", "10.1.0.1")),
        False,
    ),
    (("nonsense", 1), (), False),
    (None, (), False),
]


@pytest.mark.parametrize(("client", "headers", "passes"), ADDRESSES)
def test_a_port_sees_the_address_of_the_connection(client, headers, passes):
    for doorman in (Doorman(DIRECTORY, api_keys=True), Doorman(DIRECTORY)):
        assert (doorman.objection(scope(*headers, client=client), "near", False) is None) is passes


FORWARDED = [
    (("10.1.0.1",), True),
    (("192.0.2.9, 10.1.0.1",), True),
    (("10.1.0.1, 192.0.2.9",), False),
    (("10.1.0.1", "192.0.2.9"), False),
    ((), False),
    (("",), False),
]


@pytest.mark.parametrize(("entries", "passes"), FORWARDED)
def test_a_socket_sees_what_its_proxy_appended(entries, passes):
    headers = [(HEADER, "near"), *(("X-Forwarded-For", entry) for entry in entries)]
    found = ProxyDoorman(DIRECTORY, HEADER).objection(scope(*headers, client=None), "near", False)

    assert (found is None) is passes


CLIENTS = [
    (((HEADER, "free"),), None, "free"),
    (((HEADER, "free"), (HEADER, "free")), None, None),
    (((HEADER, ""),), None, None),
    (((HEADER, "free"),), ("127.0.0.1", 1), None),
    ((("Isoloop_Client", "free"), ("X-Client-Id", "free")), None, None),
    ((), None, None),
]


@pytest.mark.parametrize(("headers", "client", "named"), CLIENTS)
def test_a_socket_names_its_client_once(headers, client, named):
    doorman = ProxyDoorman(DIRECTORY, HEADER)

    assert doorman.caller(scope(*headers, client=client)) == named
    assert (doorman.objection(scope(*headers, client=client), "free", False) is None) is (named is not None)
    assert doorman.objection(scope(*headers, client=client), "other", False) is not None


CERTIFIED = [
    (("CN=sealed,O=Bank", "SHA256:00"), "sealed"),
    (("CN=stranger", "DNS:sealed.example"), "sealed"),
    (("CN=sealed",), None),
    (("cn=sealed,o=bank",), None),
    (("CN=sealed,O=Bank", "CN=gate"), None),
    ((), None),
    (None, None),
]


@pytest.mark.parametrize(("names", "holder"), CERTIFIED)
def test_a_certificate_is_that_of_who_has_it_on_file(names, holder):
    doorman = CertificateDoorman(DIRECTORY)
    found = scope((HEADER, "sealed"), ("X-Client-Cert", "CN=sealed,O=Bank"), names=names)

    assert doorman.caller(found) == holder
    assert (doorman.objection(found, "sealed", False) is None) is (holder == "sealed")
    assert doorman.objection(found, "free", False) is not None


def test_only_a_proxy_passes_on_for_others():
    doorman = CertificateDoorman(DIRECTORY)

    assert doorman.objection(scope(names=("CN=gate",)), "gate", True) is None
    assert doorman.objection(scope(names=("CN=sealed,O=Bank",)), "sealed", True) is not None
    assert Doorman(DIRECTORY, api_keys=True).objection(scope(bearer(KEY)), "keyed", True) is not None


def test_a_change_is_seen_by_the_next_request():
    directory = Directory(HubIdentity())
    doorman = Doorman(directory, api_keys=True)
    directory.learn([Participant(FspId("new"))])
    assert doorman.objection(scope(), "new", False) is None
    directory.learn([Participant(FspId("new"), access=Access(api_keys=(ApiKey("1", digest(KEY)),)))])
    assert doorman.objection(scope(), "new", False) is not None
    directory.learn([Participant(FspId("new"), access=Access())])
    assert doorman.objection(scope(bearer(KEY)), "new", False) is None
