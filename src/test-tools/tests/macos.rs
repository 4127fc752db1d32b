//! What the linker writes for macOS, judged by `verify`, which shares no code with it; all files made by hand.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_archive::Executable;
use permafreeze_base::sha256;
use permafreeze_executable::report::Report;
use permafreeze_link::collection::{Bootloader, CollectedFile, Collection, Content, FileKind, Form, Origin, Script};
use permafreeze_link::macho::Image;
use permafreeze_link::platform::Platform;
use permafreeze_link::write::Written;
use permafreeze_object::format::{self, File, RuntimeFacts};
use permafreeze_object::writer::Writer;
use permafreeze_packaging::python::DEFAULT;
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Policy;
use permafreeze_verify::audit::{Audit, LeakPatterns, Rules, audit};
use permafreeze_verify::origin::{Account, Proof, Sources, account};

#[path = "../../../tests/support/macho.rs"]
mod macho;

const LIBPYTHON: &str = "libpython3.13.dylib";
const WHEEL: &str = "w-1-cp313-cp313-macosx_11_0_arm64.whl";
const PYINSTALLER: &str = "pyinstaller-6.22.3-py3-none-macosx_10_13_universal2.whl";
const RUN: &str = "PyInstaller/bootloader/Darwin-64bit/run";

/// A folder with objects, and what is linked of them.
struct World {
    folder: tempfile::TempDir,
    target: Target,
    files: Vec<CollectedFile>,
    wheel: Vec<(String, Vec<u8>)>,
}

fn library(needed: &[&str]) -> Vec<u8> {
    let needed = needed.iter().map(|name| (macho::LOAD, *name)).collect();
    macho::Image { needed, ..macho::Image::default() }.bytes()
}

fn signed(bytes: &[u8], name: &str) -> Vec<u8> {
    Image::parse(bytes.to_vec()).and_then(|image| image.signed(name)).expect("signed")
}

fn libpython() -> Vec<u8> {
    // Its makers have built it so for everybody: no trace of this machine.
    let strings = b"\0/Users/alice/build/Parser/string_parser.c\0";
    signed(&macho::Image { sdk: 0xd0000, strings, ..macho::Image::default() }.bytes(), LIBPYTHON)
}

fn bootloader(target: Target) -> Vec<u8> {
    let cpu = if target == Target::DarwinArm64 { macho::ARM64 } else { macho::AMD64 };
    let bytes = macho::Image { cpu, kind: macho::PROGRAM, ..macho::Image::default() }.bytes();
    // The one for arm64 is signed.
    if target == Target::DarwinArm64 { signed(&bytes, "run") } else { bytes }
}

