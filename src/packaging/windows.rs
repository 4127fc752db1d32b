//! Windows: the libraries that every system has, and which names its files may have.

/// Beginnings of the names of API sets, which no file has: the loader maps them to libraries of the system.
const API_SETS: [&str; 2] = ["api-ms-win-", "ext-ms-"];
/// Libraries of every Windows since 10 (System32), without `.dll`, in lower case. The C++ library and the compiler's
/// (`msvcp140`, `vcruntime140`) are not among them: Windows does not have them by itself.
const LIBRARIES: &str = "\
    advapi32 authz avicap32 avrt bcrypt bcryptprimitives bthprops.cpl cabinet cfgmgr32 comctl32 comdlg32 credui \
    crypt32 cryptsp d2d1 d3d11 d3d12 d3d9 d3dcompiler_47 dbgeng dbghelp dhcpcsvc dnsapi dsound dwmapi dwrite \
    dxgi dxva2 evr fwpuclnt gdi32 gdiplus glu32 hid httpapi imagehlp imm32 iphlpapi kernel32 kernelbase ksuser \
    mf mfplat mfreadwrite mpr msacm32 msi msimg32 msvcrt msvfw32 mswsock ncrypt netapi32 newdev normaliz ntdll \
    ntdsapi odbc32 ole32 oleacc oleaut32 opengl32 pdh powrprof profapi propsys psapi rpcrt4 sechost secur32 \
    setupapi shcore shell32 shlwapi sspicli ucrtbase urlmon user32 userenv usp10 uxtheme version wevtapi \
    windowscodecs winhttp wininet winmm winscard winspool.drv wintrust wlanapi wldap32 ws2_32 wsock32 wtsapi32";
/// Beginnings of the names of libraries that come with Microsoft's compiler, not with Windows.
const COMPILER: [&str; 9] =
    ["atl1", "concrt1", "mfc1", "mfcm1", "msvcp1", "msvcr1", "vccorlib1", "vcomp1", "vcruntime1"];
/// Names that are devices, whatever follows a dot.
const DEVICES: [&str; 30] = [
    "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "com¹", "com²", "com³", "con",
    "conin$", "conout$", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt¹", "lpt²",
    "lpt³", "nul", "prn",
];

/// Returns a library's name in lower case without `.dll`.
fn stem(library: &str) -> String {
    let mut stem = library.to_ascii_lowercase();
    if let Some(length) = stem.strip_suffix(".dll").map(str::len) {
        stem.truncate(length);
    }
    stem
}

/// Tells whether a library is an API set, as `api-ms-win-crt-heap-l1-1-0.dll`. Windows never looks for a file of that name.
pub fn is_api_set(library: &str) -> bool {
    let stem = stem(library);
    API_SETS.iter().any(|start| stem.starts_with(start))
}

/// Tells whether every Windows has the library.
pub fn has_library(library: &str) -> bool {
    let stem = stem(library);
    LIBRARIES.split_whitespace().any(|name| name == stem) || is_api_set(library)
}

/// Tells whether the library comes with Microsoft's compiler, as `msvcp140.dll`: a machine has it if something has
/// installed it.
pub fn is_of_compiler(library: &str) -> bool {
    let stem = stem(library);
    COMPILER.iter().any(|start| {
        stem.strip_prefix(start).is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()))
    })
}

/// Tells whether a file name is a device's, as `con` and `NUL.txt`.
pub fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    DEVICES.iter().any(|device| device.eq_ignore_ascii_case(stem))
}

/// Returns what keeps a text from being the name of a file or folder; `None` if nothing does.
pub fn name_problem(name: &str) -> Option<String> {
    let forbidden = |character: &char| character.is_control() || "<>:\"/\\|?*".contains(*character);
    if let Some(character) = name.chars().find(forbidden) {
        return Some(format!("no file name on Windows has the character `{}`", character.escape_default()));
    }
    if name.ends_with(['.', ' ']) {
        return Some(format!("`{name}` ends with a dot or a blank, which Windows removes"));
    }
    is_device(name).then(|| format!("`{name}` is a device on Windows, and no file name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries() {
        for library in ["KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll", "WS2_32.dll", "winspool.drv", "ucrtbase"] {
            assert!(has_library(library), "{library}");
        }
        for library in ["VCRUNTIME140.dll", "MSVCP140.dll", "libssl-3.dll", "python313.dll", "kernel32x.dll"] {
            assert!(!has_library(library), "{library}");
        }
        assert!(LIBRARIES.split_whitespace().is_sorted());
    }

    #[test]
    fn libraries_of_the_compiler() {
        for library in ["VCRUNTIME140.dll", "msvcp140_1.dll", "vcomp140.dll", "MFC140u.dll", "msvcr100.dll"] {
            assert!(is_of_compiler(library), "{library}");
        }
        for library in ["msvcrt.dll", "mfplat.dll", "vcruntime.dll", "ucrtbase.dll"] {
            assert!(!is_of_compiler(library), "{library}");
        }
    }

    #[test]
    fn names() {
        for name in ["app", "console", "com10", "nulls.py", "a b", ".hidden", "ä", "con_fig"] {
            assert_eq!(name_problem(name), None, "{name}");
        }
        for name in
            ["con", "NUL.txt", "Com1.tar.gz", "aux.py", "con .txt", "a.", "a ", "a:b", "a?", "a\u{1}", "a\\b", "\"a"]
        {
            assert!(name_problem(name).is_some(), "{name}");
        }
    }
}
