//! Which places are used, and which are not.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use crate::support::{Bundle, as_user, assert_only_version, failed, is_root, names, said, skip};

/// Users that no machine has.
const ALICE: u32 = 61_002;
const BOB: u32 = 61_003;

/// Where every place of the user's is in the namespace: an own `/var/tmp` and `/tmp` hide the machine's.
const OWN_TMP: &str = "mount -t tmpfs -o mode=1777 none /var/tmp; export TMPDIR=$D/tmp; mkdir -p $D/tmp;";

fn in_namespace(bundle: &Bundle, script: &str) -> Option<String> {
    bundle.in_namespace(&format!("{OWN_TMP} {script}")).map(|output| said(&output))
}

#[test]
fn the_home_of_the_users_list_without_home() {
    let bundle = Bundle::usual("nohome");
    let script = "mkdir $D/home; echo \"root:x:$(id -u):0::$D/home:/bin/sh\" > $D/passwd
        mount --bind $D/passwd /etc/passwd; unset HOME; $B; HOME=relative $B";
    let Some(said) = in_namespace(&bundle, script) else { return };
    let version = bundle.version(&bundle.folder().join("home/.cache"));
    assert_eq!(said.matches(&format!("\n_PYI_ARCHIVE_FILE={}/app\n", version.display())).count(), 2, "{said}");
}

#[test]
fn a_home_that_is_not_there_is_not_made() {
    let bundle = Bundle::usual("nonexistent");
    // Root could make it.
    let Some(said) = in_namespace(&bundle, "HOME=/nonexistent-61 $B; [ ! -e /nonexistent-61 ]") else { return };
    assert!(said.contains(&format!("_PYI_ARCHIVE_FILE=/var/tmp/permafreeze-0/{}/", bundle.name)), "{said}");
    if !is_root() {
        return skip("another user: needs root");
    }
    let script = "HOME=/nonexistent-61 setpriv --reuid=61002 --regid=61002 --clear-groups $B";
    let said = in_namespace(&bundle, script).expect("a namespace");
    assert!(said.contains(&format!("_PYI_ARCHIVE_FILE=/var/tmp/permafreeze-{ALICE}/{}/", bundle.name)), "{said}");
}

#[test]
fn read_only_and_noexec_mounts_are_not_used() {
    for option in ["ro", "noexec"] {
        let bundle = Bundle::usual(option);
        let script = format!(
            "mkdir $D/home; mount -t tmpfs none $D/home; mkdir $D/home/.cache; mount -o remount,{option} $D/home
            HOME=$D/home $B; find $D/home -mindepth 2"
        );
        let Some(said) = in_namespace(&bundle, &script) else { return };
        assert!(said.contains(&format!("_PYI_ARCHIVE_FILE=/var/tmp/permafreeze-0/{}/", bundle.name)), "{said}");
        assert!(!said.contains(&format!("\n{}/home/", bundle.folder().display())), "something is left: {said}");
    }
}

#[test]
fn a_full_disk_is_left_as_it_was() {
    for option in ["size=100k", "nr_inodes=8"] {
        let bundle = Bundle::usual("full");
        let script = format!(
            "mkdir $D/home; mount -t tmpfs -o {option} none $D/home
            HOME=$D/home $B; echo FILES; find $D/home -type f"
        );
        let Some(said) = in_namespace(&bundle, &script) else { return };
        assert!(said.contains(&format!("_PYI_ARCHIVE_FILE=/var/tmp/permafreeze-0/{}/", bundle.name)), "{said}");
        let lock = bundle.app(&bundle.folder().join("home/.cache")).join("lock");
        assert_eq!(said.split("FILES\n").nth(1), Some(&*format!("{}\n", lock.display())), "{option}");
    }
}

