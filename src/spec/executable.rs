//! `EXE`, and what stands beside it: `BUNDLE`, `MERGE`, `Splash`.
use std::collections::BTreeMap;
use std::str::FromStr;

use permafreeze_packaging::Version;
use serde_json::Value;

use crate::context::Context;
use crate::places::base;
use crate::recorded::{Argument, Object};
use crate::settings::{Executable, Setting};
use crate::value::{Kind, each, items, kind, shown};

/// Arguments that no option says, and why.
const UNSAID: &[(&str, &str)] = &[
    ("argv_emulation", "files that macOS opens with the application do not become arguments"),
    ("bootloader_ignore_signals", "signals are the application's"),
    ("codesign_identity", "executables for macOS are signed ad hoc: sign them again with your own identity"),
    ("debug", "the bootloader says nothing of what it does"),
    ("disable_windowed_traceback", "a program without a console shows its traceback in a window"),
    ("entitlements_file", "executables for macOS are signed ad hoc: sign them again with your entitlements"),
    ("hide_console", "a console window is there or not: `console`"),
    ("resources", "the resources of an executable are its icon, version and manifest"),
    ("runtime_tmpdir", "the executable unpacks into the system's folder for temporary files (`TMPDIR`, `TEMP`)"),
    ("target_arch", "the processor is the target's: `targets`"),
    ("uac_uiaccess", "write a manifest that says it: `windows.manifest`"),
];
/// The texts of a version that `[tool.permafreeze.windows]` has, in Windows' words.
const VERSION: [&str; 12] = [
    "Comments",
    "CompanyName",
    "FileDescription",
    "FileVersion",
    "InternalName",
    "LegalCopyright",
    "LegalTrademarks",
    "OriginalFilename",
    "PrivateBuild",
    "ProductName",
    "ProductVersion",
    "SpecialBuild",
];

/// Translates the arguments of an `EXE`.
pub(crate) fn translate(context: &mut Context<'_>, exe: &Object, made: &mut Executable) {
    name(context, exe, made);
    packed(context, exe, made);
    if exe.keywords.get("console").is_some_and(|argument| argument.value == Value::Bool(false)) {
        made.set("windows.console", Setting::Flag(false));
    }
    icon(context, exe, made);
    version(context, exe, made);
    manifest(context, exe, made);
    for (name, why) in UNSAID {
        let Some(Argument { value, line }) = exe.keywords.get(*name) else { continue };
        if !matches!(kind(context.tape, value), Kind::Nothing) {
            context.findings.lost(*line, format!("`{name}={}`", shown(value)), *why);
        }
    }
    if exe.keywords.get("append_pkg").is_some_and(|argument| argument.value == Value::Bool(false)) {
        let why = "the archive is always in the executable's file";
        context.findings.lost(exe.keywords["append_pkg"].line, "`append_pkg=False`", why);
    }
}

/// Says what becomes of another folder than `_internal` beside the program.
pub(crate) fn contents_folder(context: &mut Context<'_>, exe: &Object, made: &Executable) {
    let Some(Argument { value, line }) = exe.keywords.get("contents_directory") else { return };
    let what = format!("`contents_directory={}`", shown(value));
    match (value.as_str(), made.text("mode")) {
        (None | Some("_internal"), _) => {}
        (_, Some(_)) => context.findings.lost(*line, what, "the folder beside the program is `_internal`"),
        (_, None) => context.findings.note(*line, what, "one file has no such folder"),
    }
}

/// Takes `strip` and `upx`, which `COLLECT` has, too.
pub(crate) fn packed(context: &mut Context<'_>, object: &Object, made: &mut Executable) {
    let is_on = |name: &str| object.keywords.get(name).filter(|argument| argument.value == Value::Bool(true));
    if is_on("strip").is_some() {
        made.set("strip", Setting::Text("symbols".to_owned()));
    }
    if let Some(Argument { line, .. }) = is_on("upx").filter(|_| !context.findings.has("`upx=True`")) {
        let why = "libraries are not packed by UPX: a packed one is unpacked in memory at each start, by each process, and \
                   not shared between them; for a smaller file that starts faster there is `unpack = \"cache\"`";
        context.findings.lost(*line, "`upx=True`", why);
    }
}

/// Takes the name, as a file name on every system.
fn name(context: &mut Context<'_>, exe: &Object, made: &mut Executable) {
    let Some(Argument { value, line }) = exe.keywords.get("name") else { return };
    let Some(given) = value.as_str() else { return context.unknown("`name`", value, *line) };
    let file = base(&given.replace('\\', "/")).trim_end_matches(".exe").to_owned();
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "+._-".contains(c) { c } else { '-' };
    let name: String = file.chars().map(allowed).collect();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).trim_end_matches('.').to_owned();
    if name != file {
        let why = format!("letters, digits, `+`, `.`, `_` and `-` make a name: it becomes `{name}`");
        context.findings.note(*line, format!("`name={}`", shown(value)), why);
    }
    if !name.is_empty() {
        made.set("name", Setting::Text(name));
    }
}

