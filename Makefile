# What people type. `make build-binary`, `make check` and `make test` work on a fresh machine and ask no question.
PLATFORM ?= linux
ARCH     ?= amd64
PROJECT  ?= examples/agent-runner

TARGET     := $(PLATFORM)-$(ARCH)
NAME       := $(notdir $(PROJECT))
BINARY     := dist/$(NAME)-$(TARGET)$(if $(filter windows,$(PLATFORM)),.exe)
# The example's runtimes of other systems than Linux are assembled of wheels: docs/targets.md.
FROM       := $(if $(filter linux,$(PLATFORM)),,--from wheels)
PERMAFREEZE = target/release/permafreeze

# Steps of a test lane, by name (`tests/run.sh --list`) [default: the whole lane].
STEP ?=

.PHONY: build-binary clean-binary test-binary rebuild-binary verify-binary check test test-all bench pin tools setup

# dist/agent-runner-linux-amd64, from nothing.
build-binary: tools
	$(PERMAFREEZE) toolchain build --target $(TARGET) $(FROM)
	$(PERMAFREEZE) --project $(PROJECT) build $(NAME)-$(TARGET) --locked

clean-binary:
	rm -f $(BINARY) dist/.$(NAME)-$(TARGET)

# The binary's own test, in an empty environment; of another system or processor, `verify-binary` runs it emulated.
test-binary: build-binary
	env -i $(BINARY) selftest

# Build every derivation of ours again and compare with what is in the store, with the pin, with binary caches.
rebuild-binary: build-binary
	$(PERMAFREEZE) --project $(PROJECT) verify reproduce $(NAME)-$(TARGET)

# The same, and: is it portable, does every module import, is every byte accounted for?
verify-binary: build-binary
	$(PERMAFREEZE) --project $(PROJECT) verify $(NAME)-$(TARGET)

# Formatting, lints, and every test that needs neither Nix nor the toolchain: needs cargo alone.
check:
	tests/run.sh $(or $(STEP),check)

# The same, and: small projects through real Nix, the example, comparisons with other programs.
test:
	tests/run.sh $(or $(STEP),test)

# The same, and: emulated arm64, other versions of Nix, other circumstances, long fuzzing. Writes docs/proof.md.
test-all:
	tests/run.sh $(or $(STEP),test-all)
	$(if $(STEP),,python3 tests/support/proof.py target/tests/test-all.json docs/proof.md)

bench: build-binary
	benches/run.sh

# After a change of the static tools: make them and write their hashes into nix/toolchain.json, and the hashes of the
# executables that they link into the plan. The CLI carries the pins, so it is made again between the two.
# After a change of the recipes: `permafreeze toolchain pin`, which makes the Pythons too.
pin: tools
	$(PERMAFREEZE) toolchain pin --tools
	cargo build --release --locked -q -p permafreeze
	$(PERMAFREEZE) --project $(PROJECT) pin

tools: setup
	cargo build --release --locked -q -p permafreeze

setup:
	@nix/setup.sh
