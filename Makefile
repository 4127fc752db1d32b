# What people type. `make build-binary` and `make test` work on a fresh machine and ask no question.
PLATFORM ?= linux
ARCH     ?= amd64
PROJECT  ?= examples/agent-runner

TARGET     := $(PLATFORM)-$(ARCH)
NAME       := $(notdir $(PROJECT))
BINARY     := dist/$(NAME)-$(TARGET)
PERMAFREEZE = target/release/permafreeze

.PHONY: build-binary clean-binary test-binary rebuild-binary test bench pin tools setup lint

# dist/agent-runner-linux-amd64, from nothing.
build-binary: tools
	$(PERMAFREEZE) toolchain build --target $(TARGET)
	$(PERMAFREEZE) --project $(PROJECT) build $(NAME)-$(TARGET) --locked

clean-binary:
	rm -f $(BINARY) dist/.$(NAME)-$(TARGET)

# The binary's own test, in an empty environment.
test-binary: build-binary
	env -i $(BINARY) selftest

# Build every derivation of ours again and compare with what is in the store.
rebuild-binary: build-binary
	python3 tests/e2e/rebuild.py . $(NAME)-$(TARGET)

test: build-binary
	tests/run.sh

bench: build-binary
	benches/run.sh

# After a change of the static tools: make them and write their hashes into nix/toolchain.json.
# After a change of the recipes: `permafreeze toolchain pin`, which makes the Pythons too.
pin: tools
	$(PERMAFREEZE) toolchain pin --tools

lint:
	cargo fmt --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

tools: setup
	cargo build --release --locked -q -p permafreeze

setup:
	@nix/setup.sh
