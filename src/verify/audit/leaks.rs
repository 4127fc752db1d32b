//! Traces of the machine that built an executable: store paths, folders, names of user and host.
//!
//! What may be found where decides what it means:
//! * a store path (`/nix/store/` and a hash) makes an executable useless elsewhere, whoever brought it;
//! * what is built for the executable (the runtime, tables, the entry script) and the application must tell nothing of
//!   the machine;
//! * a wheel is the same for everybody, and most hold paths of the machine that made them (cargo's, in `/root`): these are
//!   notes. Only a path that is special enough to be this machine's (`/home/alice/project`) is a finding there too;
//! * a folder of one part (`/root`, `/tmp`) is ordinary text in code, and the runtime's recipe puts `/build` where its
//!   own folder was: it is a finding only in what the linker makes;
//! * the file name in a module's code is given by us, whoever wrote the module.
use std::collections::BTreeMap;
use std::io::Read;

use aho_corasick::AhoCorasick;
use flate2::read::MultiGzDecoder;
use permafreeze_archive::{Zip, inflate, marshal};
use permafreeze_executable::owner::Owner;
use permafreeze_executable::report::Report;

use super::Audit;
use crate::finding::Finding;

/// Where Nix keeps everything.
const STORE: &str = "/nix/store/";
/// Length of a store path's hash, and its digits.
const HASH_LENGTH: usize = 32;
const HASH_DIGITS: &[u8] = b"0123456789abcdfghijklmnpqrsvwxyz";
/// Folders that are somebody's home: in a wheel's native files they are its maker's.
const HOMES: [&str; 4] = ["/home", "/Users", "/root", "/github/workspace"];
/// Users of build services and of nobody in particular: their folders say nothing of this machine.
const COMMON_USERS: &str = "admin app azureuser build builder ci circleci codespace debian dev developer docker \
    ec2-user gitlab-runner jenkins node root runner test travis ubuntu user vagrant vscode vsts worker";
/// Levels of archives within archives that are opened.
const DEPTH: usize = 3;
/// Bytes that the archives within one entry may unpack to, together.
const NESTED_LIMIT: u64 = 1 << 30;
/// The longest excerpt, in bytes.
const EXCERPT: usize = 96;

/// What must not be found inside, besides store paths. The caller reads it from its surroundings.
#[derive(Debug, Clone, Default)]
pub struct LeakPatterns {
    /// Absolute paths: the project, the user's home, folders in which builds run.
    pub folders: Vec<String>,
    /// The user's name: found as a folder in `/home` and its likes.
    pub user: Option<String>,
    /// The host's name: looked for if it is special (six characters, one of them a digit, a hyphen or a dot).
    pub host: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Store,
    Folder,
    User,
    Host,
    Maker,
}

/// Something that was found.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    subject: String,
    owner: Option<Owner>,
    kind: Kind,
    needle: String,
    /// The first occurrence and what follows it.
    excerpt: String,
    count: u64,
    /// Whether it is the file name of code.
    file_name: bool,
}

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Each trace with its first occurrence.
    pub traces: Vec<Trace>,
    /// Bytes that were searched, decompressed.
    pub searched: u64,
}

impl Found {
    /// Adds what was found elsewhere.
    pub(super) fn add(&mut self, other: Found) {
        self.traces.extend(other.traces);
        self.searched += other.searched;
    }
}

/// Finds all needles at once.
pub(super) struct Search {
    automaton: Option<AhoCorasick>,
    needles: Vec<(Kind, String)>,
}

impl Search {
    /// Makes a search.
    pub(super) fn new(wanted: &LeakPatterns) -> Search {
        let mut needles = vec![(Kind::Store, STORE.to_owned())];
        let folders = wanted.folders.iter().map(|folder| folder.trim_end_matches('/'));
        needles.extend(folders.filter(|folder| folder.len() > 1).map(|folder| (Kind::Folder, folder.to_owned())));
        if let Some(user) = wanted.user.as_ref().filter(|user| !user.is_empty()) {
            let places = [format!("/home/{user}/"), format!("/Users/{user}/"), format!("\\Users\\{user}\\")];
            needles.extend(places.map(|place| (Kind::User, place)));
        }
        needles.extend(wanted.host.iter().filter(|host| is_special(host)).map(|host| (Kind::Host, host.clone())));
        let asked = |home: &&str| needles.iter().any(|(_, needle)| needle == home);
        let homes: Vec<_> = HOMES.iter().filter(|home| !asked(home)).collect();
        needles.extend(homes.into_iter().map(|home| (Kind::Maker, (*home).to_owned())));
        let texts = needles.iter().map(|(_, needle)| needle);
        // Some dozens of short needles: building fails only beyond the automaton's limits.
        let automaton = AhoCorasick::new(texts).ok();
        Search { automaton, needles }
    }

