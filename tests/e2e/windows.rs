//! Executables for Windows, built by Nix on Linux. Runs after `make build-binary` and
//! `permafreeze toolchain build --target windows-amd64 --from wheels`.

use std::fs;

use crate::project::Project;
use permafreeze_archive::Archive;

const OPTIONS: &str = "targets = [\"linux-amd64\", \"windows-amd64\"]\nruntimes = { windows-amd64 = \"wheels\" }\n";
const SHOWN: &str = "\n[tool.permafreeze.windows]\nicon = \"assets/app.ico\"\nconsole = false\nuac-admin = true\n\
                     version = { file-version = \"1.2.3\", company-name = \"Ärger GmbH\" }\n";
/// One image of four bytes.
const ICON: &str = "\0\0\u{1}\0\u{1}\0\u{10}\u{10}\0\0\u{1}\0\u{20}\0\u{4}\0\0\0\u{16}\0\0\0";

fn project(options: &str, icon: &str) -> Project {
    let files = [("main.py", "print('hello')\n"), ("assets/app.ico", &format!("{ICON}{icon}"))];
    Project::with_options(&files, &[], &format!("{OPTIONS}{options}"))
}

fn built(project: &Project, target: &str) -> Vec<u8> {
    fs::read(project.path().join(format!("dist/hello-{target}"))).expect("an executable")
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

fn utf16(text: &str) -> String {
    text.chars().map(|character| format!("{character}\0")).collect()
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_the_project_wants_to_be_shown_is_in_the_executable_and_proved() {
    let shown = project(SHOWN, "icon");
    shown.permafreeze(&["build"]).success();
    let bytes = built(&shown, "windows-amd64.exe");
    let archive = Archive::parse(bytes.clone()).expect("an executable");
    assert_eq!(archive.python_library(), "python313.dll");
    let head = &bytes[archive.bootloader()];
    for text in ["requireAdministrator", "icon", &utf16("CompanyName"), &utf16("1.2.3"), &utf16("hello.exe")] {
        assert!(has(head, text), "{text:?}");
    }
    let signature = u32::from_le_bytes(head[60..64].try_into().expect("four bytes")) as usize;
    assert_eq!(head[signature + 24 + 68], 2, "it is no console program");
    shown.permafreeze(&["verify", "origin", "audit", "hello-windows-amd64"]).success();

    let plain = project("", "icon");
    plain.permafreeze(&["build"]).success();
    let bytes = built(&plain, "windows-amd64.exe");
    assert!(has(&bytes, "asInvoker") && !has(&bytes, &utf16("CompanyName")));
    plain.permafreeze(&["verify", "origin", "hello-windows-amd64"]).success();
    assert_eq!(built(&plain, "linux-amd64"), built(&shown, "linux-amd64"), "what Windows shows is of no other target");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn an_icon_that_is_none() {
    let words = ["windows.icon `assets/app.ico`", "its image `1` is not in the file"];
    project(SHOWN, "").permafreeze(&["build", "windows-amd64"]).failure(1, &words);
}
