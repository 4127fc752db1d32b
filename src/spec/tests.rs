use std::collections::BTreeMap;

use permafreeze_packaging::target::Target;
use serde_json::{Value, json};

use crate::finding::Kind as FindingKind;
use crate::project::{Files, Kind, Project};
use crate::recorded::Recorded;
use crate::{Imported, import, table};

const LINUX: Target = Target::LinuxAmd64;
const WINDOWS: Target = Target::WindowsAmd64;

/// Files by path; what has one below it is a folder.
struct Tree(BTreeMap<&'static str, &'static str>);

impl Files for Tree {
    fn kind(&self, path: &str) -> Option<Kind> {
        let below = format!("{path}/");
        if self.0.contains_key(path) {
            return Some(Kind::File);
        }
        (path == "." || self.0.keys().any(|file| file.starts_with(&below))).then_some(Kind::Folder)
    }

    fn read(&self, path: &str) -> Option<String> {
        self.0.get(path).map(|text| (*text).to_owned())
    }
}

fn tree() -> Tree {
    let pyproject = "[tool.poetry]\nname = \"app\"\npackage-mode = false\n";
    let lock = "[[package]]\nname = \"redis\"\nversion = \"1\"\n\n[[package]]\nname = \"tools\"\nversion = \"1\"\n\
                [package.source]\ntype = \"directory\"\nurl = \"../libs/tools\"\n";
    let files = [
        ("pyproject.toml", pyproject),
        ("poetry.lock", lock),
        ("main.py", "print()\n"),
        ("other.py", ""),
        ("src/app/main.py", "from app import other\n"),
        ("src/run/__init__.py", ""),
        ("src/run/by_name.py", "import importlib\n"),
        ("src/run/by_folder.py", "import helpers\n"),
        ("src/run/helpers.py", ""),
        ("bin/tool", "#!/usr/bin/env python3\nimport app\n"),
        ("bin/shell", "#!/bin/sh\n"),
        ("window.pyw", ""),
        ("assets/a.png", ""),
        ("app.ico", ""),
        ("lib/libx.so", ""),
        ("hooks/hook-x.py", ""),
        ("rt.py", ""),
    ];
    Tree(files.into())
}

fn argument(value: Value) -> Value {
    json!({ "line": 5, "value": value })
}

fn arguments(given: Value) -> Value {
    let given = given.as_object().expect("arguments").clone();
    given.into_iter().map(|(name, value)| (name, argument(value))).collect::<serde_json::Map<_, _>>().into()
}

/// A recording of an `Analysis` and an `EXE` of it; `more` follows them.
fn tape(analysis: Value, exe: Value, more: &[Value], calls: Value) -> Value {
    let collected = |part: &str| json!([{ "$": "toc", "object": 0, "part": part }]);
    let mut objects = vec![
        json!({ "kind": "Analysis", "line": 3, "positional": [], "keywords": arguments(analysis) }),
        json!({ "kind": "EXE", "line": 9, "positional": [collected("scripts"), collected("datas")],
                "keywords": arguments(exe) }),
    ];
    objects.extend_from_slice(more);
    json!({ "root": "/b/project", "packages": "/p", "folder": "", "lines": { "assets": 7 }, "objects": objects,
            "calls": calls, "touched": [] })
}

fn imported_of(targets: Value, wanted: &[Target]) -> Result<Imported, String> {
    let recorded: Recorded = serde_json::from_value(json!({ "targets": targets })).expect("a recording");
    let tree = tree();
    import(&recorded, &Project::new(&tree, "app.spec"), wanted).map_err(|error| error.to_string())
}

/// Returns the table for Linux of one recording, and its findings: `line: what: why`, with `!` where something is lost.
fn imported(tape: Value) -> (String, Vec<String>) {
    let imported = imported_of(json!({ "linux-amd64": tape }), &[LINUX]).expect("it is imported");
    (table::text(&imported.executables, &[LINUX]), listed(&imported, &[LINUX]))
}

fn listed(imported: &Imported, targets: &[Target]) -> Vec<String> {
    let text = |(finding, seen): (crate::finding::Finding, Vec<Target>)| {
        let lost = if finding.kind == FindingKind::Lost { "!" } else { "" };
        let line = finding.line.map_or(String::new(), |line| line.to_string());
        let seen: String = seen.iter().map(|target| format!(" [{target}]")).collect();
        format!("{lost}{line}: {}{seen}: {}", finding.what, finding.why)
    };
    imported.findings.listed(targets).into_iter().map(text).collect()
}

