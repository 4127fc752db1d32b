//! What is fuzzed: every reader of the product that takes foreign bytes. A target per function.
//!
//! A reader may refuse; it must not panic, hang or allocate without bound, and what it accepts has to make sense.
use std::cell::OnceCell;
use std::fs;
use std::io::Read;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_archive::marshal::{self, Value};
use permafreeze_archive::{Archive, Executable, Pyz, PyzKind, Zip};
use permafreeze_bundle::{Decoder, Filter, Footer, Index};
use permafreeze_fetch::limits::Limits;
use permafreeze_fetch::page::{Head, links};
use permafreeze_fetch::{Keep, Link};
use permafreeze_link::macho::Image;
use permafreeze_object::format::Signature;
use permafreeze_object::marshal::Tree;
use permafreeze_object::native::{facts, inittab};
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::python::PYTHONS;
use permafreeze_packaging::target::Target;
use permafreeze_plan::lock_format::Format;
use permafreeze_resolve::Version;
use permafreeze_resolve::address::has_credentials;
use permafreeze_resolve::document::TomlFile;
use permafreeze_resolve::groups::Groups;
use permafreeze_resolve::lockfile::hashes::{commits, hashes};
use permafreeze_resolve::lockfile::poetry::PoetryLock;
use permafreeze_resolve::lockfile::{self, Locked, LockedSource};
use permafreeze_resolve::pyproject::PyProject;
use permafreeze_resolve::request::Wanted;
use permafreeze_resolve::select::select;
use url::Url;

/// Bytes of memory for the links of a page.
const ROOM: usize = 1 << 20;
const WHEEL: &str = "sample-1.0-py3-none-any.whl";

/// `archive`'s reader of executables.
pub fn archive(bytes: &[u8]) {
    let Ok(archive) = Archive::parse(bytes.to_vec()) else { return };
    assert_eq!(archive.bootloader().end, archive.package().start);
    assert_eq!(archive.cookie().end, archive.package().end);
    assert_eq!(archive.trailer(), archive.package().end..bytes.len());
    let data: Vec<_> = archive.entries().iter().map(|entry| archive.data(entry)).collect();
    for (entry, data) in archive.entries().iter().zip(&data) {
        let within = entry.place.start >= archive.package().start && entry.place.end <= archive.cookie().start;
        assert!(within && archive.raw(entry).len() == entry.place.len(), "{entry:?}");
        assert!(data.as_ref().map_or(true, |data| data.len() as u64 == entry.size), "{entry:?}");
    }
    let _ = (archive.pyz(), archive.base_library());
}

/// `archive`'s reader of executables in any form that is one file.
pub fn executable(bytes: &[u8]) {
    let Ok(executable) = Executable::parse(bytes.to_vec()) else { return };
    for entry in executable.entries() {
        if let Ok(data) = executable.data(entry) {
            assert_eq!(data.len() as u64, entry.size, "{entry:?}");
        }
    }
    let _ = (executable.pyz(), executable.base_library());
    let Some(bundle) = executable.bundle() else { return };
    assert!(executable.own().is_some_and(|own| executable.files()[own].raw() == executable.program().bytes()));
    let halves: Vec<Vec<usize>> = executable.files().iter().map(|file| vec![file.raw().len() / 2]).collect();
    let mut end = bundle.launcher().end;
    for share in bundle.shares(&halves) {
        assert!(share.place.end <= bundle.index().start && share.file < halves.len() && share.part < 2, "{share:?}");
        end = end.max(share.place.end);
    }
    assert!(end <= bundle.index().start);
}

/// `archive`'s reader of a PYZ.
pub fn pyz(bytes: &[u8]) {
    let Ok(pyz) = Pyz::parse(bytes.to_vec()) else { return };
    for module in pyz.modules() {
        assert!(module.place.start >= pyz.header().end && module.place.end <= bytes.len(), "{module:?}");
        if let Ok(code) = pyz.code(module) {
            assert!(module.kind != PyzKind::NamespacePackage || code.is_empty());
        }
    }
}

