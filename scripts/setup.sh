#!/usr/bin/env bash
# Makes .venv with the locked versions of everything that the project needs. Usage: scripts/setup.sh [VENV]
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${1:-.venv}"

# Prints the first Python that runs and has a version which the project supports.
find_python() {
  local name
  for name in ${PYTHON:-} python3.12 python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
      echo "$name"
      return 0
    fi
  done
  return 1
}

# Installs Debian packages where that is possible without a question, else says what is missing.
install_or_explain() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
  else
    echo "banditsvc needs Python 3.11 or 3.12 with venv. Install it (on Debian or Ubuntu: apt-get install $*)," >&2
    echo "or name one that you have: make setup PYTHON=/path/to/python3.12" >&2
    exit 1
  fi
}

python="$(find_python)" || { install_or_explain python3 python3-venv; python="$(find_python)"; } || {
  echo "No Python 3.11 or 3.12 was found. Name one: make setup PYTHON=/path/to/python3.12" >&2
  exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || install_or_explain python3-venv

wanted="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
if [ -x "$venv/bin/python" ] && ! "$venv/bin/python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$wanted')"; then
  rm -rf "$venv"
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
touch "$venv/.installed"
echo "Ready: $venv ($("$venv/bin/python" --version))"
