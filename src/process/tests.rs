use std::io::{BufRead, BufReader, Cursor};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

use rustix::process::Signal;

use super::*;

/// A shell in a group of its own that has started another program, and has said so with a line.
struct Family {
    group: Pid,
    waiting: JoinHandle<ExitStatus>,
}

impl Family {
    fn start(before: &str) -> Family {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{before}\nsleep 1000 >&- &\necho started\nwait; wait")]).stdout(Stdio::piped());
        let mut child = command.process_group(0).spawn().expect("a shell");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("an id");
        Family { group, waiting: thread::spawn(move || child.wait().expect("it ends")) }
    }

    /// Returns the signal that has ended the shell; all that it started is gone.
    fn ended_by(self) -> Option<i32> {
        let status = self.waiting.join().expect("no panic");
        assert!(!groups::is_there(self.group), "what it started runs");
        status.signal()
    }
}

#[test]
fn a_group_is_asked_to_end_and_takes_what_it_started_with_it() {
    let family = Family::start("");
    groups::end(&[family.group], Duration::from_secs(60));
    assert_eq!(family.ended_by(), Some(Signal::TERM.as_raw()));
}

#[test]
fn what_does_not_end_is_killed() {
    let family = Family::start("trap '' TERM");
    groups::end(&[family.group], Duration::from_millis(1));
    assert_eq!(family.ended_by(), Some(Signal::KILL.as_raw()));
}

#[test]
fn the_second_process_ends_what_the_first_has_left() {
    let (left, ended) = (Family::start(""), Family::start(""));
    let told = format!("+{}\n+{}\nnonsense\n-{}\n", left.group, ended.group, ended.group);
    watch(Cursor::new(told));
    assert_eq!(left.ended_by(), Some(Signal::TERM.as_raw()));
    assert!(groups::is_there(ended.group), "what has ended for the first is not touched");
    groups::end(&[ended.group], Duration::from_secs(60));
}

#[test]
fn programs_run_in_groups_of_their_own() {
    let shell = duct::cmd!("sh", "-c", "ps -o pgid= -p $$ || cut -d ' ' -f 5 /proc/$$/stat; echo $$");
    let output = run(&shell.stdout_capture()).expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let numbers: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(numbers[0], numbers[1]);
    assert!(state().running.iter().all(|group| group.to_string() != numbers[0]));
}
