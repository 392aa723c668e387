#!/bin/sh
# What the tests need of the system and Python's registry cannot give: found, or installed where we may, or named.
set -eu
missing=""
# PostgreSQL: Debian's server where it can be had, else the binaries that a test dependency brings.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
# For the pages: a browser, a Chinese font for it, and a reader of PDF files.
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
{ command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]; } || missing="$missing fonts-wqy-microhei fontconfig"
command -v pdftotext >/dev/null || missing="$missing poppler-utils"
# For the evidence packs: Go with its own implementation of notes and proofs.
command -v go >/dev/null || missing="$missing golang-go"
[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || missing="$missing golang-golang-x-mod-dev"
# For time stamps: the authority of the tests, and the judge beside ours.
command -v openssl >/dev/null || missing="$missing openssl"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # several words on purpose
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "missing for some tests:$missing. Install them (on Debian: apt-get install$missing); the tests that need them say so." >&2
fi
