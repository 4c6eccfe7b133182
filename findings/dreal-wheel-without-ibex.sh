#!/usr/bin/env bash
# dreal 4.21.6.2 from PyPI cannot be imported: the wheel is linked against libibex.so, the interval solver
# that its answers come from, which is neither in it nor packaged by Debian, and it declares no such need.
# So comparisons with dReal need IBEX built from source, in the version that this wheel was built with: of
# dReal's own fork. IBEX's release 2.7.4, of the same name and number, lacks some of the symbols that the wheel asks for.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dreal==4.21.6.2
"$folder/venv/bin/python" - <<'P'
import importlib.metadata as metadata
import subprocess

files = metadata.files("dreal")
library = next(f for f in files if f.name == "libdreal_.so")
needs = subprocess.run(["ldd", str(library.locate())], capture_output=True, text=True).stdout
shipped = any(f.name.startswith("libibex") for f in files)
print(f"dreal {metadata.version('dreal')}: libibex.so {'shipped' if shipped else 'not shipped'}")
assert not shipped and "libibex.so" in needs, "this has changed"
P
