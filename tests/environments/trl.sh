#!/bin/sh
# Makes the environment of a real TRL on the CPU (about two minutes, once), in FOLDER or .venv-trl.
# It holds a trainer and the trainer's half of gavel only: the server is a process in its own environment.
set -eu

folder=${1:-.venv-trl}
trl=1.16.0
transformers=5.23.0
# The plain `torch` that TRL asks for brings gigabytes of CUDA; this version has a CPU build, so it goes first.
torch=2.13.0
made="$trl $transformers $torch"

if [ "$(cat "$folder/.made" 2>/dev/null)" = "$made" ]; then exit 0; fi
echo "making $folder: TRL $trl for the CPU (about two minutes, once)"
${PYTHON:-python3} -m venv --clear "$folder"
pip() { "$folder/bin/python" -m pip "$@" --quiet --disable-pip-version-check; }
pip install "torch==$torch"
pip install "trl==$trl" "transformers==$transformers" rich httpx hypothesis pytest pytest-asyncio pytest-timeout
echo "$made" >"$folder/.made"
