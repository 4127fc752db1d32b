#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| permafreeze_fuzz::executable(bytes));