#[test]
fn nothing_left_is_an_error_that_lists_all() {
    let bundle = Bundle::usual("nothing");
    let script = "mkdir $D/home; for f in $D/home /var/tmp /tmp /dev/shm; do mount -t tmpfs -o noexec none $f; done
        unset TMPDIR; HOME=$D/home exec $B";
    // The bundle is in /tmp usually, which this test mounts over.
    let copy = format!("mkdir /run/$N; cp $B /run/$N/b; D=/run/$N; B=/run/$N/b; {script}");
    let Some(output) = bundle.in_namespace(&format!("mount -t tmpfs none /run; {copy}")) else { return };
    let error = failed(&output);
    for place in ["/home/.cache/permafreeze`", "/var/tmp/permafreeze-0`", "`/tmp`", "`/dev/shm`"] {
        assert!(
            error.lines().any(|line| line.contains(place) && line.ends_with("is mounted noexec")),
            "{place}: {error}"
        );
    }
    assert!(error.contains("hint: set PERMAFREEZE_CACHE_DIR"), "{error}");
}

#[test]
fn a_given_folder_is_the_only_one() {
    let bundle = Bundle::usual("given");
    let given = bundle.folder().join("a/b");
    let home = bundle.make("home");
    let run =
        |given: &Path| bundle.command(&[("PERMAFREEZE_CACHE_DIR", given), ("HOME", &home)]).output().expect("it runs");
    said(&run(&given));
    assert_only_version(&bundle, &given.join(&bundle.name));
    let error = failed(&run(Path::new("relative")));
    assert!(error.contains("expected an absolute path"), "{error}");
    let file = bundle.folder().join("file");
    fs::write(&file, "").expect("a file");
    let error = failed(&run(&file));
    assert!(error.contains(&*file.to_string_lossy()) && error.contains("PERMAFREEZE_CACHE_DIR"), "{error}");
    assert_eq!(names(&home), [""; 0]);
}

#[test]
fn what_others_may_write_to_is_refused() {
    let bundle = Bundle::usual("writable");
    let (cache, given) = (bundle.make("cache"), bundle.make("given"));
    bundle.start(&cache);
    let run = || {
        bundle
            .command(&[
                ("XDG_CACHE_HOME", &cache),
                ("PERMAFREEZE_UNPACK_ONLY", Path::new("1")),
                ("PERMAFREEZE_TRACE", Path::new("1")),
            ])
            .output()
            .expect("it runs")
    };
    for path in [cache.join("permafreeze"), bundle.app(&cache), bundle.version(&cache), cache.clone()] {
        let before = fs::metadata(&path).expect("a folder").permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("permissions");
        let output = run();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(&format!("not used: `{}`: may be written to by", path.display())), "{text}");
        fs::set_permissions(&path, before).expect("permissions");
    }
    let _ = fs::remove_dir_all(format!("/var/tmp/permafreeze-{}/{}", users_number(), bundle.name));
    bundle.command(&[("PERMAFREEZE_CACHE_DIR", &given)]).output().expect("it runs");
    fs::set_permissions(given.join(&bundle.name), fs::Permissions::from_mode(0o775)).expect("permissions");
    let error = failed(&bundle.command(&[("PERMAFREEZE_CACHE_DIR", &given)]).output().expect("it runs"));
    assert!(error.contains("may be written to by others"), "{error}");
}

fn users_number() -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").expect("this process").uid()
}

#[test]
fn a_planted_link_is_refused() {
    let bundle = Bundle::usual("planted");
    let (cache, other) = (bundle.make("cache"), bundle.make("other"));
    bundle.start(&other);
    fs::create_dir_all(cache.join("permafreeze")).expect("a folder");
    symlink(bundle.app(&other), bundle.app(&cache)).expect("a link");
    let trace = [("XDG_CACHE_HOME", cache.as_path()), ("PERMAFREEZE_TRACE", Path::new("1"))];
    let output = bundle.command(&trace).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("is no folder"), "{text}");
    let _ = fs::remove_dir_all(format!("/var/tmp/permafreeze-{}/{}", users_number(), bundle.name));
}

