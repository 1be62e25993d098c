"""Count the looks of a closed scar of which the protocol has nothing to say.

    make looks

Enumerates the looks that the intake can give a closed scar without a red flag: cause,
height, shape, width, depth, stretch, colour, stripes, edges, growth, age and a light and a
dark phototype; everything else healthy. Prints how many there are, how many leave the desk
blank, how many of those with every question answered end only in "examine" or "not known",
and the ten commonest of these. Exit status 1 if one is blank, or more than one in twenty of
those answered in full.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
AT_MOST = 1 / 20


def main():
    from benchmarks.properties import protocol

    catalogue = protocol()
    from tests.methods.protocol import looks

    began = time.perf_counter()
    every, in_full, unsettled, blank = looks.counted(looks.enumerated(), catalogue)
    print(
        f"{every.total()} looks in {time.perf_counter() - began:.0f} s: {dict(every)}"
    )
    print(f"blank: {every['blank']}" + (f", such as {blank}" if blank else ""))
    open_ones, whole = unsettled.total(), in_full.total() - in_full["flag"]
    share = open_ones / whole
    print(f"answered in full: {whole}, of them open: {open_ones} ({share:.1%})")
    for told, count in unsettled.most_common(10):
        print(f"{count:6}  {told}")
    return 1 if every["blank"] or share > AT_MOST else 0


if __name__ == "__main__":
    sys.exit(main())