impl World {
    fn new(target: Target) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        World { folder, target, files: Vec::new(), wheel: Vec::new() }
    }

    /// Adds a library that is taken as it is.
    fn library(self, dest: &str, bytes: &[u8]) -> World {
        self.changed(dest, bytes, bytes, None)
    }

    /// Adds a library of the wheel and what becomes of it.
    fn changed(mut self, dest: &str, owner: &[u8], bytes: &[u8], reason: Option<&str>) -> World {
        let origin = Origin { owner: WHEEL.into(), path: dest.to_owned(), sha256: Some(sha256::of(owner)) };
        let (content, changed) = (Content::Bytes(bytes.to_vec()), reason.map(str::to_owned));
        self.files.push(CollectedFile { dest: dest.to_owned(), kind: FileKind::Binary, content, origin, changed });
        self.wheel.push((dest.to_owned(), owner.to_vec()));
        self
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).expect("UTF-8").join(name)
    }

    fn object(&self, name: &str, origin: format::Origin, files: &[(String, Vec<u8>)]) -> Utf8PathBuf {
        let place = self.path(name);
        let mut writer = Writer::create(&place).expect("created");
        for (path, bytes) in files {
            let stored = permafreeze_object::deflate::deflate(bytes);
            let blob = writer.blob(path, &stored, true).expect("written");
            let (size, sha256) = (bytes.len() as u64, sha256::of(bytes));
            let file = File {
                size,
                sha256,
                executable: false,
                symlink: None,
                hollowed: None,
                blob,
                module: None,
                native: None,
                slices: Vec::new(),
            };
            writer.file(path.clone(), file);
        }
        writer.finish(origin).expect("written");
        place
    }

    /// Writes the executable and the objects.
    fn link(&self) -> (Executable, Report, Sources) {
        let origin = |owner: &str, path: &str| Origin { owner: owner.into(), path: path.to_owned(), sha256: None };
        let run = bootloader(self.target);
        let mut files = self.files.clone();
        files.push(CollectedFile {
            dest: LIBPYTHON.to_owned(),
            kind: FileKind::Binary,
            content: Content::Bytes(libpython()),
            origin: origin("python-runtime", "lib/libpython3.13.dylib"),
            changed: None,
        });
        let script =
            |name: &str| Script { name: name.to_owned(), code: b"N".to_vec(), origin: origin(PYINSTALLER, name) };
        let collection = Collection {
            name: "app".to_owned(),
            target: self.target,
            form: Form::Onefile,
            bootloader: Bootloader {
                content: Content::Bytes(run.clone()),
                origin: origin(PYINSTALLER, RUN),
                resources: Vec::new(),
            },
            libpython: LIBPYTHON.to_owned(),
            python: DEFAULT,
            options: vec!["pyi-contents-directory _internal".to_owned()],
            bootstrap: vec![script("struct")],
            scripts: vec![script("pyiboot01_bootstrap"), script("app")],
            modules: Vec::new(),
            base_library: Vec::new(),
            files,
            warnings: Vec::new(),
        };
        let out = self.path("out");
        std::fs::create_dir_all(&out).expect("a folder");
        let platform = Platform::of(self.target);
        let written = Written::new(&collection, platform.container.as_ref(), &out, &out).expect("written");
        let report = written.commit().expect("in its place");
        (Executable::open(&out.join("bin/app")).expect("an executable"), report, self.sources(run))
    }

    fn sources(&self, run: Vec<u8>) -> Sources {
        let wheel = |file: &str| format::Origin::Wheel {
            file: file.to_owned(),
            name: "w".to_owned(),
            version: "1".to_owned(),
            dist_info: "w-1.dist-info".to_owned(),
            tags: Vec::new(),
        };
        let runtime = format::Origin::Runtime(RuntimeFacts {
            version: "3.13.15".to_owned(),
            stdlib: "lib/python3.13".to_owned(),
            dynload: "lib/python3.13/lib-dynload".to_owned(),
            libpython: "lib/libpython3.13.dylib".to_owned(),
            sysconfigdata: None,
            builtins: Vec::new(),
            extension_suffixes: Vec::new(),
        });
        let folders = [
            self.object("wheel", wheel(WHEEL), &self.wheel),
            self.object("pyinstaller", wheel(PYINSTALLER), &[(RUN.to_owned(), run)]),
            self.object("runtime", runtime, &[("lib/libpython3.13.dylib".to_owned(), libpython())]),
        ];
        Sources::open(&folders, self.target).expect("objects")
    }
}

fn judged(executable: &Executable, target: Target, report: &Report) -> Audit {
    judged_by(&Policy::default(), executable, target, report)
}

fn judged_by(policy: &Policy, executable: &Executable, target: Target, report: &Report) -> Audit {
    let needles = LeakPatterns::default();
    audit(executable, Some(report), &Rules { target, policy, oldest: None, needles: &needles })
}

/// Returns what the audit finds, as `subject problem`.
fn findings(executable: &Executable, target: Target, report: &Report) -> Vec<String> {
    let findings = judged(executable, target, report).findings.into_iter();
    findings.map(|finding| format!("{} {}", finding.subject, finding.problem)).collect()
}

fn proof(account: &Account, what: &str) -> Proof {
    account.tiles.iter().find(|tile| tile.what == what).expect("the part").proof
}

/// The parts that every executable for macOS has, and that the linker changes or makes.
const HEAD: &str = "the bootloader";
const TAIL: &str = "what follows the cookie";

