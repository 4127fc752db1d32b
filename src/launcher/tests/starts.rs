//! What a started application sees, and what is unpacked.

use crate::support;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::{Bundle, Entry, assert_only_version, failed, files, is_root, names, noise, said, skip};

#[test]
fn the_first_start_unpacks_and_the_second_does_not() {
    let bundle = Bundle::usual("first");
    let cache = bundle.make("cache");
    let first = bundle.start(&cache);
    let version = bundle.version(&cache);
    let time = fs::metadata(version.join("app")).expect("a file").ctime_nsec();
    assert_eq!(bundle.start(&cache), first);
    assert_eq!(fs::metadata(version.join("app")).expect("a file").ctime_nsec(), time);
    assert_only_version(&bundle, &bundle.app(&cache));
}

#[test]
fn files_are_what_the_bundle_has() {
    let bundle = Bundle::usual("files");
    let cache = bundle.make("cache");
    bundle.start(&cache);
    let version = bundle.version(&cache);
    for (path, entry) in files(200_000) {
        let path = version.join(path);
        match entry {
            Entry::Link(target) => assert_eq!(fs::read_link(path).expect("a link"), Path::new(target)),
            Entry::File(mode, data) => {
                assert!(fs::read(&path).expect("a file") == data, "{}", path.display());
                assert_eq!(fs::metadata(path).expect("a file").mode() & 0o777, mode);
            }
        }
    }
    let library = fs::metadata(version.join("_internal/lib.so")).expect("a file");
    assert!(library.blocks() * 512 < 200_000, "{} blocks: the zeros are no hole", library.blocks());
    for folder in ["", "_internal", "_internal/a"] {
        assert_eq!(fs::metadata(version.join(folder)).expect("a folder").mode() & 0o777, 0o700, "{folder}");
    }
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    let bundle = Bundle::usual("umask");
    let cache = bundle.make("cache");
    for mask in ["0", "777"] {
        let script = format!("umask {mask}; exec \"$0\" run umask");
        let output = Command::new("sh").args(["-c", &script]).arg(&bundle.path).env("XDG_CACHE_HOME", &cache).output();
        let said = said(&output.expect("it runs"));
        assert_eq!(
            u32::from_str_radix(said.trim(), 8),
            u32::from_str_radix(mask, 8),
            "the application has the caller's"
        );
        assert_eq!(fs::metadata(bundle.version(&cache).join("app")).expect("a file").mode() & 0o777, 0o700);
        fs::remove_dir_all(bundle.app(&cache)).expect("removed");
    }
}

#[test]
fn arguments_and_environment() {
    let bundle = Bundle::usual("environment");
    let cache = bundle.make("cache");
    let link = bundle.folder().join("link");
    symlink(&bundle.path, &link).expect("a link");
    let mut command = Command::new(&link);
    command.env_clear().env("XDG_CACHE_HOME", &cache).args(["", "a b", "--version"]);
    let said = said(&command.output().expect("it runs"));
    let version = fs::canonicalize(bundle.version(&cache)).expect("a folder");
    let version = version.display();
    let real = fs::canonicalize(&bundle.path).expect("a path");
    for line in [
        format!("{version}/app"),
        "<>".into(),
        "<a b>".into(),
        "<--version>".into(),
        format!("_PERMAFREEZE_EXECUTABLE={}", real.display()),
        format!("_PYI_ARCHIVE_FILE={version}/app"),
        "_PYI_PARENT_PROCESS_LEVEL=0".into(),
        "_PYI_LINUX_PROCESS_NAME=link".into(),
        format!("LD_LIBRARY_PATH={version}/_internal"),
    ] {
        assert!(said.lines().any(|found| found == line), "{line} in\n{said}");
    }
    assert!(!said.contains("LD_LIBRARY_PATH_ORIG"), "{said}");
}

