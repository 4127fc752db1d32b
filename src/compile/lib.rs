//! wheel -> object; static tool that runs in the sandbox.
