//! Windows: the libraries that every system has, and which names its files may have.

/// Beginnings of the names of API sets, which no file has: the loader maps them to libraries of the system.
const API_SETS: [&str; 2] = ["api-ms-win-", "ext-ms-"];
/// Libraries of every Windows since 10 (System32), without `.dll`, in lower case. The C++ library and the compiler's
/// (`msvcp140`, `vcruntime140`) are not among them: Windows does not have them by itself.
const LIBRARIES: &str = "\
    aclui activeds advapi32 amstream apphelp authz avicap32 avifil32 avrt bcrypt bcryptprimitives bluetoothapis \
    bthprops.cpl cabinet cfgmgr32 clusapi combase comctl32 comdlg32 compstui credui crypt32 cryptdll cryptnet cryptsp cryptui \
    d2d1 d3d10 d3d10_1 d3d10warp d3d11 d3d12 d3d9 d3dcompiler_47 dbgeng dbghelp dcomp ddraw devobj dhcpcsvc dhcpcsvc6 \
    dinput dinput8 dnsapi dpapi dsound dsparse dsprop dsrole dsuiext dwmapi dwrite dxgi dxva2 esent evr faultrep \
    fltlib fontsub fwpuclnt gdi32 gdiplus glu32 hid hlink httpapi imagehlp imm32 inetcomm iphlpapi kernel32 \
    kernelbase ksuser ktmw32 loadperf logoncli lz32 magnification mf mfc42 mfc42u mfplat mfreadwrite mgmtapi mlang \
    mpr msacm32 mscms mscoree msctf msdelta msdmo msftedit msi msimg32 mspatcha msvcirt msvcp60 msvcrt msvfw32 \
    mswsock ncrypt ndfapi netapi32 netutils newdev ninput normaliz ntdll ntdsapi ntlanman ntmarta odbc32 ole32 oleacc \
    oleaut32 oledlg opengl32 pdh powrprof printui prntvpt profapi propsys psapi quartz query qwave rasapi32 rasdlg \
    resutils rpcns4 rpcrt4 rstrtmgr rtutils samcli sas scarddlg schannel sechost secur32 security sensapi setupapi \
    sfc sfc_os shcore shell32 shfolder shlwapi slc snmpapi srvcli sspicli sti t2embed tapi32 tbs tdh traffic ucrtbase \
    uiautomationcore urlmon user32 userenv usp10 uxtheme version virtdisk vssapi wcmapi webservices websocket wer \
    wevtapi winbio windowscodecs winhttp wininet winmm winnsi winscard winspool.drv winsta wintrust wintypes winusb \
    wkscli wlanapi wldap32 wldp ws2_32 wscapi wsdapi wsock32 wtsapi32 xaudio2_9 xinput1_4 xinput9_1_0 xmllite";
/// Libraries that come with Microsoft's compiler, not with Windows, and that it lets others ship: those of 2015 and later,
/// without `.dll`. MFC and older compilers' are not among them.
const COMPILER: &str = "\
    concrt140 msvcp140 msvcp140_1 msvcp140_2 msvcp140_atomic_wait msvcp140_codecvt_ids vcamp140 vccorlib140 vcomp140 \
    vcruntime140 vcruntime140_1 vcruntime140_threads";
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
    COMPILER.split_whitespace().any(|name| name == stem)
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
        for library in ["VCRUNTIME140.dll", "msvcp140_1.dll", "vcomp140.dll"] {
            assert!(is_of_compiler(library), "{library}");
        }
        for library in ["msvcrt.dll", "MFC140u.dll", "msvcr100.dll", "msvcp140-5f1c5dd3.dll", "ucrtbase.dll"] {
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
