//! Trees of git commits, from repositories made on the spot: folders, and plain files behind HTTP.
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::plan::GitCommit;

use super::server::{Reply, Server};
use crate::error::Error;
use crate::git::Tree;

/// A repository in a folder that goes away with it.
struct Repository {
    folder: tempfile::TempDir,
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let names = ["AUTHOR", "COMMITTER"].map(|who| [format!("GIT_{who}_NAME"), format!("GIT_{who}_EMAIL")]);
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "protocol.file.allow=always"]).args(arguments);
    command.envs(names.into_iter().flatten().map(|name| (name, "a")));
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("tests of fetch need `git`");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

impl Repository {
    fn new(files: &[(&str, &str)]) -> Repository {
        let repository = Repository { folder: tempfile::tempdir().expect("a folder") };
        git(repository.folder.path(), &["init", "--quiet", "--initial-branch=main"]);
        repository.commit(files);
        repository
    }

    /// Writes files and commits them; returns the commit.
    fn commit(&self, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            let path = self.folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        git(self.folder.path(), &["add", "--all"]);
        git(self.folder.path(), &["commit", "--quiet", "--allow-empty", "--message=x"]);
        self.head()
    }

    fn head(&self) -> String {
        git(self.folder.path(), &["rev-parse", "HEAD"])
    }

    fn url(&self) -> String {
        format!("file://{}", self.folder.path().display())
    }

    /// Serves it as files: no server that knows git.
    fn serve(&self) -> Server {
        let folder = self.folder.path().join(".git");
        git(self.folder.path(), &["update-server-info"]);
        Server::start(move |request| {
            let path = request.path.split('?').next().unwrap_or_default().trim_start_matches('/').to_owned();
            std::fs::read(folder.join(path)).map_or_else(|_| Reply::new(404, ""), |bytes| Reply::new(200, bytes))
        })
    }
}

fn tree(url: &str, commit: &str) -> Tree {
    let git = GitCommit { url: url.to_owned(), commit: commit.to_owned() };
    Tree { package: "demo".to_owned(), folder: "demo-1.0".to_owned(), git }
}

/// Makes the archive in a folder of its own; returns its bytes.
fn archive(tree: &Tree) -> Result<Vec<u8>, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = Utf8Path::from_path(folder.path()).expect("UTF-8");
    let (scratch, to) = (folder.join("scratch"), folder.join("x.tar"));
    let made = tree.write_within(Duration::from_secs(60), &scratch, &to);
    let left: Vec<Utf8PathBuf> =
        folder.read_dir_utf8().expect("a folder").map(|e| e.expect("one").into_path()).collect();
    assert_eq!(left.len(), usize::from(made.is_ok()), "{left:?}");
    made.map(|()| std::fs::read(to).expect("an archive"))
}

/// What an archive has: names and contents, of links their targets.
fn members(archive: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.tar");
    std::fs::write(&path, archive).expect("a file");
    let program = "import sys, tarfile\nfile = tarfile.open(sys.argv[1])\nfor m in file:\n    print(m.name, \
                   oct(m.mode)[2:], file.extractfile(m).read().decode() if m.isreg() else m.linkname)\n";
    let output = Command::new("python3").args(["-X", "utf8", "-c", program]).arg(path).output().expect("python3");
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn the_archive_has_what_git_stores_and_nothing_of_where_it_was_made() {
    let files = [
        (".gitattributes", "*.txt export-ignore eol=crlf\nversion.py export-subst ident\n"),
        ("b/notes.txt", "two\nlines"),
        ("version.py", "'$Format:%H$ $Id$'"),
        ("a b/é.py", "x"),
    ];
    let one = Repository::new(&files);
    std::os::unix::fs::symlink("version.py", one.folder.path().join("link")).expect("a link");
    std::os::unix::fs::symlink("../../etc", one.folder.path().join("out")).expect("a link");
    let run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(one.folder.path().join("version.py"), run).expect("a mode");
    let commit = one.commit(&[]);
    let made = archive(&tree(&one.url(), &commit)).expect("an archive");
    assert_eq!(
        members(&made),
        [
            "demo-1.0/.gitattributes 644 *.txt export-ignore eol=crlf",
            "version.py export-subst ident",
            "",
            "demo-1.0/a b/é.py 644 x",
            "demo-1.0/b/notes.txt 644 two",
            "lines",
            "demo-1.0/link 777 version.py",
            "demo-1.0/version.py 755 '$Format:%H$ $Id$'",
        ]
    );

    let copy = tempfile::tempdir().expect("a folder");
    let path = copy.path().join("copy.git");
    git(one.folder.path(), &["clone", "--quiet", "--mirror", ".", path.to_str().expect("UTF-8")]);
    assert!(archive(&tree(path.to_str().expect("UTF-8"), &commit)).expect("an archive") == made);
}

#[test]
fn a_commit_is_found_wherever_its_tags_and_branches_go() {
    let repository = Repository::new(&[("a.py", "1")]);
    let first = repository.head();
    git(repository.folder.path(), &["tag", "v1"]);
    let made = archive(&tree(&repository.url(), &first)).expect("an archive");
    repository.commit(&[("a.py", "2")]);
    git(repository.folder.path(), &["tag", "--force", "v1"]);
    assert!(archive(&tree(&repository.url(), &first)).expect("an archive") == made);

    // Plain files: nothing but whole branches can be had.
    let server = repository.serve();
    assert!(archive(&tree(&server.url("/"), &first)).expect("an archive") == made);
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().any(|path| path.starts_with("/objects/")), "{paths:?}");
}

