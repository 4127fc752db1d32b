//! Bundles that the linker writes, judged by `verify`: nothing in one can be changed unseen.
use std::sync::Arc;

use camino::Utf8Path;
use permafreeze_archive::Executable;
use permafreeze_base::sha256;
use permafreeze_bundle::{Decoder, Filter, Kind};
use permafreeze_executable::bundle::{self, Extent, Frame, Names};
use permafreeze_executable::format::ModuleKind;
use permafreeze_executable::report::Report;
use permafreeze_link::collection::{
    Bootloader, CollectedFile, Collection, Content, FileKind, Form, Origin, PyzModule, Script,
};
use permafreeze_link::platform::Platform;
use permafreeze_link::write::Written;
use permafreeze_object::frames::{Effort, encode};
use permafreeze_object::reader::Reader;
use permafreeze_packaging::python::DEFAULT;
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Policy;
use permafreeze_verify::audit::{LeakPatterns, Rules, audit};
use permafreeze_verify::origin::{Account, Proof, Sources, account};
use permafreeze_verify::smoke::probe;

#[path = "../../object/tests/support/native.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod native;
#[path = "support/objects.rs"]
mod objects;

use objects::{Object, runtime, wheel};

const WHEEL: &str = "w-1-cp313-cp313-manylinux_2_28_x86_64.whl";
const PYINSTALLER: &str = "pyinstaller-6.22.3-py3-none-manylinux2014_x86_64.whl";
const RUN: &str = "PyInstaller/bootloader/Linux-64bit-intel/run";
const LIBPYTHON: &str = "lib/libpython3.13.so.1.0";
const ABC: &str = "lib/python3.13/abc.py";
const LAUNCHER: &[u8] = b"the launcher of the toolchain";
/// The hash sees everything; here is asked whether the rest sees it too.
const HASH: &str = "the executable";
const MODULES: [&str; 3] = ["w.a", "w.b", "w.c"];

/// A bundle, its report and what it was linked from.
struct World {
    folder: tempfile::TempDir,
    executable: Executable,
    report: Report,
    sources: Sources,
}

/// A file of an object as the linker collects it.
fn content(object: &Arc<Reader>, owner: &str, path: &str) -> (Content, Origin) {
    let file = &object.index().files[path];
    let origin = Origin { owner: owner.into(), path: path.to_owned(), sha256: Some(file.sha256.clone()) };
    (Content::Blob { object: object.clone(), blob: file.blob, size: file.size }, origin)
}

fn collected(object: &Arc<Reader>, owner: &str, path: &str, dest: &str, kind: FileKind) -> CollectedFile {
    let (content, origin) = content(object, owner, path);
    CollectedFile { dest: dest.to_owned(), kind, content, origin, changed: None }
}

fn module(object: &Arc<Reader>, owner: &str, path: &str, name: &str) -> PyzModule {
    let (_, origin) = content(object, owner, path);
    let module = object.index().files[path].module.clone().expect("a module");
    let blob = module.code.expect("code");
    let code = Content::Blob { object: object.clone(), blob, size: module.code_size };
    PyzModule { name: name.to_owned(), kind: ModuleKind::Module, code: Some(code), origin }
}

impl World {
    fn new() -> World {
        World::with(b"some data, some data")
    }

    /// Links a bundle with everything that one may have; its data file has these bytes.
    fn with(data: &[u8]) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8").to_owned();
        let mut own = Object::new(root.join("wheel"));
        own.library("w/x.so");
        own.file("w/data.txt", data);
        own.file("w/empty", b"");
        own.modules();
        let own = own.finish(wheel(WHEEL));
        let mut freezer = Object::new(root.join("pyinstaller"));
        freezer.file(RUN, b"the bootloader of PyInstaller");
        for name in ["struct", "pyiboot01_bootstrap", "app"] {
            freezer.module(&format!("{name}.py"), format!("code of the script {name}").as_bytes());
        }
        let freezer = freezer.finish(wheel(PYINSTALLER));
        let mut python = Object::new(root.join("runtime"));
        python.file(LIBPYTHON, b"the library of Python");
        python.module(ABC, b"code of abc");
        let python = python.finish(runtime());
        let report = linked(&collection(&own, &freezer, &python), &root);
        let launcher = root.join("launcher");
        std::fs::write(&launcher, LAUNCHER).expect("written");
        let folders = ["wheel", "pyinstaller", "runtime"].map(|name| root.join(name));
        let sources =
            Sources::open(&folders, Target::LinuxAmd64).and_then(|sources| sources.launching(Some(&launcher)));
        let executable = Executable::open(&root.join("out/bin/app")).expect("a bundle");
        World { folder, executable, report, sources: sources.expect("objects") }
    }

    fn account(&self, executable: &Executable) -> Account {
        let mut account = account(executable, &self.report, &self.sources);
        account.findings.retain(|finding| finding.subject != HASH);
        account
    }
}

