//! `.tar.gz` archives: runtimes become objects, others are unpacked.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Scratch, chain, host_python};
use camino::{Utf8Path, Utf8PathBuf};
use flate2::{Compression, write::GzEncoder};
use permafreeze_compile::{Form, compile_runtime, compile_source, unpack};
use permafreeze_object::format::{Origin, RuntimeFacts};
use permafreeze_object::frames::Effort;
use permafreeze_object::reader::Reader;
use tar::{EntryType, Header};

/// An archive to be.
struct Tar(tar::Builder<GzEncoder<Vec<u8>>>);

impl Tar {
    fn new() -> Tar {
        Tar(tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast())))
    }

    /// Names are put in as they are: the library would refuse bad ones.
    fn entry(mut self, kind: EntryType, name: &str, target: &str, bytes: &str, mode: u32) -> Tar {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        header.set_mtime(12345);
        header.set_cksum();
        self.0.append(&header, bytes.as_bytes()).unwrap();
        self
    }

    fn file(self, name: &str, bytes: &str) -> Tar {
        self.entry(EntryType::Regular, name, "", bytes, 0o600)
    }

    fn link(self, name: &str, target: &str) -> Tar {
        self.entry(EntryType::Symlink, name, target, "", 0o777)
    }

    fn write(self, scratch: &Scratch) -> Utf8PathBuf {
        scratch.write("a.tar.gz", self.0.into_inner().unwrap().finish().unwrap())
    }
}

fn refused(archive: Tar) -> String {
    let scratch = Scratch::new();
    let archive = archive.write(&scratch);
    let error = chain(&unpack(&archive, &scratch.path.join("out")).unwrap_err());
    assert_eq!(scratch.list(), ["a.tar.gz"], "something was left behind");
    error.strip_prefix(&format!("bad archive `{archive}`: ")).expect(&error).to_owned()
}

#[test]
fn unpacked() {
    let scratch = Scratch::new();
    let archive = Tar::new()
        .entry(EntryType::Directory, "./", "", "", 0o755)
        .entry(EntryType::Directory, "./bin/", "", "", 0o755)
        .entry(EntryType::Regular, "./bin/python3.13", "", "program", 0o755)
        .entry(EntryType::Link, "./bin/again", "./bin/python3.13", "", 0o755)
        .link("./bin/python", "python3.13")
        .file("./lib/a/b.py", "text")
        .write(&scratch);
    let out = scratch.path.join("out");
    unpack(&archive, &out).unwrap();
    let mode = |path: &str| out.join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(std::fs::read_to_string(out.join("lib/a/b.py")).unwrap(), "text");
    assert_eq!(std::fs::read_to_string(out.join("bin/again")).unwrap(), "program");
    assert_eq!(out.join("bin/python").read_link_utf8().unwrap(), "python3.13");
    assert!(mode("bin/python3.13") & mode("bin/again") & 0o100 != 0 && mode("lib/a/b.py") & 0o111 == 0);
    assert!(unpack(&archive, &out).is_err(), "an existing folder is never written to");
}

#[test]
fn refused_members() {
    assert_eq!(refused(Tar::new().file("../x", "")), "member `../x` has a refused name: it has a `..` part");
    assert_eq!(refused(Tar::new().file("/x", "")), "member `/x` has a refused name: it is absolute");
    assert_eq!(refused(Tar::new().link("a/l", "../../x")), "the link `a/l` leads out of the archive, to `../../x`");
    assert_eq!(refused(Tar::new().link("l", "/etc")), "the link `l` leads out of the archive, to `/etc`");
    let device = Tar::new().entry(EntryType::Char, "d", "", "", 0o600);
    assert_eq!(refused(device), "member `d` is neither a file, a folder nor a link");
    assert_eq!(refused(Tar::new().link("a", "b").link("a", "c")), "there are two members of the name `a`");
    assert_eq!(refused(Tar::new().file("a", "b").file("a", "c")), "there are two members of the name `a`");
    let hard = Tar::new().entry(EntryType::Link, "h", "no-such", "", 0o600);
    assert_eq!(refused(hard), "the link `h` leads out of the archive, to `no-such`");
}