    /// Searches bytes.
    pub(super) fn bytes(&self, subject: &str, owner: Option<&Owner>, bytes: &[u8]) -> Found {
        let mut found: BTreeMap<usize, (usize, u64)> = BTreeMap::new();
        for hit in self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(bytes)) {
            let (kind, needle) = &self.needles[hit.pattern().as_usize()];
            if is_whole(*kind, needle, bytes, hit.start(), hit.end()) {
                found.entry(hit.pattern().as_usize()).or_insert((hit.start(), 0)).1 += 1;
            }
        }
        let trace = |(pattern, (start, count)): (usize, (usize, u64))| {
            let (kind, needle) = self.needles[pattern].clone();
            let (subject, excerpt) = (subject.to_owned(), excerpt(bytes, start));
            Trace { subject, owner: owner.cloned(), kind, needle, excerpt, count, file_name: false }
        };
        Found { traces: found.into_iter().map(trace).collect(), searched: bytes.len() as u64 }
    }

    /// Searches marshalled code, and tells its file names from its constants.
    pub(super) fn code(&self, subject: &str, owner: Option<&Owner>, code: &[u8]) -> Found {
        let mut found = self.bytes(subject, owner, code);
        if !found.traces.is_empty() {
            let names = file_names(code);
            for trace in &mut found.traces {
                trace.file_name = names.iter().any(|name| name.contains(&trace.needle));
            }
        }
        found
    }

    /// Searches a file, and what is in it if it is a zip or gzip file.
    pub(super) fn nested(&self, subject: &str, owner: Option<&Owner>, bytes: &[u8]) -> Found {
        let mut left = NESTED_LIMIT;
        self.nested_to(subject, owner, bytes, DEPTH, &mut left)
    }

    /// Opens `depth` levels of archives; `left` is how many bytes they may unpack to, together.
    fn nested_to(&self, subject: &str, owner: Option<&Owner>, bytes: &[u8], depth: usize, left: &mut u64) -> Found {
        let mut found = self.bytes(subject, owner, bytes);
        if depth == 0 {
            return found;
        }
        if bytes.starts_with(b"PK\x03\x04") {
            // What begins like a zip and is none has been searched as it is.
            let Ok(zip) = Zip::parse(bytes.to_vec()) else { return found };
            for member in zip.members().iter().filter(|member| member.compressed || is_archive(zip.raw(member))) {
                if member.size > *left {
                    break;
                }
                let Ok(data) = zip.data(member) else { continue };
                *left -= data.len() as u64;
                found.add(self.nested_to(&format!("`{}` in {subject}", member.name), owner, &data, depth - 1, left));
            }
        } else if bytes.starts_with(b"\x1f\x8b") {
            let most = inflate::limit(bytes.len() as u64).min(*left);
            let mut data = Vec::new();
            // A stream that breaks off has been unpacked up to there.
            let _ = MultiGzDecoder::new(bytes).take(most).read_to_end(&mut data);
            *left -= data.len() as u64;
            found.add(self.nested_to(&format!("{subject}, unpacked"), owner, &data, depth - 1, left));
        }
        found
    }
}

fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x1f\x8b")
}

/// Tells whether a host's name is no ordinary word.
fn is_special(host: &str) -> bool {
    let marked = host.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'.');
    host.len() >= 6 && marked && !host.starts_with("localhost")
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Tells whether a match is a path or name of its own. Compilers put texts next to each other without anything between
/// them, so what is in front counts only for needles of one part, which occur within other paths (`docs/build`).
fn is_whole(kind: Kind, needle: &str, bytes: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let after = bytes.get(end).copied();
    let clear = |byte: Option<u8>| byte.is_none_or(|byte| !is_name(byte));
    match kind {
        Kind::Store => true,
        Kind::Host => clear(before) && clear(after),
        Kind::User => true,
        Kind::Maker => clear(before) && !matches!(before, Some(b'/' | b'}' | b'*' | b'~')) && after == Some(b'/'),
        Kind::Folder if parts(needle) == 1 => clear(before) && !matches!(before, Some(b'}' | b'~')) && clear(after),
        Kind::Folder => clear(after),
    }
}

/// Returns the number of parts of a path.
fn parts(path: &str) -> usize {
    path.split('/').filter(|part| !part.is_empty()).count()
}

/// Returns the printable text that begins at `start`.
fn excerpt(bytes: &[u8], start: usize) -> String {
    let end = bytes.len().min(start + EXCERPT);
    let text = bytes[start..end].iter().take_while(|byte| byte.is_ascii_graphic() && !b"\"'`<>|".contains(byte));
    text.map(|byte| char::from(*byte)).collect()
}

