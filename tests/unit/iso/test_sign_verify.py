"""`isoloop sign` and `isoloop verify`: what one makes the other proves, and each failure is told with its place."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from iso import gate, signature
from iso.messages import head001
from iso.messages.business import ENVELOPE_NAMESPACE, wrap
from iso.shapes import Shape
from switch.__main__ import main
from tests.unit.iso.samples import PACS008, header
from tests.unit.iso.signing import END, START, identity

SHAPES = [shape.value for shape in Shape]
AT = (START + timedelta(days=30)).isoformat()
INDENTED = b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n" + wrap(
    head001.write(header()).body.replace(b"<To>", b"\n  <To>"), PACS008.replace(b"<GrpHdr>", b"\r\n <GrpHdr >")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("bank", "other", "rsa bank"):
        (tmp_path / f"{name}.key").write_text(identity(name).private_pem)
        (tmp_path / f"{name}.pem").write_text(identity(name).certificate_pem)
    (tmp_path / "plain.xml").write_bytes(INDENTED)
    return tmp_path


def sign(folder: Path, *more: str, source: str = "plain.xml", signer: str = "bank") -> int:
    keys = ["--key", str(folder / f"{signer}.key"), "--cert", str(folder / f"{signer}.pem")]
    return main(["sign", str(folder / source), *keys, "-o", str(folder / "signed.xml"), *more])


def verify(folder: Path, capsys, *more: str, cert: str = "bank.pem") -> dict:
    capsys.readouterr()
    status = main(
        ["verify", str(folder / "signed.xml"), "--cert", str(folder / cert), "--at", AT, "--json", "--explain", *more]
    )
    told = json.loads(capsys.readouterr().out)
    assert status == (0 if told["signed"] else 1)
    return told


def failed(told: dict) -> dict:
    return next(step for step in told["steps"] if not step["holds"])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("signer", ["bank", "rsa bank"])
def test_what_is_signed_is_proven(folder: Path, capsys, shape: str, signer: str):
    assert sign(folder, "--shape", shape, signer=signer) == 0
    told = verify(folder, capsys, cert=f"{signer}.pem")
    assert (told["signed"], told["shape"]) == (True, shape)
    checks = [step["check"] for step in told["steps"]]
    assert (checks[:2], checks[-4:]) == (["shape", "algorithms"], ["key", "value", "validity", "signxml"])
    assert all(step["expected"] == step["actual"] for step in told["steps"] if "expected" in step)
    for other in set(SHAPES) - {shape}:
        assert failed(verify(folder, capsys, "--shape", other, cert=f"{signer}.pem"))["check"] == "shape"


def test_the_hub_takes_what_is_signed_here(folder: Path):
    assert sign(folder) == 0
    signature.verify(gate.read((folder / "signed.xml").read_bytes()), [identity("bank").pinned], START)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_change_is_found_at_its_digest(folder: Path, capsys, shape: str):
    sign(folder, "--shape", shape)
    path = folder / "signed.xml"
    path.write_bytes(path.read_bytes().replace(b"1000.00", b"9000.00"))
    told = verify(folder, capsys)
    step = failed(told)
    assert step["check"] == ("digest of message" if shape in {"header", "envelope"} else "digest of Document")
    assert step["expected"] != step["actual"] and "/SignedInfo/Reference" in step["finding"]["path"]
    assert "Sign last" in told["advice"]
    assert [each["check"] for each in told["steps"] if not each["holds"]] == [step["check"]], "the rest still holds"


@pytest.mark.parametrize(
    ("check", "cert", "more"),
    [
        ("key", "other.pem", ()),
        ("key", "rsa bank.pem", ()),
        ("validity", "bank.pem", ("--at", (END + timedelta(days=1)).isoformat())),
    ],
)
def test_a_key_that_does_not_do_is_told(folder: Path, capsys, check: str, cert: str, more: tuple[str, ...]):
    sign(folder)
    told = verify(folder, capsys, *more, cert=cert)
    assert failed(told)["check"] == check and told["advice"]


def test_a_forged_value_is_told(folder: Path, capsys):
    sign(folder)
    path = folder / "signed.xml"
    body = path.read_bytes()
    start = body.index(b"<ds:SignatureValue>") + 19
    path.write_bytes(body[:start] + b"AAAA" + body[start + 4 :])
    assert failed(verify(folder, capsys))["check"] == "value"


def test_canonical_bytes_are_written_on_demand(folder: Path, capsys):
    sign(folder, "--shape", "references")
    verify(folder, capsys, "--canonical", str(folder / "out"))
    names = sorted(path.name for path in (folder / "out").iterdir())
    assert names == [f"signed.{part}.c14n" for part in ("AppHdr", "Document", "KeyInfo", "SignedInfo")]
    assert (folder / "out" / "signed.Document.c14n").read_bytes().startswith(b"<Document xmlns=")


def test_any_certificate_of_a_folder_may_have_signed(folder: Path, capsys):
    sign(folder)
    assert main(["verify", str(folder / "signed.xml"), "--folder", str(folder), "--at", AT]) == 0
    assert "signed.xml: signed (header)" in capsys.readouterr().out.replace("\n", "")


def test_the_table_names_check_place_and_advice(folder: Path, capsys):
    assert main(["verify", str(folder / "plain.xml"), "--cert", str(folder / "bank.pem")]) == 1
    said = capsys.readouterr().out
    assert "the message is not signed" in said and "what to do" in said and "AppHdr" in said


def test_wrong_use_is_told_in_one_line(folder: Path, capsys):
    assert main(["verify", str(folder / "plain.xml")]) == 2
    assert "--cert" in capsys.readouterr().err
    sign(folder)
    assert sign(folder, source="signed.xml") == 2
    assert "signed already" in capsys.readouterr().err
    (folder / "plain.xml").write_bytes(wrap(head001.write(header()).body, PACS008, ENVELOPE_NAMESPACE))
    assert sign(folder, "--shape", "envelope") == 2
    assert "no place" in capsys.readouterr().err
    (folder / "bank.key").write_text("nothing")
    assert sign(folder) == 2
    assert "openssl" in capsys.readouterr().err
    (folder / "plain.xml").write_bytes(b"<!DOCTYPE x><x/>")
    (folder / "bank.key").write_text(identity("bank").private_pem)
    assert sign(folder) == 2
    assert "document type" in capsys.readouterr().err
