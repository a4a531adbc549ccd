"""A signature holds only for exactly the message its source signed: known answers, round trips and forgeries."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from fspiop import jws
from fspiop.headers import Head
from schemas.canonical.participants import JwsKey

BODY = b'{ "b":1.0 ,"a":"\\u00e9", "n":"\xc3\xa9"}\n'
URI = "/transfers/b51ec534-ee48-4575-b6a9-ead2955b8069"
HEADERS = (
    ("fspiop-uri", URI),
    ("fspiop-http-method", "PUT"),
    ("fspiop-source", "payeefsp"),
    ("fspiop-destination", "payerfsp"),
    ("date", "Fri, 20 Nov 2026 06:00:00 GMT"),
)
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_EC = ec.generate_private_key(ec.SECP256R1())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def head(headers: Any, signature: str | None) -> Head:
    values = dict(headers) | ({} if signature is None else {"fspiop-signature": signature})
    return Head(tuple(values.items()), values)


def protected(**changes: Any) -> dict[str, Any]:
    names = {"uri": "FSPIOP-URI", "method": "FSPIOP-HTTP-Method", "source": "FSPIOP-Source", "to": "FSPIOP-Destination"}
    value: dict[str, Any] = {"alg": "RS256", "FSPIOP-URI": URI, "FSPIOP-HTTP-Method": "PUT"}
    value |= {"FSPIOP-Source": "payeefsp", "FSPIOP-Destination": "payerfsp", "Date": dict(HEADERS)["date"]}
    value |= {names.get(name, name): change for name, change in changes.items()}
    return {name: member for name, member in value.items() if member is not ...}


def forge(header: Any, key: Any = RSA_KEY, body: bytes = BODY, hash_: Any = None, text: str | None = None) -> str:
    """A signature by `key` over whatever protected header the forger likes."""
    text = b64(header if isinstance(header, bytes) else json.dumps(header).encode()) if text is None else text
    signed = f"{text}.{b64(body)}".encode()
    if isinstance(key, bytes):
        mac = hmac.HMAC(key, hashes.SHA256())
        mac.update(signed)
        raw = mac.finalize()
    elif isinstance(key, rsa.RSAPrivateKey):
        raw = key.sign(signed, padding.PKCS1v15(), hash_ or hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hash_ or hashes.SHA256())))
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return json.dumps({"signature": b64(raw), "protectedHeader": text})


def verify(signature: str | None, keys: Any = None, headers: Any = HEADERS, body: bytes = BODY, **request: str) -> None:
    keys = [RSA_KEY.public_key(), EC_KEY.public_key()] if keys is None else keys
    jws.verify(keys, request.get("method", "PUT"), request.get("target", URI), head(headers, signature), body)


def test_known_answers(reference):
    vectors = json.loads((reference / "test-vectors.json").read_text())["jws"]
    numbers = {
        n: int.from_bytes(base64.urlsafe_b64decode(v + "=="), "big")
        for n, v in vectors["testPrivateJwk"].items()
        if n in "ne"
    }
    key = rsa.RSAPublicNumbers(numbers["e"], numbers["n"]).public_key()
    for case in vectors["cases"]:
        sent = {name.lower(): value for name, value in case["headers"].items()}
        message = Head(tuple(sent.items()), sent)
        request = ("PUT", "/transfers/01JD0000000000000000000003", message, case["body"].encode())
        if case["valid"]:
            jws.verify([key], *request)
        else:
            with pytest.raises(jws.SignatureError):
                jws.verify([key], *request)


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY])
def test_what_is_signed_holds(key):
    verify(jws.sign(key, HEADERS, BODY))
    without = HEADERS[:3]
    verify(jws.sign(key, without, BODY), headers=without)


@pytest.mark.parametrize(
    ("name", "hash_"), [("RS256", hashes.SHA256()), ("RS384", hashes.SHA384()), ("RS512", hashes.SHA512())]
)
def test_the_three_rsa_algorithms(name, hash_):
    verify(forge(protected(alg=name), hash_=hash_))


def test_any_of_the_keys_on_file_may_have_signed():
    verify(jws.sign(RSA_KEY, HEADERS, BODY), [OTHER_RSA.public_key(), EC_KEY.public_key(), RSA_KEY.public_key()])


def test_further_headers_may_be_protected():
    headers = (*HEADERS, ("x-scheme", "7"))
    verify(forge(protected(**{"X-Scheme": "7"})), headers=headers)
    verify(forge(protected(kid="1", typ="JOSE")))


def changed(name: str, value: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((n, v if n != name else value) for n, v in HEADERS if n != name or value is not None)


GOOD = jws.sign(RSA_KEY, HEADERS, BODY)
PUBLIC_PEM = RSA_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
PARTS = json.loads(GOOD)
OTHER_LETTER = "C" if PARTS["signature"].startswith("B") else "B"
DER = base64.urlsafe_b64decode(json.loads(jws.sign(EC_KEY, HEADERS, BODY))["signature"] + "==")
FORGERIES: dict[str, dict[str, Any]] = {
    "no signature": {"signature": None},
    "empty signature": {"signature": ""},
    "signature is no JSON": {"signature": "abc"},
    "signature is a list": {"signature": "[]"},
    "signature is too long": {"signature": json.dumps({"signature": "A" * 40_000, "protectedHeader": "A"})},
    "no protected header": {"signature": json.dumps({"signature": PARTS["signature"]})},
    "signature member is a number": {"signature": json.dumps({**PARTS, "signature": 1})},
    "empty signature member": {"signature": json.dumps({**PARTS, "signature": ""})},
    "empty protected header": {"signature": json.dumps({**PARTS, "protectedHeader": ""})},
    "unprotected header beside it": {"signature": json.dumps({**PARTS, "header": {"alg": "none"}})},
    "payload beside it": {"signature": json.dumps({**PARTS, "payload": b64(b"{}")})},
    "repeated member": {"signature": GOOD[:-1] + ',"signature":"AAAA"}'},
    "padded signature": {"signature": json.dumps({**PARTS, "signature": PARTS["signature"] + "=="})},
    "plain base64": {"signature": json.dumps({**PARTS, "signature": PARTS["signature"][:-1] + "+"})},
    "blank in the signature": {"signature": json.dumps({**PARTS, "signature": PARTS["signature"] + " "})},
    "cut signature": {"signature": json.dumps({**PARTS, "signature": PARTS["signature"][:-4]})},
    "one letter of the signature": {
        "signature": json.dumps({**PARTS, "signature": OTHER_LETTER + PARTS["signature"][1:]})
    },
    "spare bits in the header": {
        "signature": forge(None, text=b64(json.dumps(protected()).encode() + b" ")[:-1] + "B")
    },
    "protected header is no JSON": {"signature": forge(b"alg=RS256")},
    "protected header is a list": {"signature": forge(b"[]")},
    "protected header repeats alg": {"signature": forge(json.dumps(protected()).encode()[:-1] + b',"alg":"RS256"}')},
    "protected header repeats the source in another case": {
        "signature": forge(protected(**{"fspiop-source": "other"}))
    },
    "protected member is a number": {"signature": forge(protected(Date=1))},
    "alg missing": {"signature": forge(protected(alg=...))},
    "alg none": {"signature": forge(protected(alg="none"))},
    "alg NONE": {"signature": forge(protected(alg="NoNe"))},
    "alg none, no signature": {"signature": json.dumps({"signature": "", "protectedHeader": b64(b'{"alg":"none"}')})},
    "alg HS256 with the public key": {"signature": forge(protected(alg="HS256"), PUBLIC_PEM)},
    "alg RS256 with an HMAC": {"signature": forge(protected(), PUBLIC_PEM)},
    "alg in lower case": {"signature": forge(protected(alg="rs256"))},
    "alg PS256": {"signature": forge(protected(alg="PS256"))},
    "alg ES256 by an RSA key": {"signature": forge(protected(alg="ES256"))},
    "alg RS256 by an EC key": {"signature": forge(protected(alg="RS256"), EC_KEY)},
    "alg RS512 over SHA-256": {"signature": forge(protected(alg="RS512"))},
    "alg RS256 over SHA-1": {"signature": forge(protected(), hash_=hashes.SHA1())},
    "alg is a list": {"signature": forge(protected(alg=["RS256"]))},
    "ES256 in DER": {
        "signature": json.dumps({**json.loads(forge(protected(alg="ES256"), EC_KEY)), "signature": b64(b"0E" + DER)})
    },
    "ES256 of zeros": {
        "signature": json.dumps({**json.loads(forge(protected(alg="ES256"), EC_KEY)), "signature": b64(bytes(64))})
    },
    "own key in the header": {"signature": forge(protected(jwk="{}"), OTHER_RSA)},
    **{
        f"{name} in the header": {"signature": forge(protected(**{name: "x"}))}
        for name in ("crit", "jwk", "jku", "x5u", "x5c", "b64", "CRIT", "Jku")
    },
    "crit as a list": {"signature": forge(protected(crit=["exp"]))},
    "b64 false": {"signature": forge(protected(b64=False))},
    "another RSA key": {"signature": forge(protected(), OTHER_RSA)},
    "another EC key": {"signature": forge(protected(alg="ES256"), OTHER_EC)},
    "no key on file": {"signature": GOOD, "keys": []},
    "key of another source": {"signature": GOOD, "keys": [OTHER_RSA.public_key()]},
    "body changed by a blank": {"signature": GOOD, "body": BODY + b" "},
    "body in another spelling": {"signature": GOOD, "body": json.dumps(json.loads(BODY)).encode()},
    "no body": {"signature": jws.sign(RSA_KEY, HEADERS, b""), "body": b""},
    "protected URI missing": {"signature": forge(protected(uri=...))},
    "protected method missing": {"signature": forge(protected(method=...))},
    "protected source missing": {"signature": forge(protected(source=...))},
    "protected destination missing": {"signature": forge(protected(to=...))},
    "protected names in lower case": {"signature": forge({n.lower(): v for n, v in protected().items()})},
    "protected header without a header": {"signature": forge(protected(**{"X-Extra": "1"}))},
    "other URI header": {"signature": GOOD, "headers": changed("fspiop-uri", "/transfers/other")},
    "other method header": {"signature": GOOD, "headers": changed("fspiop-http-method", "POST")},
    "other source header": {"signature": GOOD, "headers": changed("fspiop-source", "otherfsp")},
    "other destination header": {"signature": GOOD, "headers": changed("fspiop-destination", "otherfsp")},
    "destination header taken away": {"signature": GOOD, "headers": changed("fspiop-destination", None)},
    "other date header": {"signature": GOOD, "headers": changed("date", "Fri, 20 Nov 2026 06:00:01 GMT")},
    "date header taken away": {"signature": GOOD, "headers": changed("date", None)},
    "URI header missing": {"signature": GOOD, "headers": changed("fspiop-uri", None)},
    "method header missing": {"signature": GOOD, "headers": changed("fspiop-http-method", None)},
    "source header missing": {"signature": GOOD, "headers": changed("fspiop-source", None)},
    "replayed on another path": {"signature": GOOD, "target": "/transfers/other"},
    "replayed with a query": {"signature": GOOD, "target": f"{URI}?a=1"},
    "replayed with another method": {"signature": GOOD, "method": "POST"},
}


@pytest.mark.parametrize("case", FORGERIES.values(), ids=FORGERIES)
def test_forgeries(case):
    with pytest.raises(jws.SignatureError):
        verify(**case)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
)
def test_weak_and_strange_keys_are_refused(key):
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    with pytest.raises(ValueError, match="2048"):
        jws.private_key(private)
    with pytest.raises(ValueError, match="2048"):
        jws.public_key(public)


def test_keys_have_their_time():
    now, day = datetime(2026, 11, 20, tzinfo=UTC), timedelta(days=1)
    pem = PUBLIC_PEM.decode()
    keys = [JwsKey(pem), JwsKey(pem, "1", now, now + day), JwsKey(pem, "2", now + day), JwsKey(pem, "3", None, now)]
    assert len(jws.usable(keys, now)) == 2
    assert jws.usable(keys, now)[0] is jws.public_key(pem)
    assert jws.usable([JwsKey(pem, "4", revoked=now - day), JwsKey(pem, "5", revoked=now + day)], now) == []


GET = tuple((name, "GET" if name == "fspiop-http-method" else value) for name, value in HEADERS)


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY])
def test_a_message_without_body_is_signed_over_nothing_where_that_is_wanted(key):
    message, keys = head(GET, jws.sign(key, GET, b"")), [key.public_key()]
    jws.verify(keys, "GET", URI, message, b"", bodiless=True)
    for target, body, signature in (
        (f"{URI}?a=1", b"", None),
        (URI, b"{}", None),
        (URI, b"", jws.sign(key, GET, b"{}")),
        (URI, b"", jws.sign(OTHER_RSA, GET, b"")),
    ):
        forged = message if signature is None else head(GET, signature)
        with pytest.raises(jws.SignatureError):
            jws.verify(keys, "GET", target, forged, body, bodiless=True)