/// Returns the file names of code and all code within it; nothing if it cannot be read.
fn file_names(code: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting: Vec<_> =
        marshal::parse(code).ok().and_then(|value| value.as_code().cloned()).into_iter().collect();
    while let Some(code) = waiting.pop() {
        names.push(code.file_name.to_string());
        waiting.extend(code.nested().cloned());
    }
    names.sort();
    names.dedup();
    names
}

/// Whose a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// The linker: tables, links, the entry script.
    Linker,
    /// The Python runtime, from the pinned toolchain.
    Runtime,
    /// The application or a path dependency.
    Application,
    /// A wheel, or nobody knows.
    Wheel,
}

/// Sorts what was found into findings and notes.
pub(super) fn judge(traces: &[Trace], report: Option<&Report>, needles: &LeakPatterns, audit: &mut Audit) {
    let mut notes: BTreeMap<(String, Kind, &str), (&Trace, u64)> = BTreeMap::new();
    for trace in traces {
        let maker = match &trace.owner {
            _ if report.is_none() => Maker::Wheel,
            Some(Owner::Wheel(_)) => Maker::Wheel,
            Some(Owner::Source(_)) => Maker::Application,
            // The runtimes of other systems are taken as their makers have built them, for everybody.
            Some(Owner::Runtime) if audit.target.is_linux() => Maker::Runtime,
            Some(Owner::Runtime) => Maker::Wheel,
            _ => Maker::Linker,
        };
        if is_wrong(trace, maker, report, needles) {
            audit.findings.push(trace.finding());
        } else if trace.kind != Kind::Maker || maker == Maker::Wheel && trace.is_native() {
            let owner = trace.owner.as_ref().map_or_else(|| trace.subject.clone(), Owner::to_string);
            notes.entry((owner, trace.kind, &trace.needle)).or_insert((trace, 0)).1 += trace.count;
        }
    }
    for ((owner, _, _), (trace, count)) in notes {
        let problem = format!("holds `{}` (`{count}` such paths, the first in {})", trace.excerpt, trace.subject);
        audit.notes.push(Finding { blame: trace.owner.as_ref().map(String::from), ..Finding::new(owner, problem) });
    }
}

fn is_wrong(trace: &Trace, maker: Maker, report: Option<&Report>, needles: &LeakPatterns) -> bool {
    if trace.file_name && trace.kind != Kind::Maker {
        return true;
    }
    let common = |name: &str| COMMON_USERS.split_whitespace().any(|common| common == name);
    let common_user = needles.user.as_deref().is_none_or(common);
    match (trace.kind, maker) {
        (Kind::Store, Maker::Linker | Maker::Runtime) => true,
        (Kind::Store, _) => has_hash(&trace.excerpt),
        (Kind::Folder, Maker::Linker) => true,
        (Kind::Folder, Maker::Runtime | Maker::Application) => parts(&trace.needle) > 1,
        // `/home/alice` is special, `/home/runner` and `/home/runner/work` are not.
        (Kind::Folder, Maker::Wheel) => match trace.needle.split('/').collect::<Vec<_>>().as_slice() {
            ["", "home" | "Users", user] => !common(user),
            ["", "home" | "Users", user, _] => !common(user),
            ["", rest @ ..] => rest.len() > 2,
            _ => false,
        },
        (Kind::User, Maker::Wheel) => !common_user,
        (Kind::User, _) => true,
        (Kind::Host, Maker::Wheel) => false,
        // An application may have the name of the host that it was made on.
        (Kind::Host, _) => report.is_none_or(|report| !report.name.contains(&trace.needle)),
        (Kind::Maker, maker) => maker == Maker::Runtime && trace.is_native(),
    }
}

/// Tells whether a store path has its hash; without it, somebody only writes about Nix.
fn has_hash(path: &str) -> bool {
    let Some(rest) = path.strip_prefix(STORE) else { return false };
    let rest = rest.as_bytes();
    rest.len() > HASH_LENGTH
        && rest[..HASH_LENGTH].iter().all(|digit| HASH_DIGITS.contains(digit))
        && rest[HASH_LENGTH] == b'-'
}

impl Trace {
    fn finding(&self) -> Finding {
        let what = match (self.file_name, self.kind) {
            (true, _) => "the file name of its code tells where it was built",
            (false, Kind::Store) => "holds a path in the Nix store, which no other machine has",
            (false, Kind::Folder | Kind::Maker) => "holds a path of the machine that built it",
            (false, Kind::User) => "holds the home of the user who built it",
            (false, Kind::Host) => "holds the name of the host that built it",
        };
        let hint = match &self.owner {
            Some(Owner::Wheel(_)) => "choose another version of the package, or its maker's own wheel",
            Some(Owner::Source(_)) => "take the path out of the application's files",
            _ => "build it with the pinned toolchain, in Nix's sandbox",
        };
        let problem = format!("{what}: `{}` (`{}` times)", self.excerpt, self.count);
        Finding {
            blame: self.owner.as_ref().map(String::from),
            ..Finding::new(self.subject.as_str(), problem).hint(hint)
        }
    }

