#!/bin/sh
# Makes the environment of a real verl on the CPU (about five minutes, once), in FOLDER or .venv-verl.
# It holds verl's trainer side without a rollout engine: what calls rewards needs none.
set -eu

folder=${1:-.venv-verl}
verl=0.9.1
transformers=5.10.4
ray=2.60.0
openrlhf=0.11.2
# The plain `torch` that verl asks for brings gigabytes of CUDA; this version has a CPU build, so it goes first.
torch=2.13.0
made="$verl $transformers $ray $torch $openrlhf"

if [ "$(cat "$folder/.made" 2>/dev/null)" = "$made" ]; then exit 0; fi
echo "making $folder: verl $verl for the CPU (about five minutes, once)"
${PYTHON:-python3} -m venv --clear "$folder"
pip() { "$folder/bin/python" -m pip "$@" --quiet --disable-pip-version-check; }
pip install "torch==$torch"
pip install "verl==$verl" "transformers==$transformers" "ray[default]==$ray" "tensordict==0.10.0" \
    httpx hypothesis prometheus-client pytest pytest-asyncio pytest-timeout
# OpenRLHF without what it trains with: its client of a reward URL needs no more than is here.
pip install --no-deps "openrlhf==$openrlhf"
echo "$made" >"$folder/.made"