#[test]
fn nothing_is_written_through_a_link() {
    let scratch = Scratch::new();
    let archive = Tar::new().file("real/a", "a").link("l", "real").file("l/b", "b").write(&scratch);
    let error = unpack(&archive, &scratch.path.join("out")).unwrap_err();
    assert!(chain(&error).starts_with("cannot create"), "{}", chain(&error));
    assert_eq!(scratch.list(), ["a.tar.gz"]);
}

#[test]
fn cut_archives_are_refused() {
    let scratch = Scratch::new();
    let bytes = std::fs::read(Tar::new().file("a", &"x".repeat(5000)).write(&scratch)).unwrap();
    let cut = scratch.write("cut.tar.gz", &bytes[..bytes.len() / 2]);
    let error = unpack(&cut, &scratch.path.join("out")).unwrap_err();
    assert!(chain(&error).contains("it cannot be read"), "{}", chain(&error));
}

const SYSCONFIG: &str = "# made by the build\nbuild_time_vars = {'EXT_SUFFIX': '.cpython-313-x86_64-linux-gnu.so',\n \
    'MODBUILT_NAMES': 'posix  zlib '\n 'array',\n 'MODSHARED_NAMES': 'zlib array'}\n";

fn runtime() -> Tar {
    Tar::new()
        .entry(EntryType::Regular, "python/bin/python3.13", "", "program", 0o755)
        .file("python/include/python3.13/patchlevel.h", "#define PY_VERSION \"3.13.5\"\n")
        .file("python/lib/libpython3.13.so.1.0", "library")
        .link("python/lib/libpython3.13.so", "libpython3.13.so.1.0")
        .file("python/lib/python3.13/os.py", "import posix\n")
        .file("python/lib/python3.13/json/__init__.py", "def f(): pass\n")
        .file("python/lib/python3.13/test/x.py", "")
        .file("python/lib/python3.13/lib-dynload/zlib.cpython-313-x86_64-linux-gnu.so", "x")
        .file("python/lib/python3.13/site-packages/pip/x.py", "")
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn a_runtime_becomes_an_object() {
    let scratch = Scratch::new();
    let archive = runtime().file("python/lib/python3.13/_sysconfigdata__linux_x86_64-linux-gnu.py", SYSCONFIG);
    let out = scratch.path.join("out");
    compile_runtime(&archive.write(&scratch), None, &host_python(), 2, Form::default(), &out).unwrap();
    let reader = Reader::open(&out).unwrap();
    let index = reader.index();
    let always = ["_ast", "_imp", "_string", "_tokenize", "_warnings", "builtins", "gc", "marshal", "posix", "sys"];
    let facts = RuntimeFacts {
        version: "3.13.5".to_owned(),
        stdlib: "lib/python3.13".to_owned(),
        dynload: "lib/python3.13/lib-dynload".to_owned(),
        libpython: "lib/libpython3.13.so.1.0".to_owned(),
        sysconfigdata: Some("_sysconfigdata__linux_x86_64-linux-gnu".to_owned()),
        builtins: always.map(str::to_owned).to_vec(),
        extension_suffixes: [".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".so"].map(str::to_owned).to_vec(),
    };
    assert_eq!(index.origin, Origin::Runtime(facts));
    let expected = [
        "lib/libpython3.13.so",
        "lib/libpython3.13.so.1.0",
        "lib/python3.13/_sysconfigdata__linux_x86_64-linux-gnu.py",
        "lib/python3.13/json/__init__.py",
        "lib/python3.13/lib-dynload/zlib.cpython-313-x86_64-linux-gnu.so",
        "lib/python3.13/os.py",
    ];
    assert_eq!(index.files.keys().collect::<Vec<_>>(), expected);
    assert_eq!(index.files["lib/libpython3.13.so"].symlink.as_deref(), Some("libpython3.13.so.1.0"));
    let module = index.files["lib/python3.13/json/__init__.py"].module.as_ref().unwrap();
    let code = reader.plain(module.code.unwrap(), module.code_size).unwrap();
    let tree = permafreeze_object::marshal::Tree::parse(&code).unwrap();
    assert_eq!(tree.text(tree.code(tree.root()).unwrap().file_name), Some("json/__init__.py"));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn known_modules_are_not_compiled_again_and_change_no_byte() {
    known_modules(Form::default());
    known_modules(Form { frames: Some(Effort::Fast), strip: None });
}

fn known_modules(form: Form) {
    let scratch = Scratch::new();
    let archive = runtime().file("python/lib/python3.13/_sysconfigdata__linux_x86_64-linux-gnu.py", SYSCONFIG);
    let archive = archive.write(&scratch);
    for (path, text) in [("os.py", "import posix\n"), ("json/__init__.py", "other = 1\n")] {
        std::fs::create_dir_all(scratch.path.join("tree/json")).unwrap();
        std::fs::write(scratch.path.join("tree").join(path), text).unwrap();
    }
    let job = format!(
        r#"{{"name": "stdlib", "tree": "{}", "contents": [{{"from": ".", "to": "."}}], "distribution": null}}"#,
        scratch.path.join("tree")
    );
    let stdlib = scratch.path.join("stdlib");
    compile_source(&scratch.write("job", job), &host_python(), 1, form, &stdlib).unwrap();
    let object = |name: &str, stdlib: Option<&Utf8Path>, python: &Utf8Path| {
        let out = scratch.path.join(name);
        compile_runtime(&archive, stdlib, python, 1, form, &out)
            .map(|()| ["index.json", "blobs"].map(|file| std::fs::read(out.join(file)).unwrap()))
    };
    let without = object("without", None, &host_python()).unwrap();
    assert!(object("with", Some(&stdlib), &host_python()).unwrap() == without);

    // The code comes from the object: another one there is another one here.
    let mut blobs = std::fs::read(stdlib.join("blobs")).unwrap();
    let code = Reader::open(&stdlib).unwrap().index().files["os.py"].module.as_ref().unwrap().code.unwrap();
    blobs[code.offset as usize] ^= 1;
    std::fs::write(stdlib.join("blobs"), blobs).unwrap();
    match object("spoilt", Some(&stdlib), &host_python()) {
        Ok(spoilt) => assert!(form.frames.is_none() && spoilt != without),
        Err(error) => {
            assert!(form.frames.is_some() && chain(&error).contains("the frame at byte"), "{}", chain(&error))
        }
    }
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_runtimes() {
    let refused = |archive: Tar| {
        let scratch = Scratch::new();
        let archive = archive.write(&scratch);
        let error = chain(
            &compile_runtime(&archive, None, &host_python(), 1, Form::default(), &scratch.path.join("out"))
                .unwrap_err(),
        );
        assert_eq!(scratch.list(), ["a.tar.gz"]);
        error.split_once("`: ").unwrap().1.to_owned()
    };
    let layout = "is missing: expected python-build-standalone's `install_only` layout";
    assert_eq!(refused(Tar::new().file("python/x", "")), format!("`lib/python3.*/os.py` {layout}"));
    assert_eq!(refused(runtime()), format!("`lib/python3.*/_sysconfigdata_*.py` {layout}"));
    let sysconfig = |text| runtime().file("python/lib/python3.13/_sysconfigdata_x.py", text);
    let text = refused(sysconfig("x = 1\n"));
    assert!(text.contains("_sysconfigdata_x.py") && text.contains("no top-level assignment of a dict"), "{text}");
    let text = refused(sysconfig("build_time_vars = {'a': open('/x')}\n"));
    assert!(text.contains("ValueError: malformed node or string"), "{text}");
}