/// `bundle`'s reader of the index, with a footer if the bytes end with one.
pub fn bundle_index(bytes: &[u8]) {
    let end = bytes.last_chunk().and_then(|footer| Footer::parse(footer, bytes.len() as u64).ok());
    let (bytes, end) = match &end {
        Some(footer) => {
            let start = footer.offset as usize;
            (&bytes[start..start + footer.length as usize], footer.offset)
        }
        None => (bytes, 1 << 40),
    };
    let head = permafreeze_bundle::Head::parse(bytes);
    let Ok(index) = Index::parse(bytes, end) else { return };
    assert_eq!(head.expect("a head").name, index.name);
    for frame in &index.frames {
        assert!(frame.offset + u64::from(frame.stored) <= end);
        let last = frame.parts().last().map_or(0, |(_, range)| range.end);
        assert_eq!(last, frame.size as usize);
    }
}

/// `bundle`'s decoder: the filter's number, the size in four bytes, the frame.
pub fn bundle_frame(bytes: &[u8]) {
    let Some((&[filter, a, b, c, d], frame)) = bytes.split_first_chunk() else { return };
    let Some(filter) = Filter::of(filter) else { return };
    let size = (u32::from_le_bytes([a, b, c, d]) % (1 << 20)) as usize;
    let (mut decoder, mut first, mut second) = (Decoder::new(), Vec::new(), Vec::new());
    let decoded = decoder.decode(frame, size, filter, 1, &mut first);
    // A decoder that has met bad bytes is as good as a new one.
    let again = decoder.decode(frame, size, filter, 1, &mut second);
    assert_eq!(decoded.is_ok(), again.is_ok());
    if decoded.is_ok() {
        assert!(first.len() == size && first == second);
    }
}

/// `archive`'s reader of zips.
pub fn zip(bytes: &[u8]) {
    let Ok(zip) = Zip::parse(bytes.to_vec()) else { return };
    for member in zip.members() {
        assert!(member.place.end <= zip.directory().start, "{member:?}");
        if let Ok(data) = zip.data(member) {
            assert_eq!(data.len() as u64, member.size);
        }
    }
}

/// `archive`'s reader of marshalled values, in both layouts of code.
pub fn marshal(bytes: &[u8]) {
    for python in [(3, 14), (3, 13), (3, 8)] {
        if let Ok(value) = marshal::parse_for(python, bytes) {
            let mut count = 0;
            walk(&value, 0, &mut count);
            assert!(count <= marshal::MAX_EXPANDED);
        }
    }
}

fn walk(value: &Value, depth: usize, count: &mut u64) {
    *count += 1;
    assert!(depth < marshal::MAX_DEPTH);
    match value {
        Value::Tuple(items)
        | Value::List(items)
        | Value::Set(items)
        | Value::FrozenSet(items)
        | Value::Slice(items) => {
            items.iter().for_each(|item| walk(item, depth + 1, count));
        }
        Value::Dict(items) => items.iter().for_each(|(key, item)| {
            walk(key, depth + 1, count);
            walk(item, depth + 1, count);
        }),
        Value::Code(code) => {
            let parts = [Arc::clone(&code.consts), Arc::clone(&code.names), code.locals.clone().into()];
            parts.iter().for_each(|items| items.iter().for_each(|item| walk(item, depth + 2, count)));
        }
        _ => {}
    }
}

/// `object`'s reader of native files.
pub fn native(bytes: &[u8]) {
    let _ = inittab(bytes);
    if let Ok(Some(native)) = facts(bytes) {
        assert!(!native.machines.is_empty());
    }
}

/// `link`'s writer of Mach-O files: what it signs has a signature that holds, says `compile`'s reader.
pub fn mach_o(bytes: &[u8]) {
    let Ok(image) = Image::parse(bytes.to_vec()) else { return };
    let _ = image.clone().lay_out("a", 4097);
    let Ok(signed) = image.signed("a") else { return };
    if let Some(native) = permafreeze_compile::native(&signed) {
        assert_eq!(native.signature, Some(Signature::Valid));
    }
}

