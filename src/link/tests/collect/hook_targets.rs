//! Hooks are told that they run on the target.
//!
//! Needs PERMAFREEZE_HOST_PYTHON and PERMAFREEZE_HOOKS_ENV (`make test` sets them).
use crate::all_hooks::env;
use crate::support::{World, closure};

/// A hook that imports what it asks by all the ways there are, and answers with module names.
const HOOK: &str = r#"
import os, sys, platform, sysconfig
import os.path
from sys import platform as system
from platform import machine
from PyInstaller import compat
from PyInstaller.compat import is_win, is_darwin, is_linux, EXTENSION_SUFFIXES

assert os.path.sep == "/" and os.sep == "/", "paths keep their slashes"
assert os.path.isdir(os.path.dirname(__file__))
words = [sys.platform, system, os.name, machine(), platform.system(), sysconfig.get_platform(), str(compat.machine)]
flags = [name for name, flag in (("win", is_win), ("darwin", is_darwin), ("linux", is_linux)) if flag]
windows = [str(sys.getwindowsversion().major)] if hasattr(sys, "getwindowsversion") else []
hiddenimports = ["told." + "|".join(words + flags + windows + EXTENSION_SUFFIXES[-1:])]
"#;

fn told(world: World) -> Vec<String> {
    let world = world
        .with_hooks_of(env())
        .wheel("six", &[("six.py", "")])
        .scripts(&[("main.py", "import six"), ("hooks/hook-six.py", HOOK)]);
    let mut world = world;
    world.executable.hooks = vec!["hooks".to_owned()];
    world.link_with_hooks(|linking| {
        closure(linking, "import six");
        linking.run_post_graph_hooks().unwrap();
        let texts = std::mem::take(linking.warnings).into_sorted();
        let told = texts.iter().filter_map(|text| text.split("told.").nth(1));
        told.map(|text| text.split('"').next().unwrap().to_owned()).collect()
    })
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn hooks_are_told_the_target() {
    assert_eq!(told(World::new()), ["linux|linux|posix|x86_64|Linux|linux-x86_64|intel|linux|.so"]);
    let macos = "darwin|darwin|posix|arm64|Darwin|macosx-12.0-arm64|None|darwin|.so";
    assert_eq!(told(World::macos()), [macos]);
    assert_eq!(told(World::windows()), ["win32|win32|nt|AMD64|Windows|win-amd64|intel|win|10|.pyd"]);
}
