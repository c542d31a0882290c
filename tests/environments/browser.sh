#!/bin/sh
# Makes the environment of a real browser (half a minute, once), in FOLDER or .venv-browser: gavel and Playwright, which
# drives the system's own Chromium. GAVEL_CHROMIUM says where another one is.
set -eu

folder=${1:-.venv-browser}
playwright=1.65.0

if [ -z "${GAVEL_CHROMIUM:-}" ] && ! command -v chromium >/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "no chromium: install it, or set GAVEL_CHROMIUM to its path" >&2
        exit 1
    fi
    apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium fonts-dejavu-core >/dev/null
fi
if [ "$(cat "$folder/.made" 2>/dev/null)" = "$playwright" ]; then exit 0; fi
echo "making $folder: gavel and Playwright $playwright (half a minute, once)"
${PYTHON:-python3} -m venv --clear "$folder"
pip() { "$folder/bin/python" -m pip "$@" --quiet --disable-pip-version-check; }
pip install --editable "$(dirname "$0")/../.." "playwright==$playwright" pytest pytest-asyncio pytest-timeout
echo "$playwright" >"$folder/.made"