thread_local! {
    static FOLDER: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
}

/// A folder that lives as long as the process, for readers that take files.
fn folder() -> Utf8PathBuf {
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().expect("a temporary folder"));
        Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("a path that is UTF-8")
    })
}

fn file(name: &str, bytes: &[u8]) -> Utf8PathBuf {
    let path = folder().join(name);
    fs::write(&path, bytes).expect("a file");
    path
}

fn remove(folder: &Utf8Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("a folder that can be removed");
    }
}

/// Files of an object that claim more are not read: zeros that follow a frame cost an index nothing.
const OBJECT_FILE_LIMIT: u64 = 64 << 20;

/// `object`'s reader: a length in four bytes, the index, the blobs.
pub fn object(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return };
    let length = (u32::from_le_bytes(*length) as usize).min(rest.len());
    file("index.json", &rest[..length]);
    file("blobs", &rest[length..]);
    let Ok(reader) = permafreeze_object::reader::Reader::open(&folder()) else { return };
    for file in reader.index().files.values().filter(|file| file.size < OBJECT_FILE_LIMIT) {
        let _ = (reader.file(file), reader.stream(file.blob));
    }
}

/// `object`'s canonical marshal: canonical bytes stay as they are, and mean what `archive` reads.
pub fn marshal_canonical(bytes: &[u8]) {
    let Ok(canonical) = permafreeze_object::marshal::canonical(bytes) else { return };
    assert_eq!(permafreeze_object::marshal::canonical(&canonical).expect("canonical bytes"), canonical);
    let _ = permafreeze_object::marshal::with_file_name(bytes, "a/b.py");
}

/// What the hook server says to the linker.
pub fn hook_message(bytes: &[u8]) {
    use permafreeze_link::hooks::protocol::{FromServer, FunctionResult, StandardHook};
    let _ = serde_json::from_slice::<FromServer>(bytes);
    let _ = serde_json::from_slice::<StandardHook>(bytes);
    let _ = serde_json::from_slice::<FunctionResult>(bytes);
}

/// The plan.
pub fn plan(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = permafreeze_plan::reader::read("permafreeze.lock", text);
        let _ = permafreeze_plan::reader::read_expected("permafreeze.expected.json", text);
        let _ = permafreeze_plan::version_1::expected("permafreeze.lock", text);
    }
}

/// `compile`'s reader of native files.
pub fn compile_native(bytes: &[u8]) {
    let _ = permafreeze_compile::native(bytes);
}

/// `compile`'s scan of code.
pub fn compile_scan(bytes: &[u8]) {
    if let Ok(tree) = Tree::parse(bytes) {
        for python in PYTHONS {
            let _ = permafreeze_compile::scan(python, &tree);
        }
    }
}

/// `compile`'s reader of `.tar.gz`: nothing is written outside of its folder.
pub fn compile_unpack(bytes: &[u8]) {
    let (archive, out) = (file("archive.tar.gz", bytes), folder().join("out"));
    remove(&out);
    let _ = permafreeze_compile::unpack(&archive, &out);
    let known = ["archive.tar.gz", "out"];
    for entry in folder().read_dir_utf8().expect("the folder") {
        let entry = entry.expect("an entry");
        assert!(known.contains(&entry.file_name()), "`{}` is outside of the folder", entry.path());
    }
}

/// `compile`'s reader of wheels, up to where the host Python is needed.
pub fn compile_wheel(bytes: &[u8]) {
    let (wheel, out) = (file(WHEEL, bytes), folder().join("out"));
    remove(&out);
    let _ = permafreeze_compile::compile_wheel(
        &wheel,
        WHEEL,
        "/nonexistent/python".into(),
        1,
        permafreeze_compile::Form::default(),
        &out,
    );
}

/// `fetch`'s reader of PEP 503's pages.
pub fn index_html(bytes: &[u8]) {
    index_page("text/html", bytes);
}

