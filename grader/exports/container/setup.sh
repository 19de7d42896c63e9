#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the container.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
apt-get update
apt-get install -y --no-install-recommends python3 python3-venv bubblewrap libseccomp2
python3 -m venv "$here/.venv"
"$here/.venv/bin/pip" install --no-cache-dir -c "$here/constraints.txt" "$here[staff]"
