//! The last resort: a folder that is removed, and a parent that waits.

use crate::support;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::support::{Bundle, failed, names, said, skip};

/// A bundle and an environment in which no place lasts.
struct Temporary {
    bundle: Bundle,
    folder: PathBuf,
}

impl Temporary {
    /// `None` where there are no mount namespaces.
    fn new(name: &str) -> Option<Temporary> {
        let bundle = Bundle::usual(name);
        let folder = bundle.make("tmp");
        bundle.in_namespace("true")?;
        Some(Temporary { bundle, folder })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        // Without a terminal: what terminals send is not passed on.
        let mut command = Command::new("setsid");
        command.args(["unshare", if support::is_root() { "-m" } else { "-rm" }]);
        let script = "mount -t tmpfs -o noexec none /var/tmp; exec \"$@\"";
        command.args(["sh", "-euc", script, "sh"]).arg(&self.bundle.path).args(arguments);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("XDG_CACHE_HOME", "/proc/nothing");
        command.env("TMPDIR", &self.folder);
        command
    }

    /// Starts it and waits until it says something: the number of the application's process.
    fn started(&self, arguments: &[&str]) -> (Child, String) {
        let mut child = self.command(arguments).stdout(Stdio::piped()).spawn().expect("it runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        (child, line.trim().to_owned())
    }

    fn assert_nothing_is_left(&self) {
        assert_eq!(names(&self.folder), [""; 0]);
    }
}

fn signal(name: &str, process: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), process]).status().expect("kill runs");
    assert!(status.success());
}

/// The letter of a process's state.
fn state(process: &str) -> char {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    text.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap_or('X')
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}: not within 5 seconds");
}

#[test]
fn it_is_removed_at_the_end() {
    let Some(temporary) = Temporary::new("removed") else { return };
    let text = said(&temporary.command(&["x"]).output().expect("it runs"));
    let folder = fs::canonicalize(&temporary.folder).expect("a folder");
    assert!(text.starts_with(&format!("{}/permafreeze-", folder.display())), "{text}");
    assert!(text.contains("<x>") && text.contains("_PYI_PARENT_PROCESS_LEVEL=0"), "{text}");
    temporary.assert_nothing_is_left();
}

#[test]
fn exit_codes_and_signals_are_handed_on() {
    let Some(temporary) = Temporary::new("codes") else { return };
    let run = |arguments: [&str; 2]| -> ExitStatus { temporary.command(&arguments).status().expect("it runs") };
    assert_eq!(run(["exit", "77"]).code(), Some(77));
    for (name, number) in [("TERM", 15), ("KILL", 9), ("SEGV", 11), ("PIPE", 13)] {
        let status = run(["kill", name]);
        assert!(status.signal() == Some(number) || status.code() == Some(128 + number), "{name}: {status}");
    }
    temporary.assert_nothing_is_left();
}

#[test]
fn signals_reach_the_application() {
    let Some(temporary) = Temporary::new("signals") else { return };
    let (mut child, _) = temporary.started(&["wait"]);
    signal("TERM", &child.id().to_string());
    assert_eq!(child.wait().expect("it ends").code(), Some(7), "the application decides");
    for (name, number) in [("INT", 2), ("HUP", 1), ("USR1", 10)] {
        let (mut child, _) = temporary.started(&["sleep", "60"]);
        signal(name, &child.id().to_string());
        assert_eq!(child.wait().expect("it ends").signal(), Some(number));
    }
    temporary.assert_nothing_is_left();
}

#[test]
fn it_stops_and_goes_on_with_the_application() {
    let Some(temporary) = Temporary::new("stops") else { return };
    let (mut child, application) = temporary.started(&["sleep", "60"]);
    let parent = child.id().to_string();
    // SIGTSTP stops nothing in a process group that no shell looks after, as this one may be.
    signal("STOP", &application);
    wait_for("the parent stops, too", || state(&parent) == 'T');
    signal("CONT", &parent);
    wait_for("the application goes on", || state(&application) == 'S');
    signal("TERM", &parent);
    child.wait().expect("it ends");
    temporary.assert_nothing_is_left();
}

#[test]
fn the_application_starts_itself_from_the_same_folder() {
    let Some(temporary) = Temporary::new("same") else { return };
    let again = ["run", "sh", "-c", "echo \"$_PYI_ARCHIVE_FILE\"; exec \"$_PERMAFREEZE_EXECUTABLE\" x"];
    let text = said(&temporary.command(&again).output().expect("it runs"));
    let mut lines = text.lines();
    assert_eq!(lines.next(), lines.next(), "{text}");
    let other = [
        "run",
        "sh",
        "-c",
        "echo \"$_PYI_ARCHIVE_FILE\"; PYINSTALLER_RESET_ENVIRONMENT=1 exec \"$_PERMAFREEZE_EXECUTABLE\" x",
    ];
    let text = said(&temporary.command(&other).output().expect("it runs"));
    let mut lines = text.lines();
    assert_ne!(lines.next(), lines.next(), "{text}");
    temporary.assert_nothing_is_left();
}

#[test]
fn a_folder_of_somebody_else_is_not_taken_over() {
    let Some(temporary) = Temporary::new("claimed") else { return };
    let user = if support::is_root() { 0 } else { return skip("the folder's name has the user's number: needs root") };
    let planted = temporary.bundle.make(&format!("permafreeze-{user}-{}-1-1", temporary.bundle.key));
    fs::write(planted.join("app"), "#!/bin/sh\necho planted\n").expect("a file");
    for (owner, mode) in [(61_002, 0o755), (0, 0o777)] {
        std::os::unix::fs::chown(&planted, Some(owner), None).expect("root");
        fs::set_permissions(&planted, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("permissions");
        let mut command = temporary.command(&["x"]);
        let text = said(&command.env("_PYI_ARCHIVE_FILE", planted.join("app")).output().expect("it runs"));
        assert!(text.contains("<x>"), "{text}");
    }
}

#[test]
fn a_damaged_bundle_leaves_nothing() {
    let Some(mut temporary) = Temporary::new("damaged") else { return };
    let [first, index, ..] = temporary.bundle.offsets;
    temporary.bundle.path = temporary.bundle.changed("changed", |bytes| bytes[usize::midpoint(first, index)] ^= 1);
    assert!(failed(&temporary.command(&[]).output().expect("it runs")).contains("is damaged"));
    temporary.assert_nothing_is_left();
}