#[test]
fn an_executable_of_signed_libraries_holds() {
    for target in [Target::DarwinArm64, Target::DarwinAmd64] {
        let (executable, report, sources) = World::new(target).link();
        assert!(!executable.program().trailer().is_empty());
        let found = findings(&executable, target, &report);
        let foreign = "is MachO for `arm64`, the target is `darwin-amd64`";
        assert!(found.iter().all(|finding| finding.contains(foreign)), "{found:?}");
        let account = account(&executable, &report, &sources);
        assert_eq!(
            [HEAD, TAIL].map(|what| proof(&account, what)),
            [Proof::Source, Proof::Rebuilt],
            "{:?}",
            account.findings
        );
    }
}

#[test]
fn every_byte_is_covered() {
    let (executable, report, sources) = World::new(Target::DarwinArm64).link();
    let whole = executable.bytes();
    let head = executable.program().bootloader().end;
    // Each of the bootloader's and of the signature's, some of the rest.
    let places = (0..head)
        .step_by(13)
        .chain((head..executable.program().trailer().start).step_by(97))
        .chain(executable.program().trailer());
    for at in places {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 0x20;
        let Ok(changed) = Executable::parse(bytes) else { continue };
        let account = account(&changed, &report, &sources);
        // The hash of the whole is another check.
        assert!(account.findings.iter().any(|finding| finding.subject != "the executable"), "byte {at}");
        if at < executable.program().trailer().start {
            let said = findings(&changed, Target::DarwinArm64, &report);
            assert!(said.iter().any(|finding| finding.starts_with(HEAD)), "byte {at}: {said:?}");
        }
    }
}

#[test]
fn a_library_that_macos_would_end_the_program_for_is_found() {
    let plain = library(&["/usr/lib/libSystem.B.dylib"]);
    let mut broken = signed(&plain, "x.so");
    broken[macho::CODE + 5] ^= 1;
    let world = World::new(Target::DarwinArm64).library("w/plain.so", &plain).library("w/x.so", &broken);
    let (executable, report, _) = world.link();
    let expected = [
        "w/plain.so is not signed, so macOS does not load it",
        "w/x.so has a signature that does not hold: it does not have the hash of page `0` (bytes `0` to `4096`)",
    ];
    assert_eq!(findings(&executable, Target::DarwinArm64, &report), expected);
}

#[test]
fn references_resolve_where_the_files_lie() {
    let needs = |needed: &[&str], run_paths: &[&str]| {
        let needed = needed.iter().map(|name| (macho::LOAD, *name)).collect();
        let image = macho::Image { needed, run_paths: run_paths.to_vec(), ..macho::Image::default() };
        signed(&image.bytes(), "a")
    };
    let weak = macho::Image { needed: vec![(macho::LOAD_WEAK, "@rpath/libweak.dylib")], ..macho::Image::default() };
    let world = World::new(Target::DarwinArm64)
        .library("w/a.so", &needs(&["@loader_path/lib/b.dylib", "@rpath/c.dylib"], &["/build/lib", "@loader_path/lib"]))
        .library("w/lib/b.dylib", &needs(&["@rpath/c.dylib", "@executable_path/b.dylib"], &[]))
        .library("w/lib/c.dylib", &needs(&["@loader_path/../../nowhere.dylib", "/opt/x.dylib"], &["/build/lib"]))
        .library("w/weak.so", &signed(&weak.bytes(), "weak.so"));
    let (executable, report, _) = world.link();
    let missing = |file: &str, name: &str| {
        format!("{file} needs `{name}`, which is not in the executable where it would be looked for")
    };
    let expected = [
        "w/a.so searches `@rpath/c.dylib` in `/build/lib`, which is outside of the unpacked folder".to_owned(),
        missing("w/lib/b.dylib", "@executable_path/b.dylib"),
        missing("w/lib/c.dylib", "/opt/x.dylib"),
        missing("w/lib/c.dylib", "@loader_path/../../nowhere.dylib"),
    ];
    assert_eq!(findings(&executable, Target::DarwinArm64, &report), expected);
}

