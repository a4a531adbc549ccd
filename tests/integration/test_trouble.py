"""What a person can mend is told in one line and by the status 2: a status of 1 is a result."""

import pytest

from switch.__main__ import main
from switch.migrate import upgrade

pytestmark = pytest.mark.engines
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line a command says when it cannot do its work."""
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and said.err.startswith(f"isoloop {words[0]}: ")
    return said.err


@pytest.mark.parametrize("verb", ["check", "migrate"])
@pytest.mark.parametrize("url", [NOWHERE, "garbage"])
def test_a_database_that_cannot_be_reached(capsys, verb, url):
    assert "the database cannot be used: " in told(capsys, verb, "--database-url", url)


def test_a_database_without_books(capsys, database_url):
    assert "holds no books: `isoloop migrate`" in told(capsys, "check", "--database-url", database_url)
    upgrade(database_url)
    assert main(["check", "--database-url", database_url]) == 0


def test_an_archive_without_tables(capsys, database_url):
    assert "`isoloop migrate` makes them" in told(capsys, "messages", "--database-url", database_url)
    assert "`isoloop migrate` makes them" in told(capsys, "messages", "show", "012345", "--database-url", database_url)


def test_a_folder_without_books_is_left_alone(capsys, tmp_path):
    assert "is no data folder of a hub" in told(capsys, "check", "--data", str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_defect_keeps_its_trace(monkeypatch):
    def broken(_: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr("switch.commands._settings", broken)
    with pytest.raises(KeyError):
        main(["config"])
