"""The rooms of this repository and who imports whom, read off the code: python tests/house.py draws them.

A room is a package that says in its docstring what it may import; every room of the grader may import judging and
workbench besides.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {
    "workbench": "workbench",
    "judging": "judging",
    "textures": "solution/textures",
    "checks": "grader/checks",
    **{path.parent.name: f"grader/{path.parent.name}" for path in sorted(ROOT.glob("grader/*/__init__.py"))},
}
"""Folders by name."""
PLAIN = {"places": "grader/places.py"}
"""A file that is a room."""


def imported(path: Path, root: Path = ROOT) -> Iterator[Path]:
    """The files of the repository that a file imports, also within functions."""
    package = path.relative_to(root).parent
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.parts[: len(package.parts) - node.level + 1] if node.level else ()
            module = [*above, *(node.module.split(".") if node.module else ())]
            names = [[*module, alias.name] for alias in node.names]
        else:
            continue
        for words in names:
            for base in (root, root / "solution"):
                places = (base.joinpath(*words[:n]) for n in range(len(words), 0, -1))
                files = [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")]
                found = next((file for file in files if file.is_file()), None)
                if found is not None:
                    yield found
                    break


def room_of(path: Path, root: Path = ROOT) -> str | None:
    """The name of the room that a file lies in; "grader" for the command line; None of what is no room's."""
    name = path.relative_to(root).as_posix()
    for room, place in {**PLAIN, **ROOMS}.items():
        if name == place or name.startswith(f"{place}/"):
            return room
    return "grader" if name.startswith("grader/") and name.count("/") == 1 else None


def arrows(root: Path = ROOT) -> dict[str, dict[str, set[str]]]:
    """For each room the rooms that it imports, with the files that do so."""
    found: dict[str, dict[str, set[str]]] = {room: {} for room in (*PLAIN, *ROOMS, "grader")}
    for folder in ("workbench", "judging", "grader", "solution/textures"):
        for path in sorted((root / folder).rglob("*.py")):
            room = room_of(path, root)
            for used in imported(path, root) if room else ():
                other = room_of(used, root)
                if other not in (None, room):
                    found[room].setdefault(other, set()).add(path.relative_to(root).as_posix())
    return found


def allowed(room: str, root: Path = ROOT) -> set[str]:
    """What a room may import, by its own words."""
    if room == "grader":
        return {*ROOMS, *PLAIN}
    if room in PLAIN:
        return {"judging"}
    words = ast.get_docstring(ast.parse((root / ROOMS[room] / "__init__.py").read_text(encoding="utf-8"))) or ""
    told = re.search(r"May import: ([^.]*)\.", words)
    if told is None:
        raise ValueError(f"{ROOMS[room]}/__init__.py does not say what it may import")
    named = set(re.findall(r"\w+", told[1])) & {*ROOMS, *PLAIN}
    return named | ({"judging", "workbench"} if ROOMS[room].startswith("grader/") else set())


def wrong_arrows(root: Path = ROOT) -> list[str]:
    """A line for each import that no docstring allows."""
    return [
        f"{room} imports {other}: {', '.join(sorted(files))}"
        for room, used in arrows(root).items()
        for other, files in used.items()
        if other not in allowed(room, root)
    ]


def floors(root: Path = ROOT) -> list[list[str]]:
    """The rooms in floors, each above all that it imports; ValueError if there is a cycle."""
    left, built = {room: set(used) for room, used in arrows(root).items()}, []
    while left:
        floor = sorted(room for room, used in left.items() if not used & left.keys())
        if not floor:
            raise ValueError(f"a cycle among {', '.join(sorted(left))}")
        built.append(floor)
        left = {room: used for room, used in left.items() if room not in floor}
    return built


def purpose(room: str, root: Path = ROOT) -> str:
    """The first line of what a room says of itself."""
    place = root / PLAIN[room] if room in PLAIN else root / ROOMS.get(room, "grader") / "__init__.py"
    return (ast.get_docstring(ast.parse(place.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def picture(root: Path = ROOT) -> str:
    """The house, the roof first: what each room is for, and which rooms it imports directly."""
    used, lines = arrows(root), []
    for number, floor in reversed(list(enumerate(floors(root)))):
        for room in floor:
            below = ", ".join(sorted(used[room]))
            lines += [f"{number}  {room:<10} {purpose(room, root)}", *([f"{'→':>15} {below}"] if below else [])]
    return "\n".join(lines)


if __name__ == "__main__":
    print(picture())