fn of_analysis(analysis: Value) -> (String, Vec<String>) {
    imported(tape(analysis, json!({ "name": "app" }), &[], json!([])))
}

fn of_exe(exe: Value) -> (String, Vec<String>) {
    imported(tape(json!({ "scripts": ["main.py"] }), exe, &[], json!([])))
}

#[test]
fn lists_become_options() {
    let (text, findings) = of_analysis(json!({
        "scripts": ["/b/project/main.py"], "hiddenimports": ["a", "b.c", "a"], "excludes": ["tkinter"],
        "hookspath": ["hooks"], "runtime_hooks": ["./rt.py"], "datas": [["assets", "x\\y"], ["assets/a.png", "."]],
        "module_collection_mode": { "$": "dict", "items": { "z": "py", "q": "py+pyz" } }, "noarchive": false, "optimize": -1,
        "hooksconfig": { "$": "dict", "items": {} }, "binaries": null, "cipher": null,
    }));
    assert_eq!(
        text,
        "[tool.permafreeze]\nname = \"app\"\nentry = \"main.py\"\ntargets = [\"linux-amd64\"]\nhidden-imports = [\"a\", \
         \"b.c\"]\nexclude-modules = [\"tkinter\"]\ndatas = [\n    { from = \"assets\", to = \"x/y\" },\n    { from = \
         \"assets/a.png\", to = \".\" },\n]\nruntime-hooks = [\"rt.py\"]\nhooks = [\"hooks\"]\nmodule-collection-mode = { q \
         = \"pyz+py\", z = \"py\" }\n"
    );
    assert_eq!(findings, [""; 0]);
}

#[test]
fn what_no_option_says_is_listed_with_its_line() {
    let (text, findings) = of_analysis(json!({
        "scripts": ["main.py", "other.py"], "hiddenimports": ["not a module"], "noarchive": true, "optimize": 2,
        "datas": [["assets", "../x"], ["gone", "."], ["/usr/share/x", "."], ["../up", "."], ["main.py", "."]],
        "binaries": [["lib/libx.so", "."]],
    }));
    assert!(text.contains("entry = \"main.py\"") && text.contains("lib/libx.so"), "{text}");
    let starts = [
        "!5: `datas`: `../up`: it lies above",
        "!5: `datas`: `/usr/share/x`: it is a file of the machine",
        "!5: `datas`: `gone`: there is no such file",
        "!5: `hiddenimports`: `not a module`: it is no name",
        "!5: `noarchive=True`: modules are in",
        "!5: `optimize=2`: code is compiled",
        "!5: `scripts`: `other.py`: one script is run, `main.py`",
        "5: `binaries`: `lib/libx.so`: it is added as a file",
        "!7: `datas`: `assets`: it would go to a folder outside",
    ];
    assert_eq!(findings.len(), starts.len(), "{findings:#?}");
    for (finding, start) in findings.iter().zip(starts) {
        assert!(finding.starts_with(start), "{finding} {start}");
    }
}

#[test]
fn functions_become_collect_options() {
    let call = |name: &str, arguments: Value, keywords: Value| json!({ "name": name, "line": 2, "arguments": arguments, "keywords": keywords });
    let calls = json!([
        call("collect_all", json!(["numpy"]), json!({})),
        call("collect_submodules", json!(["redis"]), json!({ "filter": { "$": "unknown", "what": "function" } })),
        call("copy_metadata", json!(["redis"]), json!({})),
        call("copy_metadata", json!(["absent"]), json!({})),
        call("collect_entry_point", json!(["x"]), json!({})),
        call("Tree", json!(["assets", "art"]), json!({ "excludes": [] })),
    ]);
    let found = |call: usize, part: &str| json!({ "$": "marker", "call": call, "part": part });
    let analysis = json!({
        "scripts": ["main.py"],
        "datas": [found(0, "datas"), found(2, "datas"), found(3, "datas"), found(4, "datas"), found(5, "datas"),
                  ["/p/certifi/where()", "certifi"], ["/venv/lib/python3/site-packages/pkg/x.json", "elsewhere"]],
        "binaries": [found(0, "binaries")],
        "hiddenimports": [found(0, "hiddenimports"), found(1, "hiddenimports")],
    });
    let (text, findings) = imported(tape(analysis, json!({}), &[], calls));
    let options = text.split_once("targets = [\"linux-amd64\"]\n").expect("targets").1;
    assert_eq!(
        options,
        "collect-submodules = [\"redis\"]\ncollect-data = [\"certifi\", \"pkg\"]\ncollect-all = [\"numpy\"]\ncopy-metadata = \
         [\"redis\"]\ndatas = [\n    { from = \"assets\", to = \"art\" },\n]\n"
    );
    let all = findings.join("\n");
    for part in [
        "!2: `copy_metadata('absent')`: `absent` is not in poetry.lock",
        "!2: `collect_entry_point('x')`: there is no option",
        "2: `collect_submodules('redis')`: `collect-submodules` takes all of `redis`",
        "`collect-data` takes all such files of `certifi`, to where the package looks",
        "`collect-data` takes all such files of `pkg`, to `pkg` instead of `elsewhere`",
    ] {
        assert!(all.contains(part), "{part}\n{all}");
    }
}

