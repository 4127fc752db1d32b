//! What no import statement names: the application's modules, importlib's calls, tables, settings, plugins, native code.
use permafreeze_link::entry;
use permafreeze_link::files::metadata;
use permafreeze_link::graph::reason::Reason;
use permafreeze_link::linking::Linking;
use permafreeze_plan::plan::{AddedData, Entry};

use crate::support::{World, closure, edges, reached, warnings};

/// The file of a wheel `name` version 1 that lists its entry points.
fn entry_points(name: &str) -> String {
    format!("{name}-1.dist-info/entry_points.txt")
}

/// The reason of an edge; from the executable, if nobody is named.
fn reason(linking: &Linking<'_>, from: &str, to: &str) -> Option<Reason> {
    let node = |name: &str| if name.is_empty() { linking.graph.root } else { linking.graph.named(name).unwrap() };
    linking.graph.reasons.get(&(node(from), node(to))).cloned()
}

#[test]
fn all_modules_of_a_distribution_of_the_plan_are_linked() {
    let files = [
        ("app/__init__.py", ""),
        ("app/plugins/one.py", "import dependency\nimport absent"),
        ("app/migrations/__init__.py", ""),
        ("app/migrations/0001_initial.py", ""),
        ("app/not-a-module.py", ""),
        ("app/data.json", ""),
        (".entries/app.py", ""),
    ];
    let mut world = World::new().source("app", &files).wheel("d", &[("dependency.py", ""), ("other.py", "")]);
    world.executable.collect_data = vec!["app".to_owned()];
    world.link(|linking| {
        closure(linking, "");
        assert!(linking.add_application().unwrap());
        let expected =
            ["app", "app.migrations", "app.migrations.0001_initial", "app.plugins", "app.plugins.one", "dependency"];
        assert_eq!(reached(linking), expected);
        assert!(!linking.add_application().unwrap(), "the second time there is nothing left");
        assert_eq!(reason(linking, "", "app.plugins.one"), Some(Reason::Application));
        assert!(linking.graph.missing["absent"].contains("app.plugins.one"));
        assert_eq!(warnings(linking), Vec::<String>::new());
    });
}

#[test]
fn computed_names_of_a_package_are_its_own_modules() {
    let tool = [
        ("tool/__init__.py", "from . import load"),
        ("tool/load.py", "computed: tool.commands.do_\ncomputed: never."),
        ("tool/commands/__init__.py", ""),
        ("tool/commands/do_this.py", ""),
        ("tool/commands/helper.py", ""),
    ];
    let world = World::new()
        .wheel(
            "w",
            &[("widgets/__init__.py", "lazy:\ncomputed:"), ("widgets/_tab.py", ""), ("widgets/tests/__init__.py", "")],
        )
        .wheel("t", &tool)
        .wheel("p", &[("plain/__init__.py", "computed:"), ("plain/a.py", "")])
        .wheel("n", &[("never/__init__.py", ""), ("never/a.py", "")]);
    world.link(|linking| {
        let found = closure(linking, "import widgets\nimport tool\nimport plain");
        let expected =
            ["plain", "tool", "tool.commands", "tool.commands.do_this", "tool.load", "widgets", "widgets._tab"];
        assert_eq!(found, expected);
        assert_eq!(reason(linking, "widgets", "widgets._tab"), Some(Reason::Computed));
    });
}

#[test]
fn path_dependencies_are_the_applications() {
    let world =
        World::new().source("app", &[("app.py", "")]).source("lib", &[("lib/__init__.py", ""), ("lib/a.py", "")]);
    world.link(|linking| {
        closure(linking, "import app");
        linking.add_application().unwrap();
        assert_eq!(reached(linking), ["app", "lib", "lib.a"]);
    });
}

#[test]
fn what_else_lies_beside_a_script_is_not_linked() {
    let files = [
        ("app/__init__.py", ""),
        ("app/a.py", ""),
        ("run.py", ""),
        ("noxfile.py", ""),
        ("tests/__init__.py", ""),
        ("app/hooks/hook-x.py", ""),
        ("app/hooks/helper.py", ""),
        ("app/start.py", ""),
    ];
    let mut world = World::new().source("app", &files);
    world.executable.hooks = vec!["app/hooks".to_owned()];
    world.executable.runtime_hooks = vec!["app/start.py".to_owned()];
    world.link(|linking| {
        closure(linking, "import app\nimport run");
        linking.add_application().unwrap();
        assert_eq!(reached(linking), ["app", "app.a", "run"]);
    });
}

#[test]
fn excluded_modules_of_the_application_stay_out() {
    let files =
        [("app/__init__.py", ""), ("app/tests/__init__.py", ""), ("app/tests/a.py", "import app.b"), ("app/c.py", "")];
    let mut world = World::new().source("app", &files);
    world.executable.collect_data = vec!["app".to_owned()];
    world.executable.exclude_modules = vec!["app.tests".to_owned()];
    world.link(|linking| {
        closure(linking, "");
        linking.add_application().unwrap();
        assert!(!reached(linking).contains(&"app.tests.a".to_owned()));
    });
}

