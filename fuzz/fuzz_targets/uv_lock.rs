#![no_main]

use permafreeze_plan::lock_format::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| permafreeze_fuzz::lock_of(Format::Uv, bytes));
