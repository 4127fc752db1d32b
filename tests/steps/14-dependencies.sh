#!/usr/bin/env bash
# does: licences, sources and advisories of the crates (cargo-deny)
# lanes: check test test-all
. tests/support/step.sh
command -v cargo-deny >/dev/null || skip "cargo-deny is not installed"
if ! cargo deny --offline --log-level error check bans licenses sources; then exit 1; fi
if ! advisories=$(cargo deny --log-level error check advisories 2>&1); then
  case $advisories in
  *"failed to fetch"* | *"failed to acquire"* | *"failed to load advisory"*) partly "the database of advisories cannot be reached" ;;
  *) echo "$advisories"; exit 1 ;;
  esac
fi