fn collection(own: &Arc<Reader>, freezer: &Arc<Reader>, python: &Arc<Reader>) -> Collection {
    let script = |name: &str| {
        let module = module(freezer, PYINSTALLER, &format!("{name}.py"), name);
        let code = module.code.expect("code").plain().expect("read");
        Script { name: name.to_owned(), code, origin: module.origin }
    };
    let (run, origin) = content(freezer, PYINSTALLER, RUN);
    let path = |name: &str| format!("{}.py", name.replace('.', "/"));
    let link = FileKind::Symlink { target: "w/x.so".to_owned() };
    let nothing = Origin { owner: "the linker".into(), path: "x.so".to_owned(), sha256: None };
    let link = CollectedFile {
        dest: "x.so".to_owned(),
        kind: link,
        content: Content::Bytes(Vec::new()),
        origin: nothing,
        changed: None,
    };
    Collection {
        name: "app".to_owned(),
        target: Target::LinuxAmd64,
        form: Form::Bundle { launcher: LAUNCHER.to_vec() },
        bootloader: Bootloader { content: run, origin, resources: Vec::new() },
        libpython: "libpython3.13.so.1.0".to_owned(),
        python: DEFAULT,
        options: vec!["pyi-contents-directory _internal".to_owned()],
        bootstrap: vec![script("struct")],
        scripts: vec![script("pyiboot01_bootstrap"), script("app")],
        modules: MODULES.iter().map(|name| module(own, WHEEL, &path(name), name)).collect(),
        base_library: vec![module(python, "python-runtime", ABC, "abc")],
        files: vec![
            collected(own, WHEEL, "w/x.so", "w/x.so", FileKind::Extension),
            collected(own, WHEEL, "w/data.txt", "w/data.txt", FileKind::Data),
            collected(own, WHEEL, "w/empty", "w/empty", FileKind::Data),
            collected(python, "python-runtime", LIBPYTHON, "libpython3.13.so.1.0", FileKind::Binary),
            link,
        ],
        warnings: Vec::new(),
    }
}

fn linked(collection: &Collection, root: &Utf8Path) -> Report {
    let out = root.join("out");
    std::fs::create_dir_all(&out).expect("a folder");
    let platform = Platform::of(collection.target);
    let written = Written::new(collection, platform.container.as_ref(), &out, &out).expect("written");
    written.commit().expect("in its place")
}

/// What a bundle is laid out of.
struct Parts {
    launcher: Vec<u8>,
    files: Vec<(bundle::File, Vec<u8>)>,
    frames: Vec<(Frame, Vec<u8>)>,
}

impl Parts {
    fn of(executable: &Executable) -> Parts {
        let bundle = executable.bundle().expect("a bundle");
        let file = |file: &permafreeze_bundle::File| bundle::File {
            path: file.path.clone(),
            kind: match &file.kind {
                Kind::Regular { mode, size, sha256 } => {
                    bundle::Kind::Regular { mode: *mode, size: *size, sha256: *sha256 }
                }
                Kind::Link { target } => bundle::Kind::Link { target: target.clone() },
            },
        };
        let frame = |frame: &permafreeze_bundle::Frame| {
            let extents = frame.extents.iter();
            let extents = extents.map(|e| Extent { file: e.file, at: e.at, length: e.length }).collect();
            let (stored, size, filter) = (frame.stored, frame.size, frame.filter as u8);
            (Frame { stored, size, filter, extents }, bundle.bytes()[bundle.frame(frame)].to_vec())
        };
        let index = bundle.contents();
        let contents = executable.files().iter().map(|file| file.raw().to_vec());
        Parts {
            launcher: bundle.bytes()[bundle.launcher()].to_vec(),
            files: index.files.iter().map(file).zip(contents).collect(),
            frames: index.frames.iter().map(frame).collect(),
        }
    }

    fn number(&self, path: &str) -> usize {
        self.files.iter().position(|(file, _)| file.path == path).expect("the file")
    }

