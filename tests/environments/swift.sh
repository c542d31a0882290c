#!/bin/sh
# Makes the environment of the real ms-swift and skyrl-gym, in FOLDER or .venv-swift (half a minute, once).
# It stands on .venv-verl (torch, transformers, ...), which verl.sh makes; their own pins would bring far more.
set -eu

folder=${1:-.venv-swift}
below=${2:-.venv-verl}
swift=4.6.0
skyrl=0.4.0
made="$swift $skyrl $below"

if [ "$(cat "$folder/.made" 2>/dev/null)" = "$made" ]; then exit 0; fi
echo "making $folder: ms-swift $swift and skyrl-gym $skyrl (half a minute, once)"
${PYTHON:-python3} -m venv --clear "$folder"
packages() { "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }
packages "$(cd "$below" && pwd)" >"$(packages "$folder")/below.pth"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    "ms-swift==$swift" "skyrl-gym==$skyrl" "modelscope==1.40.2" "modelscope_hub==0.5.1" json_repair dacite
echo "$made" >"$folder/.made"
