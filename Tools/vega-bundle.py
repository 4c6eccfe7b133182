"""Writes the Vega JavaScript bundle that report pages embed.

The bundle (Vega, Vega-Lite and Vega-Embed, with no dependency left) comes out of the PyPI package
vl-convert-python; run as a script, it sets window.vegaEmbed, window.vegaLite and window.vega.

    python3 Tools/vega-bundle.py OUT_FILE
"""

import os
import sys


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: vega-bundle.py OUT_FILE", file=sys.stderr)
        return 64
    try:
        import vl_convert
    except ImportError:
        print(
            "vega-bundle.py: expected the Python package vl_convert, found none; "
            "install vl-convert-python and set PYTHONPATH to where it lies",
            file=sys.stderr,
        )
        return 69
    bundle = vl_convert.javascript_bundle()
    if "window.vegaEmbed=" not in bundle:
        print(
            "vega-bundle.py: expected a bundle that sets window.vegaEmbed, found one that does "
            f"not (vl-convert-python {vl_convert.__version__}); use version 1.9",
            file=sys.stderr,
        )
        return 70
    path = sys.argv[1]
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(bundle)
    os.replace(path + ".part", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