#[test]
fn a_shared_place_that_another_user_made_is_refused() {
    if !is_root() {
        return skip("other users: needs root");
    }
    let bundle = Bundle::usual("foreign");
    let script = |plant: &str| {
        format!(
            "chmod 777 $D/tmp; {plant}; export HOME=/nonexistent-61
            setpriv --reuid={ALICE} --regid={ALICE} --clear-groups $B; find $D/tmp /var/tmp -name 'permafreeze-*'"
        )
    };
    let place = format!("/var/tmp/permafreeze-{ALICE}");
    for plant in [
        format!("mkdir -m 777 {place}"),
        format!("mkdir -m 700 {place}; chown {BOB} {place}"),
        format!("mkdir -m 777 {place}; chown {ALICE} {place}"),
        format!("mkdir -m 700 $D/elsewhere; chown {ALICE} $D/elsewhere; ln -s $D/elsewhere {place}"),
    ] {
        let said = in_namespace(&bundle, &script(&format!("chmod 1777 $D/tmp; {plant}"))).unwrap_or_default();
        let temporary =
            format!("_PYI_ARCHIVE_FILE={}/tmp/permafreeze-{ALICE}-{}", bundle.folder().display(), bundle.key);
        assert!(said.contains(&temporary), "{plant}: {said}");
        assert!(said.ends_with(&format!("\n{place}\n")), "nothing is left: {plant}: {said}");
        let _ = fs::remove_dir_all(bundle.folder().join("elsewhere"));
    }
}

#[test]
fn the_home_of_another_user_is_not_used() {
    if !is_root() {
        return skip("other users: needs root");
    }
    let bundle = Bundle::usual("sudo");
    let home = bundle.make("home");
    chown(&home, Some(ALICE), Some(ALICE)).expect("root");
    // sudo that keeps HOME.
    let script = "chmod 1777 $D/tmp; HOME=$D/home $B; ls -A $D/home";
    let Some(root) = in_namespace(&bundle, script) else { return };
    assert!(root.contains(&format!("_PYI_ARCHIVE_FILE=/var/tmp/permafreeze-0/{}/", bundle.name)), "{root}");
    assert_eq!(names(&home), [""; 0]);
    // What the user has unpacked is not run by root either.
    let output = as_user(ALICE, &mut bundle.command(&[("HOME", &home)])).output().expect("it runs");
    assert!(said(&output).contains(&format!("_PYI_ARCHIVE_FILE={}/.cache/", home.display())));
    let root = in_namespace(&bundle, script).expect("a namespace");
    assert!(root.contains(&format!("_PYI_ARCHIVE_FILE=/var/tmp/permafreeze-0/{}/", bundle.name)), "{root}");
    // And a link of the user's to root's own folder leads nobody astray.
    let own = bundle.make("own");
    bundle.start(&own);
    fs::remove_dir_all(home.join(".cache")).expect("removed");
    symlink(&own, home.join(".cache")).expect("a link");
    let root = in_namespace(&bundle, script).expect("a namespace");
    assert!(!root.contains(&format!("_PYI_ARCHIVE_FILE={}", home.display())), "{root}");
}

#[test]
fn set_user_id_is_refused() {
    if !is_root() {
        return skip("other users: needs root");
    }
    let bundle = Bundle::usual("setuid");
    let copy = bundle.changed("copy", |_| {});
    chown(&copy, Some(ALICE), Some(ALICE)).expect("root");
    for mode in [0o4755, 0o2755] {
        fs::set_permissions(&copy, fs::Permissions::from_mode(mode)).expect("permissions");
        let mut command = std::process::Command::new(&copy);
        let output = as_user(BOB, command.env_clear().env("HOME", "/nonexistent")).output().expect("it runs");
        assert!(failed(&output).contains("set-user-ID or set-group-ID"), "{mode:o}");
    }
}
