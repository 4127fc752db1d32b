//! The code that an executable runs in place of its script: it reads the probe from a file.
//!
//! An executable starts compiled code alone, and has CPython's compiler: what reads the probe is compiled here, once and
//! for all; the probe itself is compiled by the executable. So no other Python is needed.

/// The version of Python (major, minor) whose code [`CODE`] is.
pub const PYTHON: (u8, u8) = (3, 13);

/// Runs the file that its first argument names. CPython 3.13 has compiled it, of any patch release and on any system,
/// with `marshal.dumps(compile(SOURCE, 'permafreeze-bootstrap.py', 'exec'), 2)`, of which `SOURCE` is below. (From
/// version 3 on the format marks what is referred to elsewhere, which depends on how it was called.)
///
/// ```python
/// import sys
/// exec(compile(open(sys.argv[1], 'rb').read(), 'permafreeze-probe.py', 'exec'))
/// ```
///
/// A test compiles it again, and shows the bytes where these are others.
pub const CODE: &[u8] = b"\
    \x63\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x73\x70\x00\x00\x00\x95\x00\
    \x53\x00\x53\x01\x4b\x00\x72\x00\x5c\x01\x22\x00\x5c\x02\x22\x00\x5c\x03\x22\x00\x5c\x00\x52\x08\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x53\x02\x05\x00\x00\x00\x53\x03\x35\x02\x00\x00\x00\x00\
    \x00\x00\x52\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x35\x00\x00\x00\x00\x00\
    \x00\x00\x53\x04\x53\x05\x35\x03\x00\x00\x00\x00\x00\x00\x35\x01\x00\x00\x00\x00\x00\x00\x20\x00\x67\x01\x28\x06\
    \x00\x00\x00\x69\x00\x00\x00\x00\x4e\x69\x01\x00\x00\x00\x75\x02\x00\x00\x00\x72\x62\x75\x14\x00\x00\x00\x70\x65\
    \x72\x6d\x61\x66\x72\x65\x65\x7a\x65\x2d\x70\x72\x6f\x62\x65\x2e\x70\x79\x75\x04\x00\x00\x00\x65\x78\x65\x63\x28\
    \x06\x00\x00\x00\x75\x03\x00\x00\x00\x73\x79\x73\x75\x04\x00\x00\x00\x65\x78\x65\x63\x75\x07\x00\x00\x00\x63\x6f\
    \x6d\x70\x69\x6c\x65\x75\x04\x00\x00\x00\x6f\x70\x65\x6e\x75\x04\x00\x00\x00\x61\x72\x67\x76\x75\x04\x00\x00\x00\
    \x72\x65\x61\x64\x28\x00\x00\x00\x00\x73\x00\x00\x00\x00\x75\x18\x00\x00\x00\x70\x65\x72\x6d\x61\x66\x72\x65\x65\
    \x7a\x65\x2d\x62\x6f\x6f\x74\x73\x74\x72\x61\x70\x2e\x70\x79\x75\x08\x00\x00\x00\x3c\x6d\x6f\x64\x75\x6c\x65\x3e\
    \x75\x08\x00\x00\x00\x3c\x6d\x6f\x64\x75\x6c\x65\x3e\x01\x00\x00\x00\x73\x32\x00\x00\x00\xf0\x03\x01\x01\x01\xdb\
    \x00\x0a\xd9\x00\x04\x81\x57\x89\x54\x90\x23\x97\x28\x91\x28\x98\x31\x91\x2b\x98\x74\xd3\x0d\x24\xd7\x0d\x29\xd1\
    \x0d\x29\xd3\x0d\x2b\xd0\x2d\x43\xc0\x56\xd3\x05\x4c\xd5\x00\x4d\x73\x00\x00\x00\x00";

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use permafreeze_base::text::hex;

    use super::*;

    const SOURCE: &str = "import sys\nexec(compile(open(sys.argv[1], 'rb').read(), 'permafreeze-probe.py', 'exec'))\n";
    const MAKE: &str = "import marshal, sys\n\
        code = compile(sys.stdin.buffer.read(), 'permafreeze-bootstrap.py', 'exec')\n\
        print(sys.version_info[:2] == (3, 13), marshal.dumps(code, 2).hex())\n";

    fn host_python() -> String {
        let hint = "set PERMAFREEZE_HOST_PYTHON to the full path of a Python 3.13 (`make test` sets it)";
        std::env::var("PERMAFREEZE_HOST_PYTHON").expect(hint)
    }

    #[test]
    #[ignore = "needs the host Python: `make test STEP=integration`"]
    fn the_code_is_that_of_the_source() {
        let mut command = Command::new(host_python());
        command.args(["-I", "-S", "-c", MAKE]).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the host Python");
        child.stdin.take().expect("a pipe").write_all(SOURCE.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        let made = String::from_utf8(output.stdout).expect("hex");
        assert_eq!(made.trim_end(), format!("True {}", hex(CODE)));
    }
}