#[test]
fn the_oldest_macos_is_that_of_all_libraries() {
    let newer = macho::Image { minimum: 0xd0200, ..macho::Image::default() };
    let world = World::new(Target::DarwinArm64).library("w/x.so", &signed(&newer.bytes(), "x.so"));
    let (executable, report, _) = world.link();
    let found = findings(&executable, Target::DarwinArm64, &report);
    assert_eq!(found, ["w/x.so needs macOS `13.2`, the policy allows `12.0`"]);
    let allows = |macos: &str| Policy { macos: Some(macos.to_owned()), ..Policy::default() };
    let judged = |macos| judged_by(&allows(macos), &executable, Target::DarwinArm64, &report).findings.len();
    assert_eq!((judged("13.2"), judged("13.1")), (0, 1));
}

/// Something that is done to a library.
type Change<'c> = &'c dyn Fn(&mut Vec<u8>);

/// A library whose reference is changed, and the library that it then leads to.
fn renamed(change: impl Fn(&mut Vec<u8>)) -> (Audit, Account) {
    let (old, new) = ("@rpath/liba.dylib", "@loader_path/liba.dylib");
    let owner = signed(&library(&[old, "/usr/lib/libSystem.B.dylib"]), "other");
    let mut image = Image::parse(owner.clone()).expect("an image");
    image.rename_needed(|name| (name == old).then(|| new.to_owned()));
    let mut bytes = image.signed("x.so").expect("signed");
    change(&mut bytes);
    let world = World::new(Target::DarwinArm64)
        .changed("w/x.so", &owner, &bytes, Some("a reason"))
        .library("w/liba.dylib", &signed(&library(&[]), "liba.dylib"));
    let (executable, report, sources) = world.link();
    (judged(&executable, Target::DarwinArm64, &report), account(&executable, &report, &sources))
}

#[test]
fn a_changed_library_is_its_owners_but_for_names_and_signature() {
    let (audit, account) = renamed(|_| ());
    assert_eq!(audit.findings, []);
    assert_eq!(proof(&account, "entry `w/x.so`"), Proof::Source, "{:?}", account.findings);
}

#[test]
fn more_changes_are_found() {
    // A byte of code with the signature that it then has; a name that leads elsewhere; another version.
    let code = |bytes: &mut Vec<u8>| {
        bytes[macho::CODE + 7] ^= 1;
        *bytes = signed(bytes, "x.so");
    };
    let name = |bytes: &mut Vec<u8>| {
        let mut image = Image::parse(bytes.clone()).expect("an image");
        image.rename_needed(|name| name.ends_with("liba.dylib").then(|| "@loader_path/evil.dylib".to_owned()));
        *bytes = image.signed("x.so").expect("signed");
    };
    let identifier = |bytes: &mut Vec<u8>| *bytes = signed(bytes, "y.so");
    let version = |bytes: &mut Vec<u8>| {
        let name = b"@loader_path/liba.dylib";
        let at = bytes.windows(name.len()).position(|window| window == name).expect("the name");
        // The version of the library that is needed, before its name.
        bytes[at - 8] ^= 1;
        *bytes = signed(bytes, "x.so");
    };
    let changes: [(Change<'_>, &str); 4] = [
        (&code, "byte `1543` is not its owner's"),
        (&name, "load command `5` of kind `0xc` is not its owner's"),
        (&version, "load command `5` of kind `0xc` is not its owner's"),
        (&identifier, "has another signature than its bytes have"),
    ];
    for (change, problem) in changes {
        let (_, account) = renamed(|bytes| change(bytes));
        let said =
            account.findings.iter().find(|finding| finding.subject == "entry `w/x.so`").map(|finding| &finding.problem);
        assert_eq!(said.map(String::as_str), Some(problem));
    }
}

#[test]
fn two_links_have_the_same_bytes() {
    let (first, ..) = World::new(Target::DarwinArm64).link();
    let (second, ..) = World::new(Target::DarwinArm64).link();
    assert!(first.bytes() == second.bytes());
    // Another program is another UUID.
    let (third, ..) = World::new(Target::DarwinArm64).library("w/x.so", &signed(&library(&[]), "x.so")).link();
    let uuid = |executable: &Executable| {
        Image::parse(executable.bytes()[executable.program().bootloader()].to_vec()).expect("an image").uuid()
    };
    assert_ne!(uuid(&first), uuid(&third));
    assert_eq!(uuid(&first), uuid(&second));
}
