//! The code that an executable runs in place of its script: it reads the probe from a file.
//!
//! An executable starts compiled code alone, and has CPython's compiler: what reads the probe is compiled here, once and
//! for all; the probe itself is compiled by the executable. So no other Python is needed.
use permafreeze_packaging::python::{PYTHONS, Python};

/// In the order of [`PYTHONS`], code that runs the file that its first argument names. That CPython has compiled it, of any
/// patch release and on any system, with `marshal.dumps(compile(SOURCE, 'permafreeze-bootstrap.py', 'exec'), 2)`, of which
/// `SOURCE` is below. (From version 3 on the format marks what is referred to elsewhere, which depends on how it was called.)
///
/// ```python
/// import sys
/// exec(compile(open(sys.argv[1], 'rb').read(), 'permafreeze-probe.py', 'exec'))
/// ```
///
/// A test compiles it again, and shows the bytes where these are others.
const CODE: [&[u8]; PYTHONS.len()] =
    [include_bytes!("bootstrap/3.13.marshal"), include_bytes!("bootstrap/3.14.marshal")];

/// Returns the code for a version of Python (major, minor), if there is one.
pub fn code(version: (u8, u8)) -> Option<&'static [u8]> {
    let python = Python::of_version(version)?;
    let at = PYTHONS.iter().position(|known| *known == python)?;
    Some(CODE[at])
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use permafreeze_base::text::hex;

    use super::*;

    const SOURCE: &str = "import sys\nexec(compile(open(sys.argv[1], 'rb').read(), 'permafreeze-probe.py', 'exec'))\n";
    const MAKE: &str = "import marshal, sys\n\
        code = compile(sys.stdin.buffer.read(), 'permafreeze-bootstrap.py', 'exec')\n\
        print(*sys.version_info[:2], marshal.dumps(code, 2).hex())\n";

    fn host_python() -> String {
        let hint = "set PERMAFREEZE_HOST_PYTHON to the full path of a Python that can be frozen (`make test` sets it)";
        std::env::var("PERMAFREEZE_HOST_PYTHON").expect(hint)
    }

    #[test]
    fn there_is_code_for_every_python_and_for_no_other() {
        let all = PYTHONS.map(|python| code(python.version()).expect("code"));
        assert!(all.iter().all(|code| code.starts_with(b"c")) && all[0] != all[1]);
        assert_eq!(code((3, 12)), None);
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
        let known = PYTHONS.map(|python| {
            let ((major, minor), code) = (python.version(), code(python.version()).expect("code"));
            format!("{major} {minor} {}", hex(code))
        });
        assert!(known.iter().any(|known| known == made.trim_end()), "{made}");
    }
}