#[test]
fn of_plain_scripts_it_is_the_packages_that_are_used() {
    let files = [
        ("main.py", "import polls\nimport util"),
        ("util.py", "import late.a"),
        ("other_script.py", "import other"),
        ("polls/__init__.py", ""),
        ("polls/urls.py", "import dependency"),
        ("late/a.py", ""),
        ("late/b.py", ""),
        ("tests/__init__.py", ""),
        ("tests/test_a.py", ""),
    ];
    let mut world = World::new().scripts(&files).wheel("d", &[("dependency.py", "")]);
    world.executable.entry = Entry::Script { script: "main.py".to_owned() };
    world.link(|linking| {
        entry::add(linking).unwrap();
        linking.drain().unwrap();
        linking.add_application().unwrap();
        let names: Vec<String> = reached(linking).into_iter().filter(|name| !name.contains(':')).collect();
        assert_eq!(names, ["dependency", "late", "late.a", "late.b", "polls", "polls.urls", "util"]);
    });
}

#[test]
fn constant_arguments_of_importlib_are_imports() {
    let files = [("p/__init__.py", "load: .a q"), ("p/a.py", "load: ..x absent"), ("p/b.py", ""), ("q.py", "")];
    World::new().wheel("p", &files).link(|linking| {
        assert_eq!(closure(linking, "import p"), ["p", "p.a", "q"]);
        assert_eq!(reason(linking, "p", "q"), Some(Reason::Call));
        assert!(linking.graph.missing.contains_key("absent"));
    });
}

#[test]
fn tables_of_lazy_packages_name_modules_below_them_or_whole() {
    let files = [
        ("p/__init__.py", "lazy: .a b q.c os.path Class json deep.d ..x"),
        ("p/a.py", ""),
        ("p/b.py", "lazy: a .e"),
        ("p/e.py", ""),
        ("p/deep/__init__.py", ""),
        ("p/deep/d.py", ""),
        ("q/__init__.py", ""),
        ("q/c.py", ""),
        ("json.py", ""),
    ];
    World::new().wheel("p", &files).link(|linking| {
        assert_eq!(closure(linking, "import p"), ["p", "p.a", "p.b", "p.deep", "p.deep.d", "p.e", "q", "q.c"]);
        assert_eq!(reason(linking, "p", "p.b"), Some(Reason::Table));
        assert_eq!(edges(linking, "p.b"), ["p", "p.e"], "a word in a module is no submodule");
    });
}

#[test]
fn settings_of_the_application_name_modules_and_classes() {
    let files = [
        (
            "site_/settings.py",
            "settings: polls missing dj.middleware.Security dj\nnames: dj.admin dj.logs.Handler dj.x os.x",
        ),
        ("site_/urls.py", ""),
    ];
    let django = [
        ("dj/__init__.py", ""),
        ("dj/admin/__init__.py", ""),
        ("dj/middleware.py", ""),
        ("dj/logs.py", ""),
        ("dj/other.py", ""),
        ("polls/__init__.py", ""),
    ];
    World::new().source("site", &files).wheel("dj", &django).link(|linking| {
        let expected = ["dj", "dj.admin", "dj.logs", "dj.middleware", "polls", "site_", "site_.settings"];
        assert_eq!(closure(linking, "import site_.settings"), expected);
        assert_eq!(reason(linking, "site_.settings", "polls"), Some(Reason::Setting));
    });
}

#[test]
fn tables_of_packages_name_their_own_modules_and_object_references() {
    let files = [
        ("k/__init__.py", "settings: k.memory.Transport k.redis redis q.a word\nnames: k.late q.a:B r:x k.amqp:T"),
        ("k/memory.py", ""),
        ("k/redis.py", ""),
        ("k/late.py", ""),
        ("k/amqp.py", ""),
        ("q/__init__.py", ""),
        ("q/a.py", ""),
        ("redis.py", ""),
        ("r.py", ""),
        ("word.py", ""),
    ];
    World::new().wheel("k", &files).link(|linking| {
        assert_eq!(closure(linking, "import k"), ["k", "k.amqp", "k.memory", "k.redis", "q", "q.a"]);
    });
}

