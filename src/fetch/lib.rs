//! plan -> verified files in the store; the only code with sockets.
