#!/bin/sh
# Makes the environment of a real verifiers, prime-rl's client of NeMo Gym servers (570 MB, a minute, once), in
# FOLDER or .venv-verifiers. OpenRLHF's client goes into verl's environment, which has all that it imports.
set -eu

folder=${1:-.venv-verifiers}
verifiers=0.4.0

if [ "$(cat "$folder/.made" 2>/dev/null)" = "$verifiers" ]; then exit 0; fi
echo "making $folder: verifiers $verifiers (570 MB, a minute, once)"
${PYTHON:-python3} -m venv --clear "$folder"
pip() { "$folder/bin/python" -m pip "$@" --quiet --disable-pip-version-check; }
pip install "verifiers==$verifiers" hypothesis pytest pytest-asyncio pytest-timeout
echo "$verifiers" >"$folder/.made"