/// Takes the icon for Windows.
fn icon(context: &mut Context<'_>, exe: &Object, made: &mut Executable) {
    let Some(Argument { value, line }) = exe.keywords.get("icon") else { return };
    let icons = each(value).iter().filter_map(Value::as_str).filter(|icon| !icon.is_empty());
    for icon in icons {
        // `program.exe,0` names one of several.
        let path = icon.split(',').next().unwrap_or(icon);
        let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        let why = match ending.as_str() {
            "ico" => {
                if let Some(found) = context.existing_file("`icon`", path, *line) {
                    made.set("windows.icon", Setting::Text(found));
                }
                continue;
            }
            "icns" => "application bundles for macOS are not made",
            _ if icon.eq_ignore_ascii_case("NONE") => {
                "an executable for Windows has an icon: PyInstaller's, or an `.ico` file"
            }
            _ => "an icon for Windows is an `.ico` file",
        };
        context.findings.lost(context.line_of(icon, *line), format!("`icon`: `{icon}`"), why);
    }
}

/// Takes the version for Windows: the texts of its file or object.
fn version(context: &mut Context<'_>, exe: &Object, made: &mut Executable) {
    let Some(Argument { value, line }) = exe.keywords.get("version") else { return };
    if matches!(kind(context.tape, value), Kind::Nothing) {
        return;
    }
    let mut texts = BTreeMap::new();
    for (name, text) in items(value) {
        let known = VERSION.contains(&name.as_str()) && name != "FileVersion";
        if let Some(text) = text.as_str().filter(|text| known && !text.is_empty()) {
            texts.insert(option_name(name), text.to_owned());
        }
    }
    let numbers = ["FileVersion", "filevers"].iter().filter_map(|name| items(value).find(|(key, _)| key == name));
    if let Some(number) = numbers.filter_map(|(_, text)| file_version(text.as_str()?)).next() {
        texts.insert(option_name("FileVersion"), number);
    }
    if texts.is_empty() {
        let what = format!("`version={}`", shown(value));
        context.findings.lost(*line, what, "it is no version file of the project that can be read");
        return;
    }
    made.set("windows.version", Setting::Texts(texts));
}

/// Returns a file's version as the option takes it, if it can: at most four numbers up to 65535 (`1, 0, 0, 1`, `5.0rc3`).
fn file_version(text: &str) -> Option<String> {
    let text = text.split([',', '.']).map(str::trim).collect::<Vec<_>>().join(".");
    let version = Version::from_str(&text).ok()?;
    let release = version.release();
    (release.len() <= 4 && release.iter().all(|part| *part <= u64::from(u16::MAX))).then_some(text)
}

/// Returns the option of a text of Windows: `company-name` for `CompanyName`.
fn option_name(name: &str) -> String {
    let mut option = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            option.push('-');
        }
        option.push(letter.to_ascii_lowercase());
    }
    option
}

/// Takes the manifest and whether an administrator's rights are asked for: a manifest says it itself.
fn manifest(context: &mut Context<'_>, exe: &Object, made: &mut Executable) {
    let uac = exe.keywords.get("uac_admin").filter(|argument| argument.value == Value::Bool(true));
    if let Some(Argument { value, line }) = exe.keywords.get("manifest")
        && !matches!(kind(context.tape, value), Kind::Nothing)
    {
        let path = value.as_str().unwrap_or_default();
        if path.contains('<') || path.is_empty() {
            context.findings.lost(*line, "`manifest`", "write it into a file of the project: `windows.manifest`");
        } else if let Some(found) = context.existing_file("`manifest`", path, *line) {
            made.set("windows.manifest", Setting::Text(found));
            if let Some(Argument { line, .. }) = uac {
                context.findings.lost(*line, "`uac_admin=True`", "the manifest has to say it itself");
            }
            return;
        }
    }
    if uac.is_some() {
        made.set("windows.uac-admin", Setting::Flag(true));
    }
}

/// Says what becomes of what contains executables.
pub(crate) fn containers(context: &mut Context<'_>) {
    for object in &context.tape.objects {
        let (what, why) = match object.kind.as_str() {
            "MERGE" => ("`MERGE`", "each executable is whole: none needs files of another one"),
            "BUNDLE" => ("`BUNDLE`", "application bundles for macOS are not made: the result is one file"),
            "SPLASH" => ("`Splash`", "there is no splash screen"),
            _ => continue,
        };
        match object.kind.as_str() {
            "MERGE" => context.findings.note(object.line, what, why),
            _ => context.findings.lost(object.line, what, why),
        }
    }
}