    /// Tells whether it is in a native file; the names of those that are loaded say so.
    fn is_native(&self) -> bool {
        let name = self.subject.rsplit('/').next().unwrap_or_default();
        [".so", ".dylib", ".pyd", ".dll"].iter().any(|suffix| name.contains(suffix))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn search(needles: &LeakPatterns, bytes: &[u8]) -> Vec<(Kind, String, u64)> {
        let found = Search::new(needles).nested("a", None, bytes);
        found.traces.into_iter().map(|trace| (trace.kind, trace.excerpt, trace.count)).collect()
    }

    fn alice() -> LeakPatterns {
        LeakPatterns {
            folders: vec!["/home/alice/work/".into(), "/build".into()],
            user: Some("alice".into()),
            host: Some("alice-laptop".into()),
        }
    }

    #[test]
    fn whole_paths_only() {
        let text = b"docs/build/html \0/build/x.c\0/builder /buildx {root}/build /home/alice/workshop";
        let mut found = search(&alice(), text);
        found.retain(|(kind, _, _)| *kind == Kind::Folder);
        assert_eq!(found, [(Kind::Folder, "/build/x.c".into(), 1)]);
        let found = search(&alice(), b"None value/home/alice/work/src/lib.rs:1");
        let path = "/home/alice/work/src/lib.rs:1".to_owned();
        assert_eq!(found, [(Kind::Folder, path.clone(), 1), (Kind::User, path, 1)]);
        let root = LeakPatterns { folders: vec!["/root".into()], ..LeakPatterns::default() };
        let cargo = format!("{}/.cargo", root.folders[0]);
        assert_eq!(search(&root, cargo.as_bytes()), [(Kind::Folder, cargo.clone(), 1)]);
    }

    #[test]
    fn users_and_hosts() {
        let found =
            search(&alice(), b"/home/alice/x C:\\Users\\alice\\y on alice-laptop, not my-alice-laptop or alice");
        let kinds: Vec<Kind> = found.iter().map(|(kind, _, _)| *kind).collect();
        assert_eq!(kinds, [Kind::User, Kind::User, Kind::Host, Kind::Maker]);
        assert!(!is_special("builder"));
        assert!(!is_special("ci-1"));
        assert!(!is_special("localhost.localdomain"));
        assert!(is_special("build-box-7"));
    }

    #[test]
    fn archives_within_are_opened() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"some text and /nix/store/0123456789abcdfghijklmnpqrsvwxyz-name").expect("written");
        let found = search(&LeakPatterns::default(), &gzip.finish().expect("finished"));
        assert_eq!(found, [(Kind::Store, "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-name".into(), 1)]);
    }

    #[test]
    fn hashes_of_store_paths() {
        assert!(has_hash("/nix/store/0123456789abcdfghijklmnpqrsvwxyz-name"));
        assert!(!has_hash("/nix/store/0123456789abcdfghijklmnpqrsvwxyz"));
        assert!(!has_hash("/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-name"));
        assert!(!has_hash("/nix/store/"));
    }

    fn trace(kind: Kind, needle: &str, excerpt: &str) -> Trace {
        let (subject, needle, excerpt) = ("a.so".to_owned(), needle.to_owned(), excerpt.to_owned());
        Trace { subject, owner: None, kind, needle, excerpt, count: 1, file_name: false }
    }

    #[test]
    fn what_is_wrong_where() {
        let store = trace(Kind::Store, STORE, "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-name");
        let mention = trace(Kind::Store, STORE, "/nix/store/");
        let home = trace(Kind::Folder, "/home/alice", "/home/alice/x");
        let root = trace(Kind::Folder, "/root", "/root");
        let runner = trace(Kind::Folder, "/home/runner/work", "/home/runner/work/x");
        let project = trace(Kind::Folder, "/srv/team/project", "/srv/team/project/x");
        let wrong = |trace: &Trace, maker| is_wrong(trace, maker, None, &LeakPatterns::default());
        for (trace, expected) in [
            (&store, [true, true, true, true]),
            (&mention, [true, true, false, false]),
            (&home, [true, true, true, true]),
            (&root, [true, false, false, false]),
            (&runner, [true, true, true, false]),
            (&project, [true, true, true, true]),
        ] {
            let makers = [Maker::Linker, Maker::Runtime, Maker::Application, Maker::Wheel];
            assert_eq!(makers.map(|maker| wrong(trace, maker)), expected, "{trace:?}");
        }
        let file_name = Trace { file_name: true, ..root };
        assert!(wrong(&file_name, Maker::Wheel));
    }
}