#[test]
fn plugins_of_a_group_that_linked_code_names_are_linked_with_their_metadata() {
    let points =
        "[console_scripts]\nx = plug.cli:main\n[app.plugins]\na = plug.a:A\n[app_b]\nb = plug.b\n[other]\nc = plug.c\n";
    let plug = [
        ("plug/__init__.py", ""),
        ("plug/a.py", "import dependency"),
        ("plug/b.py", "names: second"),
        ("plug/c.py", ""),
        ("plug/cli.py", ""),
        ("dependency.py", ""),
    ];
    let mut all = plug.to_vec();
    let name = entry_points("plug");
    all.push((&name, points));
    let second = entry_points("more");
    let world = World::new()
        .wheel("app", &[("app.py", "names: app.plugins app_")])
        .wheel("plug", &all)
        .wheel("more", &[("more.py", ""), (&second, "[second]\nx = more\n")])
        .wheel("unread", &[("unread.py", ""), (&entry_points("unread"), "[third]\nx = unread\n")]);
    world.link(|linking| {
        assert_eq!(closure(linking, "import app"), ["app", "dependency", "more", "plug", "plug.a", "plug.b"]);
        let expected = Reason::EntryPoint { group: "app.plugins".to_owned(), distribution: "plug".to_owned() };
        assert_eq!(reason(linking, "app", "plug.a"), Some(expected));
        let toc = metadata::of_plugins(linking.program, linking.graph);
        let folders: Vec<&str> = toc.entries().filter_map(|(dest, ..)| dest.strip_suffix("/METADATA")).collect();
        assert_eq!(folders, ["more-1.dist-info", "plug-1.dist-info"]);
    });
}

#[test]
fn strings_of_native_code_name_native_modules_and_dotted_ones() {
    let suffix = "cpython-313-x86_64-linux-gnu.so";
    let (rust, backend) = (format!("c/_rust.{suffix}"), format!("_backend.{suffix}"));
    let files = [
        ("c/__init__.py", ""),
        (rust.as_str(), "ELF modules=_backend,_pure,c.d,_none,os.path"),
        ("c/d.py", ""),
        ("_pure.py", ""),
    ];
    let world = World::new().wheel("c", &files).wheel("backend", &[(backend.as_str(), "ELF")]);
    world.link(|linking| {
        assert_eq!(closure(linking, "import c._rust"), ["_backend", "c", "c._rust", "c.d"]);
        assert_eq!(reason(linking, "c._rust", "_backend"), Some(Reason::Native));
    });
}

#[test]
fn a_computed_name_in_the_application_is_a_warning_with_its_line() {
    let text = "computed:\ncomputed: q.\ncomputed: app.plugins.x\ncomputed: .\ncomputed: known.a.\ncomputed: q_";
    let mut world = World::new()
        .source("app", &[("app/__init__.py", ""), ("app/load.py", text), ("app/plugins/a.py", "")])
        .wheel("q", &[("q/__init__.py", "computed:"), ("q_a.py", "")]);
    world.executable.collect_submodules = vec!["known".to_owned()];
    world.link(|linking| {
        closure(linking, "import app.load\nimport q");
        linking.warn_of_unknown_names();
        let found = warnings(linking);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("`app/load.py`, line 1: the name of the imported module is computed; name the"));
        assert!(found[1].contains("line 2") && found[1].contains("`collect-submodules = [\"q\"]`"), "{found:?}");
        assert!(
            found[2].contains("line 6: the name of the imported module is computed, it begins with `q_`"),
            "{found:?}"
        );
    });
}

#[test]
fn names_that_look_for_files_are_warnings_with_the_option() {
    let files = [
        ("start.py", "mentions: __file__"),
        ("app/__init__.py", "mentions: __file__"),
        ("app/a.py", "mentions: run_path"),
    ];
    let world = World::new().scripts(&files);
    let found = |world: &World| {
        world.link(|linking| {
            closure(linking, "import start\nimport app.a");
            linking.warn_of_unknown_names();
            warnings(linking)
        })
    };
    let said = found(&world);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("`app/a.py`, line 1: `run_path` looks for files"), "{said:?}");
    assert!(said[1].starts_with("`start.py`, line 1: `__file__` looks for files"), "{said:?}");
    let mut answered = world;
    answered.executable.datas = vec![AddedData { from: "app/a.py".to_owned(), to: ".".to_owned() }];
    assert_eq!(found(&answered), Vec::<String>::new());
}

#[test]
fn an_application_that_reads_source_text_has_it() {
    let modes = |text: &str| {
        let world = World::new()
            .source("app", &[("app/__init__.py", ""), ("app/a.py", text)])
            .wheel("w", &[("other/__init__.py", "mentions: getsource")]);
        world.link(|linking| {
            closure(linking, "import app.a\nimport other");
            linking.ship_sources();
            linking.hooks.results.modes.clone().into_iter().collect::<Vec<_>>()
        })
    };
    assert_eq!(modes(""), []);
    assert_eq!(modes("mentions: getsource"), [("app".to_owned(), "pyz+py".to_owned())]);
}

#[test]
fn a_table_of_a_package_that_computes_names_is_followed() {
    let names = "names: plot.svg plot.agg.Canvas other.a";
    let of = |text: String| {
        let files = [("plot/__init__.py", text.as_str()), ("plot/svg.py", ""), ("plot/agg.py", "")];
        World::new()
            .wheel("p", &files)
            .wheel("o", &[("other/__init__.py", ""), ("other/a.py", "")])
            .link(|linking| closure(linking, "import plot"))
    };
    assert_eq!(of(format!("{names}\ncomputed:")), ["plot", "plot.agg", "plot.svg"]);
    assert_eq!(of(names.to_owned()), ["plot"]);
}
