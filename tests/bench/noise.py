"""How calm the machine is: what a lone spinner gets of a core, and how long fdatasync takes."""

import os
import tempfile
import time

import msgspec

SPIN_S = 2.0
SYNCS = 400
CALM_CPU = 0.90
CALM_SYNC_MS = 2.0


class Noise(msgspec.Struct, frozen=True):
    """Share of a core a spinner got, and fdatasync of 8 kB: median and 99th percentile in milliseconds."""

    cpu_share: float
    sync_p50_ms: float
    sync_p99_ms: float

    @property
    def calm(self) -> bool:
        """Whether figures of this machine, now, say something about the hub."""
        return self.cpu_share >= CALM_CPU and self.sync_p99_ms <= CALM_SYNC_MS


def gauge() -> Noise:
    """Measure for about three seconds."""
    begun, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - begun < SPIN_S:
        pass
    share = (time.process_time() - cpu) / (time.perf_counter() - begun)
    block = os.urandom(8192)
    times = []
    with tempfile.TemporaryFile(dir=".") as file:
        for _ in range(SYNCS):
            file.write(block)
            started = time.perf_counter()
            file.flush()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return Noise(round(share, 3), round(times[SYNCS // 2], 3), round(times[SYNCS * 99 // 100], 3))