#[test]
fn what_is_run_is_a_file_or_a_module() {
    let entry = |analysis: Value| {
        let text = of_analysis(analysis).0;
        text.lines().find_map(|line| line.strip_prefix("entry = ")).unwrap_or("none").to_owned()
    };
    assert_eq!(entry(json!({ "scripts": ["src/app/main.py"], "pathex": ["src"] })), "\"-m app.main\"");
    assert_eq!(entry(json!({ "scripts": ["src/app/main.py"], "pathex": [] })), "\"src/app/main.py\"");
    // What is imported by name is found where `pathex` says, and what lies beside a script only from there.
    assert_eq!(entry(json!({ "scripts": ["src/run/by_name.py"], "pathex": ["src"] })), "\"-m run.by_name\"");
    assert_eq!(entry(json!({ "scripts": ["src/run/by_name.py"], "pathex": [] })), "\"src/run/by_name.py\"");
    assert_eq!(entry(json!({ "scripts": ["src/run/by_folder.py"], "pathex": ["src"] })), "\"src/run/by_folder.py\"");
    assert_eq!(entry(json!({ "scripts": "main.py" })), "\"main.py\"");
    assert_eq!(entry(json!({ "scripts": ["C:\\Users\\me\\app\\main.py"] })), "\"main.py\"");
    assert_eq!(entry(json!({ "scripts": ["bin/tool"] })), "\"bin/tool\"");
    assert_eq!(entry(json!({ "scripts": ["window.pyw"] })), "\"window.pyw\"");
    assert_eq!(entry(json!({ "scripts": ["bin/shell"] })), "none");
    assert_eq!(entry(json!({ "scripts": ["gone.py"] })), "none");
    assert_eq!(entry(json!({ "scripts": ["app.ico"] })), "none");
}

#[test]
fn folders_that_are_not_searched_are_named() {
    let (_, findings) =
        of_analysis(json!({ "scripts": ["main.py"], "pathex": [".", "../libs/tools", "../libs/tools/src", "src"] }));
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0].starts_with("!5: `pathex`: `src`: modules there are found if"), "{findings:#?}");
}

#[test]
fn an_executable_for_windows() {
    let version =
        json!({ "$": "dict", "items": { "CompanyName": "Example", "FileVersion": "1, 2, 3, 4", "Odd": "x" } });
    let (text, findings) = of_exe(json!({
        "name": "App", "console": false, "icon": ["app.ico"], "uac_admin": true, "version": version, "upx": false,
    }));
    assert!(
        text.ends_with(
            "[tool.permafreeze.windows]\nicon = \"app.ico\"\nuac-admin = true\nconsole = false\nversion = { company-name = \
             \"Example\", file-version = \"1.2.3.4\" }\n"
        ),
        "{text}"
    );
    assert_eq!(findings, [""; 0]);
}

#[test]
fn arguments_of_an_executable_that_no_option_says() {
    let (text, findings) = of_exe(json!({
        "name": "My App.exe", "upx": true, "strip": true, "runtime_tmpdir": "/x", "target_arch": "arm64", "icon": "/b/project/art/a.icns",
        "codesign_identity": null, "contents_directory": "lib", "manifest": "<xml>", "debug": false,
    }));
    assert!(text.contains("name = \"My-App\"\n") && text.ends_with("strip = \"symbols\"\n"), "{text}");
    let all = findings.join("\n");
    for part in [
        "!5: `upx=True`",
        "!5: `runtime_tmpdir='/x'`",
        "!5: `target_arch",
        "!5: `icon`: `art/a.icns`",
        "!5: `manifest`",
    ] {
        assert!(all.contains(part), "{part}\n{all}");
    }
    assert!(all.contains("\n5: `name='My App.exe'`") && all.contains("\n5: `contents_directory='lib'`"), "{all}");
    assert_eq!(findings.len(), 7, "{findings:#?}");
}