#[test]
fn the_name_it_was_called_by_is_handed_on() {
    let program = fs::read("/bin/cat").expect("a program");
    let bundle = Bundle::new(
        "name",
        &[("_internal/x".into(), Entry::File(0o600, noise(10))), ("app".into(), Entry::File(0o700, program))],
    );
    let cache = bundle.make("cache");
    let mut command = Command::new("sh");
    command.args(["-c", "exec -a 'as typed' \"$0\" /proc/self/cmdline"]).arg(&bundle.path);
    if fs::read_link("/bin/sh").is_ok_and(|shell| shell.ends_with("dash")) {
        command = Command::new("bash");
        command.args(["-c", "exec -a 'as typed' \"$0\" /proc/self/cmdline"]).arg(&bundle.path);
    }
    let said = said(&command.env("XDG_CACHE_HOME", &cache).output().expect("it runs"));
    assert_eq!(said, "as typed\0/proc/self/cmdline\0");
}

#[test]
fn a_cache_behind_a_symbolic_link_is_named_by_its_real_path() {
    let bundle = Bundle::usual("linked");
    let real = bundle.make("real");
    let cache = bundle.folder().join("cache");
    symlink(&real, &cache).expect("a link");
    let said = bundle.start(&cache);
    let archive = fs::canonicalize(bundle.version(&real)).expect("a folder").join("app");
    assert!(said.contains(&format!("_PYI_ARCHIVE_FILE={}\n", archive.display())), "{said}");
    assert_eq!(bundle.start(&cache), said);
}

#[test]
fn exit_codes_and_signals_are_the_applications() {
    let bundle = Bundle::usual("exit");
    let cache = bundle.make("cache");
    let run =
        |arguments: [&str; 2]| bundle.command(&[("XDG_CACHE_HOME", &cache)]).args(arguments).status().expect("it runs");
    assert_eq!(run(["exit", "0"]).code(), Some(0));
    assert_eq!(run(["exit", "77"]).code(), Some(77));
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&run(["kill", "TERM"])), Some(15));
}

#[test]
fn the_application_starts_itself_again() {
    let bundle = Bundle::usual("again");
    let cache = bundle.make("cache");
    let mut command = bundle.command(&[("XDG_CACHE_HOME", &cache), ("LD_LIBRARY_PATH", Path::new("/mine"))]);
    let said =
        said(&command.args(["run", "sh", "-c", "exec \"$_PERMAFREEZE_EXECUTABLE\" x"]).output().expect("it runs"));
    let version = fs::canonicalize(bundle.version(&cache)).expect("a folder");
    assert!(said.contains(&format!("LD_LIBRARY_PATH={}/_internal:/mine\n", version.display())), "{said}");
    assert!(said.contains("LD_LIBRARY_PATH_ORIG=/mine\n"), "{said}");
}

#[test]
fn only_unpacking_says_nothing() {
    let bundle = Bundle::usual("only");
    let cache = bundle.make("cache");
    let output = bundle.command(&[("XDG_CACHE_HOME", &cache), ("PERMAFREEZE_UNPACK_ONLY", Path::new("1"))]).output();
    assert_eq!(said(&output.expect("it runs")), "");
    assert_only_version(&bundle, &bundle.app(&cache));
    let marker = bundle.app(&cache).join(format!("{}.boot", bundle.key));
    assert_eq!(fs::metadata(marker).expect("a marker").mode() & 0o777, 0o400, "it is on the disk");
}

