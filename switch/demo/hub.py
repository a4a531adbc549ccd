"""The hub the demo runs against: its own, all in one in a folder, or one that is already running."""

import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from switch.sandbox.onboarding import Hub

CURRENCIES = ("USD", "EUR", "KES", "XOF")


class RunningHub(msgspec.Struct, frozen=True):
    """A hub that answers, its public keys in PEM, and what it says of itself. `database_url` None: not ours to look."""

    hub: Hub
    certificates: tuple[str, ...] = ()
    jws_keys: tuple[str, ...] = ()
    database_url: str | None = None
    versions: dict[str, str] = {}


@asynccontextmanager
async def start_hub(data_dir: Path | None, currencies: Iterable[str]) -> AsyncIterator[RunningHub]:
    """Start a hub in `data_dir` (None: a folder that is removed afterwards) with the sandbox profile and free ports."""
    # the whole product is imported here: a demo against another hub needs none of it
    from switch.compose import Hub as Composition  # noqa: PLC0415
    from switch.config import load  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="isoloop-demo-") as temporary:
        folder = data_dir or Path(temporary)
        settings = load(
            {
                "data_dir": folder,
                "fspiop_port": 0,
                "admin_port": 0,
                "iso_port": 0,
                "currencies": tuple(currencies),
                "log_level": "warning",
            }
        )
        async with Composition(settings) as composed:
            yield RunningHub(
                Hub(composed.fspiop_url, composed.admin_url, composed.iso_url, settings.hub_name),
                (composed.keys.xml_certificate,),
                (composed.jws_public_key,),
                composed.database_url,
                composed.versions,
            )
