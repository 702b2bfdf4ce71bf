#!/bin/sh
# Installs geoplan from this folder, with no internet: ./install.sh [TARGET], default /opt/geoplan.
# 离线安装：./install.sh [目标文件夹]。需要 Python 3.11。
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/geoplan}
python=${PYTHON:-python3.11}
machine=$(uname -m)

command -v "$python" >/dev/null || { echo "需要 Python 3.11 (set PYTHON=...)" >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "需要 Python 3.11: $("$python" --version)" >&2; exit 1; }
test -d "$here/wheels/$machine" || { echo "没有 $machine 的安装包 no wheels for $machine" >&2; exit 1; }

"$python" -m venv "$target"
PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= "$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-index \
    --find-links "$here/wheels/any" --find-links "$here/wheels/$machine" \
    "geoplan[$(cat "$here/wheels/$machine/extras.txt")]"
mkdir -p "$target/share"
cp "$here/serve.md" "$target/share/"
echo "已安装 installed: $target/bin/geoplan, $target/bin/geoplan-serve"