#[test]
fn verify_names_what_differs() {
    let bundle = Bundle::usual("verify");
    let cache = bundle.make("cache");
    let run = || {
        bundle.command(&[("XDG_CACHE_HOME", &cache), ("PERMAFREEZE_VERIFY", Path::new("1"))]).output().expect("it runs")
    };
    assert!(!said(&run()).contains("PERMAFREEZE_VERIFY"));
    let version = bundle.version(&cache);
    type Change = (&'static str, &'static str, fn(&Path));
    let changes: [Change; 5] = [
        ("_internal/a/data", "is not what the bundle has", |path| {
            let mut bytes = fs::read(path).expect("a file");
            bytes[1000] ^= 1;
            fs::write(path, bytes).expect("a file");
        }),
        ("_internal/lib.so", "is not what the bundle has", |path| fs::write(path, "").expect("a file")),
        ("_internal/a/empty", "is missing", |path| fs::remove_file(path).expect("removed")),
        ("_internal/a/more", "is not of the bundle", |path| fs::write(path, "").expect("a file")),
        ("_internal/link.so", "is not what the bundle has", |path| {
            fs::remove_file(path).expect("removed");
            symlink("a/data", path).expect("a link");
        }),
    ];
    for (path, problem, change) in changes {
        change(&version.join(path));
        let error = failed(&run());
        let shown = fs::canonicalize(&version).expect("a folder");
        assert!(error.contains(&format!("{}` {problem}", shown.join(path).display())), "{error}");
        assert!(error.contains(&format!("hint: remove `{}`", shown.display())), "{error}");
        fs::remove_dir_all(&version).expect("removed");
        said(&run());
    }
}

#[test]
fn a_folder_beside_the_executable_is_made_and_found() {
    let bundle = Bundle::usual("beside");
    let cache = bundle.make("cache");
    let run = |variables: &[(&str, &Path)]| bundle.command(variables).output().expect("it runs");
    assert_eq!(said(&run(&[("PERMAFREEZE_UNPACK_ONLY", Path::new("beside"))])), "");
    let folder = bundle.folder().join(format!(".{}", bundle.name));
    let version = folder.join(&bundle.key);
    for (path, mode) in [("", 0o755), ("_internal", 0o755), ("app", 0o755), ("_internal/a/data", 0o644)] {
        assert_eq!(fs::metadata(version.join(path)).expect("there").mode() & 0o777, mode, "{path}");
    }
    assert!(said(&run(&[("XDG_CACHE_HOME", &cache)])).starts_with(&format!("{}\n", version.join("app").display())));
    assert_eq!(names(&cache), [""; 0]);
    if is_root() {
        let mut command = bundle.command(&[("HOME", Path::new("/nonexistent"))]);
        let other = said(&support::as_user(61_001, &mut command).output().expect("it runs"));
        assert!(other.starts_with(&format!("{}\n", version.join("app").display())), "another user takes it, too");
    } else {
        skip("another user: needs root");
    }
    // With PERMAFREEZE_CACHE_DIR it is not asked for.
    let given = bundle.make("given");
    assert!(said(&run(&[("PERMAFREEZE_CACHE_DIR", &given)])).starts_with(&*given.to_string_lossy()));
    // What others may write to is not taken.
    for path in [&folder, &version] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("permissions");
        assert!(said(&run(&[("XDG_CACHE_HOME", &cache)])).starts_with(&*cache.to_string_lossy()), "{}", path.display());
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
}

#[test]
fn without_proc_it_is_found_by_its_name() {
    let bundle = Bundle::usual("noproc");
    let cache = bundle.make("cache");
    let script =
        |start: &str| format!("mount -t tmpfs none /proc; cd \"$D\"; PATH=$D:$PATH XDG_CACHE_HOME=$D/cache {start}");
    for start in ["./bundle", "bundle", "\"$B\""] {
        let Some(output) = bundle.in_namespace(&script(start)) else { return };
        let said = said(&output);
        assert!(said.starts_with(&format!("{}/app\n", bundle.version(&cache).display())), "{said}");
    }
    let inode = || fs::metadata(bundle.version(&cache)).expect("a folder").ino();
    let before = inode();
    bundle.in_namespace(&script("./bundle")).expect("a namespace");
    assert_eq!(inode(), before, "without a boot's number, what is unpacked still counts");
    let output = bundle.in_namespace(&script("bash -c 'exec -a other ./bundle'")).expect("a namespace");
    assert!(failed(&output).contains("/proc is not mounted"), "{output:?}");
}
