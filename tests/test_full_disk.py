"""Is a disk that is full one line, with nothing half-written, and nobody's fault?"""

import csv
import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.intake.apart import ApartError, apart
from workbench.errors import InputError
from workbench.files import NO_ROOM, whole_file

ROOT = Path(__file__).resolve().parents[1]


def full(code: int, path: str | None = None) -> None:
    raise OSError(code, os.strerror(code), path)


@pytest.mark.parametrize("code", NO_ROOM)
def test_a_file_that_finds_no_room_stays_as_it_was(tmp_path, code):
    (tmp_path / "a.txt").write_text("before", encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot write .*a\.txt: .*make room"), whole_file(tmp_path / "a.txt") as file:
        file.write_text("half", encoding="utf-8")
        full(code)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["before"]


def test_what_is_no_matter_of_room_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "a.txt"):
        full(errno.ENOENT, "b.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it runs in this process")
def test_a_full_disk_is_no_fault_of_what_was_read():
    def refused() -> None:
        raise InputError("cannot write x")

    with pytest.raises(InputError, match="No space left"):
        apart(full, errno.ENOSPC)
    with pytest.raises(InputError, match="cannot write x"):
        apart(refused)
    with pytest.raises(ApartError, match="FileNotFoundError"):
        apart(full, errno.ENOENT, "b.txt")


MOUNT = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def can_mount() -> bool:
    words = [*MOUNT, "mount -t tmpfs -o size=4k tmpfs /mnt"]
    return shutil.which("unshare") is not None and subprocess.run(words, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="no disk of a few kilobytes is to be had here")
def test_a_run_on_a_full_disk_is_one_line_and_the_next_run_goes_on(tmp_path):
    disk = tmp_path / "disk"
    for name in ("ada", "bob"):
        (tmp_path / "in" / name / "textures").mkdir(parents=True)
        (tmp_path / "in" / name / "textures" / "notes.txt").write_text("x", encoding="utf-8")
    disk.mkdir()
    run = f"{sys.executable} -m grader run {tmp_path}/in --out {disk}/out --isolation none --csv en"
    look = f"rm -rf {tmp_path}/$size; cp -a {disk} {tmp_path}/$size"
    steps = (
        f"mount -t tmpfs -o size=4k tmpfs {disk}; for size in 4k 16k 24k 9m; do mount -o remount,size=$size {disk}; "
    )
    steps += f"{run} 2>{tmp_path}/$size.txt; echo $? >>{tmp_path}/$size.txt; {look}; done"
    subprocess.run([*MOUNT, steps], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for size in ("4k", "16k", "24k"):
        said = (tmp_path / f"{size}.txt").read_text(encoding="utf-8").splitlines()
        assert said[-1] == "2"
        assert re.fullmatch(r"grader: (cannot write )?\S+: No space left on device; .*", said[-2])
        assert "Traceback" not in "".join(said)
        assert not list((tmp_path / size).rglob(".*-*"))
        for path in (tmp_path / size).rglob("*.json"):
            json.loads(path.read_text(encoding="utf-8"))
        for path in (tmp_path / size).rglob("*.html"):
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert (tmp_path / "9m.txt").read_text(encoding="utf-8").endswith("\n0\n")
    with (tmp_path / "9m" / "out" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["student"], row["status"]) for row in csv.DictReader(file)] == [
            (n, "no-package") for n in ("ada", "bob")
        ]