/// `fetch`'s reader of PEP 691's pages.
pub fn index_json(bytes: &[u8]) {
    index_page("application/vnd.pypi.simple.v1+json", bytes);
}

fn index_page(content_type: &str, bytes: &[u8]) {
    let all = page_links(content_type, &mut { bytes }, &Keep::All);
    // How the bytes come is no matter.
    assert_eq!(all, page_links(content_type, &mut Drip(bytes), &Keep::All));
    let Some((links, room)) = all else { return };
    assert!(room <= ROOM);
    assert!(links.iter().all(|link| ["http", "https"].contains(&link.url.scheme())), "{links:?}");
    let Some(first) = links.first() else { return };
    let keep = Keep::Files([(first.file.clone(), first.sha256.iter().cloned().collect())].into());
    if let Some((kept, _)) = page_links(content_type, &mut { bytes }, &keep) {
        assert_eq!(kept.first(), Some(first));
        assert!(kept.len() <= 2 && kept.iter().all(|link| link.file == first.file), "{kept:?}");
    }
}

fn page_links(content_type: &str, body: &mut dyn Read, keep: &Keep) -> Option<(Vec<Link>, usize)> {
    let url = Url::parse("https://h.example/simple/six/").expect("a URL");
    let limits = Limits { links: 1000, ..Limits::default() };
    links(&Head { url, content_type: content_type.to_owned() }, body, keep, &limits, ROOM).ok()
}

/// A byte at a time.
struct Drip<'b>(&'b [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

/// `resolve`'s reader of poetry.lock.
pub fn poetry_lock(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(file) = TomlFile::parse("poetry.lock".to_owned(), text.to_owned()) else { return };
    let Ok(lock) = PoetryLock::read(&file) else { return };
    check_packages(&Locked::from(lock));
}

/// `resolve`'s readers of uv.lock and pylock.toml, for a project `app` that requires nothing, and what is installed of them.
pub fn lock_of(format: Format, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(file) = TomlFile::parse(format.file().to_owned(), text.to_owned()) else { return };
    let pyproject_text = "[project]\nname = \"app\"\nversion = \"1\"\ndynamic = [\"dependencies\"]\n";
    let pyproject_file = TomlFile::parse("pyproject.toml".to_owned(), pyproject_text.to_owned()).expect("TOML");
    let pyproject: PyProject = pyproject_file.convert().expect("a project");
    let groups = Groups::of(&pyproject_file, &pyproject).expect("its groups");
    let project = lockfile::Project { file: &pyproject_file, pyproject: &pyproject, groups: &groups, workspace: None };
    let (_, _) = (hashes(&file, None), commits(&file));
    let Ok(lock) = Locked::read(format, &file, ".", &project) else { return };
    check_packages(&lock);
    let wanted = Wanted { groups: [Name::new("main")].into(), extras: [Name::new("all")].into() };
    for target in Target::ALL {
        let environment = Environment::cpython(&Version::new([3, 13, 5]), target.platform());
        let selected = select(&file, &lock, &groups, &wanted, &environment).unwrap_or_default();
        assert!(selected.len() <= lock.packages.len());
    }
}

fn check_packages(lock: &Locked) {
    for package in &lock.packages {
        let files = package.files.iter().map(|file| &file.file);
        for name in files.chain([&package.name, &package.version]) {
            let one = Utf8Path::new(name).file_name() == Some(name);
            assert!(one && !name.contains('\\') && !name.contains(char::is_control), "{name:?}");
        }
        let own = package.files.iter().filter_map(|file| file.url.as_ref());
        let source = match &package.source {
            Some(LockedSource::Index { url } | LockedSource::Url { url }) => Some(url),
            _ => None,
        };
        for url in own.chain(source) {
            assert!(!has_credentials(url) && !url.contains(char::is_control), "{url:?}");
            let parsed = Url::parse(url).ok();
            assert!(parsed.is_none_or(|url| url.username().is_empty() && url.password().is_none()), "{url:?}");
        }
    }
}
