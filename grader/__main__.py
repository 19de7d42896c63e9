"""The command line of staff: python -m grader release."""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from solution.textures.errors import InputError


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see --help")


def main() -> int:
    parser = Parser(prog="python -m grader", description="Makes the assignment from the solution.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    release = commands.add_parser("release", help="write assignment/ from solution/, grader/checks and the handout")
    release.add_argument("--check", action="store_true", help="write nothing; exit 1 if assignment/ is out of date")
    release.add_argument("--zip", metavar="DIR", type=Path, help="also write the students' archive there")
    release.set_defaults(run=_release)
    args = parser.parse_args()
    return args.run(args)


def _release(args: argparse.Namespace) -> int:
    from . import release

    if args.check:
        differences = release.differences()
        for line in differences:
            print(line)
        print("assignment/ is " + ("out of date: run `python -m grader release`" if differences else "up to date"))
        return 1 if differences else 0
    print(f"wrote {release.write()}")
    if args.zip is not None:
        print(f"wrote {release.write_archive(args.zip)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InputError as error:
        print(f"grader: {error}", file=sys.stderr)
        sys.exit(2)
