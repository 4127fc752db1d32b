#!/usr/bin/env bash
# does: the example's hydraJobs, job by job, by the rules of nix-eval-jobs; the products of one are its executable and evidence
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
python3 tests/e2e/hydra_jobs.py . "$project" "linux-amd64.$name" "$binary"
