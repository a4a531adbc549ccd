"""The documentation is true: its examples run, its tables are those of the code, its links lead somewhere."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from iso import admi, gate
from iso.examine import MESSAGES
from schemas.canonical.events import Delivery
from schemas.canonical.faults import FAULTS
from schemas.canonical.participants import IsoProfile
from schemas.codes import statuses
from switch.commands import COMMANDS
from switch.config import Settings
from tests.docs.blocks import Example, examples, fits, run
from tests.docs.flows import FLOWS
from tests.docs.generate import DOCS, METHODS, ROOT, fspiop_calls, operator_api, with_parts, written

ISO_PAGE, FSPIOP_PAGE = DOCS / "iso-integration.md", DOCS / "fspiop-integration.md"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
BIN = Path(sys.executable).parent
TEXT = {page: page.read_text(encoding="utf-8") for page in PAGES}
# Long lives, so that a slow machine changes no outcome.
SLOW = {"ISOLOOP_PAYMENT_TIMEOUT_S": "600", "ISOLOOP_DIALOGUE_TIMEOUT_S": "600"}
# The checks of iso/examine.py name their findings where they are made.
EXAMINED = {"SENDER", "BARE", "SERVICE", "RECEIVER", "TIME", "SIGNATURE", "SHAPE", "UNSUPPORTED"}


def rows(page: Path, anchor: str) -> list[list[str]]:
    """Return the cells of the table that follows an anchor, without its head and without back-quotes."""
    after = TEXT[page].split(f'<a id="{anchor}"></a>')[1].lstrip().split("\n\n")[0]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in after.splitlines()[2:]]


@pytest.fixture
def hub(tmp_path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a folder as a reader has it, beside a hub of its own, and the environment of the examples."""
    if missing := [name for name in ("bash", "curl", "openssl") if shutil.which(name) is None]:
        pytest.skip(f"the examples of the pages use {', '.join(missing)}")
    (tmp_path / "docs").symlink_to(DOCS)
    (tmp_path / "tmp").mkdir()
    environment = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(tmp_path / "tmp"), "LIFE": "500"}
    command = [BIN / "isoloop", "serve", "--data", tmp_path / "data"]
    command += ["--fspiop-port", "0", "--admin-port", "0", "--iso-port", "0"]
    with (tmp_path / "hub.log").open("w") as log:
        served = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=os.environ | SLOW)
        try:
            ready = json.loads(served.stdout.readline())
            for name, port in ready["ports"].items():
                environment[name.upper()] = f"http://127.0.0.1:{port}"
            yield tmp_path, environment | free_ports("BLUE_PORT", "GREEN_PORT", "WALLET_PORT", "PURSE_PORT")
        finally:
            served.terminate()
            served.wait(60)


def free_ports(*names: str) -> dict[str, str]:
    """Return a free port for each name."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    found = {name: str(each.getsockname()[1]) for name, each in zip(names, sockets, strict=True)}
    for each in sockets:
        each.close()
    return found


@pytest.mark.e2e
@pytest.mark.engines
@pytest.mark.slow
@pytest.mark.parametrize("page", [ISO_PAGE, FSPIOP_PAGE], ids=lambda page: page.stem)
def test_examples_do_what_the_page_says(hub, page) -> None:
    folder, environment = hub
    wanted = examples(page)

    outputs, errors = run(wanted, folder, environment)

    assert len(outputs) == len(wanted), f"{page.name}:{wanted[len(outputs)].line} failed\n{errors}"
    wrong = [
        f"{page.name}:{example.line} printed\n{printed}\nnot\n{example.output}"
        for example, printed in zip(wanted, outputs, strict=True)
        if example.output is not None and not fits(example.output, printed)
    ]
    assert wrong == []


def test_examples_are_found_with_their_outputs(tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n```sh run\nls\n```\n\n```output\nb ... c\n```\n\n```sh\nrm\n```\n")

    assert examples(page) == [Example(2, "ls\n", "b ... c\n")]


def test_outputs_are_compared_up_to_white_space_and_dots() -> None:
    assert fits('{"a": 1, ... }', '{"a":1,"b":2}')
    assert fits("x....y", "xyz.y")
    assert not fits('{"a": 1}', '{"a":2}')
    assert not fits("a ... b", "a")


@pytest.mark.parametrize(("path", "text"), written().items(), ids=lambda value: getattr(value, "name", ""))
def test_generated_parts_are_those_of_the_code(path, text) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"


def test_parts_of_pages_are_replaced() -> None:
    page = "a\n<!-- file: examples/sign.py -->\nWhat was here.\n<!-- end -->\nb\n"

    assert '"""Sign a business message' in with_parts(page)
    assert "What was here." not in with_parts(page)


def test_every_setting_is_documented() -> None:
    page = TEXT[DOCS / "configuration.md"]

    assert [name for name in Settings.model_fields if f"`{name}`" not in page] == []


