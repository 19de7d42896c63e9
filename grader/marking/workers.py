"""Many submissions at once: worker processes here, or those of a cluster, each with a sandbox of its own."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from judging.lab import here, using
from workbench.errors import InputError

from ..places import ROOT
from ..sandbox.host import Host, choose_level
from .cluster import on_cluster, travelling

Item = TypeVar("Item")
Found = TypeVar("Found")

_hosts: dict[tuple[Path, str], Host] = {}
_one_at_a_time = threading.Lock()


def each(
    task: Callable[[Item, Host], Found],
    items: Sequence[Item],
    *,
    isolation: str,
    jobs: int = 1,
    cluster: str = "",
    otherwise: Callable[[Item, str], Found] | None = None,
) -> Iterator[Found]:
    """task(item, host) for every item, in the order in which they finish.

    Args:
        task: a function of a module, or a `partial` of one, for it travels to other processes.
        isolation: as `choose_level` takes it; every worker chooses for itself.
        jobs: how many worker processes, here.
        cluster: HOST:PORT of a dask.distributed scheduler whose workers are to do it instead.
        otherwise: what stands in the place of task(item, host) where it failed twice, from the item and what happened;
            also a function of a module. When left out the failure ends it all.

    Raises:
        InputError: no sandbox of that kind, or no such cluster.
    """
    work = partial(_in_lab, travelling(), partial(_with_host, task, isolation, otherwise))
    return on_cluster(work, items, cluster, otherwise) if cluster else _here(work, items, jobs, otherwise)


def _here(task: Callable, items: Sequence, jobs: int, otherwise: Callable | None) -> Iterator:
    left = dict(enumerate(items))
    while left:
        try:
            yield from _in_pool(task, left, jobs)
        except BrokenProcessPool:
            # A worker was killed, as when memory runs out. Those that may have been in its hands: one at a time.
            for i in list(left)[: 2 * jobs + 1]:
                try:
                    yield from _in_pool(task, left, 1, i)
                except BrokenProcessPool:
                    if otherwise is None:
                        raise
                    yield otherwise(left.pop(i), "the process that graded it was killed, as when memory runs out")


def _in_pool(task: Callable, left: dict[int, object], jobs: int, *chosen: int) -> Iterator:
    """The results of what is left, or of what is chosen of it; what has a result is left no more."""
    # Each worker is an examiner with a host of its own; spawned, for torch's threads do not survive a fork.
    pool = ProcessPoolExecutor(max(1, min(jobs, len(left))), get_context("spawn"), _start, (os.getpid(),))
    try:
        futures = {pool.submit(task, left[i]): i for i in chosen or left}
        for future in as_completed(futures):
            found = future.result()
            del left[futures[future]]
            yield found
        pool.shutdown()
    except KeyboardInterrupt:
        for process in list((pool._processes or {}).values()):
            process.kill()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start(parent: int) -> None:
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process decides what an interruption means
    torch.set_num_threads(1)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, killed for instance; its host goes with it."""
    while os.getppid() == parent:
        time.sleep(0.5)
    for host in _hosts.values():
        host.close()
    os._exit(1)


def _in_lab(lab: str, task: Callable, item: object) -> object:
    with using(ROOT / lab):
        return task(item)


def _with_host(task: Callable, isolation: str, otherwise: Callable | None, item: object) -> object:
    with _one_at_a_time:  # a worker of a cluster may have several threads, but pytest has one stage
        try:
            return task(item, _host(isolation))
        except InputError:
            raise
        except Exception:  # the host is in doubt: a new one, and one more try
            _renew(isolation)
        try:
            return task(item, _host(isolation))
        except InputError:
            raise
        except Exception as error:
            _renew(isolation)
            if otherwise is None:
                raise
            return otherwise(item, f"{type(error).__name__}: {error}")


def _renew(isolation: str) -> None:
    if (here(), isolation) in _hosts:
        _hosts.pop((here(), isolation)).close()


def _host(isolation: str) -> Host:
    if (here(), isolation) not in _hosts:
        _hosts[here(), isolation] = Host(choose_level(isolation))
    return _hosts[here(), isolation]
