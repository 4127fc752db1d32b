# What people type. `make build-binary` and `make test` work on a fresh machine and ask no question.
PLATFORM ?= linux
ARCH     ?= amd64
PROJECT  ?= examples/agent-runner

TARGET     := $(PLATFORM)-$(ARCH)
NAME       := $(notdir $(PROJECT))
BINARY     := dist/$(NAME)-$(TARGET)
PERMAFREEZE = target/release/permafreeze

.PHONY: build-binary clean-binary test-binary rebuild-binary verify-binary test bench pin tools setup lint

# dist/agent-runner-linux-amd64, from nothing.
build-binary: tools
	$(PERMAFREEZE) toolchain build --target $(TARGET)
	$(PERMAFREEZE) --project $(PROJECT) build $(NAME)-$(TARGET) --locked

clean-binary:
	rm -f $(BINARY) dist/.$(NAME)-$(TARGET)

# The binary's own test, in an empty environment.
test-binary: build-binary
	env -i $(BINARY) selftest

# Build every derivation of ours again and compare with what is in the store, with the pin, with binary caches.
rebuild-binary: build-binary
	$(PERMAFREEZE) --project $(PROJECT) verify reproduce $(NAME)-$(TARGET)

# The same, and: is it portable, does every module import, is every byte accounted for?
verify-binary: build-binary
	$(PERMAFREEZE) --project $(PROJECT) verify $(NAME)-$(TARGET)

test: build-binary
	tests/run.sh

bench: build-binary
	benches/run.sh

# After a change of the static tools: make them and write their hashes into nix/toolchain.json, and the hashes of the
# executables that they link into the plan. The CLI carries the pins, so it is made again between the two.
# After a change of the recipes: `permafreeze toolchain pin`, which makes the Pythons too.
pin: tools
	$(PERMAFREEZE) toolchain pin --tools
	cargo build --release --locked -q -p permafreeze
	$(PERMAFREEZE) --project $(PROJECT) pin

lint:
	cargo fmt --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

tools: setup
	cargo build --release --locked -q -p permafreeze

setup:
	@nix/setup.sh
