"""Texts fit the other dialect or the change is told."""

import pytest

from translator.text import fspiop_text, iso_text, lines


@pytest.mark.parametrize(("text", "charset", "fit", "lost"), [
    ("plain", "pass", "plain", 0),
    ("Ngũgĩ", "pass", "Ngũgĩ", 0),
    ("Ngũgĩ & Łoś ß", "transliterate", "Ngugi + Los ss", 1),
    ("王", "transliterate", ".", 1),
    ("a\x00b", "pass", "ab", 1),
    ("abcdefgh", "pass", "abcdef", 1),
    ("\x01", "pass", None, 1),
    ("   ", "pass", None, 0),
    (None, "pass", None, 0),
])  # fmt: skip
def test_iso_texts(text, charset, fit, lost):
    losses = []
    limit = 6 if text == "abcdefgh" else 140
    assert iso_text(text, limit, "path", losses, charset) == fit
    assert len(losses) == lost


def test_fspiop_texts_are_cut_and_never_blank():
    losses = []
    assert fspiop_text("x" * 129, 128, "note", losses) == "x" * 128 and losses[0].value == "x" * 129
    assert fspiop_text("  ", 128, "note", losses) is None


def test_lines_join_to_the_text():
    assert "".join(lines("abc" * 50, 105)) == "abc" * 50 and lines("", 105) == ("",)
