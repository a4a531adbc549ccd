"""Server processes of the embedded engines: the account they run under, where their binaries lie, how they stop.

PostgreSQL refuses to run as root. Started by root, an engine runs as an existing unprivileged account; started by
anybody else, it runs as that user. No account is created and no folder outside the data folder changes its mode.
"""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

# The folder a server is started in. A server with another account than ours may not be allowed to walk down to the
# data folder (say, below /root), but a process can always reach its own working directory.
HERE = "/proc/self/cwd"
POLL_S = 0.01
STOP_S = 30.0
# The kernel's limit of a socket path is 107 bytes, and the server adds a file name of 18.
PRIVATE_PATH_MAX = 80


class EngineError(RuntimeError):
    """An engine cannot be started or reached; the text tells the operator why and what to do."""


class Account(msgspec.Struct, frozen=True):
    """The account an engine runs under; `foreign` when it is not the account of this process."""

    uid: int
    gid: int
    foreign: bool

    def run(self, argv: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a short command under this account and return its output; it may take up to a minute."""
        return subprocess.run(
            argv,
            cwd=cwd,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            user=self.uid if self.foreign else None,
            group=self.gid if self.foreign else None,
            extra_groups=[] if self.foreign else None,
        )

    def spawn(self, argv: list[str], cwd: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a server under this account, in its own session so that a Ctrl-C in our terminal spares it."""
        # Logs may quote statements and with them personal data.
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
            return subprocess.Popen(
                argv,
                cwd=cwd,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
                user=self.uid if self.foreign else None,
                group=self.gid if self.foreign else None,
                extra_groups=[] if self.foreign else None,
            )

    def give(self, path: Path) -> None:
        """Hand a file or folder over to this account."""
        if self.foreign:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def reaches(self, folder: Path) -> bool:
        """Tell whether this account may walk into a folder."""
        return not self.foreign or self.run(["ls", "-d", f"{folder}/."]).returncode == 0


def account_for(folder: Path) -> Account:
    """Return who runs the engine whose state is `folder`: its present owner, or as root an unprivileged account."""
    me = os.geteuid()
    owner = folder.stat().st_uid if folder.exists() else me
    if me != 0:
        if owner != me:
            raise EngineError(f"{folder} belongs to uid {owner}: start as that account or choose another data folder")
        return Account(me, os.getegid(), foreign=False)
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        raise EngineError("PostgreSQL may not run as root, and there is no account 'nobody': start as a user") from None
    return Account(entry.pw_uid, entry.pw_gid, foreign=True)


def runnable(account: Account, base: Path, parts: list[str], program: str, shelters: list[Path]) -> Path:
    """Return the path of `program` (relative to `base`) where this account can run it: in place, or else a copy.

    A wheel installed below a private home cannot be read by a foreign account. Then `parts` of `base` are copied,
    keeping their places relative to each other, into the first of `shelters` from which the account can run them.
    """
    candidates = [base, *(shelter for shelter in shelters if account.reaches(shelter.parent))]
    for root in candidates:
        if root != base:
            _copy(account, base, root, parts)
        with contextlib.suppress(PermissionError):
            if account.run([str(root / program), "--version"]).returncode == 0:
                return root / program
    raise EngineError(f"uid {account.uid} cannot run {base / program}, nor a copy below {shelters}")


def mark_of(folder: Path) -> str:
    """Return the name that engines of this folder carry on their command line; a moved folder keeps it."""
    status = folder.stat()
    return f"isoloop-{status.st_dev:x}-{status.st_ino:x}"


def is_marked(pid: int, mark: str) -> bool:
    """Tell whether a living process was started with the arguments `mark`; a recycled id and a zombie were not."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return mark in line.replace(b"\0", b" ").decode(errors="replace")


def marked(*marks: str) -> list[int]:
    """Return the ids of all living processes that carry one of the marks: an engine, or children that outlived it."""
    ids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in ids if any(is_marked(pid, mark) for mark in marks)]


def private_folder(account: Account, mark: str) -> Path:
    """Return a folder only the account may enter, near enough to the root that a socket path fits."""
    for parent in dict.fromkeys([Path(tempfile.gettempdir()), Path("/tmp"), Path("/run")]):  # noqa: S108 - made private
        folder = parent / mark
        if len(os.fsencode(folder)) > PRIVATE_PATH_MAX or not account.reaches(parent):
            continue
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            status = folder.lstat()
            # Anybody may create names here: keep an old folder only if it is really the account's own.
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid or status.st_mode & 0o077:
                folder = Path(tempfile.mkdtemp(prefix=f"{mark}-", dir=parent))
        except OSError:
            continue
        account.give(folder)
        return folder
    raise EngineError("no folder for the server's socket: set TMPDIR to a short path that other accounts may enter")


def wait_until(answers: Callable[[], bool], alive: Callable[[], bool], seconds: float) -> bool:
    """Wait until a server answers; return False when it ends first or the time is over."""
    deadline = time.monotonic() + seconds
    while alive() and time.monotonic() < deadline:
        if answers():
            return True
        time.sleep(POLL_S)
    return False


def stop(pid: int, mark: str, signals: tuple[signal.Signals, ...]) -> None:
    """End the engine `pid` with the first signal, and after half a minute each with the harsher ones."""
    for number in signals:
        if not is_marked(pid, mark):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(lambda: not is_marked(pid, mark), lambda: True, STOP_S):
            return
    raise EngineError(f"process {pid} ({mark}) does not stop")


def tail(log: Path, lines: int = 8) -> str:
    """Return the last lines of a server's log, for an error text."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _copy(account: Account, base: Path, root: Path, parts: list[str]) -> None:
    for part in parts:
        source, target = base / part, root / part
        if target.exists():
            continue
        # Copied beside and renamed, so that a copy cut short is never taken for a whole one.
        draft = target.with_name(f".{target.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        if source.is_dir():
            shutil.copytree(source, draft, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "pgxs"))
        else:
            shutil.copy2(source, draft)
        draft.rename(target)
    # Under a strict mask only the owner may read what was installed.
    for path in [root, *root.rglob("*")]:
        account.give(path)


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
