"""`scripts/docs`: writes the generated parts of the pages anew, or says which are stale."""

import argparse
import sys
from pathlib import Path

from scripts.documentation.markdown import pages
from scripts.documentation.parts import filled, homes


def main() -> int:
    """1 when `--check` found a stale page, else 0."""
    options = argparse.ArgumentParser(prog="scripts/docs", description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing; fail if a page is stale")
    options.add_argument("--top", type=Path, default=Path(__file__).resolve().parents[2], help="the checkout")
    chosen = options.parse_args()
    known = homes(chosen.top)
    stale = 0
    for page in pages(chosen.top):
        text = filled(page, chosen.top, known)
        if text == page.read_text(encoding="utf-8"):
            continue
        stale += 1
        if chosen.check:
            print(f"{page.relative_to(chosen.top)} is stale: run scripts/docs", file=sys.stderr)
        else:
            page.write_text(text, encoding="utf-8")
            print(f"wrote {page.relative_to(chosen.top)}")
    return 1 if chosen.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
