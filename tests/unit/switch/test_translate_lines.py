"""`isoloop translate --jsonl` answers every line, whatever it holds."""

import json
import subprocess
import sys

import pytest

from switch.translate_lines import answers
from translator.isojson.convert import Mode

TASK = {
    "id": "a", "direction": "fspiop_to_iso", "resource": "transfers.put", "options": {},
    "source": {"body": {"transferState": "RESERVED", "extensionList": {"extension": [{"key": "k", "value": "v"}]}}},
}  # fmt: skip


def answer(task, mode=Mode.FULL):
    line = task if isinstance(task, bytes) else json.dumps(task).encode()
    [told] = answers([line], mode)
    return json.loads(told)


def test_there_and_back_is_the_same_body():
    made = answer(TASK)
    assert made["id"] == "a" and made["expected"]["body"]["TxInfAndSts"] == {"TxSts": "RESV"}
    back = answer({**TASK, "direction": "iso_to_fspiop", "source": made["expected"]})
    assert back["expected"] == TASK["source"]


def test_mojaloop_drops_what_that_translator_drops():
    assert set(answer(TASK, Mode.MOJALOOP)["expected"]["body"]) == {"GrpHdr", "TxInfAndSts"}


def test_what_the_other_side_cannot_hold_is_told():
    body = {"TxInfAndSts": {"TxSts": "COMM", "ClrSysRef": "R-1"}}
    told = answer({**TASK, "direction": "iso_to_fspiop", "source": {"body": body, "headers": None, "params": None}})
    assert [loss["path"] for loss in told["losses"]] == ["TxInfAndSts.ClrSysRef"]


@pytest.mark.parametrize(("task", "key"), [
    (b"no json", None), (b"[1]", None), (b'{"id": 7}', 7), (b"[" * 100_000, None), (b'{"id": "\xff"}', None),
    ({**TASK, "direction": "up"}, "a"), ({**TASK, "resource": "bulkQuotes.post"}, "a"),
    ({**TASK, "source": {"body": []}}, "a"), ({**TASK, "source": {"body": {"transferState": "SETTLED"}}}, "a"),
])  # fmt: skip
def test_a_line_that_cannot_be_translated_is_answered_by_an_error(task, key):
    told = answer(task)
    assert told["id"] == key and told["error"]


def test_the_command_goes_on_after_a_bad_line_and_ends_well():
    lines = "\n".join(["{", json.dumps(TASK), "", json.dumps({**TASK, "id": 2})])
    command = [sys.executable, "-m", "switch", "translate", "--jsonl", "--mode", "mojaloop"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [None, "a", 2]