#[test]
fn a_commit_that_is_gone_is_told_with_the_command_that_locks_another() {
    let repository = Repository::new(&[("a.py", "1")]);
    let server = repository.serve();
    let gone = "0123456789".repeat(4);
    for url in [repository.url(), server.url("/")] {
        let error = archive(&tree(&url, &gone)).expect_err("it is gone");
        let text = format!(
            "cannot get commit `{gone}` of `{url}`, which `demo` is locked to: the repository does not have it any more"
        );
        assert_eq!(error.to_string(), text);
        assert!(error.is_input());
        assert!(error.hint().expect("one").starts_with("run `poetry update demo`"));
    }
}

#[test]
fn submodules_are_part_of_the_tree() {
    let inner = Repository::new(&[("inner.py", "in")]);
    let outer = Repository::new(&[("outer.py", "out")]);
    git(outer.folder.path(), &["submodule", "--quiet", "add", &inner.url(), "libs/inner"]);
    let commit = outer.commit(&[]);
    inner.commit(&[("inner.py", "another")]);
    let made = archive(&tree(&outer.url(), &commit)).expect("an archive");
    let names: Vec<String> =
        members(&made).into_iter().filter(|line| line.ends_with(" in") || line.ends_with(" out")).collect();
    assert_eq!(names, ["demo-1.0/libs/inner/inner.py 644 in", "demo-1.0/outer.py 644 out"]);

    // What comes over the network may not read folders of this machine.
    let server = outer.serve();
    let error = archive(&tree(&server.url("/"), &commit)).expect_err("a folder of this machine");
    assert!(error.to_string().contains("expected a URL of `https`"), "{error}");
    assert!(error.to_string().contains(&inner.url()), "{error}");
}

#[test]
fn addresses_that_run_programs_and_ids_that_are_options_are_refused() {
    let mark = tempfile::tempdir().expect("a folder");
    let touched = mark.path().join("touched");
    let address = format!("ext::sh -c touch% {}", touched.display());
    for (url, commit) in [(address.as_str(), "0".repeat(40)), ("https://a.example/x", "--upload-pack=x".to_owned())] {
        let error = archive(&tree(url, &commit)).expect_err("it is none");
        assert!(error.to_string().contains("expected a URL of `https`"), "{error}");
    }
    assert!(!touched.exists());
}

#[test]
fn a_server_that_does_not_answer_is_given_up_and_no_login_is_shown() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_secs(30));
        Reply::new(404, "")
    });
    let url = server.url("/x").replace("http://", "http://user:secret@");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = Utf8Path::from_path(folder.path()).expect("UTF-8");
    let begin = Instant::now();
    let limit = Duration::from_millis(300);
    let error =
        tree(&url, &"0".repeat(40)).write_within(limit, &folder.join("s"), &folder.join("x")).expect_err("silence");
    assert!(begin.elapsed() < Duration::from_secs(15));
    let text = error.to_string();
    assert!(text.contains("does not end within") && !text.contains("secret"), "{text}");
    assert!(!error.is_input());
}

#[test]
fn a_server_that_refuses_is_quoted() {
    let server = Server::start(|_| Reply::new(403, ""));
    let url = server.url("/x").replace("http://", "http://user:secret@");
    let text = archive(&tree(&url, &"0".repeat(40))).expect_err("refused").to_string();
    assert!(text.contains("error: 403") && !text.contains("secret"), "{text}");
}
