"""The archive as a running hub has it: read by operators, and kept findable."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from switch.archive.librarian import Librarian
from switch.archive.search import Archive


def open_archive(
    database_url: str, work: Callable[[], int], stack: AsyncExitStack, *, allow_unsafe: bool = False
) -> Archive:
    """The archive, with a librarian who reads it until `stack` is closed; `work` counts the commands done so far."""
    archive = Archive(database_url, allow_unsafe=allow_unsafe)
    librarian = Librarian(database_url, work, allow_unsafe=allow_unsafe)
    stack.push_async_callback(archive.close)
    stack.push_async_callback(librarian.close)
    reading = asyncio.get_running_loop().create_task(librarian.run())
    stack.callback(reading.cancel)
    return archive
