"""Log lines: one record a line, whatever the text holds, from the level asked for."""

import json
import logging

import pytest

from switch import logs


def test_a_text_with_line_breaks_stays_one_record(capsys):
    logs.configure("info")
    logging.getLogger("isoloop.hub").info("one\ntwo \x1b[31m %s", "three")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["text"] == "one\ntwo \x1b[31m three"
    assert "\x1b" not in line


def test_an_exception_brings_its_trace(capsys):
    logs.configure("warning")
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("isoloop.hub").exception("it failed")
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["logger"]) == ("error", "isoloop.hub")
    assert "ValueError: broken" in entry["trace"]


@pytest.mark.parametrize(("level", "shown"), [("debug", 3), ("info", 2), ("error", 0)])
def test_libraries_are_quieter_than_the_hub(capsys, level, shown):
    logs.configure(level)
    logging.getLogger("isoloop.hub").debug("ours")
    logging.getLogger("isoloop.hub").info("ours")
    logging.getLogger("nats").info("theirs")
    logging.getLogger("nats").warning("theirs")
    assert len(capsys.readouterr().err.splitlines()) == shown
