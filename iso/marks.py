"""Where the pieces of a streamed message stand in its file, so that what is wrong in a part is told of the whole."""

import re
from collections import deque
from contextlib import suppress
from typing import Final
from xml.parsers import expat

import msgspec

from schemas.errors import Finding, LineFinder

_PLACE: Final = re.compile(r"(/Document/[^/\[]+)/PmtInf(?:\[(\d+)\])?(?:/CdtTrfTxInf(?:\[(\d+)\])?)?((?:/.*)?)")
_BATCH: Final = "PmtInf"
_TRANSFER: Final = "CdtTrfTxInf"


class Mark(msgspec.Struct):
    """One element: which of its kind it is (from 1), the line and the byte where it begins."""

    number: int
    line: int
    offset: int


class Marks:
    """Told where elements begin, and which of them a part holds, in the same order."""

    def __init__(self) -> None:
        self._starts: dict[str, deque[Mark]] = {_BATCH: deque(), _TRANSFER: deque()}
        self._alone: dict[str, Mark] = {}
        self._shown: list[tuple[Mark, list[Mark]]] = []
        self._batch = Mark(0, 1, 0)
        self._transfers = 0
        self._batches = 0
        self._base = 0

    def add(self, name: str, line: int, offset: int) -> None:
        """An element of that name begins."""
        if name in self._starts:
            self._starts[name].append(Mark(0, line, offset))
        else:
            self._alone.setdefault(name, Mark(1, line, offset))

    def shift(self, count: int) -> None:
        """The parsers do not see that many bytes at the beginning of the file."""
        self._base -= count

    def begin_batch(self) -> None:
        """A PmtInf has begun."""
        self._batches += 1
        self._transfers = 0
        self._batch = self._next(_BATCH, self._batches)

    def show_batch(self) -> None:
        """The part holds the PmtInf that has begun last."""
        self._shown.append((self._batch, []))

    def show_transfer(self) -> None:
        """The part holds one more transaction of it."""
        self._transfers += 1
        self._shown[-1][1].append(self._next(_TRANSFER, self._transfers))

    def unread(self) -> int | None:
        """Where in the bytes of the part the first piece begins that no part holds yet."""
        starts = [queue[0].offset - self._base for queue in self._starts.values() if queue]
        return max(min(starts), 0) if starts else None

    def cut(self, size: int) -> None:
        """The part is done with, and its bytes are."""
        self._base += size
        self._shown = []

    def located(self, finding: Finding, raw: bytes, before: int = 0) -> Finding:
        """The finding with its place in the file; `before` PmtInf of the part are not of the file."""
        match = _PLACE.fullmatch(finding.path.partition("/@")[0])
        if match is None:
            name = finding.path.split("/")[3:4] or [finding.path.split("/")[1]]
            mark = self._alone.get(name[0])
            return finding if mark is None else self._moved(finding, mark, name[0], finding.path, raw)
        message, batch, transfer, rest = match[1], int(match[2] or 1), match[3], match[4]
        if not 0 <= batch - 1 - before < len(self._shown):
            return msgspec.structs.replace(finding, line=self._batch.line)
        mark, transfers = self._shown[batch - 1 - before]
        path = f"{message}/{_BATCH}[{mark.number}]"
        if f"/{_TRANSFER}" not in finding.path[: match.start(4)]:
            return self._moved(finding, mark, _BATCH + rest, path + rest, raw)
        place = int(transfer or 1) - 1
        if place >= len(transfers):
            return msgspec.structs.replace(finding, line=mark.line, path=path + rest)
        mark = transfers[place]
        whole = f"{path}/{_TRANSFER}[{mark.number}]{rest}"
        return self._moved(finding, mark, _TRANSFER + rest, whole, raw)

    def _next(self, name: str, number: int) -> Mark:
        starts = self._starts[name]
        mark = starts.popleft() if starts else Mark(number, self._batch.line, self._batch.offset)
        mark.number = number
        return mark

    def _moved(self, finding: Finding, mark: Mark, inside: str, path: str, raw: bytes) -> Finding:
        """The finding at a path below a marked element, whose own bytes tell on which line."""
        start = mark.offset - self._base
        line = mark.line
        if 0 <= start < len(raw):
            found = _line_in(raw[start:], inside)
            line += max(found - 1, 0)
        attribute = finding.path.partition("/@")[2]
        return msgspec.structs.replace(finding, line=line, path=f"{path}/@{attribute}" if attribute else path)


def _line_in(text: bytes, inside: str) -> int:
    """The line, counted from where the text begins, of the element at that path; 1 if it is not found."""
    wanted = f"/Document/{inside}" if not inside.startswith("/") else inside
    places = LineFinder({wanted})
    places.start("Document", 1)
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _attributes: places.start(name, parser.CurrentLineNumber)
    parser.EndElementHandler = places.end
    with suppress(expat.ExpatError):  # what follows the element is no part of it
        parser.Parse(text, False)
    return places.lines.get(wanted, 1)
