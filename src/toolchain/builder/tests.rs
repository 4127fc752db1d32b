use std::sync::Mutex;

use super::*;
use crate::files::tests::folder;
use crate::pins;

fn builder<'a>(pins: &'a Pins, root: &Utf8Path, on_event: &'a (dyn Fn(Event) + Sync)) -> Builder<'a> {
    Builder {
        pins,
        work: root.join("work"),
        path: "/usr/bin:/bin".into(),
        jobs: 1,
        sources: Sources {
            folder: root.join("work/sources"),
            cargo_home: root.join("cargo"),
            offline: false,
            download: &|_, to| std::fs::write(to, "abc").map_err(|error| error.to_string()),
        },
        compiler: None,
        on_event,
    }
}

fn made(sha256: &str, urls: &[&str]) -> Made {
    Made {
        name: "a.tar.gz".into(),
        sha256: sha256.into(),
        size: Some(3),
        nar_sha256: None,
        urls: urls.iter().map(|url| (*url).to_owned()).collect(),
    }
}

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn a_mismatch_shows_both_hashes_and_the_compilers() {
    let (_keep, root) = folder();
    let pins = pins::own().expect("pins");
    let file = root.join("a.tar.gz");
    std::fs::write(&file, "abc").expect("written");
    let builder = builder(&pins, &root, &|_| {});
    builder.check("runtime-3.13-linux-amd64", &made(ABC, &[]), &file).expect("the same");
    let error = builder.check("runtime-3.13-linux-amd64", &made("00ff", &[]), &file).expect_err("another");
    assert_eq!(
        error.to_string(),
        format!(
            "`runtime-3.13-linux-amd64` is not what is pinned\n  expected: 00ff\n       got: {ABC}\n  the file: {file}\n  \
             built with zig 0.17.1, rustc 1.95.0"
        )
    );
    assert!(error.hint().expect("a hint").contains("permafreeze toolchain pin"));
    assert!(!error.is_outside());
}

#[test]
fn a_tool_needs_a_checkout() {
    let (_keep, root) = folder();
    let pins = pins::own().expect("pins");
    let error = builder(&pins, &root, &|_| {}).make(&["link-x86_64-linux".into()]).expect_err("no checkout");
    assert!(matches!(error, Error::NoCheckout { .. }), "{error}");
    assert!(error.hint().expect("a hint").contains("--source"));
}

#[test]
fn a_work_folder_that_breaks_configure_is_refused() {
    for bad in ["/home/a b/work", "relative", "/home/a$b", "/home/ü"] {
        assert!(matches!(check_work_folder(Utf8Path::new(bad)), Err(Error::WorkFolder { .. })), "{bad}");
    }
    check_work_folder(Utf8Path::new("/home/user/.cache/permafreeze/toolchain")).expect("good");
}

#[test]
fn urls_are_tried_and_their_bytes_checked() {
    let (_keep, root) = folder();
    let pins = pins::own().expect("pins");
    let builder = builder(&pins, &root, &|_| {});
    assert_eq!(builder.download(&made(ABC, &[])).expect("no URL"), None);
    assert_eq!(builder.download(&made("00ff", &["https://a.example/x"])).expect("other bytes"), None);
    let file = builder.download(&made(ABC, &["https://a.example/x"])).expect("good").expect("found");
    assert_eq!(std::fs::read_to_string(file).expect("read"), "abc");
}

/// A recipe that fails once: what was done before it is not done again, what comes after is done the second time.
#[test]
fn an_interrupted_build_goes_on_where_it_stopped() {
    let (_keep, root) = folder();
    let mut pins = pins::own().expect("pins");
    for source in pins.sources.values_mut() {
        *source = permafreeze_plan::pins::PinnedSource {
            sha256: ABC.into(),
            url: Some("https://a.example/x".into()),
            crate_: None,
            apt: None,
            within: None,
        };
    }
    let pin = pins.wheels.get("zig-x86_64-linux").expect("pinned");
    let zig = root.join("work/zig").join(&pin.sha256).join("ziglang/zig");
    create_folder(zig.parent().expect("a folder")).expect("made");
    std::fs::write(&zig, "").expect("written");
    let seen = Mutex::new(Vec::new());
    let on_event = |event| {
        if let Event::Started(name) = event {
            seen.lock().expect("not poisoned").push(name);
        }
    };
    let builder = builder(&pins, &root, &on_event);
    let flag = root.join("second");
    let fake = |name: &str, recipe: String, dependencies: &[&str]| Step {
        name: name.into(),
        recipe: format!("PATH=$TOOLS\nmkdir ../out\n{recipe}"),
        files: &[],
        source: "zlib".into(),
        wheel: None,
        platform: &HOSTS[0],
        dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        driver: None,
    };
    let steps = [
        fake("one", "echo 1 > ../out/1".into(), &[]),
        fake("two", format!("cat $DEPS/1 > ../out/2; test -e {flag}"), &["one"]),
        fake("three", "cat $DEPS/2 > ../out/3".into(), &["two"]),
    ];
    let run = || builder.run(&mut Jobs { steps: steps.to_vec(), tools: Vec::new() });
    let error = run().expect_err("fails once");
    assert!(matches!(&error, Error::StepFailed { step, .. } if step == "two"), "{error}");
    std::fs::write(&flag, "").expect("written");
    let keys = run().expect("goes on");
    assert_eq!(std::fs::read_to_string(root.join("work/steps/three/out/3")).expect("read"), "1\n");
    let order: Vec<String> = seen.lock().expect("not poisoned").iter().filter(|name| *name != "zig").cloned().collect();
    assert_eq!(order, ["one", "two", "two", "three"]);
    assert_eq!(run().expect("nothing to do"), keys);
    assert_eq!(seen.lock().expect("not poisoned").len(), order.len() + 2);
}
