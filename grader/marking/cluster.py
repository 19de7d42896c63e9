"""Submissions on a dask.distributed cluster: scheduler and workers run in this repository's folder, of this version.

    python -m dask scheduler                    # on one machine
    python -m dask worker HOST:8786             # on each machine, --nworkers 4 --nthreads 1

Dask sends functions by name, so all three sides must find the same ones: that is asked before anything is graded.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from judging.lab import here, one_of, using
from workbench.errors import InputError

from ..places import ROOT

if TYPE_CHECKING:
    from distributed import Client

ANSWER, WORKERS = 10, 30
"""Seconds that a scheduler has to answer, and its first worker to be there."""
CLUSTER = "in this repository's folder, of the same version, with its dependencies"


def travelling() -> str:
    """The lab in hand, for a process that may be on another machine, where this repository lies elsewhere."""
    inside = here().is_relative_to(ROOT)
    return here().relative_to(ROOT).as_posix() if inside else str(here())


def version(lab: str) -> tuple[str, str] | None:
    """What must be the same everywhere: the checks, and the Python that is to read what another one has packed.

    None where there is no such lab; `lab` is as `travelling` names it.
    """
    from .verdicts import checks_version

    with using(ROOT / lab):
        if not one_of("course.toml", "solution/course.toml").is_file():
            return None
        return checks_version(), f"{sys.version_info.major}.{sys.version_info.minor}"


def on_cluster(task: Callable, items: Sequence, address: str, otherwise: Callable | None) -> Iterator:
    """task(item) for every item, in the order in which they finish, as `workers.each` says.

    Raises:
        InputError: no such cluster, one that is not as it must be, or one that is gone.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
        from distributed.comm.core import CommClosedError
    except ImportError:
        raise InputError("dask.distributed is not installed: pip install '.[staff,cluster]'") from None
    try:
        client = Client(f"tcp://{address}", timeout=ANSWER)
    except (OSError, ValueError) as error:
        raise InputError(f"no dask scheduler answers at {address}: {error}") from None
    with client:
        check_cluster(client, address)
        # What a lost worker was at is done again by another one.
        futures = dict(zip(client.map(task, items, pure=False, retries=3), items, strict=True))
        for future in as_completed(futures):
            try:
                found = future.result()
            except KilledWorker:
                if otherwise is None:
                    raise
                found = otherwise(futures[future], "every worker that graded it was killed, as when memory runs out")
            except (CommClosedError, CancelledError) as error:
                raise InputError(
                    f"the dask scheduler at {address} is gone ({type(error).__name__}); what is ready is written, and "
                    "the same command goes on from there"
                ) from None
            yield found


def check_cluster(client: "Client", address: str) -> None:
    """Ask scheduler and workers for their version.

    Raises:
        InputError: no workers, or somebody who has repository or lab not, or in another version.
    """
    try:
        client.wait_for_workers(1, timeout=WORKERS)
    except TimeoutError:
        raise InputError(
            f"the dask scheduler at {address} has no workers: start `python -m dask worker {address}` {CLUSTER}"
        ) from None
    lab = travelling()
    own = version(lab)
    try:
        sides = {"the scheduler": client.run_on_scheduler(version, lab)}
    except Exception as error:
        sides = {"the scheduler": error}
    sides |= {f"worker {name}": found for name, found in client.run(version, lab, on_error="return").items()}
    for side, found in sides.items():
        if isinstance(found, Exception):
            words = f"cannot grade: {str(found).splitlines()[0] if str(found) else type(found).__name__}"
        elif found is None:
            raise InputError(f"{side} finds no lab in {ROOT / lab}: a folder of --lab must lie at that path there, too")
        elif tuple(found) != own:
            words = "has another version of the checks or of Python"
        else:
            continue
        raise InputError(f"{side} {words}; start it by `python -m dask …` {CLUSTER}")