@pytest.mark.parametrize("verb", COMMANDS, ids=lambda verb: verb.name)
def test_every_command_is_documented_and_helps_with_an_example(verb) -> None:
    shown = subprocess.run([BIN / "isoloop", verb.name, "--help"], capture_output=True, text=True, check=True)

    assert f"`isoloop {verb.name}`" in TEXT[ROOT / "README.md"]
    assert f"isoloop {verb.name} " in shown.stdout.split("example:")[1]


def test_every_operator_call_is_documented_with_what_it_does() -> None:
    page = TEXT[DOCS / "operator-api.md"]
    paths = operator_api()["paths"].items()
    calls = [f"| `{method.upper()} {path}` |" for path, found in paths for method in found if method in METHODS]

    assert len(calls) > 25
    assert [call for call in calls if call not in page] == []


def test_every_fspiop_call_is_documented() -> None:
    calls = fspiop_calls()

    assert {("POST", "/transfers"), ("PUT", "/quotes/{ID}/error"), ("GET", "/parties/{Type}/{ID}/{SubId}")} <= {*calls}
    assert [path for _, path in calls if f"| `{path}` |" not in TEXT[FSPIOP_PAGE]] == []


def test_every_field_of_the_iso_profile_is_explained() -> None:
    camel = [re.sub(r"_(.)", lambda match: match[1].upper(), name) for name in IsoProfile.__struct_fields__]

    assert [row[0] for row in rows(ISO_PAGE, "profile")] == camel


def test_every_finding_of_the_gate_is_explained_with_its_reason() -> None:
    told = {code: reason for code, reason, _ in rows(ISO_PAGE, "rejects")}
    codes = {code.value for code in gate.Code} | EXAMINED | admi._REASONS.keys()

    assert told.keys() == codes | {"cvc-..."}
    assert told == {code: admi._REASONS.get(code, "FF01") for code in told}


def test_reasons_and_codes_are_those_of_the_faults() -> None:
    bank = [(FAULTS[name].iso, code) for code, name, _ in rows(ISO_PAGE, "reasons")]
    dfsp = [(FAULTS[name].fspiop, code) for code, name, _ in rows(FSPIOP_PAGE, "errors")]

    assert [pair for pair in (*bank, *dfsp) if pair[0] != pair[1]] == []


def test_every_status_of_a_payment_is_explained() -> None:
    known = statuses.ACCEPTING | statuses.WAITING | statuses.REFUSING | {*statuses.STATUS_OF.values()}
    section = TEXT[ISO_PAGE].split("## Answers: pacs.002")[1].split("\n## ")[0]

    assert [status for status in sorted(known) if status not in section] == []


def test_files_named_in_the_pages_exist() -> None:
    """A path such as `switch/worker.py` in a page is one of this repository."""
    named = re.compile(r"`((?:schemas|iso|fspiop|translator|settlement|switch|tests|docs)/[\w./-]*)`")
    found = [(page.name, path) for page in PAGES for path in named.findall(TEXT[page])]

    assert len(found) > 20
    assert [pair for pair in found if not (ROOT / pair[1]).exists()] == []


def test_every_row_of_compatibility_names_a_test_that_exists() -> None:
    rows = [line for line in TEXT[DOCS / "compatibility.md"].splitlines() if line.startswith("| ")]
    named = [re.findall(r"`([^`]*)`", row.rpartition(" | ")[2]) for row in rows if not row.endswith("| test |")]

    assert len(named) > 50
    assert [rows[number] for number, tests in enumerate(named) if not tests] == []
    assert [test for tests in named for test in tests if not (ROOT / "tests" / test).exists()] == []


def test_links_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
    broken = []
    for page in PAGES:
        for target, anchor in link.findall(re.sub(r"```.*?```", "", TEXT[page], flags=re.DOTALL)):
            aim = (page.parent / target).resolve() if target else page
            heads = anchors(aim) if anchor and aim.suffix == ".md" and aim.exists() else {anchor}
            if not aim.exists() or anchor not in heads:
                broken.append((page.name, target, anchor))

    assert broken == []


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings as they are linked to."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_in_the_index() -> None:
    index = written()[DOCS / "README.md"]
    pages = [str(page.relative_to(DOCS)) for page in sorted(DOCS.rglob("*.md")) if page != DOCS / "README.md"]

    assert [name for name in pages if f"({name})" not in index] == []


def test_every_class_of_delivery_is_known_to_the_page() -> None:
    """The section on delivery was written for these; another one needs a sentence."""
    assert {each.value for each in Delivery} == {"dialogue", "execution", "result"}


def test_every_message_taken_has_its_flow_and_the_tests_that_play_it() -> None:
    taken = {name[:8] for name in MESSAGES}

    assert taken - FLOWS.keys() == set()
    assert [test for flow in FLOWS.values() for test in flow.tests if not (ROOT / "tests" / test).is_file()] == []
