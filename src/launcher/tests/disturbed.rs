//! Starts at once, killed, cut off from power, with damaged bundles and clocks that jump.

use crate::support;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Bundle, assert_only_version, failed, files, names, noise, said};

#[test]
fn of_starts_at_once_one_unpacks() {
    for count in [2, 20] {
        let bundle = Bundle::usual("once");
        let cache = bundle.make("cache");
        let mut starts: Vec<_> = (0..count)
            .map(|_| {
                let mut command = bundle.command(&[("XDG_CACHE_HOME", &cache)]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
            })
            .collect();
        let texts: Vec<String> =
            starts.drain(..).map(|child| said(&child.wait_with_output().expect("it ends"))).collect();
        assert!(texts.iter().all(|text| text.starts_with(&*bundle.version(&cache).to_string_lossy())), "{texts:?}");
        assert_only_version(&bundle, &bundle.app(&cache));
    }
}

#[test]
fn a_start_that_was_killed_leaves_nothing_behind_the_next_one() {
    let bundle = Bundle::new("killed", &files(3_000_000));
    let cache = bundle.make("cache");
    let (mut half, mut whole) = (0, 0);
    for round in 0..30u64 {
        let mut command = bundle.command(&[("XDG_CACHE_HOME", &cache)]);
        let mut child = command.args(["sleep", "60"]).stdout(Stdio::null()).spawn().expect("it runs");
        // From the first instruction to beyond the end of the unpacking.
        std::thread::sleep(Duration::from_micros(round * round * 120));
        child.kill().expect("killed");
        child.wait().expect("ended");
        let found = names(&bundle.app(&cache));
        if found.contains(&bundle.key) {
            whole += 1;
        } else if found.iter().any(|name| name.starts_with(".new-")) {
            half += 1;
        }
        if round % 3 == 2 {
            assert!(bundle.start(&cache).contains("_PYI_ARCHIVE_FILE="));
            assert_only_version(&bundle, &bundle.app(&cache));
            fs::remove_dir_all(bundle.app(&cache)).expect("removed");
        } else if found.contains(&bundle.key) {
            fs::remove_dir_all(bundle.version(&cache)).expect("removed");
        }
    }
    assert!(half > 0, "none was killed while it unpacked ({whole} were too late)");
}

#[test]
fn a_truncated_bundle_is_an_error() {
    let bundle = Bundle::usual("truncated");
    let cache = bundle.make("cache");
    let [first, index, footer, end] = bundle.offsets;
    for length in [first, first + 1000, index, footer - 1, footer, end - 1] {
        let path = bundle.changed("cut", |bytes| bytes.truncate(length));
        let output = Command::new(&path).env("XDG_CACHE_HOME", &cache).output().expect("it runs");
        let error = failed(&output);
        assert!(error.contains(&*path.to_string_lossy()) && error.contains("truncated"), "{length}: {error}");
    }
    let path = bundle.changed("more", |bytes| bytes.push(b'\n'));
    assert!(failed(&Command::new(&path).output().expect("it runs")).contains("truncated"));
    assert_eq!(names(&cache), [""; 0]);
}

#[test]
fn a_changed_byte_is_fatal_and_no_other_place_is_tried() {
    let bundle = Bundle::usual("changed");
    let cache = bundle.make("cache");
    let [first, index, footer, _] = bundle.offsets;
    let frames = (first + 30..index).step_by((index - first) / 12);
    let in_index = (index..footer).step_by((footer - index) / 12);
    let in_footer = [footer, footer + 8, footer + 16, footer + 24, footer + 55];
    for at in frames.chain(in_index).chain([footer - 1]).chain(in_footer) {
        let path = bundle.changed("changed", |bytes| bytes[at] ^= 0x40);
        let mut command = Command::new(&path);
        command.env_clear().env("XDG_CACHE_HOME", &cache).env("PERMAFREEZE_TRACE", "1");
        let error = failed(&command.output().expect("it runs"));
        assert!(error.starts_with(&format!("error: `{}` is damaged", path.display())), "byte {at}: {error}");
        assert!(error.contains("hint: get the file again"), "{error}");
        assert!(!error.contains("not used"), "{error}");
    }
    for app in names(&cache.join("permafreeze")) {
        assert_eq!(names(&cache.join("permafreeze").join(app)), ["lock"]);
    }
}

/// Sets a file's time to what `touch` understands.
fn touch(path: &Path, when: &str) {
    let status = Command::new("touch").args(["-h", "-d", when]).arg(path).status().expect("touch runs");
    assert!(status.success());
}

#[test]
fn after_a_power_cut_what_was_not_written_is_unpacked_again() {
    let bundle = Bundle::usual("power");
    let cache = bundle.make("cache");
    let marker = bundle.app(&cache).join(format!("{}.boot", bundle.key));
    for lost in ["00000000-1111-2222-3333-444444444444", ""] {
        bundle.start(&cache);
        fs::write(&marker, lost).expect("a marker");
        fs::write(bundle.version(&cache).join("app"), "").expect("a lost file");
        assert!(bundle.start(&cache).contains("_PYI_ARCHIVE_FILE="), "{lost}");
        assert_only_version(&bundle, &bundle.app(&cache));
    }
    // What is whole stays: a program may run from it, on another machine that shares the home.
    let inode = || fs::metadata(bundle.version(&cache)).expect("a folder").ino();
    let before = inode();
    for lost in ["00000000-1111-2222-3333-444444444444", ""] {
        fs::set_permissions(&marker, fs::Permissions::from_mode(0o600)).expect("permissions");
        fs::write(&marker, lost).expect("a marker");
        bundle.start(&cache);
        assert_eq!(inode(), before);
        assert_eq!(fs::metadata(&marker).expect("a marker").permissions().mode() & 0o777, 0o400, "it is on the disk");
    }
    fs::remove_file(&marker).expect("removed");
    fs::write(bundle.version(&cache).join("app"), "").expect("a lost file");
    assert!(bundle.start(&cache).contains("_PYI_ARCHIVE_FILE="), "without a marker");
}

#[test]
fn a_start_after_a_minute_writes_it_out() {
    let bundle = Bundle::usual("sync");
    let cache = bundle.make("cache");
    let marker = bundle.app(&cache).join(format!("{}.boot", bundle.key));
    let mode = || fs::metadata(&marker).expect("a marker").permissions().mode() & 0o777;
    bundle.start(&cache);
    bundle.start(&cache);
    assert_eq!(mode(), 0o600, "the system does it soon");
    touch(&marker, "61 seconds ago");
    bundle.start(&cache);
    assert_eq!(mode(), 0o400);
    // From now on another boot is no matter.
    fs::set_permissions(&marker, fs::Permissions::from_mode(0o600)).expect("permissions");
    fs::write(&marker, "another").expect("a marker");
    fs::set_permissions(&marker, fs::Permissions::from_mode(0o400)).expect("permissions");
    let before = fs::metadata(bundle.version(&cache)).expect("a folder").ino();
    bundle.start(&cache);
    assert_eq!(fs::metadata(bundle.version(&cache)).expect("a folder").ino(), before);
}

#[test]
fn a_folder_that_is_deleted_while_it_runs_is_unpacked_again() {
    let bundle = Bundle::usual("deleted");
    let cache = bundle.make("cache");
    let mut command = bundle.command(&[("XDG_CACHE_HOME", &cache)]);
    let mut child = command.args(["sleep", "60"]).stdout(Stdio::piped()).spawn().expect("it runs");
    std::io::Read::read(child.stdout.as_mut().expect("a pipe"), &mut [0]).expect("it has started");
    fs::remove_dir_all(cache.join("permafreeze")).expect("removed");
    assert!(child.try_wait().expect("a state").is_none(), "it goes on");
    bundle.start(&cache);
    assert_only_version(&bundle, &bundle.app(&cache));
    child.kill().expect("killed");
    child.wait().expect("ended");
}

#[test]
fn a_clock_that_jumps_costs_nothing() {
    let bundle = Bundle::usual("clock");
    let cache = bundle.make("cache");
    bundle.start(&cache);
    let (app, version) = (bundle.app(&cache), bundle.version(&cache));
    let inode = fs::metadata(&version).expect("a folder").ino();
    for when in ["2001-01-01", "2099-01-01", "1970-01-02"] {
        for path in [version.clone(), app.join("cleaned"), app.join(format!("{}.boot", bundle.key))] {
            touch(&path, when);
        }
        bundle.start(&cache);
        let metadata = fs::metadata(&version).expect("a folder");
        assert_eq!(metadata.ino(), inode, "{when}");
        let age = metadata.modified().expect("a time").elapsed().expect("a past");
        assert!(age < Duration::from_secs(60), "{when}");
    }
    assert_only_version(&bundle, &app);
}

#[test]
fn old_versions_and_leftovers_are_removed_once_a_day() {
    let bundle = Bundle::usual("old");
    let cache = bundle.make("cache");
    bundle.start(&cache);
    let (app, version) = (bundle.app(&cache), bundle.version(&cache));
    let plant = || {
        for name in ["0".repeat(32), "1".repeat(32), ".new-x-1-1".into()] {
            fs::create_dir_all(app.join(name)).expect("a folder");
        }
        touch(&app.join("0".repeat(32)), "31 days ago");
        touch(&app.join("1".repeat(32)), "29 days ago");
    };
    plant();
    bundle.start(&cache);
    assert!(app.join("0".repeat(32)).exists(), "it was cleaned today");
    touch(&version, "25 hours ago");
    touch(&app.join("cleaned"), "25 hours ago");
    bundle.start(&cache);
    let mut left = names(&app);
    left.retain(|name| !name.starts_with(&bundle.key));
    assert_eq!(left, ["1".repeat(32), "cleaned".into(), "lock".into()]);
}

#[test]
fn a_new_version_lies_beside_the_old_one() {
    let cache = tempfile::tempdir().expect("a folder");
    let bundles = [100, 200].map(|length| Bundle::new("versions", &files(length)));
    for bundle in &bundles {
        bundle.start(cache.path());
    }
    assert_ne!(bundles[0].key, bundles[1].key);
    assert!(bundles.iter().all(|bundle| bundle.version(cache.path()).join("app").exists()));
}

#[test]
fn many_files_need_no_more_descriptors_than_there_are() {
    let file = |number: usize| (format!("_internal/{number:04}"), support::Entry::File(0o600, noise(number % 7)));
    let mut all: Vec<_> = (0..1500).map(file).collect();
    all.extend(files(10).pop());
    let bundle = Bundle::new("many", &all);
    let cache = bundle.make("cache");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 40; exec \"$0\" exit 0"]).arg(&bundle.path).env("XDG_CACHE_HOME", &cache);
    said(&command.output().expect("it runs"));
    assert_only_version(&bundle, &bundle.app(&cache));
}