#[test]
fn several_executables_share_what_is_the_same() {
    let second = |name: &str| {
        json!({ "kind": "EXE", "line": 12, "positional": [[{ "$": "toc", "object": 0, "part": "scripts" }]],
                "keywords": arguments(json!({ "name": name, "console": false })) })
    };
    let containers = |kind: &str| json!({ "kind": kind, "line": 20, "positional": [], "keywords": {} });
    let more = [second("two"), second("ONE"), containers("MERGE"), containers("BUNDLE")];
    let (text, findings) = imported(tape(
        json!({ "scripts": ["main.py"], "excludes": ["x"] }),
        json!({ "name": "one" }),
        &more,
        json!([]),
    ));
    assert_eq!(
        text,
        "[tool.permafreeze]\ntargets = [\"linux-amd64\"]\nexclude-modules = [\"x\"]\n\n[[tool.permafreeze.executable]]\nname \
         = \"one\"\nentry = \"main.py\"\n\n[[tool.permafreeze.executable]]\nname = \"two\"\nentry = \
         \"main.py\"\n\n[tool.permafreeze.executable.windows]\nconsole = false\n"
    );
    let all = findings.join("\n");
    assert!(all.contains(": another `EXE` of the name `ONE`"), "{all}");
    assert!(all.contains("!20: `BUNDLE`") && all.contains("\n20: `MERGE`"), "{all}");
}

#[test]
fn a_folder() {
    let collect = json!({ "kind": "COLLECT", "line": 20, "keywords": arguments(json!({ "strip": true, "upx": true })),
                          "positional": [{ "$": "object", "number": 1 }, [["x/a.png", "assets/a.png", "DATA"]]] });
    let exe = json!({ "name": "app", "exclude_binaries": true, "contents_directory": "." });
    let (text, findings) = imported(tape(json!({ "scripts": ["main.py"] }), exe, &[collect], json!([])));
    let end = "datas = [\n    { from = \"assets/a.png\", to = \"x\" },\n]\nmode = \"onedir\"\nstrip = \"symbols\"\n";
    assert!(text.ends_with(end), "{text}");
    let all = findings.join("\n");
    assert!(
        findings.len() == 2 && all.contains("`contents_directory='.'`: the folder beside") && all.contains("upx"),
        "{all}"
    );
}

#[test]
fn entries_that_a_spec_adds_to_what_was_collected() {
    let exe = json!({ "kind": "EXE", "line": 9, "keywords": {}, "positional": [
        [{ "$": "toc", "object": 0, "part": "scripts" }, ["v", null, "OPTION"]],
        [["x/a.png", "assets/a.png", "DATA"], ["x/renamed.png", "assets/a.png", "DATA"], ["libx.so", "lib/libx.so", "BINARY"]],
    ] });
    let mut whole = tape(json!({ "scripts": ["main.py"] }), json!({}), &[], json!([]));
    whole["objects"][1] = exe;
    whole["touched"] = json!([{ "what": "binaries", "how": "is read", "line": 8 }]);
    let (text, findings) = imported(whole);
    let datas =
        "datas = [\n    { from = \"assets/a.png\", to = \"x\" },\n    { from = \"lib/libx.so\", to = \".\" },\n]\n";
    assert!(text.ends_with(datas), "{text}");
    let all = findings.join("\n");
    for part in ["!8: the list `binaries` is read", "!9: `OPTION` entry `v`", "cannot become `renamed.png`"] {
        assert!(all.contains(part), "{part}\n{all}");
    }
}

#[test]
fn targets_are_put_together() {
    let of = |hidden: Value, name: &str, console: bool| {
        tape(
            json!({ "scripts": ["main.py"], "hiddenimports": hidden }),
            json!({ "name": name, "console": console }),
            &[],
            json!([]),
        )
    };
    let targets = json!({ "linux-amd64": of(json!(["a"]), "app", true),
                          "windows-amd64": of(json!(["a", "win"]), "App", false) });
    let both = imported_of(targets.clone(), &[LINUX, WINDOWS]).expect("it is imported");
    let text = table::text(&both.executables, &[LINUX, WINDOWS]);
    assert!(text.contains("name = \"app\"") && text.contains("hidden-imports = [\"a\", \"win\"]"), "{text}");
    let all = listed(&both, &[LINUX, WINDOWS]).join("\n");
    assert!(all.contains("`hidden-imports` (linux-amd64 1 of 2, windows-amd64 2 of 2)"), "{all}");
    assert!(all.contains("`name` (linux-amd64 `app`, windows-amd64 `App`)"), "{all}");

    // What it shows of itself on Windows is known, though it is not built for it.
    let one = imported_of(targets, &[LINUX]).expect("it is imported");
    let text = table::text(&one.executables, &[LINUX]);
    assert!(text.contains("[\"a\"]\n") && text.ends_with("[tool.permafreeze.windows]\nconsole = false\n"), "{text}");
    assert_eq!(listed(&one, &[LINUX]), [""; 0]);
}

