use permafreeze_packaging::python::PYTHONS;

use super::*;
use crate::pins;

/// Every Python, on every builder, for every target.
fn every_runtime() -> impl Iterator<Item = (Python, &'static Platform, &'static Platform)> {
    let pairs = HOSTS.iter().flat_map(|host| RUNTIMES.iter().map(move |target| (host, target)));
    pairs.flat_map(|(host, target)| PYTHONS.map(|python| (python, host, target)))
}

#[test]
fn every_step_comes_after_those_it_needs() {
    for (python, builder, target) in every_runtime() {
        let steps = runtime(python, target, builder);
        for (index, step) in steps.iter().enumerate() {
            for name in step.after() {
                assert!(steps[..index].iter().any(|before| before.name == *name), "{} before {name}", step.name);
            }
            let twins = steps.iter().filter(|other| other.name == step.name).count();
            assert_eq!(twins, 1, "{} on {}", step.name, builder.name);
        }
        assert_eq!(steps.last().map(|step| &step.name), Some(&format!("{}.python-{python}", target.name)));
    }
}

#[test]
fn a_runtime_is_driven_by_the_host_python_of_its_own_version_and_its_libraries_are_every_pythons() {
    let [older, newer] = PYTHONS.map(|python| runtime(python, &RUNTIMES[1], &HOSTS[0]));
    let made_of = |steps: &[Step]| steps.last().map(|step| (step.source.clone(), step.driver.clone()));
    let driver = Driver { python: PYTHONS[1], step: "x86_64-linux.python-3.14".into() };
    assert_eq!(made_of(&newer), Some(("cpython-3.14".into(), Some(driver))));
    let others: Vec<&str> = newer.iter().filter(|step| !older.contains(step)).map(|step| step.name.as_str()).collect();
    assert_eq!(others, ["x86_64-linux.python-3.14", "linux-arm64.zstd", "linux-arm64.python-3.14"]);
    let gone: Vec<&str> = older.iter().filter(|step| !newer.contains(step)).map(|step| step.name.as_str()).collect();
    assert_eq!(gone, ["linux-arm64.python-3.13"]);
}

#[test]
fn a_recipe_is_told_of_which_python_it_is() {
    for (python, builder, target) in every_runtime() {
        let recipe = runtime(python, target, builder).pop().expect("a step").recipe;
        let (name, _) = recipe.split_once("library=$STEP/out").expect("it installs");
        assert!(name.contains(&format!("\nPYTHON_NAME={}\n", python.name())), "{python}");
    }
}

#[test]
fn a_foreign_hosts_python_is_configured_the_same_way_on_every_builder() {
    for python in PYTHONS {
        let driver = |host, builder| host_python(python, host, builder).pop().expect("a step").driver;
        let of = |step: String| Some(Driver { python, step });
        assert_eq!(driver(&HOSTS[1], &HOSTS[0]), of(format!("x86_64-linux.python-{python}")));
        assert_eq!(driver(&HOSTS[1], &HOSTS[1]), of(format!("aarch64-linux.bootstrap-{python}")));
        assert_eq!(driver(&HOSTS[0], &HOSTS[0]), None);
    }
}

#[test]
fn every_source_is_pinned() {
    let pins = pins::own().expect("pins");
    for (python, builder, target) in every_runtime() {
        for step in runtime(python, target, builder) {
            assert!(pins.sources.contains_key(&step.source), "{}", step.source);
        }
    }
}

#[test]
fn a_key_depends_on_each_input_and_on_nothing_else() {
    let step = || runtime(DEFAULT, &RUNTIMES[0], &HOSTS[0]).pop().expect("a step");
    let key_of = |step: Step| step.key("source", None, "zig", &["a", "b"]);
    let key = key_of(step());
    assert_eq!(key, key_of(step()));
    assert_eq!(key, key_of(Step { name: "other".into(), ..step() }));
    let others = [
        step().key("source2", None, "zig", &["a", "b"]),
        step().key("source", Some("wheel"), "zig", &["a", "b"]),
        step().key("source", None, "zig2", &["a", "b"]),
        step().key("source", None, "zig", &["ab"]),
        step().key("source", None, "zig", &["b", "a"]),
        key_of(Step { recipe: "true".into(), ..step() }),
        key_of(Step { files: &[("a", "b")], ..step() }),
        key_of(Step { platform: &HOSTS[0], ..step() }),
    ];
    for other in others {
        assert_ne!(key, other);
    }
}
