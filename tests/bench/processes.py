"""Process times and memory of a hub's processes, read from /proc: hub, PostgreSQL and NATS apart."""

import os
from pathlib import Path

import msgspec

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
GROUPS = {"postgres": "postgres", "nats-server": "nats"}


class Usage(msgspec.Struct, frozen=True):
    """CPU seconds and bytes of memory by group (hub, postgres, nats); a page that processes share counts once."""

    cpu: dict[str, float]
    memory: dict[str, int]

    def since(self, before: "Usage") -> dict[str, float]:
        """CPU seconds spent since."""
        return {group: spent - before.cpu.get(group, 0.0) for group, spent in self.cpu.items()}


def usage(root: int) -> Usage:
    """The processes below (and at) `root`; time of children that have ended counts with their parent."""
    parents: dict[int, int] = {}
    stats: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            pid, head, rest = int(entry.name), *text.rpartition(")")[::2]
            names[pid] = head.partition("(")[2]
            stats[pid] = rest.split()
            parents[pid] = int(stats[pid][1])
    cpu = {"hub": 0.0, "postgres": 0.0, "nats": 0.0}
    memory = {"hub": 0, "postgres": 0, "nats": 0}
    for pid in stats:
        chain = _chain(pid, parents)
        if root not in chain:
            continue
        group = next((GROUPS[names[each]] for each in chain if names.get(each) in GROUPS), "hub")
        cpu[group] += sum(int(stats[pid][field]) for field in (11, 12, 13, 14)) / TICKS
        memory[group] += _memory(pid, int(stats[pid][21]) * PAGE)
    return Usage(cpu, memory)


def _memory(pid: int, resident: int) -> int:
    """Its share of the pages it has (PSS), which of several processes are mostly the same libraries and buffers."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return resident
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), resident)


def _chain(pid: int, parents: dict[int, int]) -> list[int]:
    chain = [pid]
    while (parent := parents.get(chain[-1], 0)) > 1:
        chain.append(parent)
    return chain


def own_cpu() -> float:
    """CPU seconds of this process: the load generator and the simulated counterparties."""
    times = os.times()
    return times.user + times.system
