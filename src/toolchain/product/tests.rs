use super::*;
use crate::pins;

#[test]
fn every_name_finds_its_product() {
    for name in Product::names() {
        let python = Product::find(&name).expect("a product").python();
        assert_eq!(python.is_some(), name.contains("-3."), "{name}");
        assert!(python.is_none_or(|python| name.contains(&format!("-{python}-"))), "{name}");
    }
    assert_eq!(
        Product::names(),
        [
            "compile-x86_64-linux",
            "link-x86_64-linux",
            "compile-aarch64-linux",
            "link-aarch64-linux",
            "launcher-linux-amd64",
            "launcher-linux-arm64",
            "host-python-3.13-x86_64-linux",
            "host-python-3.13-aarch64-linux",
            "runtime-3.13-linux-amd64",
            "runtime-3.13-linux-arm64",
            "host-python-3.14-x86_64-linux",
            "host-python-3.14-aarch64-linux",
            "runtime-3.14-linux-amd64",
            "runtime-3.14-linux-arm64",
            "runtime-3.13-windows-amd64-wheels",
            "runtime-3.13-darwin-amd64-wheels",
            "runtime-3.13-darwin-arm64-wheels",
            "runtime-3.14-windows-amd64-wheels",
            "runtime-3.14-darwin-amd64-wheels",
            "runtime-3.14-darwin-arm64-wheels"
        ]
    );
}

#[test]
fn names_in_the_store() {
    let releases = [(PYTHONS[0], "3.13.5".to_owned()), (PYTHONS[1], "3.14.2".to_owned())];
    let mut pins = Pins { pythons: releases.into(), ..pins::own().expect("pins") };
    let file_name = |product: &str, pins: &Pins| Product::find(product).expect("a product").file_name(pins);
    let name = |product: &str| file_name(product, &pins).expect("pinned");
    assert_eq!(name("host-python-3.13-x86_64-linux"), "permafreeze-host-python-3.13.5-x86_64-linux.tar.gz");
    assert_eq!(name("runtime-3.13-linux-amd64"), "permafreeze-runtime-3.13.5-linux-amd64.tar.gz");
    assert_eq!(name("runtime-3.14-linux-amd64"), "permafreeze-runtime-3.14.2-linux-amd64.tar.gz");
    assert_eq!(name("runtime-3.13-darwin-amd64-wheels"), "permafreeze-runtime-3.13.9-darwin-amd64-wheels.tar.gz");
    assert_eq!(name("link-x86_64-linux"), "permafreeze-link");
    assert_eq!(name("launcher-linux-arm64"), "permafreeze-launcher");
    pins.pythons.remove(&PYTHONS[1]);
    let error = file_name("host-python-3.14-x86_64-linux", &pins).expect_err("not pinned");
    assert_eq!(error.to_string(), "the pins have no Python `3.14`");
}

#[test]
fn what_is_not_known_is_refused() {
    let names = [
        "runtime-3.13-beos",
        "runtime-3.12-linux-amd64",
        "runtime-3.13.5-linux-amd64",
        "runtime-linux-amd64",
        "host-python-x86_64-linux",
        "host-python-3.13-linux-amd64",
        "compile-",
        "compile-3.13-x86_64-linux",
        "launcher-windows-amd64",
        "launcher-x86_64-linux",
        "shell",
        "",
    ];
    for name in names {
        assert!(matches!(Product::find(name), Err(Error::NoRecipe { .. })), "{name}");
    }
    let pins = pins::own().expect("pins");
    let error = select(&pins, &["shell".into()], wanted(&[]), &HOSTS[0]).expect_err("not pinned");
    assert!(error.to_string().starts_with("the toolchain has no `shell`; it has: compile-aarch64-linux"), "{error}");
    let of_wheels = Wanted { from: Some(RuntimeSource::Wheels), ..wanted(&[Target::LinuxAmd64]) };
    let error = select(&pins, &[], of_wheels, &HOSTS[0]).expect_err("not of wheels");
    let text = "the toolchain has no `runtime-3.13-linux-amd64-wheels`; it has: runtime-3.13-darwin-amd64";
    assert!(error.to_string().starts_with(text), "{error}");
}

/// Builds of the default Python.
fn wanted(targets: &[Target]) -> Wanted<'_> {
    Wanted { python: PYTHONS[0], targets, from: None }
}

/// Pins of all that can be made.
fn full_pins() -> Pins {
    let mut pins = pins::own().expect("pins");
    let pin = pins.made["link-x86_64-linux"].clone();
    pins.made.extend(Product::names().into_iter().map(|name| (name, pin.clone())));
    pins
}

#[test]
fn a_host_needs_its_own_programs_and_the_targets_runtimes() {
    let pins = full_pins();
    let needed = |targets: &[Target], host| select(&pins, &[], wanted(targets), host).expect("known");
    assert_eq!(
        needed(&[Target::LinuxArm64], &HOSTS[0]),
        [
            "compile-x86_64-linux",
            "host-python-3.13-x86_64-linux",
            "launcher-linux-arm64",
            "link-x86_64-linux",
            "runtime-3.13-linux-arm64"
        ]
    );
    assert_eq!(
        needed(&[], &HOSTS[1]),
        [
            "compile-aarch64-linux",
            "host-python-3.13-aarch64-linux",
            "launcher-linux-amd64",
            "launcher-linux-arm64",
            "link-aarch64-linux",
            "runtime-3.13-linux-amd64",
            "runtime-3.13-linux-arm64"
        ]
    );
    assert_eq!(
        select(&pins, &["runtime-3.14-linux-amd64".into()], wanted(&[]), &HOSTS[1]).expect("known"),
        ["runtime-3.14-linux-amd64"]
    );
    let of_wheels = Wanted { from: Some(RuntimeSource::Wheels), ..wanted(&[Target::WindowsAmd64]) };
    let of_wheels = select(&pins, &[], of_wheels, &HOSTS[0]);
    assert_eq!(of_wheels.expect("known").last().map(String::as_str), Some("runtime-3.13-windows-amd64-wheels"));
}

#[test]
fn builds_of_one_python_need_nothing_of_another() {
    let pins = full_pins();
    let newer = Wanted { python: PYTHONS[1], ..wanted(&[Target::LinuxArm64]) };
    assert_eq!(
        select(&pins, &[], newer, &HOSTS[0]).expect("known"),
        [
            "compile-x86_64-linux",
            "host-python-3.14-x86_64-linux",
            "launcher-linux-arm64",
            "link-x86_64-linux",
            "runtime-3.14-linux-arm64"
        ]
    );
    let names = select(&pins, &[], Wanted { targets: &[], ..newer }, &HOSTS[1]).expect("known");
    assert!(names.iter().any(|name| name == "runtime-3.14-linux-amd64"), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("-3.13-")), "{names:?}");
}
