#!/usr/bin/env bash
# Writes the Python code of proto/ to a directory. Usage: scripts/generate.sh DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/.."
out="${1:?name the directory to write to}"
python="${PYTHON_BIN:-.venv/bin/python}"
mkdir -p "$out"
"$python" -m grpc_tools.protoc -Iproto -Ibuild/googleapis \
  --python_out="$out" --pyi_out="$out" --grpc_python_out="$out" proto/banditsvc/v1/*.proto