#[test]
fn an_executable_that_one_target_makes_alone() {
    let exe = |name: &str, console: bool| {
        json!({ "kind": "EXE", "line": 12, "positional": [[{ "$": "toc", "object": 0, "part": "scripts" }]],
                "keywords": arguments(json!({ "name": name, "console": console })) })
    };
    let of = |more: &[Value], name: &str, console: bool| {
        tape(json!({ "scripts": ["main.py"] }), json!({ "name": name, "console": console }), more, json!([]))
    };
    let windows = of(&[exe("app", false)], "service", true);
    let targets = json!({ "linux-amd64": of(&[], "app", true), "windows-amd64": windows });
    let both = imported_of(targets.clone(), &[LINUX, WINDOWS]).expect("it is imported");
    let names: Vec<_> = both.executables.iter().filter_map(|executable| executable.text("name")).collect();
    assert_eq!(names, ["service", "app"]);
    let all = listed(&both, &[LINUX, WINDOWS]).join("\n");
    assert!(all.contains("executable `service`: the spec makes it for windows-amd64 alone"), "{all}");
    let one = imported_of(targets, &[LINUX]).expect("it is imported");
    let text = table::text(&one.executables, &[LINUX]);
    assert!(text.contains("name = \"app\"") && text.ends_with("windows]\nconsole = false\n"), "{text}");
}

#[test]
fn a_spec_that_fails() {
    let fault = json!({ "error": { "kind": "network", "line": 4, "text": "it opens the network", "unset": [] } });
    let good = tape(json!({ "scripts": ["main.py"] }), json!({}), &[], json!([]));
    let targets = json!({ "linux-amd64": good, "windows-amd64": fault });
    let error = imported_of(targets.clone(), &[LINUX, WINDOWS]).expect_err("Windows is wanted");
    assert_eq!(error, "`app.spec`, line 4: it opens the network, evaluated for `windows-amd64`");
    assert!(imported_of(targets, &[LINUX]).is_ok());
    let mut empty = tape(json!({}), json!({}), &[], json!([]));
    empty["objects"] = json!([]);
    let error = imported_of(json!({ "linux-amd64": empty }), &[LINUX]).expect_err("nothing is made");
    assert!(error.starts_with("`app.spec` makes no executable"), "{error}");
}

#[test]
fn many_of_one_kind_are_one_finding() {
    let datas: Vec<Value> = (0..20).map(|number| json!([format!("gone{number:02}"), "."])).collect();
    let (_, findings) = of_analysis(json!({ "scripts": ["main.py"], "datas": datas }));
    let names = "`gone00`, `gone01`, `gone02`, `gone03` and 16 more";
    assert_eq!(findings, [format!("!5: `datas`: {names}: there is no such file or folder in the project")]);
}

#[test]
fn pyproject_keeps_every_byte() {
    let table = "[tool.permafreeze]\ntargets = [\"linux-amd64\"]\n";
    let own = "# mine\n[project]\nname='app'   # odd\n\n\n";
    let added = table::add(own, table, false).expect("it is added");
    assert_eq!(added, format!("# mine\n[project]\nname='app'   # odd\n\n{table}"));
    assert!(matches!(table::add(&added, table, false), Err(table::Error::There)));
    let changed = added
        .replace("linux-amd64\"]", "linux-arm64\"]\n\n[tool.permafreeze.windows]\nconsole = false\n\n[tool.x]\na = 1");
    let replaced = table::add(&changed, table, true).expect("it is replaced");
    assert_eq!(replaced, format!("# mine\n[project]\nname='app'   # odd\n\n[tool.x]\na = 1\n\n{table}"));
    assert!(matches!(table::add("tool = { x = 1 }\n", table, false), Err(table::Error::Closed)));
    assert!(matches!(table::add("a = = 1\n", table, false), Err(table::Error::Malformed(_))));
}