    /// Changes a byte of a file, and all that follows from it: frame, hash.
    fn change(&mut self, path: &str, at: usize) {
        let number = self.number(path);
        let (file, bytes) = &mut self.files[number];
        bytes[at] ^= 1;
        let bundle::Kind::Regular { sha256, .. } = &mut file.kind else { panic!("a file") };
        *sha256 = sha256::digest(bytes);
        for (frame, stored) in &mut self.frames {
            let covers =
                |e: &Extent| e.file as usize == number && (e.at..e.at + u64::from(e.length)).contains(&(at as u64));
            if frame.extents.iter().any(covers) {
                let parts = frame
                    .extents
                    .iter()
                    .map(|e| self.files[e.file as usize].1[e.at as usize..e.at as usize + e.length as usize].to_vec());
                let plain = parts.collect::<Vec<_>>().concat();
                let filter = Filter::of(frame.filter).expect("a filter");
                *stored = encode(&plain, frame.extents[0].at, filter, Effort::Fast);
                frame.stored = stored.len() as u32;
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let files: Vec<bundle::File> = self.files.iter().map(|(file, _)| file.clone()).collect();
        let frames: Vec<Frame> = self.frames.iter().map(|(frame, _)| frame.clone()).collect();
        let names = Names { name: "app", program: "app", internal: "_internal" };
        let layout = bundle::lay_out(self.launcher.len() as u64, names, &files, &frames).expect("fits");
        let stored: Vec<u8> = self.frames.iter().flat_map(|(_, stored)| stored.clone()).collect();
        [&self.launcher[..], &stored, &layout.index, &layout.footer].concat()
    }
}

fn subjects(account: &Account) -> Vec<String> {
    account.findings.iter().map(|finding| format!("{}: {}", finding.subject, finding.problem)).collect()
}

#[test]
fn every_byte_of_a_linked_bundle_is_proved() {
    // The second has more than a frame of bytes that no object has in one.
    let large: Vec<u8> =
        (0..1_300_000u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for world in [World::new(), World::with(&large)] {
        let account = world.account(&world.executable);
        assert_eq!(subjects(&account), [""; 0]);
        assert!(!account.proofs.contains_key(&Proof::Unproved), "{:?}", account.proofs);
        let size = world.executable.bytes().len() as u64;
        assert_eq!(account.owners.values().map(|share| share.stored).sum::<u64>(), size);
        assert_eq!(account.proofs.values().map(|amount| amount.bytes).sum::<u64>(), size);
        let launcher = account.tiles.iter().find(|tile| tile.what == "the launcher").expect("the launcher");
        assert_eq!((launcher.proof, launcher.place.clone()), (Proof::Source, 0..LAUNCHER.len()));
        let rebuilt: Vec<&str> = account
            .tiles
            .iter()
            .filter(|tile| tile.place.start >= world.executable.bundle().unwrap().index().start)
            .map(|tile| tile.what.as_str())
            .collect();
        assert_eq!(rebuilt, ["the index", "the footer"]);
        assert_eq!(subjects(&account), [""; 0]);
    }
}

#[test]
fn every_changed_byte_is_found() {
    let world = World::new();
    let whole = world.executable.bytes();
    let mut read = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 1 << (at % 8);
        let Ok(changed) = Executable::parse(bytes) else { continue };
        read += 1;
        let account = world.account(&changed);
        assert!(!account.findings.is_empty(), "byte {at}");
        assert!(account.proofs.contains_key(&Proof::Unproved), "byte {at}");
    }
    assert!(read > 500, "`{read}` of `{}` can be read", whole.len());
}

/// Hashes, index and footer of these are right.
#[test]
fn bundles_that_are_well_made_but_not_of_their_objects_are_found() {
    let world = World::new();
    assert_eq!(Parts::of(&world.executable).bytes(), world.executable.bytes());
    type Change = fn(&mut Parts);
    let changes: [(Change, &str); 9] = [
        (|parts| parts.launcher[3] ^= 1, "the launcher: is not the toolchain's: byte `3`"),
        (|parts| parts.launcher.push(0), "the launcher: is not the toolchain's: has `30` bytes"),
        (|parts| parts.change("_internal/w/x.so", 100), "entry `w/x.so`: has sha256"),
        (|parts| parts.change("_internal/w/data.txt", 0), "entry `w/data.txt`: has sha256"),
        (|parts| parts.change("_internal/base_library.zip", 60), "`abc.pyc` in base_library.zip: as stored: byte `60`"),
        (|parts| parts.change("app", 0), "the bootloader: is not `PyInstaller/bootloader"),
        (
            |parts| {
                let number = parts.number("_internal/w/data.txt");
                let bundle::Kind::Regular { mode, .. } = &mut parts.files[number].0.kind else { panic!("a file") };
                *mode = 0o700;
            },
            "entry `w/data.txt` (`b`): is in the executable, but the report does not name it",
        ),
        (
            |parts| {
                let number = parts.number("_internal/x.so");
                parts.files[number].0.kind = bundle::Kind::Link { target: "w/data.txt".to_owned() };
            },
            "entry `x.so`: has `11` bytes, expected `7`",
        ),
        (
            |parts| {
                let last = parts.frames.len() - 1;
                parts.frames.swap(0, last);
            },
            "the index: byte",
        ),
    ];
    for (change, expected) in changes {
        let mut parts = Parts::of(&world.executable);
        change(&mut parts);
        let changed = Executable::parse(parts.bytes()).expect("a bundle");
        let found = subjects(&world.account(&changed));
        assert!(found.iter().any(|finding| finding.starts_with(expected)), "{expected}: {found:?}");
    }
}

/// The same bytes, but not as the object has them or as the linker encodes them.
#[test]
fn frames_that_are_encoded_otherwise_are_found() {
    let world = World::new();
    let (mut decoder, mut plain) = (Decoder::new(), Vec::new());
    for number in 0..Parts::of(&world.executable).frames.len() {
        let mut parts = Parts::of(&world.executable);
        let (frame, stored) = &mut parts.frames[number];
        let (filter, position) = (Filter::of(frame.filter).expect("a filter"), frame.extents[0].at);
        decoder.decode(stored, frame.size as usize, filter, position, &mut plain).expect("a frame");
        // A skippable frame (RFC 8878, 3.1.2) in front.
        *stored = [&b"\x50\x2a\x4d\x18\x01\0\0\0!"[..], stored].concat();
        frame.stored = stored.len() as u32;
        let changed = Executable::parse(parts.bytes()).expect("a bundle");
        assert_eq!(changed.files(), world.executable.files());
        let found = subjects(&world.account(&changed));
        assert!(found.iter().any(|finding| finding.starts_with(&format!("frame `{number}`"))), "{number}: {found:?}");
    }
}

#[test]
fn without_the_launcher_or_with_the_report_of_another_form_it_is_not_proved() {
    let mut world = World::new();
    world.report.launcher = None;
    assert_eq!(subjects(&world.account(&world.executable)), ["the launcher: is not in the report"]);
    world.report.form = permafreeze_plan::form::Form::Onefile;
    let found = account(&world.executable, &world.report, &world.sources).findings;
    assert!(found.iter().any(|finding| finding.problem == "is a bundle, its report says onefile"), "{found:?}");
    let folders = ["wheel", "pyinstaller", "runtime"]
        .map(|name| Utf8Path::from_path(world.folder.path()).expect("UTF-8").join(name));
    let sources = Sources::open(&folders, Target::LinuxAmd64).expect("objects");
    let world = World { sources, ..World::new() };
    let found = subjects(&world.account(&world.executable));
    assert_eq!(found, ["the launcher: cannot be compared: the link's job names no launcher"]);
    assert!(Sources::default().launching(Some("/nonexistent/launcher".into())).is_err());
}

fn audited(executable: &Executable, report: &Report) -> Vec<String> {
    let needles = LeakPatterns::default();
    let rules = Rules { target: Target::LinuxAmd64, policy: &Policy::default(), oldest: None, needles: &needles };
    let findings = audit(executable, Some(report), &rules).findings.into_iter();
    let own = findings.filter(|finding| finding.subject == "the launcher");
    own.map(|finding| finding.problem).collect()
}

#[test]
fn the_launcher_has_to_be_a_static_program_of_the_target() {
    let world = World::new();
    assert_eq!(audited(&world.executable, &world.report), ["is no native file, so no system starts it"]);
    let mut parts = Parts::of(&world.executable);
    parts.launcher = native::elf();
    let dynamic = Executable::parse(parts.bytes()).expect("a bundle");
    let found = audited(&dynamic, &world.report);
    assert!(found.contains(&"needs a dynamic loader or libraries, expected a static program".to_owned()), "{found:?}");
    // `e_machine` (ELF): 183 is AArch64.
    parts.launcher[18] = 183;
    let foreign = Executable::parse(parts.bytes()).expect("a bundle");
    assert_eq!(audited(&foreign, &world.report), ["is Elf for `arm64`, the target is `linux-amd64`"]);
}

#[test]
fn the_probe_of_a_bundle_is_its_folder_with_another_script() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let scratch = Utf8Path::from_path(world.folder.path()).expect("UTF-8").join("scratch");
    std::fs::create_dir(&scratch).expect("a folder");
    let probe = probe::make(&world.executable, "app-linux-amd64", &scratch).expect("a probe");
    assert_eq!(probe.modules.iter().map(String::as_str).collect::<Vec<_>>(), ["abc", "w.a", "w.b", "w.c"]);
    let program = probe.program();
    let folder = Executable::open(program.path.parent().expect("a folder")).expect("an executable");
    assert_eq!(folder.form(), permafreeze_archive::Form::Onedir);
    let original = world.executable.program().bytes();
    assert!(folder.program().bytes().starts_with(original) && folder.program().bytes().len() > original.len());
    let others = |executable: &Executable| {
        let own = executable.own();
        let files = executable.files().iter().enumerate().filter(|(number, _)| Some(*number) != own);
        files.map(|(_, file)| file.clone()).collect::<Vec<_>>()
    };
    assert_eq!(others(&folder), others(&world.executable));
    let mode = std::fs::metadata(program.path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    drop(probe);
    assert_eq!(std::fs::read_dir(&scratch).expect("a folder").count(), 0);
}
